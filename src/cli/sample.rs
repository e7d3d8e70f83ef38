//! `logferry sample`: a made-up log.

use std::io::{Write as _, stdout};

use super::args::SampleArgs;
use super::error::{Error, Exit};
use crate::sample::Sample;

/// Lines made before they are written.
const LINES_PER_WRITE: u64 = 1000;

pub(super) fn run(args: &SampleArgs) -> Result<Exit, Error> {
    let mut sample = Sample::new(args.seed).hostile_per_mille(args.hostile);
    let mut out = stdout().lock();
    let mut log = Vec::new();
    let mut left = args.lines;
    while left > 0 {
        let lines = left.min(LINES_PER_WRITE);
        log.clear();
        for _ in 0..lines {
            sample.append_line(&mut log);
        }
        let written = out.write_all(&log);
        written.map_err(|source| Error::Write { to: "standard output".into(), source })?;
        left -= lines;
    }
    Ok(Exit::Done)
}
