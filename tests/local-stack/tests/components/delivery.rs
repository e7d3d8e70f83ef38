//! A stream, its staging bucket and its warehouse, for whoever puts to it.

use std::sync::Arc;
use std::time::Duration;

use local_stack::firehose::{Firehose, MembersRead, Settings, Stream};
use local_stack::redshift::Warehouse;
use local_stack::s3::S3;
use logferry::row::column_list;
use logferry::table::{SqlNames, ddl};

pub(crate) const STREAM: &str = "s3-logs";

const LONG: Duration = Duration::from_mins(10);

/// They end with the value.
pub(crate) struct Delivery {
    _folder: tempfile::TempDir,
    pub(crate) s3: S3,
    pub(crate) warehouse: Warehouse,
    pub(crate) stream: Arc<Stream>,
    pub(crate) firehose: Firehose,
}

/// A stream that delivers when it is told to.
pub(crate) fn settings() -> Settings {
    Settings {
        name: STREAM.to_owned(),
        buffer_bytes: 64 * 1024 * 1024,
        buffer_interval: LONG,
        bucket: "staging".to_owned(),
        prefix: "rows/".to_owned(),
        gzip: true,
        gzip_records: false,
        to_s3: false,
        versioned_error_manifests: false,
        members_read: MembersRead::First,
        table: "s3_access_log".to_owned(),
        columns: column_list(),
        copy_options: "JSON 'auto' GZIP TIMEFORMAT 'auto'".to_owned(),
        retry_duration: LONG,
        retry_interval: Duration::from_millis(20),
    }
}

impl Delivery {
    pub(crate) async fn start(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let s3 = S3::start(folder.path()).await.unwrap();
        s3.create_bucket("staging").await.unwrap();
        let ddl = ddl(&SqlNames::default());
        let warehouse = Warehouse::embedded(":memory:".as_ref(), &ddl).await.unwrap();
        let stream = Stream::start(settings, s3.client(), warehouse.clone()).unwrap();
        let firehose = Firehose::start(vec![Arc::clone(&stream)]).await.unwrap();
        Self { _folder: folder, s3, warehouse, stream, firehose }
    }
}
