//! What happens in the sample, so that a question has an answer worth looking at: the same every day,
//! each at its hours, so that a short log and a long one both tell it.

use super::line::{BROWSERS, CLOUDFRONT, Connection, Request, address, presigned};
use super::random::Random;

/// 2026-03-14T00:00:00Z.
pub(super) const FIRST_DAY: i64 = 1_773_446_400;
pub(super) const DAY_SECONDS: u32 = 86_400;

/// Requests in each hour of the day, in percent of the mean hour.
pub(super) const HOURS: [u32; 24] = [
    40, 30, 170, 25, 90, 30, 50, 80, 110, 140, 140, 130, 110, 120, 130, 130, 120, 110, 120, 160,
    150, 110, 60, 45,
];
const _: () = {
    let (mut sum, mut hours) = (0, HOURS.as_slice());
    while let [hour, rest @ ..] = hours {
        sum += *hour;
        hours = rest;
    }
    assert!(sum == 2400, "the hours make up a day");
};

/// Hour of the day, UTC.
pub(super) fn hour(now: i64) -> u32 {
    let second = (now - FIRST_DAY).rem_euclid(i64::from(DAY_SECONDS));
    u32::try_from(second / 3600).unwrap_or(0)
}

/// What an attacker hopes to find.
const TRIED: [&str; 6] =
    [".env", ".git/config", "backup.sql", "config/secrets.yml", "id_rsa", "wp-config.php.bak"];

/// A line of the story, or nothing: an ordinary one then.
pub(super) fn line(random: &mut Random, now: i64) -> Option<String> {
    let chance = random.below(1000);
    let line = match (hour(now), chance) {
        (2, 0..=749) => attack(random, now),
        (4, 0..=599) => nightly_report(random, now),
        (19 | 20, 0..=399) => hot_key(random, now),
        (9..=12, 0..=59) => shared_link(random, now),
        (8..=17, 60..=69) => old_scanner(random, now),
        (15 | 16, 70..=79) => deletion(random, now),
        (_, 980..=984) => plain_http(random, now),
        (_, 985..) => bot(random, now),
        _ => return None,
    };
    Some(line)
}

/// Night after night somebody tries doors from one address, and is denied.
fn attack(random: &mut Random, now: i64) -> String {
    let name = format!("{}{}", random.pick(&["", "old/", "www/", "api/"]), random.pick(&TRIED));
    let request = Request {
        address: "203.0.113.66".to_owned(),
        requester: "-",
        method: "GET",
        key: &name,
        target: &format!("/{name}"),
        status: "403",
        error: "AccessDenied",
        user_agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/119.0.0.0 Safari/537.36",
        connection: Connection::ANONYMOUS,
    };
    request.line(random, now)
}

/// A job in another Region reads tables faster than their prefix gives them.
fn nightly_report(random: &mut Random, now: i64) -> String {
    let (day, part) = (random.below(28) + 1, random.below(400));
    let (status, error) = match random.below(10) {
        0..=1 => ("503", "SlowDown"),
        _ => ("200", "-"),
    };
    let request = Request {
        address: format!("192.0.2.{}", 200 + random.below(8)),
        requester: "arn:aws:sts::111122223333:assumed-role/nightly-report/reporter",
        method: "GET",
        key: &format!("tables/dt%253D2026-02-{day:02}/part-{part:05}.parquet"),
        target: &format!("/tables/dt%3D2026-02-{day:02}/part-{part:05}.parquet?x-id=GetObject"),
        status,
        error,
        user_agent: "aws-sdk-java/2.30.31 md/io#async md/http#AwsCommonRuntime ua/2.1 os/Linux#6.1.128-136.201.amzn2023.x86_64 lang/java#21.0.6 exec-env/EMR",
        connection: Connection { region: "us-east-1", ..Connection::SIGNED },
    };
    request.line(random, now)
}

