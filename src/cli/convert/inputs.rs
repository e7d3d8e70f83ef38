//! Which files to read, in what order, and the key each of them has in its bucket.

use std::cell::Cell;
use std::collections::HashMap;
use std::fs::Metadata;
use std::io::{ErrorKind, IsTerminal as _, stdin};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::super::error::Error;
use super::output::{FileId, file_id};

/// Something to read a log from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    /// `None` for standard input.
    file: Option<PathBuf>,
    /// The column `log_key`.
    pub(super) log_key: String,
}

/// What was found in folders and is left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Skipped {
    /// Hidden files, and hidden folders as one each.
    pub(super) hidden: u64,
    /// Pipes, sockets and devices.
    pub(super) irregular: u64,
}

/// The inputs, in order.
#[derive(Default)]
pub(super) struct Inputs {
    pub(super) files: Vec<Input>,
    /// Paths that cannot be read at all.
    pub(super) failures: Vec<Error>,
    pub(super) skipped: Skipped,
    /// Size of all files together; `None` when it is not known.
    pub(super) bytes: Option<u64>,
}

/// How to find them.
pub(super) struct Search<'s> {
    pub(super) hidden: bool,
    pub(super) log_prefix: Option<&'s str>,
    /// The file that the rows go to.
    pub(super) output: Option<FileId>,
}

impl Search<'_> {
    /// The files that `paths` name: folders are walked, sorted by name.
    pub(super) fn list(&self, paths: &[PathBuf]) -> Result<Inputs, Error> {
        let mut inputs = Inputs { bytes: Some(0), ..Inputs::default() };
        let standard_input = PathBuf::from("-");
        let paths = if paths.is_empty() { std::slice::from_ref(&standard_input) } else { paths };
        for path in paths {
            if *path == standard_input {
                if stdin().is_terminal() {
                    return Err(Error::NothingToRead);
                }
                let log_key = self.log_prefix.unwrap_or("-").to_owned();
                inputs.files.push(Input { file: None, log_key });
                inputs.bytes = None;
            } else if path.to_string_lossy().starts_with("s3://") && !path.exists() {
                inputs.failures.push(Error::OnS3 { url: path.clone() });
            } else {
                self.walk(path, &mut inputs)?;
            }
        }
        Ok(inputs)
    }

    fn walk(&self, path: &Path, inputs: &mut Inputs) -> Result<(), Error> {
        let (files, failures) = (inputs.files.len(), inputs.failures.len());
        let hidden = Cell::new(0);
        let wanted = |entry: &DirEntry| {
            let name = entry.file_name().as_encoded_bytes();
            let skipped = !self.hidden && entry.depth() > 0 && name.starts_with(b".");
            hidden.set(hidden.get() + u64::from(skipped));
            !skipped
        };
        let mut irregular = 0;
        let entries = WalkDir::new(path).follow_links(true).sort_by_file_name();
        for entry in entries.into_iter().filter_entry(wanted) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                // A pipe is read when it is named, and never come across.
                Ok(entry) if entry.depth() > 0 && !entry.file_type().is_file() => irregular += 1,
                Ok(entry) => self.add(path, entry, inputs)?,
                Err(error) => inputs.failures.push(unreadable(path, error)),
            }
        }
        let skipped = Skipped { hidden: hidden.get(), irregular };
        if (files, failures) == (inputs.files.len(), inputs.failures.len()) {
            inputs.failures.push(Error::NothingThere {
                path: path.into(),
                hidden: skipped.hidden,
                irregular: skipped.irregular,
            });
        }
        inputs.skipped.hidden += skipped.hidden;
        inputs.skipped.irregular += skipped.irregular;
        Ok(())
    }

    fn add(&self, argument: &Path, entry: DirEntry, inputs: &mut Inputs) -> Result<(), Error> {
        let metadata = entry.metadata().ok();
        let same = metadata.as_ref().and_then(file_id).filter(|id| Some(*id) == self.output);
        if same.is_some() {
            return Err(Error::OutputIsInput { path: entry.into_path() });
        }
        let size = metadata.filter(Metadata::is_file).map(|found| found.len());
        inputs.bytes = inputs.bytes.zip(size).map(|(sum, size)| sum + size);
        let log_key = self.log_prefix.unwrap_or_default().to_owned() + &relative(argument, &entry);
        inputs.files.push(Input { file: Some(entry.into_path()), log_key });
        Ok(())
    }
}

/// The path from the argument on, as keys are written; of an argument that is a file, its name.
fn relative(argument: &Path, entry: &DirEntry) -> String {
    if entry.depth() == 0 {
        return entry.file_name().to_string_lossy().into_owned();
    }
    let path = entry.path().strip_prefix(argument).unwrap_or(entry.path());
    let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
    names.join("/")
}

fn unreadable(argument: &Path, error: walkdir::Error) -> Error {
    let path = error.path().unwrap_or(argument).to_owned();
    let is_argument = error.depth() == 0;
    let Some(source) = error.into_io_error() else {
        let source = std::io::Error::other("a loop of links");
        return Error::List { path, source };
    };
    let looks_like_a_pattern = path.to_string_lossy().contains(['*', '?', '[']);
    match source.kind() {
        ErrorKind::NotFound if is_argument && looks_like_a_pattern => Error::NoMatch { path },
        ErrorKind::NotFound => Error::Read { path, source },
        _ => Error::List { path, source },
    }
}

impl Inputs {
    /// Two files whose rows have the same key, and how many more there are.
    pub(super) fn same_key(&self) -> Option<(&Input, &Input)> {
        let mut seen: HashMap<&str, &Input> = HashMap::with_capacity(self.files.len());
        let files = self.files.iter().filter(|input| input.file.is_some());
        files.into_iter().find_map(|input| {
            let other = seen.insert(&input.log_key, input)?;
            (other.file != input.file).then_some((other, input))
        })
    }
}

impl Input {
    /// What messages call it.
    pub(super) fn path(&self) -> &Path {
        self.file.as_deref().unwrap_or(Path::new("standard input"))
    }

    /// The file; `None` for standard input.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}
