//! Whether this warehouse loads gzip files of more than one member.
//!
//! The setting `record_compression = gzip` makes such files: each record is a member. A COPY that
//! stops behind the first would lose the others and say nothing.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::check::Check;
use super::made_up::{key, line, request_id, unique};
use crate::access_log::lines;
use crate::operate::bucket::url;
use crate::operate::error::OperateError;
use crate::ports::{ObjectRemover, ObjectWriter, Value, Warehouse, WriteError, rows_of};
use crate::row::{Origin, RowEncoder, RowOptions};
use crate::table::{SqlNames, trial_load};

const ID: &str = "probe.gzip";

/// Rows of the two members.
const MEMBERS: [u64; 2] = [2, 3];

/// Beside the rows, so that no COPY of a prefix takes the file for some; the role of COPY reads it.
const PREFIX: &str = "replay/probe/";

/// Where and how the trial is made.
#[derive(Debug, Clone)]
pub struct GzipTrial {
    /// What the table is called.
    pub names: SqlNames,
    /// The staging bucket.
    pub bucket: String,
    /// ARN of the role that Redshift reads it with.
    pub iam_role: String,
    /// Whether the deployed function writes such records already.
    pub is_deployed: bool,
    /// Now, in seconds since 1970.
    pub now_unix_s: i64,
}

/// Puts a file of two members, loads it into a table that is gone at once, counts, and removes the
/// file.
///
/// # Errors
/// [`OperateError`] where the file could not be written or loaded; a file that could not be removed
/// is told of.
pub async fn load_two_members(
    objects: &(impl ObjectWriter + ObjectRemover),
    warehouse: &impl Warehouse,
    trial: &GzipTrial,
) -> Result<Vec<Check>, OperateError> {
    let key = format!("{}.gz", key(PREFIX, trial.now_unix_s, unique()));
    let written = url(&trial.bucket, &key);
    let body = Bytes::from(two_members(trial.now_unix_s));
    let put = objects.write(&trial.bucket, &key, body).await;
    put.map_err(|source| OperateError::Write { url: written.clone(), source })?;
    let loaded = rows_of(warehouse, &trial_load(&trial.names, &written, &trial.iam_role)).await;
    let removed = objects.remove(&trial.bucket, &key).await;
    let mut checks = match loaded {
        Ok(rows) => {
            let rows = rows.first().and_then(|row| row.first()).and_then(Value::whole);
            vec![judged(rows.unwrap_or(0), trial.is_deployed)]
        }
        Err(error) => vec![Check::undone(ID, format!("the file could not be loaded: {error}"))],
    };
    checks.extend(removed.err().map(|error| left(&written, &error)));
    Ok(checks)
}

/// What a trial could not take back.
pub(super) fn left(url: &str, error: &WriteError) -> Check {
    let text = format!("{url} could not be removed: {error}");
    Check::warn("probe.removed", text, format!("aws s3 rm {url}"))
}

fn judged(rows: i128, is_deployed: bool) -> Check {
    let all: u64 = MEMBERS.iter().sum();
    if rows == i128::from(all) {
        let text = "this warehouse loads multi-member gzip: settings.record_compression = \"gzip\" is safe";
        return Check::ok(ID, text);
    }
    let text = format!("COPY loaded {rows} of {all} rows of a gzip file of two members");
    if is_deployed {
        let remedy = "settings.record_compression = \"none\", at once; then audit --table";
        return Check::fail(ID, format!("{text}: rows are being lost"), remedy);
    }
    Check::warn(ID, text, "leave settings.record_compression at \"none\"")
}

/// Rows in two members, one behind the other.
fn two_members(now_unix_s: i64) -> Vec<u8> {
    let mut encoder = RowEncoder::new(RowOptions::default());
    let origin = Origin::new(Some(super::made_up::BUCKET), "probe");
    let mut file = Vec::new();
    for rows in MEMBERS {
        let mut text = Vec::new();
        for at in 0..rows {
            let line = line(now_unix_s, &request_id(at));
            for line in lines(line.as_bytes()) {
                encoder.encode(&line, &origin, &mut text);
            }
        }
        let mut member = GzEncoder::new(file, Compression::fast());
        // To a Vec, which takes everything.
        let written = member.write_all(&text);
        file = written.and_then(|()| member.finish()).unwrap_or_default();
    }
    file
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::bufread::MultiGzDecoder;

    use super::super::check::Verdict;
    use super::*;

    #[test]
    fn the_file_has_two_members_of_two_and_three_rows() {
        let file = two_members(1_773_480_413);
        let mut text = String::new();
        MultiGzDecoder::new(file.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text.lines().count(), 5, "{text}");
        let begins = file.windows(3).filter(|bytes| *bytes == [0x1f, 0x8b, 0x08]).count();
        assert_eq!(begins, 2);
    }

    #[test]
    fn fewer_rows_fail_where_the_function_writes_such_files_already() {
        assert_eq!(judged(5, true).verdict, Verdict::Ok);
        assert_eq!(judged(2, false).verdict, Verdict::Warn);
        assert_eq!(judged(2, true).verdict, Verdict::Fail);
    }
}
