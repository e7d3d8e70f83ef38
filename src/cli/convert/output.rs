//! Where the rows go: standard output, or a file that is replaced once they are complete.
//!
//! Invariant: a file that exists keeps its content until every row is written. Rows go to a file
//! beside it, which takes its name at the end and is removed when the work fails or is interrupted.
//! What is no regular file (a pipe, `/dev/null`) is written to as it is.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, ErrorKind, Write, stdout};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::super::error::Error;
use super::compress::{Envelope, Stored, store};
use super::csv::CsvForm;
use super::format::Compression;
use super::interrupt::Removal;

/// What tells one file from another, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    number: u64,
}

/// The identity of a regular file, where the system has one.
#[cfg(unix)]
pub(super) fn file_id(metadata: &Metadata) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt as _;
    metadata.is_file().then(|| FileId { device: metadata.dev(), number: metadata.ino() })
}

/// The identity of a regular file: elsewhere an input that is replaced was read before that.
#[cfg(not(unix))]
pub(super) fn file_id(_: &Metadata) -> Option<FileId> {
    None
}

/// Where rows are asked to go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Destination<'a>(Option<&'a Path>);

/// An open destination.
pub(super) struct Output {
    name: String,
    to: Target,
    envelope: Envelope,
}

enum Target {
    Open(Box<dyn Write>),
    Beside { file: NamedTempFile, target: PathBuf, removal: Removal },
}

impl<'a> Destination<'a> {
    /// `None` and `-` are standard output.
    pub(super) fn new(path: Option<&'a Path>) -> Self {
        Self(path.filter(|path| *path != Path::new("-")))
    }

    pub(super) fn is_standard_output(self) -> bool {
        self.0.is_none()
    }

    /// The file that is there already.
    pub(super) fn file_id(self) -> Option<FileId> {
        let metadata = match self.0 {
            Some(path) => fs::metadata(path),
            None => standard_output(),
        };
        metadata.ok().as_ref().and_then(file_id)
    }

    pub(super) fn open(
        self,
        compression: Compression,
        csv: Option<&CsvForm>,
    ) -> Result<Output, Error> {
        let (name, to) = match self.0 {
            None => ("standard output".into(), Ok(Target::Open(Box::new(stdout().lock())))),
            Some(path) => (path.display().to_string(), open(path)),
        };
        let to = to.map_err(|source| Error::Write { to: name.clone(), source })?;
        let mut output = Output { name, to, envelope: Envelope::new(compression) };
        output.put(output.envelope.begin())?;
        if let Some(csv) = csv {
            let header = csv.header().map_err(|source| output.failed(source))?;
            output.write(&header, Ok(store(compression, &header)))?;
        }
        Ok(output)
    }
}

#[cfg(unix)]
fn standard_output() -> io::Result<Metadata> {
    use std::os::fd::AsFd as _;
    File::from(stdout().as_fd().try_clone_to_owned()?).metadata()
}

#[cfg(not(unix))]
fn standard_output() -> io::Result<Metadata> {
    Err(ErrorKind::Unsupported.into())
}

fn open(path: &Path) -> io::Result<Target> {
    let old = match fs::metadata(path) {
        Ok(old) if old.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        Ok(old) if !old.is_file() => return Ok(Target::Open(Box::new(File::create(path)?))),
        Ok(old) => Some(old.permissions()),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    // Behind a link stands the file that is meant.
    let target = if old.is_some() { path.canonicalize()? } else { path.to_owned() };
    if old.as_ref().is_some_and(Permissions::readonly) {
        return Err(ErrorKind::PermissionDenied.into());
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".");
    let mut beside = tempfile::Builder::new();
    beside.prefix(&prefix).suffix(".partial");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As for any new file: the user's mask takes its bits off.
        beside.permissions(Permissions::from_mode(0o666));
    }
    let file = beside.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    let removal = Removal::of(file.path())?;
    if let Some(permissions) = old {
        file.as_file().set_permissions(permissions)?;
    }
    Ok(Target::Beside { file, target, removal })
}

impl Output {
    /// Writes rows, or what they were compressed to.
    pub(super) fn write(
        &mut self,
        rows: &[u8],
        stored: io::Result<Option<Stored>>,
    ) -> Result<(), Error> {
        let stored = stored.map_err(|source| self.failed(source))?;
        let Some(stored) = stored else { return self.put(rows) };
        self.envelope.add(&stored);
        self.put(&stored.bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = match &mut self.to {
            Target::Open(to) => to.write_all(bytes),
            Target::Beside { file, .. } => file.write_all(bytes),
        };
        written.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Write { to: self.name.clone(), source }
    }

    /// All rows are written: the file takes its name.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        let end = self.envelope.end();
        self.put(&end)?;
        let Self { name, to, .. } = self;
        let finished = match to {
            Target::Open(mut to) => to.flush(),
            Target::Beside { file, target, removal } => {
                removal.unless(move || file.persist(target).map(drop).map_err(|error| error.error))
            }
        };
        finished.map_err(|source| Error::Write { to: name, source })
    }
}
