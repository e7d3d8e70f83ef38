//! What a check found.

use crate::ports::LookupError;

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Works, and will not for long, or costs more than it need.
    Warn,
    /// Rows are lost or late, or will be.
    Fail,
    /// Not looked at.
    Skip,
}

impl Verdict {
    /// Its name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// One check and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its stable id: a group, a dot, and what of it or the name of a bucket.
    pub id: String,
    /// How it is.
    pub verdict: Verdict,
    /// What is there.
    pub text: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// Whether it was skipped because it could not be looked at, rather than for not being needed.
    pub is_undone: bool,
}

impl Check {
    fn new(id: &str, verdict: Verdict, text: String, remedy: Option<String>) -> Self {
        Self { id: id.to_owned(), verdict, text, remedy, is_undone: false }
    }

    pub(super) fn ok(id: &str, text: impl Into<String>) -> Self {
        Self::new(id, Verdict::Ok, text.into(), None)
    }

    pub(super) fn warn(id: &str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(id, Verdict::Warn, text.into(), Some(remedy.into()))
    }

    pub(super) fn fail(id: &str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(id, Verdict::Fail, text.into(), Some(remedy.into()))
    }

    pub(super) fn skip(id: &str, why: impl Into<String>) -> Self {
        Self::new(id, Verdict::Skip, why.into(), None)
    }

    /// Skipped for a reason that somebody can remove.
    pub(super) fn undone(id: &str, why: impl Into<String>) -> Self {
        Self { is_undone: true, ..Self::skip(id, why) }
    }
}

/// A fact, or why there is none.
pub(super) type Fact<T> = Result<T, Absent>;

/// Why there is no fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Absent {
    /// The stack file does not name what would be asked for, by its path there.
    Unnamed(&'static str),
    /// Nobody is to be asked.
    NoWarehouse,
    /// It was asked for.
    Lookup(LookupError),
}

impl From<LookupError> for Absent {
    fn from(error: LookupError) -> Self {
        Self::Lookup(error)
    }
}

/// What only a fact can tell.
pub(super) fn judge<T>(id: &str, fact: &Fact<T>, judge: impl FnOnce(&T) -> Check) -> Check {
    match fact {
        Ok(fact) => judge(fact),
        Err(Absent::Unnamed(field)) => Check::skip(id, format!("{field} is not known")),
        Err(Absent::NoWarehouse) => Check::skip(id, "no warehouse is asked"),
        Err(Absent::Lookup(error)) => Check::undone(id, error.to_string()),
    }
}

/// The first check of something: whether it is there at all.
pub(super) fn exists<T>(id: &str, fact: &Fact<T>, is: impl FnOnce(&T) -> Check) -> Check {
    match fact {
        Err(Absent::Lookup(error @ LookupError::Missing)) => {
            Check::fail(id, error.to_string(), "terraform apply; or look for another Region")
        }
        fact => judge(id, fact, is),
    }
}

/// The checks behind the first one: nothing is said twice of what is not there or not to be seen.
pub(super) fn further<T>(
    first: &str,
    fact: &Fact<T>,
    ids: &[&str],
    checks: impl FnOnce(&T) -> Vec<Check>,
) -> Vec<Check> {
    match fact {
        Ok(fact) => checks(fact),
        Err(_) => ids.iter().map(|id| Check::skip(id, format!("see {first}"))).collect(),
    }
}