/// In the evening everybody wants the same picture.
fn hot_key(random: &mut Random, now: i64) -> String {
    let request = Request {
        address: address(random),
        requester: CLOUDFRONT,
        method: "GET",
        key: "albums/07/lighthouse-0042.jpg",
        target: "/albums/07/lighthouse-0042.jpg",
        status: random.pick(&["200", "200", "200", "304"]),
        error: "-",
        user_agent: "Amazon CloudFront",
        connection: Connection::SIGNED,
    };
    request.line(random, now)
}

/// A link for one reader, which was posted where many read.
fn shared_link(random: &mut Random, now: i64) -> String {
    let query = presigned("4b5c0e1f9a7d3826c4e5f60718293a4b5c6d7e8f9a0b1c2d3e4f5061728394a5");
    let request = Request {
        address: address(random),
        requester: "arn:aws:iam::111122223333:user/analyst",
        method: "GET",
        key: "exports/q1-report.pdf",
        target: &format!("/exports/q1-report.pdf{query}"),
        status: "200",
        error: "-",
        user_agent: random.pick(&BROWSERS),
        connection: Connection::PRESIGNED,
    };
    request.line(random, now)
}

/// A device that nobody updated.
fn old_scanner(random: &mut Random, now: i64) -> String {
    let page = random.below(10_000);
    let request = Request {
        address: "192.0.2.77".to_owned(),
        requester: "arn:aws:iam::111122223333:user/office-scanner",
        method: "PUT",
        key: &format!("scans/page-{page:05}.pdf"),
        target: &format!("/scans/page-{page:05}.pdf"),
        status: "200",
        error: "-",
        user_agent: "aws-sdk-java/1.4.7 Linux/2.6.18 Java_HotSpot(TM)_Client_VM/20.45-b01",
        connection: Connection {
            signature: "SigV2",
            cipher: "ECDHE-RSA-AES128-SHA",
            tls: "TLSv1",
            ..Connection::SIGNED
        },
    };
    request.line(random, now)
}

/// An editor clears out an album.
fn deletion(random: &mut Random, now: i64) -> String {
    let (album, image) = (random.below(3) + 6, random.below(5000));
    let request = Request {
        address: "198.51.100.12".to_owned(),
        requester: "arn:aws:sts::111122223333:assumed-role/editor/maria",
        method: "DELETE",
        key: &format!("albums/{album:02}/orchard-{image:04}.jpg"),
        target: &format!("/albums/{album:02}/orchard-{image:04}.jpg"),
        status: "204",
        error: "-",
        user_agent: "S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.780 Linux/5.10.233 OpenJDK_64-Bit_Server_VM/25.432-b06 java/1.8.0_432 vendor/Oracle_Corporation cfg/retry-mode/standard",
        connection: Connection::SIGNED,
    };
    request.line(random, now)
}

/// A sign that shows a banner and never heard of TLS.
fn plain_http(random: &mut Random, now: i64) -> String {
    let request = Request {
        address: random.pick(&["198.51.100.80", "198.51.100.80", "198.51.100.81"]).to_owned(),
        requester: "-",
        method: "GET",
        key: "public/banner.png",
        target: "/public/banner.png",
        status: "200",
        error: "-",
        user_agent: "curl/7.29.0",
        connection: Connection { cipher: "-", tls: "-", ..Connection::ANONYMOUS },
    };
    request.line(random, now)
}

/// A crawler, which asks for what is not there as well.
fn bot(random: &mut Random, now: i64) -> String {
    let (key, target, status, error) = match random.below(3) {
        0 => ("public/banner.png", "/public/banner.png", "200", "-"),
        1 => ("public/index.html", "/public/index.html", "200", "-"),
        _ => ("robots.txt", "/robots.txt", "404", "NoSuchKey"),
    };
    let request = Request {
        address: format!("198.51.100.{}", 240 + random.below(4)),
        requester: "-",
        method: "GET",
        key,
        target,
        status,
        error,
        user_agent: "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://www.example.com/bot.html)",
        connection: Connection::ANONYMOUS,
    };
    request.line(random, now)
}
