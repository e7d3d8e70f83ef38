//! Is this an access log? What is none is refused by the name of what it is.
//!
//! What no client can write decides, as it does in the function: a name as S3 gives it to logs, and how
//! lines begin ([`Probe`]). Archives are known by their marks first, because a log inside one has lines
//! that can be read. What it does not do: decompress; that was done before.

use std::path::Path;

use crate::access_log::{Finding, Probe, has_readable_head, is_log_object_key};

/// What a text is, and how to get at the log in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Refusal {
    /// Completes "it is ...".
    pub(in crate::cli) what: &'static str,
    /// With `FILE` for its name.
    remedy: &'static str,
}

impl Refusal {
    /// What to do with the file, or with standard input, which has no name to be given.
    pub(in crate::cli) fn remedy(self, path: &Path) -> String {
        let name = path.display().to_string();
        if path.exists() { self.remedy.replace("FILE", &name) } else { self.remedy.to_owned() }
    }
}

/// Marks of what holds logs, if at all, only inside: where they stand, and what they say.
const MARKS: [(usize, &[u8], Refusal); 12] = [
    (
        4,
        b"\x31\x41\x59\x26\x53\x59",
        refusal("compressed with bzip2", "pipe it: `bzip2 -dc FILE | logferry convert`"),
    ),
    (0, b"\xfd7zXZ\0", refusal("compressed with xz", "pipe it: `xz -dc FILE | logferry convert`")),
    (
        0,
        b"\x04\x22\x4d\x18",
        refusal("compressed with lz4", "pipe it: `lz4 -dc FILE | logferry convert`"),
    ),
    (
        0,
        b"\x1f\x9d",
        refusal("compressed with compress", "pipe it: `gzip -dc FILE | logferry convert`"),
    ),
    (257, b"ustar", refusal("a tar archive", "unpack it and give the folder")),
    (0, b"PK\x03\x04", refusal("a zip archive", "unpack it and give the folder")),
    (0, b"7z\xbc\xaf\x27\x1c", refusal("a 7z archive", "unpack it and give the folder")),
    (0, b"PAR1", refusal("a Parquet file", NO_LOG)),
    (0, b"Obj\x01", refusal("an Avro file", NO_LOG)),
    (0, b"SQLite format 3\0", refusal("an SQLite database", NO_LOG)),
    (
        0,
        b"\xff\xfe",
        refusal("text in UTF-16", "convert it: `iconv -f UTF-16 -t UTF-8 FILE | logferry convert`"),
    ),
    (
        0,
        b"\xfe\xff",
        refusal("text in UTF-16", "convert it: `iconv -f UTF-16 -t UTF-8 FILE | logferry convert`"),
    ),
];

const NO_LOG: &str = "give the text of S3 server access logs";

/// Where texts are looked for what no text holds.
const HEAD_BYTES: usize = 1024;

const fn refusal(what: &'static str, remedy: &'static str) -> Refusal {
    Refusal { what, remedy }
}

/// Whether the first line is one of a log, and not what an archive says of the log in it.
fn begins_like_a_log(text: &[u8]) -> bool {
    let owner = text.split(|byte| *byte == b' ').next().unwrap_or_default();
    owner.iter().all(u8::is_ascii_graphic) && has_readable_head(text)
}

/// Whether a text of this key that begins like this may be converted. `whole` says that nothing follows.
pub(in crate::cli) fn check(log_key: &str, text: &[u8], whole: bool) -> Result<(), Refusal> {
    // Before any mark: a client may have written one into the first line.
    if is_log_object_key(log_key) || begins_like_a_log(text) {
        return Ok(());
    }
    let marked = |(at, mark, _): &&(usize, &[u8], Refusal)| {
        text.get(*at..).is_some_and(|text| text.starts_with(mark))
    };
    if let Some((_, _, refusal)) = MARKS.iter().find(marked) {
        return Err(*refusal);
    }
    let mut probe = Probe::default();
    let finding = match probe.look(text) {
        Finding::Undecided if whole => probe.finish(),
        finding => finding,
    };
    match finding {
        // Reading broke off before there was enough: that is told, and not that it is no log.
        Finding::AccessLog | Finding::Undecided => Ok(()),
        Finding::SomethingElse => Err(nameless(text)),
    }
}

fn nameless(text: &[u8]) -> Refusal {
    let head = text.get(..HEAD_BYTES).unwrap_or(text);
    let begins = |mark: &[u8]| head.trim_ascii_start().starts_with(mark);
    let (what, remedy) = if head.contains(&0) {
        ("binary and no access log", NO_LOG)
    } else if begins(b"{\"record_id\":") {
        ("rows already", "give the logs that they were made of")
    } else if begins(b"{") || begins(b"[") {
        ("JSON and no S3 server access log", NO_LOG)
    } else {
        ("no S3 server access log: no line within its first 64 KiB can be read as one", NO_LOG)
    };
    Refusal { what, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"9d2f63c1b7a8405e amber-photos [14/Mar/2026:09:26:53 +0000] 192.0.2.7 - \
        7QZ3K9W2VX8TN5RB REST.GET.OBJECT a.jpg \"GET /a.jpg HTTP/1.1\" 200 - 512 512 12 9 \"-\" \
        \"curl/8\" -\n";

    #[test]
    fn logs_pass_whatever_else_is_in_them() {
        let late = [&b"no log line\n".repeat(5000)[..60_000], b"\n", LINE].concat();
        for text in [LINE, b"", b"\n\n", &late, &[b"{}\n", LINE].concat()] {
            assert_eq!(check("log", text, true), Ok(()));
        }
        // Broken off before its first line ends.
        assert_eq!(check("log", b"9d2f63c1b7a8405e amber", false), Ok(()));
    }

    #[test]
    fn nothing_that_a_client_writes_gets_a_log_refused() {
        let head = b"o b [14/Mar/2026:09:26:53 +0000] 192.0.2.7 ";
        let unreadable = [&head[..], b"- \n"].concat().repeat(3000);
        let mark = [&head[..], &b"a".repeat(257 - head.len()), b"ustar\n"].concat();
        for text in [&unreadable, &mark] {
            assert_eq!(check("log", text, true), Ok(()));
        }
        let named = "logs/2026-03-14-09-30-00-0123456789ABCDEF";
        assert_eq!(check(named, b"a format that is yet to come\n", true), Ok(()));
        assert!(check("logs/other", b"a format that is yet to come\n", true).is_err());
    }

    #[test]
    fn everything_else_is_named() {
        let tar = [&[b'a'; 257][..], b"ustar\0", &[0; 249], LINE].concat();
        let zip = [b"PK\x03\x04", LINE].concat();
        for (text, named) in [
            (&tar[..], "tar"),
            (&zip, "zip"),
            (b"BZh91AY&SY....", "bzip2"),
            (b"\xfd7zXZ\0...", "xz"),
            (b"PAR1....", "Parquet"),
            (b"\xff\xfe9\0d\0", "UTF-16"),
            (b"\x7fELF\0\0\0\n", "binary"),
            (b"{\"record_id\":\"ce31f734\"}\n", "rows already"),
            (b"[1, 2]\n", "JSON"),
            (b"a,b,c\n1,2,3\n", "no S3 server access log"),
            (&b"x".repeat(70_000), "no S3 server access log"),
        ] {
            let refusal = check("log", text, true).unwrap_err();
            assert!(refusal.what.contains(named), "{named}: {refusal:?}");
        }
    }
}
