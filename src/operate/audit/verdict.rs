//! What an audit may say of an object.

/// The verdicts; their names are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Everything is where it should be.
    Clean,
    /// Too young to be judged.
    InFlight,
    /// The ledger does not know the object.
    NeverDelivered,
    /// The ledger has a beginning without an end, or a hole.
    Unfinished,
    /// The ledger ends before the object does.
    ShortRead,
    /// Lines of the object have no row.
    MissingRows,
    /// The table has rows of the object where it has no line, or rows that say something else.
    WrongRows,
    /// Rows stand there more than once, which the view hides.
    Copies,
    /// The ledger does not know the object, and the table has rows of it.
    NoLedger,
    /// The table has rows of an object that the bucket does not have.
    NotInS3,
}

impl Verdict {
    /// Its name, as programs read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::InFlight => "in_flight",
            Self::NeverDelivered => "never_delivered",
            Self::Unfinished => "unfinished",
            Self::ShortRead => "short_read",
            Self::MissingRows => "missing_rows",
            Self::WrongRows => "wrong_rows",
            Self::Copies => "copies",
            Self::NoLedger => "no_ledger",
            Self::NotInS3 => "not_in_s3",
        }
    }
}

/// Something that is not as it should be, or that somebody may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub verdict: Verdict,
    /// The object's key.
    pub key: String,
    /// Rows that should be there, where known.
    pub want: Option<u64>,
    /// Rows that are there, where asked.
    pub have: Option<u64>,
    /// Where it is so, in bytes of the object's text, as far as the object was read again; at most
    /// [`OFFSETS_MAX`].
    pub offsets: Vec<u64>,
    /// The columns in which rows differ from their lines.
    pub columns: Vec<&'static str>,
    /// The object was read again, and each of its lines, so many, has its row.
    pub proven_lines: Option<u64>,
    /// A message that asks for the object was seen in the dead-letter queue.
    pub in_dead_letters: bool,
}

/// The most offsets of a finding.
pub const OFFSETS_MAX: usize = 1_000;

impl Finding {
    pub(super) fn new(verdict: Verdict, key: &str) -> Self {
        Self {
            verdict,
            key: key.to_owned(),
            want: None,
            have: None,
            offsets: Vec::new(),
            columns: Vec::new(),
            proven_lines: None,
            in_dead_letters: false,
        }
    }

    pub(super) fn at(self, offsets: &[u64]) -> Self {
        Self { offsets: offsets.iter().copied().take(OFFSETS_MAX).collect(), ..self }
    }

    /// Whether nothing is to be done about it.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        let is_proven = self.verdict == Verdict::NoLedger && self.proven_lines.is_some();
        is_proven || matches!(self.verdict, Verdict::Clean | Verdict::InFlight | Verdict::Copies)
    }

    /// What repairs it: to read the object again. Rows that come twice are copies, which the view
    /// hides. Lines that are quarantined and can be read now need no more than that they are replayed.
    #[must_use]
    pub fn repair(&self) -> Option<&'static str> {
        match self.verdict {
            _ if self.is_fine() => None,
            Verdict::NeverDelivered
            | Verdict::Unfinished
            | Verdict::ShortRead
            | Verdict::MissingRows
            | Verdict::NoLedger => Some("backfill"),
            Verdict::WrongRows if self.columns == ["parse_error"] => Some("replay quarantine"),
            _ => None,
        }
    }
}
