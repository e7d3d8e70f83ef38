//! Properties of the parser, the splitter and the encoder over generated input.
//!
//! Checks: the parser and its naive twin agree on anything; what a record says is what is read
//! from its line, or the row is flagged; chunk borders do not
//! matter; any bytes become rows that Redshift loads, each line accounted for; secrets do not get
//! out.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use logferry::access_log::{Line, Overlong, Parser, lines};
use logferry::row::{RecordId, SECRET_PARAMETERS};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::FileFailurePersistence;

use crate::support::corpus;
use crate::support::fields::{BUCKET, HEAD, OWNER};
use crate::support::rows::{check_line, check_log};
use crate::support::twin::{self, Record, Text, Verdict};

/// Inputs that failed once, tried first ever after.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/properties.regressions");

/// Bytes that a failure shows as text.
#[derive(Clone)]
struct Bytes(Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// Pieces of text that try to look like the format, and bytes that are no text.
fn hostile_piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"\"",
        b"\"\"",
        b" ",
        b"  ",
        b"-",
        b"\" \"",
        b"\"  \"",
        b"\" \" \"",
        b" - ",
        b"\" - ",
        b"\" 200 - 1 1 1 1 \"",
        b"\" 200 - 1 1 1 1 \"-\" \"x",
        b"\" 200 - 1 1 1 1 - - ",
        b"\" - - - - - - \"-\" ",
        b"\" 404 NoSuchKey 99999999999999999999 - 007 - - ",
        b"\" - HOST SigV4 - - h.example TLSv1.2 - - x ",
        b"[",
        b"]",
        b"\\",
        b"\\\"",
        b"\t",
        b"\r",
        b"\0",
        b"\x01",
        b"\x0b",
        b"\x7f",
        b"\xff",
        b"\xc3",
        b"\xef\xbf\xbe",
        b"\xef\xb7\x90",
        "\u{e9}\u{65e5}\u{1f600}\u{2028}".as_bytes(),
        b"GET /a HTTP/1.1",
        b"Mozilla/5.0 (X11; Linux x86_64)",
        b"https://app.example/?a=b&c=d",
        b"X-Amz-Signature=abc",
        b"%22%20%25",
        HEAD.as_bytes(),
        OWNER.as_bytes(),
        b" lumen-archive [06/Feb/2019:00:00:38 +0000] ",
    ];
    prop_oneof![
        8 => select(pieces).prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 0..12),
        1 => "[a-z0-9/?=&.]{0,12}".prop_map(String::into_bytes),
    ]
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    vec(hostile_piece(), 0..8)
        .prop_map(|pieces| pieces.concat().into_iter().filter(|byte| *byte != b'\n').collect())
}

fn hostile_text() -> impl Strategy<Value = Bytes> {
    vec(hostile_piece(), 0..40).prop_map(|pieces| Bytes(pieces.concat()))
}

fn quoted() -> impl Strategy<Value = Text> {
    prop_oneof![
        2 => hostile().prop_map(Text::Quoted),
        2 => "[ -!#-~]{0,60}".prop_map(|text| Text::Quoted(text.into_bytes())),
        1 => Just(Text::Quoted(b"-".to_vec())),
        1 => Just(Text::Quoted(Vec::new())),
    ]
}

fn any_text() -> impl Strategy<Value = Text> {
    prop_oneof![5 => quoted(), 1 => Just(Text::Bare)]
}

fn bytes_of(texts: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    select(texts).prop_map(|text| text.as_bytes().to_vec())
}

fn number() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => any::<u32>().prop_map(|number| number.to_string().into_bytes()),
        2 => Just(b"-".to_vec()),
        1 => bytes_of(&["0", "000", "0041", "9223372036854775807", "9223372036854775808", "99999999999999999999"]),
    ]
}

