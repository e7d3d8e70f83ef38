//! An ordinary line: a mix of operations, clients and fields as busy buckets have it.

use jiff::Timestamp;

use super::random::Random;

const BUCKET: &str = "amber-photos";
const OWNER: &str = "9d2f63c1b7a8405e9d2f63c1b7a8405e9d2f63c1b7a8405e9d2f63c1b7a8405e";
pub(super) const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const REQUESTERS: [&str; 6] = [
    "-",
    "arn:aws:sts::111122223333:assumed-role/photo-service/i-0a1b2c3d4e5f60718",
    "arn:aws:sts::111122223333:assumed-role/thumbnailer/thumbnailer-prod",
    "arn:aws:iam::111122223333:user/backup",
    CLOUDFRONT,
    OTHER_ACCOUNT,
];

pub(super) const CLOUDFRONT: &str =
    "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE1ABCD";

/// Whose grants are ACLs still.
const OTHER_ACCOUNT: &str = "3f0e9d8c7b6a59483f0e9d8c7b6a59483f0e9d8c7b6a59483f0e9d8c7b6a5948";

pub(super) const BROWSERS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36 Edg/134.0.0.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.6943.137 Mobile Safari/537.36 [FBAN/FBIOS;FBAV/500.0]",
];

const USER_AGENTS: [&str; 8] = [
    BROWSERS[0],
    BROWSERS[1],
    BROWSERS[2],
    "aws-sdk-java/2.30.31 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.128-136.201.amzn2023.x86_64 lang/java#21.0.6 md/OpenJDK_64-Bit_Server_VM md/vendor#Amazon.com_Inc. exec-env/AWS_ECS_FARGATE m/D,N",
    "Boto3/1.37.11 md/Botocore#1.37.11 ua/2.1 os/linux#5.10.234 md/arch#x86_64 lang/python#3.13.2 md/pyimpl#CPython m/Z,b cfg/retry-mode#standard Botocore/1.37.11",
    "aws-cli/2.24.21 md/awscrt#0.23.8 ua/2.1 os/macos#24.3.0 md/arch#arm64 lang/python#3.12.9 md/pyimpl#CPython m/b,E,C cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#s3.sync",
    "rclone/v1.69.1",
    "Amazon CloudFront",
];

const REFERERS: [&str; 5] =
    ["-", "-", "-", "https://www.example.com/gallery/spring", "https://app.example.org/"];

const IMAGES: [&str; 6] = ["harbour", "lighthouse", "market", "north-face", "old-town", "orchard"];

/// Appends one line, without its newline.
pub(super) fn append(random: &mut Random, now: i64, log: &mut Vec<u8>) {
    let line = match random.below(100) {
        0..=1 => batch_delete(random, now),
        2..=3 => lifecycle(random, now),
        4 => copy_source(random, now),
        _ => request(random, now),
    };
    log.extend_from_slice(line.as_bytes());
}

/// Fields 1 to 3.
pub(super) fn head(now: i64) -> String {
    let time = Timestamp::from_second(now).map_or_else(
        |_| String::from("[01/Jan/1970:00:00:00 +0000]"),
        |time| time.strftime("[%d/%b/%Y:%H:%M:%S +0000]").to_string(),
    );
    format!("{OWNER} {BUCKET} {time}")
}

pub(super) fn address(random: &mut Random) -> String {
    let last = random.below(254) + 1;
    match random.below(4) {
        0 => format!("192.0.2.{last}"),
        1 => format!("198.51.100.{last}"),
        2 => format!("203.0.113.{last}"),
        _ => format!("2001:db8:{:x}::{last:x}", random.below(0xffff)),
    }
}

pub(super) fn request_id(random: &mut Random) -> String {
    random.word("ABCDEFGHJKMNPQRSTVWXYZ0123456789", 16)
}

/// How a client came: the fields 20 to 27 that differ between clients.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    pub(super) signature: &'static str,
    pub(super) authentication: &'static str,
    pub(super) cipher: &'static str,
    pub(super) tls: &'static str,
    pub(super) acl: &'static str,
    pub(super) region: &'static str,
}

impl Connection {
    /// A signed request of today.
    pub(super) const SIGNED: Self = Self {
        signature: "SigV4",
        authentication: "AuthHeader",
        cipher: "TLS_AES_128_GCM_SHA256",
        tls: "TLSv1.3",
        acl: "-",
        region: "-",
    };
    /// A presigned URL.
    pub(super) const PRESIGNED: Self = Self { authentication: "QueryString", ..Self::SIGNED };
    /// No signature.
    pub(super) const ANONYMOUS: Self = Self { signature: "-", authentication: "-", ..Self::SIGNED };

    /// Fields 19 to 27.
    pub(super) fn tail(self, random: &mut Random) -> String {
        let host_id = random.word(BASE64, 75);
        let Self { signature, authentication, cipher, tls, acl, region } = self;
        format!(
            "{host_id}= {signature} {cipher} {authentication} \
             {BUCKET}.s3.eu-west-1.amazonaws.com {tls} - {acl} {region}"
        )
    }
}

/// Fields 19 to 27 of a signed request, some from within AWS.
pub(super) fn tail(random: &mut Random) -> String {
    let region = pick_region(random);
    Connection { region, ..Connection::SIGNED }.tail(random)
}

