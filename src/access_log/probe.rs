//! Is this an access log at all?
//!
//! The log prefix of a bucket also sees inventories, images and other people's logs. Turning each of
//! their lines into a quarantined row would flood the table, so an object that S3 would not have named
//! so has to show one line within its first 64 KiB that parses, or that begins like a line of a log.
//! That much no client can take from an object: what it writes into a line decides at most whether the
//! line parses. The function and `logferry convert` look alike, and take what S3 names like a log
//! without a look. What it does not do: keep rows; it keeps text, and the caller feeds it on once the
//! object is accepted.

use super::{Line, LineSplitter, Parser, has_readable_head};

/// How much text an object has to show what it is in, in bytes.
pub const PROBE_BYTES_MAX: usize = 64 * 1024;

/// What is known about an object so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Too little text to tell.
    Undecided,
    /// There is a line of an access log.
    AccessLog,
    /// It had its chance.
    SomethingElse,
}

/// Looks at the text until the first line of an access log.
#[derive(Debug, Default)]
pub struct Probe {
    splitter: LineSplitter,
    /// The text looked at so far.
    held: Vec<u8>,
    parser: Parser,
    lines: u64,
}

impl Probe {
    /// Looks at more text. Text that leaves the matter undecided is kept.
    #[must_use]
    pub fn look(&mut self, text: &[u8]) -> Finding {
        let room = PROBE_BYTES_MAX.saturating_sub(self.held.len());
        let (mut seen, unseen) = text.split_at(text.len().min(room));
        let keep = seen;
        while let Some(line) = self.splitter.next_line(&mut seen) {
            if is_evidence(&mut self.parser, &line, &mut self.lines) {
                return Finding::AccessLog;
            }
        }
        if self.held.len() + keep.len() < PROBE_BYTES_MAX && unseen.is_empty() {
            self.held.extend_from_slice(keep);
            return Finding::Undecided;
        }
        // A first line that is longer than all that may be looked at still shows its beginning.
        let start = if self.held.is_empty() { keep } else { &self.held };
        if self.lines == 0 && has_readable_head(start) {
            return Finding::AccessLog;
        }
        Finding::SomethingElse
    }

    /// The text ends here. An object without a single line to look at has nothing to be refused for.
    #[must_use]
    pub fn finish(&mut self) -> Finding {
        if let Some(line) = self.splitter.finish()
            && is_evidence(&mut self.parser, &line, &mut self.lines)
        {
            return Finding::AccessLog;
        }
        if self.lines == 0 { Finding::AccessLog } else { Finding::SomethingElse }
    }

    /// The text that was kept, in order and without gaps.
    #[must_use]
    pub fn into_text(self) -> Vec<u8> {
        self.held
    }
}

/// Whether the line is one of an access log. Lines that are not blank are counted.
fn is_evidence(parser: &mut Parser, line: &Line<'_>, lines: &mut u64) -> bool {
    if line.is_blank() {
        return false;
    }
    *lines += 1;
    parser.parse(line).is_ok() || has_readable_head(line.bytes)
}
