//! A naive twin of the parser, and a writer of lines.
//!
//! Purpose: say what a line means a second time, written from the Amazon S3 User Guide and
//! `docs/format.md` in the plainest way: words split at spaces, text compared byte by byte, no
//! index, no regard for speed. The property tests hold the parser against it.
//!
//! Independent on purpose: it shares no code with `logferry::access_log`, and must not be made to;
//! [`columns_of`] only spreads out a parsed entry so that the two can be compared.
#![allow(dead_code, clippy::allow_attributes, reason = "each test uses its own part of the twin")]
#![expect(clippy::indexing_slicing, reason = "offsets were found in the same text")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use logferry::access_log::{Anomaly, Digits, Entry};

/// Column name to the bytes as logged. Absent: no value.
pub(crate) type Columns = BTreeMap<&'static str, Vec<u8>>;

/// What the twin says of a line.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A typed row with these columns and these flags.
    Row(Columns, BTreeSet<&'static str>),
    /// No row.
    Quarantined,
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Row(columns, flags) = self else { return f.write_str("quarantined") };
        writeln!(f, "{flags:?}")?;
        for (name, value) in columns {
            writeln!(f, "  {name}: {}", value.escape_ascii())?;
        }
        Ok(())
    }
}

/// Fields 18 to 27.
pub(crate) const TAIL: [&str; 10] = [
    "version_id",
    "host_id",
    "signature_version",
    "cipher_suite",
    "authentication_type",
    "host_header",
    "tls_version",
    "access_point_arn",
    "acl_required",
    "source_region",
];

/// Reads a line (without its line end).
pub(crate) fn read(line: &[u8]) -> Verdict {
    if line.len() > 256 * 1024 {
        return Verdict::Quarantined;
    }
    read_fields(line).map_or(Verdict::Quarantined, |(columns, flags)| Verdict::Row(columns, flags))
}

fn read_fields(line: &[u8]) -> Option<(Columns, BTreeSet<&'static str>)> {
    let mut columns = Columns::new();
    let mut flags = BTreeSet::new();

    // Fields 1 to 8.
    let rest = trim(line);
    let (owner, rest) = word(rest)?;
    let (bucket, rest) = word(rest)?;
    let (time, rest) = time_field(rest)?;
    let (ip, rest) = word(rest)?;
    let ([requester, id, operation], rest) = actor(rest)?;
    let (key, rest) = word(rest)?;
    put(&mut columns, "bucket_owner", owner);
    put(&mut columns, "bucket", bucket);
    put(&mut columns, "request_time", time.as_bytes());
    put(&mut columns, "remote_ip", ip);
    put(&mut columns, "requester", requester);
    put(&mut columns, "request_id", id);
    columns.insert("operation", operation.to_vec());
    put(&mut columns, "key", key);

    if owner.len() > 64 {
        flags.insert("long_bucket_owner");
    }

    // Another record inside this one.
    let after_key = line.len() - rest.len();
    for at in after_key..line.len() {
        if line[at] == b'[' && is_head_from_time(&line[at..]) {
            let quoted = line[..at].contains(&b'"') && line[at..].contains(&b'"');
            if !quoted {
                return None;
            }
            flags.insert("embedded_record");
        }
    }

    // Fields 9 to 17.
    let (uri, run, client, rest) = if rest.first() == Some(&b'"') {
        let (end, found) = quoted_uri(rest, operation, &mut flags)?;
        (&rest[1..end], found.0, found.1, found.2)
    } else {
        let (uri, rest) = word(rest)?;
        if uri != b"-" {
            return None;
        }
        let (run, after) = counters(rest)?;
        let client = client(after, &mut flags).or_else(|| two_dashes(after))?;
        (uri, run, [client.0, client.1], client.2)
    };
    put(&mut columns, "request_uri", uri);
    put_counters(&mut columns, run);
    put(&mut columns, "referer", client[0]);
    put(&mut columns, "user_agent", client[1]);

    // Fields 18 and on.
    let mut fields: Vec<Vec<u8>> = words(rest).into_iter().map(<[u8]>::to_vec).collect();
    if fields.len() >= 3 && !is_signature(&fields[2]) {
        if is_rest_of_host_id(&fields[2], fields.get(3).map_or(b"", |next| next)) {
            // A host id of two words keeps the spaces between them; a dash before it is none.
            let from = offset_of_word(rest, if fields[1] == b"-" { 2 } else { 1 });
            let to = offset_of_word(rest, 2) + fields[2].len();
            fields.splice(1..3, [rest[from..to].to_vec()]);
        } else {
            flags.insert("unknown_signature_version");
        }
    }
    for (name, value) in TAIL.into_iter().zip(&fields) {
        put(&mut columns, name, value);
    }
    if fields.len() > TAIL.len() {
        columns.insert("extra", fields[TAIL.len()..].join(&b' '));
    }
    Some((columns, flags))
}

