//! `logferry backfill --to-queue --run`, killed and stopped while it sends.
//!
//! `LOGFERRY_KILL_POINTS` is how many points a run is killed at (3 unless set), and
//! `LOGFERRY_BACKFILL_KEYS` how many keys the measurement sends (20,000 unless set).

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use logferry::pipeline::Jitter;

use super::services::Services;

/// Messages that may be under way at the same time.
const UNDER_WAY: u64 = 80;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

fn start(services: &Services, folder: &Path) -> Child {
    let mut command = services.command(folder);
    command.args(["backfill", "s3://amber-logs/logs/", "--to-queue", "--run", "--queue-url"]);
    command.arg(services.queue_url()).args(["--backlog", "1000000", "--journal", "journal"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until so many keys were sent, or the program ended.
fn wait_for(services: &Services, child: &mut Child, keys: usize) -> bool {
    while services.sent_keys() < keys {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    true
}

#[test]
fn killed_at_any_point_it_goes_on_and_loses_no_key() {
    const KEYS: u64 = 3_000;
    let mut random = Jitter::new(number("LOGFERRY_KILL_SEED", 14));
    for point in 0..number("LOGFERRY_KILL_POINTS", 3) {
        let (services, folder) = (Services::start(KEYS), tempfile::tempdir().unwrap());
        services.fail_every(61);
        let mut kills = 0;
        loop {
            let mut child = start(&services, folder.path());
            let after = services.sent_keys() + usize::try_from(random.next_u64() % 1_500).unwrap();
            if wait_for(&services, &mut child, after) && child.try_wait().unwrap().is_none() {
                // Somewhere in the next milliseconds.
                std::thread::sleep(Duration::from_micros(random.next_u64() % 3_000));
                child.kill().unwrap();
            }
            let status = child.wait().unwrap();
            if status.success() {
                break;
            }
            assert_eq!(status.code(), None, "killed, and not failed");
            kills += 1;
        }
        let sent = services.sent();
        assert_eq!(sent.len() as u64, KEYS, "point {point}: each key was sent");
        let twice = sent.values().map(|times| u64::from(*times)).sum::<u64>() - KEYS;
        assert!(twice <= kills * UNDER_WAY, "point {point}: {twice} twice after {kills} kills");
    }
}

#[test]
fn ctrl_c_ends_it_so_that_it_can_go_on_and_sends_nothing_twice() {
    let (services, folder) = (Services::start(5_000), tempfile::tempdir().unwrap());
    let mut child = start(&services, folder.path());
    assert!(wait_for(&services, &mut child, 500));
    let interrupt = ["-INT", &child.id().to_string()];
    assert!(Command::new("kill").args(interrupt).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("Go on with the same command: journal journal"), "{told}");
    let sent = services.sent_keys();
    assert!((500..5_000).contains(&sent), "{sent}");
    assert!(start(&services, folder.path()).wait().unwrap().success());
    let sent = services.sent();
    assert_eq!(sent.len(), 5_000);
    assert!(sent.values().all(|times| *times == 1), "nothing twice");
}

/// Keys a second, and the memory of the program.
#[test]
fn it_is_fast_and_small_however_many_keys_there_are() {
    let keys = number("LOGFERRY_BACKFILL_KEYS", 20_000);
    let (services, folder) = (Services::start(keys), tempfile::tempdir().unwrap());
    let begun = Instant::now();
    let mut child = start(&services, folder.path());
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(&status).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok());
        peak_kib = peak.unwrap_or(0_u64).max(peak_kib);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(child.wait().unwrap().success());
    let took = begun.elapsed();
    assert_eq!(services.sent_keys() as u64, keys);
    let rate = keys as f64 / took.as_secs_f64();
    println!("{keys} keys in {took:.1?}: {rate:.0} keys/s, {peak_kib} KiB");
    assert!(peak_kib < 64 * 1024, "{peak_kib} KiB");
}
