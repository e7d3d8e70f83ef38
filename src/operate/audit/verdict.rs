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
    /// The table has rows of the object where it has no line.
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

    /// Whether nothing is to be done about it.
    #[must_use]
    pub fn is_fine(self) -> bool {
        matches!(self, Self::Clean | Self::InFlight | Self::Copies)
    }

    /// What repairs it: to read the object again. Rows that come twice are copies, which the view
    /// hides.
    #[must_use]
    pub fn repair(self) -> Option<&'static str> {
        let again = matches!(
            self,
            Self::NeverDelivered
                | Self::Unfinished
                | Self::ShortRead
                | Self::MissingRows
                | Self::NoLedger
        );
        again.then_some("backfill")
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
}
