//! Lines that somebody, or bad luck, made to do harm.
//!
//! Checks, case by case: cuts at every byte, glued records, odd values in odd places, and texts as
//! long as they can be. That no line takes more than its length's worth of time is measured in
//! `benches/hostile.rs`.

use logferry::access_log::{LINE_BYTES_MAX, Line, Parser};
use logferry::row::RowEncoder;

use crate::support::fields::{BUCKET, HEAD, OWNER};
use crate::support::rows::{check_line, check_log};
use crate::support::twin::{self, Verdict};

const REQUEST: &str =
    "\"GET /a/k.csv?versionId=L4kqtJlcpXroDTDmpUMLUo HTTP/1.1\" 200 - 5120 5120 41 39";
const CLIENT: &str = "\"https://app.example/x\" \"aws-cli/2.15.30 md/Botocore\"";
const TAIL: &str = "L4kqtJlcpXroDTDmpUMLUo s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eT= \
                    SigV4 TLS_AES_128_GCM_SHA256 AuthHeader lumen-archive.s3.amazonaws.com TLSv1.3 \
                    arn:aws:s3:eu-west-1:210987654321:accesspoint/x Yes eu-west-1";

fn whole_line() -> String {
    format!("{OWNER} {BUCKET} {HEAD} {REQUEST} {CLIENT} {TAIL}")
}

fn read(line: &[u8]) -> Verdict {
    let line = Line { bytes: line, offset: 0, overlong: None };
    check_line(&mut RowEncoder::default(), &line).unwrap();
    match Parser::new().parse(&line) {
        Ok(entry) => Verdict::Row(twin::columns_of(&entry), twin::flags_of(&entry)),
        Err(_) => Verdict::Quarantined,
    }
}

fn code(line: &str) -> &'static str {
    let line = Line { bytes: line.as_bytes(), offset: 0, overlong: None };
    Parser::new().parse(&line).map_or_else(logferry::access_log::Reason::code, |_| "")
}

#[test]
fn a_line_cut_anywhere_says_nothing_false() {
    let line = whole_line();
    let Verdict::Row(truth, _) = read(line.as_bytes()) else { panic!("the whole line is typed") };
    assert_eq!(truth.len(), 26, "every field but the error code: {truth:?}");
    let end_of_client = line.len() - TAIL.len() - 1;
    for cut in 0..line.len() {
        match read(&line.as_bytes()[..cut]) {
            Verdict::Quarantined => assert!(cut < end_of_client, "cut at {cut}"),
            Verdict::Row(columns, _) => {
                assert!(cut >= end_of_client, "cut at {cut}");
                let cut_short: Vec<_> =
                    columns.iter().filter(|(name, value)| truth[*name] != **value).collect();
                assert!(cut_short.len() <= 1, "cut at {cut}: {cut_short:?}");
                for (name, value) in cut_short {
                    assert!(truth[name].starts_with(value), "cut at {cut}: {name}");
                    assert!(line.as_bytes()[..cut].ends_with(value), "cut at {cut}: {name}");
                }
            }
        }
    }
}

/// What stands in quotes a client may have written: then it is a row, and says that it is odd.
#[test]
fn a_cut_record_glued_to_the_next_is_told() {
    let line = whole_line();
    let in_text = line.find('"').unwrap();
    for cut in 1..=line.len() {
        let glued = format!("{}{line}", &line[..cut]);
        match read(glued.as_bytes()) {
            Verdict::Quarantined => assert!(cut <= in_text && cut > OWNER.len(), "cut at {cut}"),
            Verdict::Row(_, flags) if cut <= OWNER.len() => {
                assert!(flags.contains("long_bucket_owner"), "cut at {cut}");
            }
            Verdict::Row(_, flags) => {
                assert!(cut > in_text && flags.contains("embedded_record"), "cut at {cut}");
            }
        }
    }
}

/// A client knows the owner, and anything else that stands in lines.
#[test]
fn a_client_cannot_send_its_request_into_quarantine() {
    let forged = [
        whole_line(),
        format!("{OWNER} {BUCKET} {HEAD} {REQUEST} {CLIENT} -"),
        format!("{OWNER} {BUCKET} {HEAD}"),
        "\" 200 - - - - - -x".to_owned(),
        "\" 200 - 1 1 1 1 -".to_owned(),
        "\" 200 - 1 1 1 1 - - ".to_owned(),
        "\" 200 - 1 1 1 1 - \"".to_owned(),
        "\" 200 - 1 1 1 1 \"".to_owned(),
        "\" 200 - 1 1 1 1 \"-\" x".to_owned(),
        "\" 200 - 1 1 1 1 \"-\" - \" \"".to_owned(),
        "\"".to_owned(),
    ];
    for text in &forged {
        for (uri, referer, agent) in [(text.as_str(), "-", "-"), ("-", text, "-"), ("-", "-", text)]
        {
            let line = format!(
                "{OWNER} {BUCKET} {HEAD} \"GET /{uri} HTTP/1.1\" 403 AccessDenied 5 5 7 6 \
                 \"{referer}\" \"{agent}\" {TAIL}"
            );
            let Verdict::Row(columns, flags) = read(line.as_bytes()) else { panic!("{line}") };
            let flagged = flags.iter().any(|flag| flag.starts_with("ambiguous"));
            assert!(flagged || columns["http_status"] == b"403", "{line}");
        }
    }
    let issue = format!(
        "{OWNER} {BUCKET} {HEAD} \"GET /k\" 200 - - - - - -x HTTP/1.1\" 403 AccessDenied 5 5 7 6 \
         \"-\" \"curl/8\" {TAIL}"
    );
    let Verdict::Row(columns, flags) = read(issue.as_bytes()) else {
        panic!("one reading is valid")
    };
    assert_eq!(columns["request_uri"], b"GET /k\" 200 - - - - - -x HTTP/1.1");
    assert_eq!((columns["http_status"].as_slice(), flags.len()), (&b"403"[..], 0));
}