fn pick_region(random: &mut Random) -> &'static str {
    random.pick(&["-", "-", "eu-west-1", "eu-west-1"])
}

fn object(random: &mut Random) -> (String, String) {
    let name = random.pick(&IMAGES);
    let (folder, file) = (random.below(40), random.below(5000));
    match random.below(10) {
        0 => (
            format!("tables/dt%253D2026-03-{:02}/part-{file:05}.parquet", folder % 28 + 1),
            format!("tables/dt%3D2026-03-{:02}/part-{file:05}.parquet", folder % 28 + 1),
        ),
        1 => (
            format!("albums/{folder}/{name}+{file}.jpg"),
            format!("albums/{folder}/{name}%20{file}.jpg"),
        ),
        _ => {
            let key = format!("albums/{folder:02}/{name}-{file:04}.jpg");
            (key.clone(), key)
        }
    }
}

/// A request and its answer, but for what is made up the same way for each.
#[derive(Debug)]
pub(super) struct Request<'r> {
    pub(super) address: String,
    pub(super) requester: &'r str,
    /// `GET` and the like; the operation is made of it.
    pub(super) method: &'r str,
    /// As logged.
    pub(super) key: &'r str,
    /// Path and query, as the client sent them.
    pub(super) target: &'r str,
    pub(super) status: &'r str,
    pub(super) error: &'r str,
    pub(super) user_agent: &'r str,
    pub(super) connection: Connection,
}

impl Request<'_> {
    /// The line, without its newline.
    pub(super) fn line(&self, random: &mut Random, now: i64) -> String {
        let Self { address, requester, method, key, target, status, error, .. } = self;
        let size = random.below(4_000_000) + 512;
        let (sent, size) = match (*method, *status) {
            ("GET", "200" | "206") => (size.to_string(), size.to_string()),
            (_, "403" | "404" | "503") => ((random.below(200) + 200).to_string(), "-".to_owned()),
            (_, "204") => ("-".to_owned(), "-".to_owned()),
            _ => ("-".to_owned(), size.to_string()),
        };
        let turn_around = random.below(90);
        format!(
            "{} {address} {requester} {} REST.{method}.OBJECT {key} \"{method} {target} HTTP/1.1\" \
             {status} {error} {sent} {size} {} {} \"{}\" \"{}\" - {}",
            head(now),
            request_id(random),
            turn_around + random.below(900) + 5,
            if *status == "304" { "-".to_owned() } else { turn_around.to_string() },
            random.pick(&REFERERS),
            self.user_agent,
            self.connection.tail(random)
        )
    }
}

/// The query of a presigned URL.
pub(super) fn presigned(signature: &str) -> String {
    format!(
        "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260314%2F\
         eu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260314T092653Z&X-Amz-Expires=900&\
         X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
    )
}

fn request(random: &mut Random, now: i64) -> String {
    let (key, path) = object(random);
    let requester = random.pick(&REQUESTERS);
    let (method, status, error) = match random.below(100) {
        0..=71 => ("GET", "200", "-"),
        72..=81 => ("HEAD", "200", "-"),
        82..=86 => ("GET", "304", "-"),
        87..=92 => ("PUT", "200", "-"),
        93..=94 => ("GET", "404", "NoSuchKey"),
        95 => ("GET", "403", "AccessDenied"),
        _ => ("GET", "206", "-"),
    };
    let mut connection = Connection { region: pick_region(random), ..Connection::SIGNED };
    let query = match random.below(20) {
        0 if method == "GET" && requester != "-" => {
            connection = Connection::PRESIGNED;
            presigned(&random.word("0123456789abcdef", 64))
        }
        1..=3 => "?x-id=GetObject".to_owned(),
        _ => String::new(),
    };
    if requester == "-" {
        connection = Connection::ANONYMOUS;
    } else if requester == OTHER_ACCOUNT {
        connection.acl = "Yes";
    }
    let request = Request {
        address: address(random),
        requester,
        method,
        key: &key,
        target: &format!("/{path}{query}"),
        status,
        error,
        user_agent: random.pick(&USER_AGENTS),
        connection,
    };
    request.line(random, now)
}

fn batch_delete(random: &mut Random, now: i64) -> String {
    format!(
        "{} {} {} {} BATCH.DELETE.OBJECT tmp/upload+{}.part - 204 - - {} - - - - - {}",
        head(now),
        address(random),
        random.pick(&REQUESTERS),
        request_id(random),
        random.below(1000),
        random.below(100_000),
        tail(random)
    )
}

fn lifecycle(random: &mut Random, now: i64) -> String {
    format!(
        "{} - AmazonS3 {} {} archive/{}.tar \"-\" - - - {} - - \"-\" \"-\" null {}= - - - - - - - -",
        head(now),
        request_id(random),
        random.pick(&["S3.EXPIRE.OBJECT", "S3.TRANSITION_GDA.OBJECT", "S3.CREATE.DELETEMARKER"]),
        random.below(5000),
        random.below(u32::MAX),
        random.word(BASE64, 75)
    )
}

fn copy_source(random: &mut Random, now: i64) -> String {
    let (key, _) = object(random);
    format!(
        "{} {} {} {} REST.COPY.OBJECT_GET {key} - - - - {} - - - - {} {}",
        head(now),
        address(random),
        random.pick(&REQUESTERS),
        request_id(random),
        random.below(4_000_000),
        random.word(BASE64, 32),
        tail(random)
    )
}
