//! Lines whose one true reading is known, because they are made from it.
//!
//! Clients forge what the parser looks for: status and counters, seams, tails, heads of records and
//! whole records, in request-URI, referer and user agent, as they would if they knew all about the
//! bucket. Checks: no column is wrong without a flag that says so, and no request goes into
//! quarantine. The truth comes from what is written into the line and never from a parser.

use std::collections::BTreeMap;

use logferry::access_log::{Line, Parser};

use crate::support::fields::{BUCKET, OWNER};
use crate::support::twin::{self, Columns, Record, Text};

/// Lines, as many as the rates in `docs/format.md` are given for.
const LINES: usize = 80_000;

/// `SplitMix64`: the same lines on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap() % most
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }

    fn word(&mut self, letters: &str, length: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..length).map(|_| letters[self.below(letters.len())]).collect()
    }

    fn number(&mut self) -> String {
        match self.below(4) {
            0 => "-".to_owned(),
            1 => self.below(10).to_string(),
            _ => self.below(1 << 31).to_string(),
        }
    }

    fn host_id(&mut self) -> String {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        match self.below(6) {
            0 => "-".to_owned(),
            1 => "h=".to_owned(),
            2 => format!("{}=", self.word(letters, 75)),
            3 => self.word(letters, 76),
            _ => format!("{}==", self.word(letters, 54)),
        }
    }

    /// Status, error code and four numbers.
    fn counters(&mut self) -> [String; 6] {
        let status = self.pick(&["200", "403", "404", "206", "304", "503", "-", "-"]);
        let error = self.pick(&["-", "-", "AccessDenied", "NoSuchKey"]);
        if self.below(3) == 0 {
            return [status, "-", "-", "-", "-", "-"].map(str::to_owned);
        }
        let numbers = [self.number(), self.number(), self.number(), self.number()];
        let [sent, size, total, turn] = numbers;
        [status.to_owned(), error.to_owned(), sent, size, total, turn]
    }

    /// Fields 18 and on, of one age or another.
    fn tail(&mut self) -> Vec<String> {
        let signature = self.pick(&["SigV4", "SigV2", "-", "-"]);
        let signed = signature != "-";
        let authentication = if signed { self.pick(&["AuthHeader", "QueryString"]) } else { "-" };
        let host = match self.below(8) {
            0 => "-",
            1 => "192.0.2.80",
            2 => "www.lumen.example",
            _ => "lumen-archive.s3.amazonaws.com",
        };
        let host_id = match (signed, self.host_id()) {
            (true, id) if id != "-" && self.below(20) == 0 => format!("AIDAJQ2ZEXAMPLE7XK5AB {id}"),
            (_, id) => id,
        };
        let mut fields = vec![
            self.pick(&["-", "-", "-", "null", "L4kqtJlcpXroDTDmpUMLUo", "200"]).to_owned(),
            host_id,
            signature.to_owned(),
            self.pick(&["TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-SHA", "-"]).to_owned(),
            authentication.to_owned(),
            host.to_owned(),
            self.pick(&["TLSv1.2", "TLSv1.3", "-", "INVALID_RELAY_TLS_VERSION"]).to_owned(),
            self.pick(&["-", "-", "arn:aws:s3:::accesspoint/x"]).to_owned(),
            self.pick(&["-", "-", "Yes"]).to_owned(),
            self.pick(&["-", "eu-west-1"]).to_owned(),
            "new".to_owned(),
        ];
        // Two words are one field by the signature version behind them.
        let spaced = fields[1].contains(' ');
        let least = if spaced { 7 } else { 0 };
        fields.truncate([0, 1, 2, 7, 8, 9, 10, 10, 10, 11][self.below(10)].max(least));
        fields
    }

    /// What a client that wants to be misread writes.
    fn forged_piece(&mut self) -> String {
        let counters = self.counters().join(" ");
        let tail = self.tail().join(" ");
        let begin = self.pick(&["\"", "-", "- -", "- \"", "\"-\" \"", "\"x\" \"y", "-x", "--", ""]);
        match self.below(16) {
            0..=2 => format!("\" {counters} {begin}"),
            3 => format!("\" {counters} \"-\" \"curl/8\" {tail}"),
            4 => format!("\" {counters} \"-\" \"curl/8\" {tail} \""),
            5 => format!("\" {tail}"),
            6 => format!("\" {tail} \""),
            7 => self.pick(&["\" \"", "\"  \"", "\" \" \"", "\"\" \"\"", "\" - "]).to_owned(),
            8 => "\"".to_owned(),
            9 => self.pick(&[" ", "  ", "-", "\" ", " \"", "\"-", "-\""]).to_owned(),
            10 => format!(
                "{OWNER} {BUCKET} [14/Mar/2026:09:26:53 +0000] 192.0.2.9 - 0A1B2C3D4E5F6071 \
                 REST.GET.OBJECT k"
            ),
            11 => format!(
                "{OWNER} {BUCKET} [14/Mar/2026:09:26:53 +0000] 192.0.2.9 - 0A1B2C3D4E5F6071 \
                 REST.GET.OBJECT k \"GET /k HTTP/1.1\" {counters} \"-\" \"curl/8\" {tail}"
            ),
            12 => format!(" {counters} "),
            13 => "GET /k HTTP/1.1".to_owned(),
            14 => format!("\" {counters} \"-\" - {tail}"),
            _ => "Mozilla/5.0 (X11; Linux x86_64)".to_owned(),
        }
    }

    /// A text of a client, forged or not.
    fn text(&mut self, usual: &str) -> String {
        match self.below(3) {
            0 => usual.to_owned(),
            1 => format!("{usual}{}", self.forged_piece()),
            _ => {
                let pieces = 1 + self.below(4);
                (0..pieces).map(|_| self.forged_piece()).collect()
            }
        }
    }

    /// What a line says. Both texts behind the counters are in quotes, or neither is: that is how S3
    /// writes.
    fn record(&mut self) -> Record {
        let requester = [
            "-",
            OWNER,
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1A2B3C4D5E6F7",
        ];
        let operation =
            ["REST.GET.OBJECT", "REST.PUT.OBJECT", "WEBSITE.GET.OBJECT", "GRPC.GET.OBJECT"];
        let which = self.below(operation.len());
        // Behind spaces only a family that is known is believed.
        let requester = if which == 3 { "-" } else { self.pick(&requester) };
        let head = [
            OWNER,
            BUCKET,
            "[14/Mar/2026:09:26:53 +0000]",
            self.pick(&["192.0.2.3", "2001:db8::7", "-"]),
            requester,
            "3E57427F3EXAMPLE",
            operation[which],
            self.pick(&["a/k.csv", "-", "a%2520b"]),
        ];
        let bytes = |text: String| text.into_bytes();
        let uri = match self.below(8) {
            0 => self.text("GET /k HTTP/1.1"),
            1 => format!("{} HTTP/1.1", self.text("GET /k?a=b")),
            2 => "-".to_owned(),
            _ => format!("GET /{} HTTP/1.1", self.text("k")),
        };
        let written = self.below(8);
        let (referer, user_agent) = if written == 0 {
            (Text::Bare, Text::Bare)
        } else if written == 1 {
            (Text::Bare, Text::Quoted(self.text("curl/8").into_bytes()))
        } else {
            let referer = self.text("https://app.example/?q=\"a b\"").into_bytes();
            (Text::Quoted(referer), Text::Quoted(self.text("curl/8").into_bytes()))
        };
        Record {
            head: head.map(|field| field.as_bytes().to_vec()),
            uri: Text::Quoted(bytes(uri)),
            counters: self.counters().map(bytes),
            referer,
            user_agent,
            tail: self.tail().into_iter().map(bytes).collect(),
        }
    }
}