fn time() -> impl Strategy<Value = Vec<u8>> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let offset = prop_oneof![
        6 => Just("+0000".to_owned()),
        1 => ("[+-]", 0..24, 0..60).prop_map(|(sign, hours, minutes)| {
            format!("{sign}{hours:02}{minutes:02}")
        }),
    ];
    (1..29, select(&MONTHS[..]), 1970..2100, (0..24, 0..60, 0..61), offset).prop_map(
        |(day, month, year, (hour, minute, second), offset)| {
            format!("[{day:02}/{month}/{year}:{hour:02}:{minute:02}:{second:02} {offset}]")
                .into_bytes()
        },
    )
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[a-z0-9/._+*%-]{1,40}".prop_map(String::into_bytes),
        bytes_of(&["-", "REST.GET.OBJECT/x", "a%2520b", "a%252Bb", "%25FF", "line%250Abreak"]),
        vec(1..=255_u8, 1..12).prop_map(|key| {
            key.iter().flat_map(|byte| format!("%25{byte:02X}").into_bytes()).collect()
        }),
    ]
}

fn tail() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let host_id = prop_oneof![
        4 => "[A-Za-z0-9+/]{40,74}==".prop_map(String::into_bytes),
        1 => Just(b"-".to_vec()),
    ];
    let signed = bytes_of(&["SigV2", "SigV4", "SigV4A"]);
    let signature = prop_oneof![2 => signed, 1 => Just(b"-".to_vec())];
    let fields = (
        bytes_of(&["-", "null", "3HL4kqtJvjVBH40Nrjfkd", "\"quoted\"x", "403"]),
        (any::<bool>(), host_id),
        signature,
        bytes_of(&["-", "TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"]),
        bytes_of(&["-", "AuthHeader", "QueryString"]),
        bytes_of(&["-", "lumen.s3.amazonaws.com:443", "www.lumen.example"]),
        bytes_of(&["-", "TLSv1.2", "TLSV1.2", "INVALID_RELAY_TLS_VERSION"]),
        bytes_of(&["-", "arn:aws:s3::210987654321:accesspoint/x.mrap"]),
        bytes_of(&["-", "Yes"]),
        bytes_of(&["-", "eu-west-1"]),
    );
    let extra = vec("[!#-~]{1,9}".prop_map(String::into_bytes), 0..4);
    let count = select(vec![0, 1, 2, 6, 7, 8, 9, 10, 11, 14_usize]);
    (fields, extra, count).prop_map(|(fields, extra, count)| {
        let (
            version,
            (two, host),
            signature,
            cipher,
            authentication,
            header,
            tls,
            arn,
            acl,
            region,
        ) = fields;
        // Two words can only be told by the signature version that follows them.
        let two = two && signature != b"-" && host != b"-";
        let host = if two { [b"AIDAJQ2ZEXAMPLE7XK5AB ", host.as_slice()].concat() } else { host };
        let mut tail =
            vec![version, host, signature, cipher, authentication, header, tls, arn, acl, region];
        tail.extend(extra);
        tail.truncate(if two && count == 2 { 3 } else { count });
        tail
    })
}

/// A record of a request: REST, WEBSITE or SOAP, with the texts of its client.
fn request() -> impl Strategy<Value = Record> {
    let actor = (
        bytes_of(&["192.0.2.3", "2001:db8:85a3::8a2e:370:7334", "-"]),
        bytes_of(&[
            "-",
            OWNER,
            "arn:aws:sts::210987654321:assumed-role/reader/session@lumen.example",
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1A2B3C4D5E6F7",
        ]),
        bytes_of(&["3E57427F3EXAMPLE", "0A1B2C3D4E5F6071:A", "-"]),
        bytes_of(&[
            "REST.GET.OBJECT",
            "REST.COPY.OBJECT",
            "WEBSITE.GET.OBJECT",
            "SOAP.ListBucket",
            "REST.GET.A_NEW_KIND",
        ]),
    );
    let counters = (
        bytes_of(&["200", "206", "304", "403", "404", "503"]),
        bytes_of(&["-", "AccessDenied", "NoSuchKey", "InvalidURI"]),
        [number(), number(), number(), number()],
    );
    (time(), actor, key(), quoted(), counters, (any_text(), any_text()), tail()).prop_map(
        |(
            time,
            (ip, requester, id, operation),
            key,
            uri,
            counters,
            (referer, user_agent),
            tail,
        )| {
            let (status, error, [sent, size, total, turn]) = counters;
            let owner = OWNER.as_bytes().to_vec();
            let bucket = BUCKET.as_bytes().to_vec();
            Record {
                head: [owner, bucket, time, ip, requester, id, operation, key],
                uri,
                counters: [status, error, sent, size, total, turn],
                referer,
                user_agent,
                tail,
            }
        },
    )
}

