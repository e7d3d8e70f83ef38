//! The parts of the function, bare and one at a time, for `benches/lambda_cost` to add up.
//!
//! `make FILE BYTES` writes a made-up log; `get FILE COPIES` reads the object through the SDK; `encode
//! FILE COPIES` parses and encodes the file; `put FILE COPIES` sends its rows through the SDK, retries
//! and ledger left out. The rows are those the function makes of the object of so many copies, but for
//! their offsets. Endpoints come from the SDK's variables, as for the function.

use std::error::Error;
use std::fs;
use std::io::Write as _;

use logferry::access_log::lines;
use logferry::aws::{AwsEnvironment, Clients, FirehoseSink, S3Source};
use logferry::pack::{
    BATCH_BYTES_DEFAULT, Batch, BatchSize, Batcher, Packer, RECORD_TARGET_BYTES_DEFAULT,
    RecordCompression,
};
use logferry::ports::{ObjectBody as _, ObjectSource as _, ObjectTask, RecordSink as _};
use logferry::row::{Origin, RowEncoder, RowOptions};
use logferry::sample::Sample;

/// As in the events of `benches/lambda_cost`.
const BUCKET: &str = "logs";

fn key(copies: u64) -> String {
    format!("copies-{copies}")
}

fn main() -> Result<(), Box<dyn Error>> {
    logferry::lambda::keep_freed_memory();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [part, file, count] = arguments.as_slice() else {
        return Err("usage: lambda_parts make|get|encode|put FILE COUNT".into());
    };
    let count: u64 = count.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match part.as_str() {
        "make" => make(file, count),
        "get" => runtime.block_on(get(count)),
        "encode" => encode(file, count),
        "put" => runtime.block_on(put(file, count)),
        _ => Err("no such part".into()),
    }
}

fn make(file: &str, bytes: u64) -> Result<(), Box<dyn Error>> {
    let mut sample = Sample::new(1);
    let mut log = Vec::new();
    while (log.len() as u64) < bytes {
        sample.append_lines(1_000, &mut log);
    }
    Ok(fs::File::create(file)?.write_all(&log)?)
}

fn clients() -> Result<Clients, Box<dyn Error>> {
    let environment = AwsEnvironment::read(|name| std::env::var(name).ok());
    Ok(Clients::connect(&environment.map_err(|mistakes| mistakes.join("; "))?))
}

async fn get(copies: u64) -> Result<(), Box<dyn Error>> {
    let task = ObjectTask::whole(BUCKET, key(copies));
    let mut body = S3Source::new(clients()?.s3).open(&task, 0, None).await?.body;
    let mut bytes = 0;
    while let Some(chunk) = body.next_chunk().await? {
        bytes += chunk.len();
    }
    println!("{bytes} bytes");
    Ok(())
}

fn encode(file: &str, copies: u64) -> Result<(), Box<dyn Error>> {
    let log = fs::read(file)?;
    let mut encoder = RowEncoder::new(RowOptions::default());
    let origin = Origin::new(Some(BUCKET), &key(copies));
    let (mut out, mut bytes) = (Vec::new(), 0);
    for _ in 0..copies {
        for line in lines(&log) {
            encoder.encode(&line, &origin, &mut out);
            if out.len() > RECORD_TARGET_BYTES_DEFAULT {
                bytes += out.len();
                out.clear();
            }
        }
    }
    println!("{} bytes", bytes + out.len());
    Ok(())
}

async fn put(file: &str, copies: u64) -> Result<(), Box<dyn Error>> {
    let batches = batches(&fs::read(file)?, &Origin::new(Some(BUCKET), &key(copies)));
    let sink = FirehoseSink::new(clients()?.firehose, "stream".to_owned());
    let mut bytes = 0;
    for batch in (0..copies).flat_map(|_| &batches) {
        sink.put(batch.records()).await?;
        bytes += batch.bytes();
    }
    println!("{bytes} bytes");
    Ok(())
}

fn batches(log: &[u8], origin: &Origin) -> Vec<Batch> {
    let mut encoder = RowEncoder::new(RowOptions::default());
    let mut packer = Packer::new(RECORD_TARGET_BYTES_DEFAULT, RecordCompression::None);
    let (mut open, mut batches) = (Batcher::new(BatchSize::Call(BATCH_BYTES_DEFAULT)), Vec::new());
    for line in lines(log) {
        let write = |out: &mut Vec<u8>| encoder.encode(&line, origin, out);
        let (_, record) = packer.append(0, line.offset, write);
        batches.extend(record.and_then(|record| open.push(record)));
    }
    batches.extend(packer.take().and_then(|record| open.push(record)));
    batches.extend(open.take());
    batches
}
