//! Killed and stopped, by `LOGFERRY_KILL_SEED`, at `LOGFERRY_KILL_POINTS` points (3 unless set).

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use local_stack::function_binary::{self, Progress};
use local_stack::stack::Stack;
use logferry::pipeline::Jitter;
use tokio::process::Command;
use tokio::time::sleep;

use super::super::count;
use super::{copy, each_once, in_table, with_logs};

/// Starts the command, to be killed or interrupted.
async fn start(stack: &Stack, folder: &Path, more: &[&str]) -> tokio::process::Child {
    let tool = tokio::task::spawn_blocking(|| function_binary::tool(Progress::Hidden));
    let tool = tool.await.unwrap().unwrap_or_else(|error| panic!("{error}"));
    let mut command = Command::new(tool);
    command.args(super::command(stack, folder, more)).envs(stack.environment());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.spawn().unwrap()
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// How many portions the journal says are about to be loaded, or were.
fn prepared(folder: &Path) -> usize {
    let journal = fs::read_to_string(folder.join("journal")).unwrap_or_default();
    journal.matches("{\"prepared\":").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_it_goes_on_and_every_row_is_there_once() {
    const LOGS: u64 = 40;
    let builder = Stack::builder().data_api(|api| api.latency = Duration::from_millis(60));
    let stack = with_logs(builder.start().await.unwrap(), LOGS).await;
    let mut random = Jitter::new(number("LOGFERRY_KILL_SEED", 14));
    for point in 0..number("LOGFERRY_KILL_POINTS", 3) {
        let folder = tempfile::tempdir().unwrap();
        let mut kills = 0;
        loop {
            let mut child = start(&stack, folder.path(), &["--load-objects", "9"]).await;
            let wait = Duration::from_micros(random.next_u64() % 900_000);
            if random.next_u64().is_multiple_of(2) {
                // While something is being loaded.
                let before = prepared(folder.path());
                while prepared(folder.path()) <= before && child.try_wait().unwrap().is_none() {
                    sleep(Duration::from_millis(2)).await;
                }
                sleep(wait / 9).await;
            } else {
                sleep(wait).await;
            }
            if kills < 12 {
                drop(child.start_kill());
            }
            let output = child.wait_with_output().await.unwrap();
            if output.status.success() {
                break;
            }
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), None, "killed, and not failed: {told}");
            kills += 1;
        }
        assert_eq!(in_table(&stack).await, each_once(LOGS), "point {point}, {kills} kills");
        count(&stack, "DELETE FROM s3_access_log").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_it_so_that_it_can_go_on() {
    let builder = Stack::builder().data_api(|api| api.latency = Duration::from_millis(200));
    let stack = with_logs(builder.start().await.unwrap(), 30).await;
    let folder = tempfile::tempdir().unwrap();
    let few = ["--load-objects", "3"];
    let mut child = start(&stack, folder.path(), &few).await;
    while prepared(folder.path()) < 2 {
        assert!(child.try_wait().unwrap().is_none(), "it is not over yet");
        sleep(Duration::from_millis(2)).await;
    }
    let interrupt = ["-INT", &child.id().unwrap().to_string()];
    assert!(std::process::Command::new("kill").args(interrupt).status().unwrap().success());
    let output = child.wait_with_output().await.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("Go on with the same command: journal "), "{told}");
    // What was being loaded was waited for.
    let journal = fs::read_to_string(folder.path().join("journal")).unwrap();
    assert!(!journal.lines().last().unwrap().starts_with("{\"prepared\":"), "{journal}");
    let done = copy(&stack, folder.path(), &few).await;
    assert_eq!((done.code, in_table(&stack).await), (Some(0), each_once(30)), "{done:?}");
}