/// Whether a word in the place of the signature version is a host id, by the word behind it.
fn is_rest_of_host_id(word: &[u8], next: &[u8]) -> bool {
    let base64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    let alike = word.last() == Some(&b'=')
        || word.len() >= 40 && word.iter().all(|byte| base64.contains(byte));
    next.starts_with(b"SigV") || (next == b"-" && alike)
}

/// Status and counters, referer and user agent, and what follows them.
type BehindUri<'l> = ([&'l [u8]; 6], [&'l [u8]; 2], &'l [u8]);

/// A request-URI in quotes ends where all that must follow it does: the leftmost such place, and a
/// flag when there is another.
fn quoted_uri<'l>(
    rest: &'l [u8],
    operation: &[u8],
    flags: &mut BTreeSet<&'static str>,
) -> Option<(usize, BehindUri<'l>)> {
    let mut good: Vec<(usize, BehindUri<'l>, BTreeSet<&'static str>)> = Vec::new();
    let mut two_bare = None;
    for end in 1..rest.len() {
        if rest[end] != b'"' || rest.get(end + 1) != Some(&b' ') {
            continue;
        }
        let Some((run, after)) = counters(&rest[end + 1..]) else { continue };
        let mut noted = BTreeSet::new();
        if let Some((referer, agent, tail)) = client(after, &mut noted) {
            good.push((end, (run, [referer, agent], tail), noted));
        } else if good.is_empty()
            && two_bare.is_none()
            && let Some((referer, agent, tail)) = two_dashes(after)
        {
            // Two dashes, and behind them a field that somebody quoted.
            two_bare = Some((end, (run, [referer, agent], tail)));
        }
        if good.len() == 2 {
            break;
        }
    }
    let asked_by_client = !operation.starts_with(b"S3.") && !operation.starts_with(b"BATCH.");
    if (good.len() > 1 || two_bare.is_some()) && asked_by_client {
        flags.insert("ambiguous_request_uri");
    }
    let Some((end, found, noted)) = good.into_iter().next() else { return two_bare };
    flags.extend(noted);
    Some((end, found))
}

/// Referer, user agent, and what follows them.
type Client<'l> = (&'l [u8], &'l [u8], &'l [u8]);

/// Referer and user agent, the last quote of the line being theirs.
fn client<'l>(rest: &'l [u8], flags: &mut BTreeSet<&'static str>) -> Option<Client<'l>> {
    let ends_field = |at: usize| rest[at] == b'"' && matches!(rest.get(at + 1), None | Some(b' '));
    let Some(last) = (1..rest.len()).rev().find(|at| ends_field(*at)) else {
        return two_dashes(rest);
    };
    let usual = client_up_to(rest, last)?;
    let (mut found, mut seams) = usual;
    let earlier = (1..last).rev().find(|at| ends_field(*at) && is_full_tail(&rest[at + 1..]));
    if let Some(earlier) = earlier {
        flags.insert("ambiguous_referer_user_agent");
        // Nothing after the last quote: a quoted trailing field.
        if trim(&rest[last + 1..]).is_empty()
            && let Some(quoted_field) = client_up_to(rest, earlier)
        {
            (found, seams) = quoted_field;
        }
    }
    if seams > 1 {
        flags.insert("ambiguous_referer_user_agent");
    }
    Some(found)
}

