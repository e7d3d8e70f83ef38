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

    // Another record inside this one.
    let after_key = line.len() - rest.len();
    for at in after_key..line.len() {
        if line[at] == b'[' && is_head_from_time(&line[at..]) {
            let before = words(&line[..at]);
            let owner_before =
                owner.len() >= 16 && before.len() >= 2 && before[before.len() - 2].ends_with(owner);
            let quoted = line[..at].contains(&b'"') && line[at..].contains(&b'"');
            if owner_before || !quoted {
                return None;
            }
            flags.insert("embedded_record");
        }
    }

    // Fields 9 to 15: the request-URI ends where the leftmost status and counters begin.
    let (uri, run, rest) = if rest.first() == Some(&b'"') {
        let end = (1..rest.len()).find(|end| {
            rest[*end] == b'"'
                && rest.get(end + 1) == Some(&b' ')
                && counters(&rest[end + 1..]).is_some()
        })?;
        let (run, after) = counters(&rest[end + 1..])?;
        (&rest[1..end], run, after)
    } else {
        let (uri, rest) = word(rest)?;
        if uri != b"-" {
            return None;
        }
        let (run, after) = counters(rest)?;
        (uri, run, after)
    };
    put(&mut columns, "request_uri", uri);
    put_counters(&mut columns, run);
    // Looks like a status and counters once more, at or after the first?
    let again = (0..rest.len()).any(|end| {
        rest[end] == b'"'
            && rest.get(end + 1) == Some(&b' ')
            && counters(&rest[end + 1..]).is_some_and(|(run, _)| run[0] != b"-")
    });
    if again {
        flags.insert("ambiguous_request_uri");
    }

    // Fields 16 and 17.
    let (referer, agent, rest) = client(rest, &mut flags)?;
    put(&mut columns, "referer", referer);
    put(&mut columns, "user_agent", agent);

    // Fields 18 and on.
    let mut fields: Vec<Vec<u8>> = words(rest).into_iter().map(<[u8]>::to_vec).collect();
    if fields.len() >= 3 && !is_signature(&fields[2]) {
        if fields.len() >= 4 && fields[3].starts_with(b"SigV") {
            // A host id of two words keeps the spaces between them.
            let from = offset_of_word(rest, 1);
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

/// Referer, user agent, and what follows them.
type Client<'l> = (&'l [u8], &'l [u8], &'l [u8]);

fn client<'l>(rest: &'l [u8], flags: &mut BTreeSet<&'static str>) -> Option<Client<'l>> {
    let ends_field = |at: usize| rest[at] == b'"' && matches!(rest.get(at + 1), None | Some(b' '));
    let Some(mut last) = (1..rest.len()).rev().find(|at| ends_field(*at)) else {
        return two_dashes(rest);
    };
    if trim(&rest[last + 1..]).is_empty() {
        // Nothing after the last quote: a quoted trailing field, when a full tail stands before it.
        let end = (1..last).rev().find(|at| ends_field(*at) && is_full_tail(&rest[at + 1..]));
        if let Some(end) = end {
            flags.insert("ambiguous_referer_user_agent");
            last = end;
        }
    }
    let after = trim(&rest[last + 1..]);

    if rest[0] != b'"' {
        let (referer, second) = word(rest)?;
        if referer != b"-" {
            return None;
        }
        if second.first() != Some(&b'"') {
            return two_dashes(rest);
        }
        let start = rest.len() - second.len();
        return (start < last).then(|| (referer, &rest[start + 1..last], after));
    }
    let inside = &rest[1..last];
    let seams: Vec<usize> =
        (0..inside.len()).filter(|at| inside[*at..].starts_with(b"\" \"")).collect();
    if let Some(seam) = seams.first() {
        if seams.len() > 1 {
            flags.insert("ambiguous_referer_user_agent");
        }
        return Some((&inside[..*seam], &inside[seam + 3..], after));
    }
    // Rewritten logs: more than one space between the two.
    for at in 0..inside.len() {
        let gap = inside[at..].strip_prefix(b"\"").unwrap_or_default();
        if gap.starts_with(b" ") && trim(gap).first() == Some(&b'"') {
            return Some((&inside[..at], &trim(gap)[1..], after));
        }
    }
    let (agent, after) = word(after)?;
    (agent == b"-").then_some((inside, agent, after))
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

/// Requester, request id, operation, and what follows.
fn actor(text: &[u8]) -> Option<([&[u8]; 3], &[u8])> {
    let all = words(text);
    let found = (0..16).find(|more| all.get(more + 2).is_some_and(|word| is_operation(word)))?;
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
    if fields.len() >= 4 && !is_signature(fields[2]) && fields[3].starts_with(b"SigV") {
        fields.remove(2);
    }
    fields.len() >= 7
        && is_signature(fields[2])
        && !fields[3].contains(&b'"')
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

    /// Whether S3's way of writing lets anybody tell where the texts end. It does not when
    /// - the request-URI holds a quote, a space and what looks like status and counters;
    /// - the referer holds `" "`, or would with the quote that follows it, and the user agent is
    ///   quoted; or holds quote, spaces, quote and the user agent is a bare dash;
    /// - the line ends in the user agent's quote and before it stands a quote and a full tail.
    pub(crate) fn is_decidable(&self) -> bool {
        !self.uri_is_forged() && !self.referer_is_forged() && !self.tail_is_forged()
    }

    /// The first case of [`Record::is_decidable`].
    pub(crate) fn uri_is_forged(&self) -> bool {
        let Text::Quoted(uri) = &self.uri else { return false };
        let text = [uri.as_slice(), b"\""].concat();
        (0..uri.len())
            .any(|at| text[at..].starts_with(b"\" ") && counters(&text[at + 1..]).is_some())
    }

    /// The second.
    pub(crate) fn referer_is_forged(&self) -> bool {
        let Text::Quoted(referer) = &self.referer else { return false };
        match &self.user_agent {
            Text::Quoted(_) => {
                [referer.as_slice(), b"\""].concat().windows(3).any(|seam| seam == b"\" \"")
            }
            Text::Bare => (0..referer.len()).any(|at| {
                referer[at..].starts_with(b"\" ") && trim(&referer[at + 1..]).starts_with(b"\"")
            }),
        }
    }

    /// The third.
    pub(crate) fn tail_is_forged(&self) -> bool {
        let client = [self.referer.render(), self.user_agent.render()].join(&b' ');
        self.tail.is_empty()
            && (1..client.len())
                .any(|at| client[at..].starts_with(b"\" ") && is_full_tail(&client[at + 1..]))
    }
}
