//! Which files to read, and how to open them.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal as _, Read, stdin};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use walkdir::WalkDir;

use super::super::error::Error;

/// Something to read a log from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    StandardInput,
    File(PathBuf),
}

/// The inputs, in order.
pub(super) struct Inputs {
    pub(super) files: Vec<Input>,
    /// Paths that cannot be read at all.
    pub(super) failures: Vec<Error>,
    /// Size of all files together; `None` when it is not known.
    pub(super) bytes: Option<u64>,
}

/// The files that `paths` name: folders are walked, sorted by name.
pub(super) fn list(paths: &[PathBuf]) -> Result<Inputs, Error> {
    let mut inputs = Inputs { files: Vec::new(), failures: Vec::new(), bytes: Some(0) };
    let standard_input = PathBuf::from("-");
    let paths = if paths.is_empty() { std::slice::from_ref(&standard_input) } else { paths };
    for path in paths {
        if *path == standard_input {
            if stdin().is_terminal() {
                return Err(Error::NothingToRead);
            }
            inputs.files.push(Input::StandardInput);
            inputs.bytes = None;
        } else {
            walk(path, &mut inputs);
        }
    }
    Ok(inputs)
}

fn walk(path: &Path, inputs: &mut Inputs) {
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => {
                let size = entry.metadata().ok().filter(std::fs::Metadata::is_file);
                let size = size.map(|found| found.len());
                inputs.bytes = inputs.bytes.zip(size).map(|(sum, size)| sum + size);
                inputs.files.push(Input::File(entry.into_path()));
            }
            Err(error) => {
                let path = error.path().unwrap_or(path).to_owned();
                let source = error.into_io_error();
                let source = source.unwrap_or_else(|| std::io::Error::other("a loop of links"));
                inputs.failures.push(Error::List { path, source });
            }
        }
    }
}

impl Input {
    /// What error messages call it.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::StandardInput => Path::new("standard input"),
            Self::File(path) => path,
        }
    }

    /// The column `log_key`: the file's name.
    pub(super) fn log_key(&self) -> String {
        match self {
            Self::StandardInput => "-".into(),
            Self::File(path) => {
                path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
            }
        }
    }

    pub(super) fn is_file_at(&self, path: &Path) -> bool {
        let Self::File(own) = self else { return false };
        own.canonicalize().ok().is_some_and(|own| path.canonicalize().ok() == Some(own))
    }

    /// Opens it; `seen` is told of every byte read, before decompression.
    pub(super) fn open<'s>(
        &self,
        seen: impl FnMut(u64) + Send + 's,
    ) -> std::io::Result<Box<dyn Read + 's>> {
        let raw: Box<dyn Read> = match self {
            Self::StandardInput => Box::new(stdin().lock()),
            Self::File(path) => Box::new(File::open(path)?),
        };
        let mut raw = BufReader::with_capacity(READ_BYTES, Counted { raw, seen });
        if raw.fill_buf()?.starts_with(GZIP_MAGIC) {
            return Ok(Box::new(MultiGzDecoder::new(raw)));
        }
        Ok(Box::new(raw))
    }
}

const READ_BYTES: usize = 128 * 1024;

/// Source: RFC 1952, section 2.3.1.
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// Tells how many bytes passed.
struct Counted<R, S> {
    raw: R,
    seen: S,
}

impl<R: Read, S: FnMut(u64)> Read for Counted<R, S> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.raw.read(buffer)?;
        (self.seen)(read as u64);
        Ok(read)
    }
}