/// Referer and user agent up to a quote, and in how many places they could part.
fn client_up_to(rest: &[u8], last: usize) -> Option<(Client<'_>, usize)> {
    let after = trim(&rest[last + 1..]);
    if rest[0] != b'"' {
        let (referer, second) = word(rest)?;
        let start = rest.len() - second.len();
        let quoted = referer == b"-" && second.first() == Some(&b'"') && start < last;
        return quoted.then(|| ((referer, &rest[start + 1..last], after), 1));
    }
    // Quote, spaces, quote: one space if S3 wrote it.
    let inside = &rest[1..last];
    let mut seams: Vec<(usize, usize)> = Vec::new();
    for at in 0..inside.len() {
        let gap = inside[at..].strip_prefix(b"\"").unwrap_or_default();
        if gap.starts_with(b" ") && trim(gap).first() == Some(&b'"') {
            seams.push((at, inside.len() - trim(gap).len() + 1));
        }
    }
    if let Some(first) = seams.first() {
        let narrow = seams.iter().find(|(end, start)| start - end == 3);
        let (end, start) = narrow.unwrap_or(first);
        return Some(((&inside[..*end], &inside[*start..], after), seams.len()));
    }
    let (agent, after) = word(after)?;
    (agent == b"-").then_some(((inside, agent, after), 1))
}

fn two_dashes(rest: &[u8]) -> Option<Client<'_>> {
    let (referer, rest) = word(rest)?;
    let (agent, rest) = word(rest)?;
    (referer == b"-" && agent == b"-").then_some((referer, agent, rest))
}

/// Status, error code, four numbers, and the rest if a referer may begin there.
fn counters(text: &[u8]) -> Option<([&[u8]; 6], &[u8])> {
    let mut run: [&[u8]; 6] = [b""; 6];
    let mut rest = trim(text);
    for field in &mut run {
        (*field, rest) = word(rest)?;
    }
    let number = |field: &[u8]| field == b"-" || field.iter().all(u8::is_ascii_digit);
    let status = run[0] == b"-" || (run[0].len() == 3 && number(run[0]));
    let good = status
        && !run[1].contains(&b'"')
        && run[2..].iter().all(|field| number(field))
        && matches!(rest.first(), Some(b'"' | b'-'));
    good.then_some((run, rest))
}

