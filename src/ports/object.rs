//! Which object is to be read, and from where on.
//!
//! What these types do not do: they carry names and offsets, never line contents.

/// How an object's bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// The text itself: an offset in the text is an offset in the object, so reading can start
    /// anywhere.
    Plain,
    /// Gzip, of one or more members. It can only be read from its beginning, so offsets count
    /// uncompressed bytes, and to start at one is to decode and drop what lies before it.
    Gzip,
}

impl Encoding {
    /// The stable name, as in a continuation message.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
        }
    }

    /// The encoding of that name.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Plain, Self::Gzip].into_iter().find(|encoding| encoding.name() == name)
    }
}

/// Where to go on in an object that was read in part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resume {
    /// The first byte not yet delivered: the start of a line, in bytes of the text.
    pub offset: u64,
    /// The version the offset belongs to. When the object has another one by now, it is read from
    /// its start.
    pub etag: Option<String>,
    /// How the object is stored, which decides how the offset is reached.
    pub encoding: Encoding,
}

/// How an object came here through the queue: the counts that keep it from going round for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Journey {
    /// How many invocations have read it in part.
    pub hops: u32,
    /// How many of them in a row, the last one included, came no further.
    pub stalled: u32,
    /// How often in a row it was sent on without having been begun.
    pub deferred: u32,
}

/// One object to be read, from its start or from where an earlier invocation stopped.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectTask {
    /// The bucket that holds the log object.
    pub bucket: String,
    /// The log object's key, decoded.
    pub key: String,
    /// The version that the event tells of. It is asked for only when a delete marker hides it.
    pub version: Option<String>,
    /// The Region that the event comes from, where it says so.
    pub region: Option<String>,
    /// `None`: from the start.
    pub resume: Option<Resume>,
    /// What invocations before this one made of it.
    pub journey: Journey,
}

impl ObjectTask {
    /// An object to be read from its start.
    #[must_use]
    pub fn whole(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            key: key.into(),
            version: None,
            region: None,
            resume: None,
            journey: Journey::default(),
        }
    }

    /// The offset the task starts at, in bytes of the text.
    #[must_use]
    pub(crate) fn start_offset(&self) -> u64 {
        self.resume.as_ref().map_or(0, |resume| resume.offset)
    }
}