#[test]
fn odd_values_in_odd_places() {
    for (from, to, expected) in [
        // Numbers that are none.
        ("5120 5120", "-5 5120", "no_status"),
        ("5120 5120", "+5 5120", "no_status"),
        ("5120 5120", "5e3 5120", "no_status"),
        ("5120 5120", "5,120 5120", "no_status"),
        ("5120 5120", "\u{665} 5120", "no_status"),
        ("5120 5120", "99999999999999999999 5120", ""),
        ("200 -", "20 -", "no_status"),
        ("200 -", "2000 -", "no_status"),
        ("200 -", "000 -", ""),
        // Times that are none.
        ("/2026:", "/12026:", "bad_time"),
        ("/2026:", "/-026:", "bad_time"),
        ("/2026:", "/0000:", "bad_time"),
        ("14/Mar", "31/Feb", "bad_time"),
        ("[14/", "14/", "bad_time"),
        // Operations.
        ("REST.GET.OBJECT", "REST.NEW.THING.WITH.PARTS", ""),
        ("REST.GET.OBJECT", "REST.", "no_operation"),
        ("REST.GET.OBJECT", "GRPC.GET.OBJECT", ""),
        ("3E57427F3EXAMPLE REST.GET.OBJECT", "REST.GET.OBJECT INDEX.HTML", "no_operation"),
        ("REST.GET.OBJECT", "GRPC", "no_operation"),
        ("REST.GET.OBJECT", "GRPC..OBJECT", "no_operation"),
        ("user/mira", "user/mi ra A.B", ""),
        ("REST.GET.OBJECT", "rest.get.object", "no_operation"),
        // Dashes and nothing.
        ("192.0.2.3", "-", ""),
        (OWNER, "-", ""),
        ("a/k.csv \"", "- \"", ""),
        ("\"https://app.example/x\"", "-", ""),
        ("\"https://app.example/x\"", "--", "bad_referer_user_agent"),
        ("\"aws-cli/2.15.30 md/Botocore\"", "-", ""),
        // White space.
        (" REST", "   REST", ""),
        (" REST", "\tREST", "no_operation"),
        (" REST", "\u{a0}REST", "no_operation"),
        (" 200", "   200", ""),
        (OWNER, "  x", ""),
        (OWNER, "\u{feff}x", ""),
        ("lumen-archive ", "lumen\rarchive ", ""),
        ("eu-west-1", "eu-west-1  ", ""),
        // Texts.
        ("aws-cli", "aws\"cli", ""),
        ("aws-cli", "aws\\\"cli", ""),
        ("aws-cli", "\r\0\u{1b}[31m", ""),
    ] {
        let line = whole_line();
        let odd = line.replacen(from, to, 1);
        assert_ne!(odd, line, "{from:?}");
        assert_eq!(code(&odd), expected, "{from:?} as {to:?}");
        read(odd.as_bytes());
    }
}

#[test]
fn the_longest_texts_make_a_row_that_loads() {
    for byte in ["\x01", "\"", "\\", "\u{fdd0}", "\u{1f600}", "a", "%25FF", "%2500", "+"] {
        let long = byte.repeat(17_000 / byte.len());
        let words = format!("{long} ").repeat(2);
        let line = format!(
            "{long} {long} [14/Mar/2026:09:26:53 +0000] {long} {long} {long} REST.{long} k{long} \
             \"{long}\" 200 e 1 1 1 1 \"{long}\" \"{long}\" {long} {long} {long} {long} {long} {long} \
             {long} {long} {long} {long} {words}"
        );
        let line = line.get(..LINE_BYTES_MAX).unwrap_or(&line);
        let line = Line { bytes: line.as_bytes(), offset: u64::MAX >> 1, overlong: None };
        check_line(&mut RowEncoder::default(), &line).unwrap();
    }
}

#[test]
fn lines_at_the_limit_and_beyond_are_accounted_for() {
    for extra in [0, 1, 2, 300_000] {
        let text = "x".repeat(LINE_BYTES_MAX - 600 + extra);
        let log =
            format!("{OWNER} {BUCKET} {HEAD} {REQUEST} \"-\" \"{text}\" -\r\n{}\n", whole_line());
        let ledger = check_log(log.as_bytes(), &[65_536]).unwrap();
        assert_eq!((ledger.lines, ledger.rows, ledger.blank), (2, 2, 0));
    }
}