/// Words in capitals first, joined by points.
fn looks_like_operation(word: &[u8]) -> bool {
    let Ok(word) = str::from_utf8(word) else { return false };
    let parts: Vec<&str> = word.split('.').collect();
    let good = |part: &&str| {
        !part.is_empty()
            && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    parts.len() > 1
        && parts.iter().all(good)
        && parts[0].starts_with(|letter: char| letter.is_ascii_uppercase())
        && !parts[0].contains(|letter: char| letter.is_ascii_lowercase())
}

/// Requester, request id, operation, and what follows.
fn actor(text: &[u8]) -> Option<([&[u8]; 3], &[u8])> {
    let all = words(text);
    let known = (0..16).find(|more| all.get(more + 2).is_some_and(|word| is_operation(word)));
    let unheard_of = all.len() >= 3
        && !is_operation(all[0])
        && !is_operation(all[1])
        && looks_like_operation(all[2])
        && all.get(4).is_some_and(|uri| uri.starts_with(b"\"") || uri.starts_with(b"-"));
    let found = if unheard_of { 0 } else { known? };
    let spaced = found > 0;
    if spaced && (!all[0].starts_with(b"arn:") || all[..=found].concat().contains(&b'[')) {
        return None;
    }
    let requester = &text[..offset_of_word(text, found) + all[found].len()];
    let operation = all[found + 2];
    let rest = &text[offset_of_word(text, found + 2) + operation.len()..];
    Some(([requester, all[found + 1], operation], trim(rest)))
}

fn is_operation(word: &[u8]) -> bool {
    ["REST.", "WEBSITE.", "SOAP.", "BATCH.", "S3."]
        .iter()
        .any(|family| word.starts_with(family.as_bytes()) && word.len() > family.len())
}

fn is_signature(word: &[u8]) -> bool {
    word == b"-" || word.starts_with(b"SigV")
}

/// `[time] ip requester id operation`.
fn is_head_from_time(text: &[u8]) -> bool {
    time_field(text).and_then(|(_, rest)| word(rest)).and_then(|(_, rest)| actor(rest)).is_some()
}

/// Version id to TLS version.
fn is_full_tail(text: &[u8]) -> bool {
    let mut fields = words(text);
    if fields.len() >= 4 && !is_signature(fields[2]) && is_rest_of_host_id(fields[2], fields[3]) {
        if fields[2].contains(&b'"') {
            return false;
        }
        fields.remove(2);
    }
    fields.len() >= 7
        && is_signature(fields[2])
        && ![fields[0], fields[1], fields[3]].concat().contains(&b'"')
        && [&b"-"[..], b"AuthHeader", b"QueryString"].contains(&fields[4])
        && !fields[5].contains(&b'"')
        && (fields[6] == b"-" || fields[6].starts_with(b"TLS"))
}

/// `[dd/Mon/yyyy:hh:mm:ss +hhmm]`, a space, and the rest; the time as ISO 8601 in UTC.
fn time_field(text: &[u8]) -> Option<(String, &[u8])> {
    if text.len() < 29 || text[28] != b' ' {
        return None;
    }
    let shape = b"[dd/Mon/dddd:dd:dd:dd sdddd]";
    for (byte, wanted) in text[..28].iter().zip(shape) {
        let fits = match wanted {
            b'd' => byte.is_ascii_digit(),
            b'M' | b'o' | b'n' => byte.is_ascii_alphabetic(),
            b's' => matches!(byte, b'+' | b'-'),
            _ => byte == wanted,
        };
        if !fits {
            return None;
        }
    }
    let field = str::from_utf8(&text[..28]).ok()?;
    let number = |from: usize, to: usize| field[from..to].parse::<i64>().ok();
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = months.as_bytes().chunks(3).position(|name| name == &text[4..7])?;
    let (day, year) = (number(1, 3)?, number(8, 12)?);
    let (hour, minute, second) = (number(13, 15)?, number(16, 18)?, number(19, 21)?);
    let (offset_hours, offset_minutes) = (number(23, 25)?, number(25, 27)?);
    let month = i64::try_from(month).ok()? + 1;
    let real = (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60
        && offset_hours < 24
        && offset_minutes < 60;
    if !real {
        return None;
    }

    // Step by step to UTC, a minute at a time where an offset asks for it.
    let (mut date, mut minutes) = ((year, month, day), hour * 60 + minute);
    let sign = if text[22] == b'+' { -1 } else { 1 };
    minutes += sign * (offset_hours * 60 + offset_minutes);
    if minutes < 0 {
        minutes += 1440;
        date = day_before(date);
    } else if minutes >= 1440 {
        minutes -= 1440;
        date = day_after(date);
    }
    let (year, month, day) = date;
    if !(1..=9999).contains(&year) {
        return None;
    }
    let (hour, minute, second) = (minutes / 60, minutes % 60, second.min(59));
    let iso = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    Some((iso, trim(&text[28..])))
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn day_before((year, month, day): (i64, i64, i64)) -> (i64, i64, i64) {
    match (month, day) {
        (1, 1) => (year - 1, 12, 31),
        (_, 1) => (year, month - 1, days_in(year, month - 1)),
        _ => (year, month, day - 1),
    }
}

fn day_after((year, month, day): (i64, i64, i64)) -> (i64, i64, i64) {
    if day < days_in(year, month) {
        (year, month, day + 1)
    } else if month < 12 {
        (year, month + 1, 1)
    } else {
        (year + 1, 1, 1)
    }
}

/// Without the spaces in front.
fn trim(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|byte| **byte == b' ').count();
    &text[spaces..]
}

/// The first word, and what follows the spaces behind it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = trim(text);
    let end = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
    (end > 0).then(|| (&text[..end], trim(&text[end..])))
}

fn words(text: &[u8]) -> Vec<&[u8]> {
    text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).collect()
}