/// The columns in which two readings differ.
fn differences(truth: &Columns, read: &Columns) -> Vec<&'static str> {
    let names = truth.keys().chain(read.keys());
    let mut differ: Vec<_> =
        names.filter(|name| truth.get(*name) != read.get(*name)).copied().collect();
    differ.dedup();
    differ
}

#[test]
fn nothing_is_wrong_without_a_flag_and_no_request_is_quarantined() {
    let mut random = Random(11);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..LINES {
        let record = random.record();
        let line = record.render();
        let line = Line { bytes: &line, offset: 1, overlong: None };
        let Ok(entry) = Parser::new().parse(&line) else {
            panic!("quarantined: {record:?}");
        };
        let (read, flags) = (twin::columns_of(&entry), twin::flags_of(&entry));
        let differ = differences(&record.columns(), &read);
        let outcome = match (differ.is_empty(), flags.is_empty()) {
            (true, true) => "right",
            (true, false) => "right, flagged",
            (false, _) => "wrong, flagged",
        };
        let said = flags.iter().any(|flag| flag.starts_with("ambiguous_"));
        assert!(differ.is_empty() || said, "{differ:?} wrong, {flags:?}: {record:?}");
        *counts.entry(outcome).or_default() += 1;
    }
    println!("{counts:?}");
    // The lines are hard, and the flags are worth something.
    assert!(counts["wrong, flagged"] > 1000, "{counts:?}");
    assert!(counts["right"] > LINES / 5, "{counts:?}");
}