/// A record in which no client has a say: lifecycle, batch delete, copy source, checksum job.
fn system() -> impl Strategy<Value = Record> {
    let operation = bytes_of(&[
        "S3.EXPIRE.OBJECT",
        "S3.CREATE.DELETEMARKER",
        "S3.TRANSITION_GDA.OBJECT",
        "S3.COMPUTE.OBJECT.CHECKSUM",
        "BATCH.DELETE.OBJECT",
        "REST.COPY.OBJECT_GET",
    ]);
    let dash = || prop_oneof![Just(Text::Bare), Just(Text::Quoted(b"-".to_vec()))];
    let id = bytes_of(&["3E57427F3EXAMPLE", "1b4e28ba-2fa1-4d3b-883f-0016d3cca427"]);
    let status = bytes_of(&["-", "204"]);
    (time(), operation, id, key(), [dash(), dash(), dash()], (status, number()), tail()).prop_map(
        |(time, operation, id, key, [uri, referer, user_agent], (status, size), tail)| {
            let dash = || b"-".to_vec();
            let owner = OWNER.as_bytes().to_vec();
            let bucket = BUCKET.as_bytes().to_vec();
            let requester = b"AmazonS3".to_vec();
            Record {
                head: [owner, bucket, time, dash(), requester, id, operation, key],
                uri,
                counters: [status, dash(), dash(), size, dash(), dash()],
                referer,
                user_agent,
                tail,
            }
        },
    )
}

fn record() -> impl Strategy<Value = Record> {
    prop_oneof![5 => request(), 1 => system()]
}

/// The parser's verdict in the twin's terms.
fn parsed(line: &[u8]) -> Verdict {
    // Only the identity depends on which overlong line it is.
    let is_overlong = line.len() > 256 * 1024;
    let overlong = is_overlong.then_some(Overlong { whole: 0, behind_address: 0 });
    match Parser::new().parse(&Line { bytes: line, offset: 0, overlong }) {
        Ok(entry) => Verdict::Row(twin::columns_of(&entry), twin::flags_of(&entry)),
        Err(_) => Verdict::Quarantined,
    }
}

/// A line of the corpus with a few bytes changed, cut, or with another glued to it.
fn mutated() -> impl Strategy<Value = Bytes> {
    #[derive(Debug, Clone)]
    enum Change {
        Set(Index, u8),
        Insert(Index, Vec<u8>),
        Remove(Index, Index),
        Cut(Index),
        Glue(Index, Index),
    }
    let byte = prop_oneof![select(b"\" -[]\\%\0\r\t".to_vec()), any::<u8>()];
    let change = prop_oneof![
        4 => (any::<Index>(), byte).prop_map(|(at, byte)| Change::Set(at, byte)),
        4 => (any::<Index>(), hostile_piece()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Remove(from, to)),
        1 => any::<Index>().prop_map(Change::Cut),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(at, other)| Change::Glue(at, other)),
    ];
    let corpus: Vec<Vec<u8>> =
        corpus::cases().map(|case| case.line).filter(|line| line.len() < 4096).collect();
    (any::<Index>(), vec(change, 1..4)).prop_map(move |(line, changes)| {
        let mut line = corpus[line.index(corpus.len())].clone();
        for change in changes {
            match change {
                Change::Set(at, byte) => {
                    let at = at.index(line.len().max(1));
                    if let Some(slot) = line.get_mut(at) {
                        *slot = byte;
                    }
                }
                Change::Insert(at, piece) => {
                    let at = at.index(line.len() + 1);
                    line.splice(at..at, piece);
                }
                Change::Remove(from, to) => {
                    let (from, to) = (from.index(line.len() + 1), to.index(line.len() + 1));
                    let (from, to) = (from.min(to), to.max(from).min(from.min(to) + 40));
                    line.drain(from..to);
                }
                Change::Cut(at) => line.truncate(at.index(line.len() + 1)),
                Change::Glue(at, other) => {
                    line.truncate(at.index(line.len() + 1));
                    line.extend_from_slice(&corpus[other.index(corpus.len())]);
                }
            }
        }
        line.retain(|byte| *byte != b'\n');
        Bytes(line)
    })
}