fn offset_of_word(text: &[u8], index: usize) -> usize {
    words(text)[index].as_ptr() as usize - text.as_ptr() as usize
}

fn put(columns: &mut Columns, name: &'static str, value: &[u8]) {
    if !value.is_empty() && value != b"-" {
        columns.insert(name, value.to_vec());
    }
}

/// Fields 10 to 15 in order.
const COUNTERS: [&str; 6] = [
    "http_status",
    "error_code",
    "bytes_sent",
    "object_size",
    "total_time_ms",
    "turn_around_time_ms",
];

/// Stands for a number that no BIGINT holds.
const OUT_OF_RANGE: &[u8] = b"out of range";

fn put_counters<'t>(columns: &mut Columns, run: impl IntoIterator<Item = &'t [u8]>) {
    for (name, value) in COUNTERS.into_iter().zip(run) {
        let is_number = !matches!(name, "http_status" | "error_code") && value != b"-";
        if is_number {
            let number = str::from_utf8(value).ok().and_then(|text| text.parse::<i64>().ok());
            let text =
                number.map_or(OUT_OF_RANGE.to_vec(), |number| number.to_string().into_bytes());
            columns.insert(name, text);
        } else {
            put(columns, name, value);
        }
    }
}

/// The key of the object, decoded, from the key as logged.
pub(crate) fn decode_key(logged: &[u8], operation: &[u8]) -> Vec<u8> {
    let once = operation.starts_with(b"BATCH.") || operation.starts_with(b"S3.");
    let outer = if once { logged.to_vec() } else { percent_decode(logged) };
    let spaced: Vec<u8> =
        outer.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let key = percent_decode(&spaced);
    if str::from_utf8(&key).is_ok() { key } else { logged.to_vec() }
}

fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) if *byte == b'%' => {
                decoded.push(value);
                rest = &after[2..];
            }
            _ => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
    decoded
}

/// A parsed entry spread out as the twin has it.
pub(crate) fn columns_of(entry: &Entry<'_>) -> Columns {
    let logged = |digits: Digits<'_>| digits.bigint().unwrap_or(OUT_OF_RANGE).to_vec();
    let mut columns = Columns::new();
    columns.insert("request_time", entry.request_time.iso_8601().to_vec());
    columns.insert("operation", entry.operation.to_vec());
    let status = entry.http_status.map(|status| format!("{status:03}").into_bytes());
    let numbers = [
        ("http_status", status),
        ("bytes_sent", entry.bytes_sent.map(logged)),
        ("object_size", entry.object_size.map(logged)),
        ("total_time_ms", entry.total_time.map(logged)),
        ("turn_around_time_ms", entry.turn_around_time.map(logged)),
    ];
    for (name, value) in numbers {
        if let Some(value) = value {
            columns.insert(name, value);
        }
    }
    let texts = [
        ("bucket_owner", entry.bucket_owner),
        ("bucket", entry.bucket),
        ("remote_ip", entry.remote_ip),
        ("requester", entry.requester),
        ("request_id", entry.request_id),
        ("key", entry.key),
        ("request_uri", entry.request_uri),
        ("error_code", entry.error_code),
        ("referer", entry.referer),
        ("user_agent", entry.user_agent),
        ("version_id", entry.version_id),
        ("host_id", entry.host_id),
        ("signature_version", entry.signature_version),
        ("cipher_suite", entry.cipher_suite),
        ("authentication_type", entry.authentication_type),
        ("host_header", entry.host_header),
        ("tls_version", entry.tls_version),
        ("access_point_arn", entry.access_point_arn),
        ("acl_required", entry.acl_required),
        ("source_region", entry.source_region),
    ];
    for (name, value) in texts {
        if let Some(value) = value {
            columns.insert(name, value.to_vec());
        }
    }
    if let Some(extra) = entry.extra {
        columns.insert("extra", words(extra).join(&b' '));
    }
    columns
}

