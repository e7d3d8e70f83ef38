//! S3 and SQS on loopback, as far as the program needs them: a listing made of numbers, and a queue
//! that notes keys.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::support::sample::log;

const PAGE: u64 = 1_000;

/// The services. They last as long as the tests.
pub(super) struct Services {
    address: String,
    state: Arc<State>,
}

struct State {
    keys: u64,
    /// How often each key was sent, by its number.
    sent: Mutex<BTreeMap<u64, u32>>,
    messages: AtomicU64,
    denies_listing: AtomicBool,
    /// Every so manyth message fails the first time.
    failing: AtomicU64,
    /// Objects beside the logs, by bucket and key.
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
}

/// The key of a number: two seconds apart, in the order of the numbers.
pub(super) fn key(number: u64) -> String {
    let (days, seconds) = (number * 2 / 86_400, number * 2 % 86_400);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let (month, day) = (days / 28 + 1, days % 28 + 1);
    format!("logs/2024-{month:02}-{day:02}-{hour:02}-{minute:02}-{second:02}-{number:016X}")
}

fn number(key: &str) -> u64 {
    u64::from_str_radix(key.rsplit('-').next().unwrap(), 16).unwrap()
}

impl Services {
    pub(super) fn start(keys: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            keys,
            sent: Mutex::default(),
            messages: AtomicU64::new(0),
            denies_listing: AtomicBool::new(false),
            failing: AtomicU64::new(0),
            objects: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A killed client leaves a broken connection behind: no news.
                thread::spawn(move || drop(serve(stream, &state)));
            }
        });
        Self { address, state }
    }

    /// The program, with these services as AWS, in a folder.
    pub(super) fn command(&self, folder: &std::path::Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_logferry"));
        command.current_dir(folder).env_clear().envs([
            ("AWS_ENDPOINT_URL", self.address.as_str()),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        command
    }

    pub(super) fn queue_url(&self) -> String {
        format!("{}/123456789012/logferry", self.address)
    }

    pub(super) fn deny_listing(&self) {
        self.state.denies_listing.store(true, Ordering::Relaxed);
    }

    pub(super) fn fail_every(&self, messages: u64) {
        self.state.failing.store(messages, Ordering::Relaxed);
    }

    pub(super) fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let mut objects = self.state.objects.lock().unwrap();
        objects.insert(format!("/{bucket}/{key}"), bytes.to_vec());
    }

    /// How often each key was sent.
    pub(super) fn sent(&self) -> BTreeMap<u64, u32> {
        self.state.sent.lock().unwrap().clone()
    }

    pub(super) fn sent_keys(&self) -> usize {
        self.state.sent.lock().unwrap().len()
    }
}

fn serve(stream: TcpStream, state: &State) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            #[expect(clippy::disallowed_methods, reason = "our own client's headers")]
            let read = reader.read_line(&mut head)?;
            if read == 0 {
                return Ok(());
            }
        }
        let header = |name: &str| {
            head.lines().find_map(|line| {
                let (found, value) = line.split_once(':')?;
                found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        let length = header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let path = head.split(' ').nth(1).unwrap_or_default();
        let (status, body) = match header("x-amz-target") {
            Some(target) => (200, queue(state, &target, &body)),
            None => s3(state, path),
        };
        write!(
            writer,
            "HTTP/1.1 {status} status\r\ncontent-length: {}\r\netag: \"v1\"\r\n\r\n",
            body.len()
        )?;
        writer.write_all(&body)?;
    }
}

fn s3(state: &State, path: &str) -> (u16, Vec<u8>) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if let Some(bytes) = state.objects.lock().unwrap().get(path) {
        return (200, bytes.clone());
    }
    if !query.contains("list-type=2") {
        assert!(path.starts_with("/amber-logs/"), "{path}");
        return (200, log(1, 20));
    }
    if state.denies_listing.load(Ordering::Relaxed) {
        return (403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>".to_vec());
    }
    let value = |name: &str| {
        let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        found.map(|value| value.replace("%2F", "/"))
    };
    assert_eq!(value("encoding-type").as_deref(), Some("url"));
    let begin = match value("continuation-token").or_else(|| value("start-after")) {
        None => 0,
        // The first number whose key is behind it.
        Some(after) => {
            let (mut low, mut high) = (0, state.keys);
            while low < high {
                let middle = low.midpoint(high);
                if key(middle).as_str() <= after.as_str() {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            low
        }
    };
    let end = (begin + PAGE).min(state.keys);
    let mut page = String::from("<ListBucketResult><EncodingType>url</EncodingType>");
    for number in begin..end {
        write!(
            page,
            "<Contents><Key>{}</Key><Size>48213</Size><ETag>\"v1\"</ETag>\
             <LastModified>2024-01-01T00:00:00.000Z</LastModified>\
             <StorageClass>STANDARD</StorageClass></Contents>",
            key(number).replace('/', "%2F")
        )
        .unwrap();
    }
    let more = end < state.keys;
    write!(page, "<IsTruncated>{more}</IsTruncated>").unwrap();
    if more {
        write!(page, "<NextContinuationToken>{}</NextContinuationToken>", key(end - 1)).unwrap();
    }
    page.push_str("</ListBucketResult>");
    (200, page.into_bytes())
}

fn queue(state: &State, target: &str, body: &[u8]) -> Vec<u8> {
    let body: Value = serde_json::from_slice(body).unwrap();
    let answer = match target {
        "AmazonSQS.GetQueueAttributes" => json!({"Attributes": {
            "ApproximateNumberOfMessages": "0", "MessageRetentionPeriod": "1209600",
        }}),
        "AmazonSQS.SendMessageBatch" => {
            let (mut successful, mut failed) = (Vec::new(), Vec::new());
            for entry in body["Entries"].as_array().unwrap() {
                let count = state.messages.fetch_add(1, Ordering::Relaxed) + 1;
                let failing = state.failing.load(Ordering::Relaxed);
                if failing > 0 && count.is_multiple_of(failing) {
                    let id = &entry["Id"];
                    failed.push(json!({"Id": id, "Code": "InternalError", "SenderFault": false}));
                    continue;
                }
                let message: Value =
                    serde_json::from_str(entry["MessageBody"].as_str().unwrap()).unwrap();
                assert_eq!(message["bucket"], "amber-logs");
                let number = number(message["key"].as_str().unwrap());
                assert_eq!(message["key"], key(number));
                *state.sent.lock().unwrap().entry(number).or_default() += 1;
                successful.push(json!({
                    "Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "x",
                }));
            }
            json!({"Successful": successful, "Failed": failed})
        }
        other => panic!("{other}"),
    };
    answer.to_string().into_bytes()
}