/// Text that resembles a log, and text that does not.
fn any_log() -> impl Strategy<Value = Bytes> {
    let line = prop_oneof![
        2 => mutated().prop_map(|line| line.0),
        2 => record().prop_map(|record| record.render()),
        1 => vec(hostile_piece(), 0..30).prop_map(|pieces| pieces.concat()),
        1 => vec(any::<u8>(), 0..200),
        1 => bytes_of(&["", " ", "\t\r", "\x0b", "\u{feff}"]),
    ];
    let ended = (line, bytes_of(&["\n", "\r\n", "\n\n", "", "\r"]));
    vec(ended, 0..8).prop_map(|lines| {
        Bytes(lines.into_iter().flat_map(|(line, end)| [line, end].concat()).collect())
    })
}

/// The name of a parameter, each letter in either case and possibly percent-encoded.
fn spelled(name: &'static str) -> impl Strategy<Value = String> {
    vec((any::<bool>(), 0..12_u8), name.len()).prop_map(move |how| {
        let letters = name.bytes().zip(how).map(|(letter, (upper, encoded))| {
            let letter =
                if upper { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
            match encoded {
                0 => format!("%{letter:02X}"),
                1 => format!("%25{letter:02x}"),
                _ => char::from(letter).to_string(),
            }
        });
        letters.collect()
    })
}

const SECRET: &str = "5ecret0fThe0wner";

/// A text in which the secret is the value of a secret parameter.
fn with_secret() -> impl Strategy<Value = Vec<u8>> {
    let name = select(&SECRET_PARAMETERS[..]).prop_flat_map(spelled);
    let before = select(vec!["?", "&", "%3F", "%26", "%253f", ";", "/"]);
    let equals = select(vec!["=", "%3D", "%3d", "%253D", "%25253d"]);
    let inside = prop_oneof![3 => Just(""), 1 => select(vec!["a+b/", "%2F", "\"", "==", "%"])];
    (hostile(), before, name, equals, inside, hostile()).prop_map(
        |(head, before, name, equals, inside, end)| {
            let parameter = format!("{before}{name}{equals}{inside}{SECRET}");
            [head, parameter.into_bytes(), end].concat()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(1000),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn parser_and_twin_agree_on_records(record in record()) {
        let line = record.render();
        prop_assert_eq!(parsed(&line), twin::read(&line));
    }

    #[test]
    fn parser_and_twin_agree_on_damaged_lines(line in mutated()) {
        prop_assert_eq!(parsed(&line.0), twin::read(&line.0));
    }

    #[test]
    fn parser_and_twin_agree_on_anything(pieces in hostile_text()) {
        let pieces = pieces.0;
        let line = [format!("{OWNER} b {HEAD} ").into_bytes(), pieces.clone()].concat();
        prop_assert_eq!(parsed(&line), twin::read(&line));
        prop_assert_eq!(parsed(&pieces), twin::read(&pieces));
    }

    /// Entry, line, entry: the same, or the line says that it cannot be known.
    #[test]
    fn what_was_written_is_what_is_read(record in record()) {
        let line = record.render();
        let read = parsed(&line);
        // Whatever a client writes, its request is a typed row.
        let Verdict::Row(columns, flags) = read else {
            return Err(TestCaseError::fail(format!("quarantined: {record:?}")));
        };
        let truth = record.columns();
        let differs: Vec<&str> = truth
            .keys()
            .chain(columns.keys())
            .filter(|name| truth.get(*name) != columns.get(*name))
            .copied()
            .collect();
        let uri = ["request_uri", "http_status", "error_code", "bytes_sent", "object_size"];
        if differs.iter().any(|name| uri.contains(name)) {
            prop_assert!(flags.contains("ambiguous_request_uri"), "{:?} {:?}", record, differs);
        } else if !differs.is_empty() && !record.is_undecidable() {
            let flagged = flags.iter().any(|flag| flag.starts_with("ambiguous"));
            prop_assert!(flagged, "{:?} {:?}", record, differs);
        }
    }

    #[test]
    fn a_record_id_is_that_of_the_line_whatever_ends_it(record in record()) {
        let line = record.render();
        let log = [line.as_slice(), b"\n", &line, b"\r\n", &line].concat();
        let ids: Vec<_> = lines(&log).map(|line| RecordId::of(line.bytes)).collect();
        prop_assert_eq!(ids.len(), 3);
        prop_assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{:?}", record);
    }

    #[test]
    fn any_log_becomes_rows_that_load(log in any_log(), chunks in vec(1..200_usize, 1..5)) {
        let log = log.0;
        let whole = check_log(&log, &[usize::MAX]).map_err(TestCaseError::fail)?;
        let lines = log.split(|byte| *byte == b'\n').count() - usize::from(log.is_empty() || log.ends_with(b"\n"));
        prop_assert_eq!(whole.lines, lines);
        prop_assert_eq!(whole.lines, whole.rows + whole.blank);
        let parts = check_log(&log, &chunks).map_err(TestCaseError::fail)?;
        prop_assert_eq!(parts, whole);
    }

    #[test]
    fn keys_are_decoded_as_the_twin_decodes_them(record in record()) {
        let line = record.render();
        let mut encoder = logferry::row::RowEncoder::default();
        let line = Line { bytes: &line, offset: 7, overlong: None };
        let row = check_line(&mut encoder, &line).map_err(TestCaseError::fail)?;
        let row = row.filter(|row| !row.contains_key("parse_error"));
        let (Some(row), [.., operation, logged]) = (row, &record.head) else { return Ok(()) };
        let (key, key_raw) = (row.get("key"), row.get("key_raw"));
        if logged == b"-" {
            prop_assert!(key.is_none() && key_raw.is_none());
            return Ok(());
        }
        let decoded = String::from_utf8(twin::decode_key(logged, operation)).unwrap();
        let decoded: String =
            decoded.chars().map(|character| if character == '\0' { '\u{fffd}' } else { character }).collect();
        let flags = row.get("flags").and_then(|flags| flags.as_str()).unwrap_or_default();
        if !flags.contains(":key") {
            prop_assert_eq!(key.and_then(|key| key.as_str()), Some(decoded.as_str()));
        }
        let logged = str::from_utf8(logged).unwrap();
        let differs = (logged != decoded).then_some(logged);
        prop_assert_eq!(key_raw.and_then(|key| key.as_str()), differs);
    }

    #[test]
    fn secrets_do_not_get_out(
        record in request(),
        text in with_secret().prop_map(Bytes),
        place in 0..4,
        cut in proptest::option::of(any::<Index>()),
    ) {
        let mut record = record;
        let spaceless: Vec<u8> = text.0.iter().copied().filter(|byte| *byte != b' ').collect();
        match place {
            0 => record.uri = Text::Quoted(text.0),
            1 => record.referer = Text::Quoted(text.0),
            2 => record.head[7] = [b"k", spaceless.as_slice()].concat(),
            _ => {
                record.tail.resize(twin::TAIL.len(), b"-".to_vec());
                record.tail.push([b"x", spaceless.as_slice()].concat());
            }
        }
        let mut line = record.render();
        if let Some(cut) = cut {
            line.truncate(cut.index(line.len()));
        }
        let mut encoder = logferry::row::RowEncoder::default();
        let line = Line { bytes: &line, offset: 0, overlong: None };
        let row = check_line(&mut encoder, &line).map_err(TestCaseError::fail)?;
        let row = row.unwrap_or_default();
        // The text of a line that was cut inside its referer may lie in any column behind it.
        let spilled = cut.is_some() && !row.contains_key("parse_error");
        let clients = ["request_uri", "referer", "user_agent", "key", "key_raw", "extra"];
        for (name, value) in row {
            if spilled && !clients.contains(&name.as_str()) {
                continue;
            }
            let mut text = value.to_string().into_bytes();
            if name == "raw_line_base64" {
                text = STANDARD.decode(value.as_str().unwrap()).unwrap();
            }
            let leaked = text.windows(8).any(|part| part == &SECRET.as_bytes()[..8]);
            prop_assert!(!leaked, "{} {}: {}", line.bytes.escape_ascii(), name, text.escape_ascii());
        }
    }
}