/// The anomalies of a parsed entry by name.
pub(crate) fn flags_of(entry: &Entry<'_>) -> BTreeSet<&'static str> {
    let found = |anomaly: &Anomaly| entry.anomalies.contains(*anomaly);
    Anomaly::ALL.into_iter().filter(found).map(Anomaly::name).collect()
}

/// A text field as S3 may write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    /// A dash without quotes.
    Bare,
    /// In quotes, as it is.
    Quoted(Vec<u8>),
}

impl Text {
    /// As it stands in the line.
    pub(crate) fn render(&self) -> Vec<u8> {
        match self {
            Self::Bare => b"-".to_vec(),
            Self::Quoted(text) => [b"\"", text.as_slice(), b"\""].concat(),
        }
    }

    /// The value it says.
    pub(crate) fn value(&self) -> &[u8] {
        match self {
            Self::Bare => b"-",
            Self::Quoted(text) => text,
        }
    }
}

/// What a line is to say, field by field, before it is written.
#[derive(Clone)]
pub(crate) struct Record {
    /// Fields 1 to 8; the time is `[dd/Mon/yyyy:hh:mm:ss +hhmm]`.
    pub(crate) head: [Vec<u8>; 8],
    /// Field 9.
    pub(crate) uri: Text,
    /// Fields 10 to 15.
    pub(crate) counters: [Vec<u8>; 6],
    /// Field 16.
    pub(crate) referer: Text,
    /// Field 17.
    pub(crate) user_agent: Text,
    /// Fields 18 and on.
    pub(crate) tail: Vec<Vec<u8>>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.render().escape_ascii())
    }
}

impl Record {
    /// The line, without its line end.
    pub(crate) fn render(&self) -> Vec<u8> {
        let mut fields = self.head.to_vec();
        fields.push(self.uri.render());
        fields.extend(self.counters.clone());
        fields.push(self.referer.render());
        fields.push(self.user_agent.render());
        fields.extend(self.tail.clone());
        fields.join(&b' ')
    }

    /// What a parser should find, given that it can be decided.
    pub(crate) fn columns(&self) -> Columns {
        let mut columns = Columns::new();
        let head = [
            "bucket_owner",
            "bucket",
            "request_time",
            "remote_ip",
            "requester",
            "request_id",
            "operation",
            "key",
        ];
        for (name, value) in head.into_iter().zip(&self.head) {
            put(&mut columns, name, value);
        }
        let time = [self.head[2].as_slice(), b" "].concat();
        if let Some((iso, _)) = time_field(&time) {
            columns.insert("request_time", iso.into_bytes());
        }
        put_counters(&mut columns, self.counters.iter().map(Vec::as_slice));
        put(&mut columns, "request_uri", self.uri.value());
        put(&mut columns, "referer", self.referer.value());
        put(&mut columns, "user_agent", self.user_agent.value());
        for (name, value) in TAIL.into_iter().zip(&self.tail) {
            put(&mut columns, name, value);
        }
        if self.tail.len() > TAIL.len() {
            columns.insert("extra", self.tail[TAIL.len()..].join(&b' '));
        }
        columns
    }

    /// Whether nobody can tell how it is to be read, and no flag says so: what the referer holds makes
    /// it look like referer and user agent before a version id that is a dash.
    pub(crate) fn is_undecidable(&self) -> bool {
        let Text::Quoted(referer) = &self.referer else { return false };
        let gap = |at: usize| {
            referer[at..].starts_with(b"\" ") && trim(&referer[at + 1..]).starts_with(b"\"")
        };
        matches!(self.user_agent, Text::Bare) && (0..referer.len()).any(gap)
    }
}
