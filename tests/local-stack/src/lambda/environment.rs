//! One execution environment: a process and its Runtime API.
//!
//! Invariant: when the value is gone the process is gone (`kill_on_drop`). The limits are
//! enforced from outside, as the service does: a process that runs out of time or memory is
//! killed without a warning, and its environment is not used again.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::logs::Logs;
use super::runtime_api::{Invocation, Phase, RuntimeApi};
use super::{Failure, Settings};
use crate::event::REGION;
use crate::http::Server;
use crate::s3::{ACCESS_KEY, SECRET_KEY};

/// The service gives a function ten seconds to its first `next`.
const INIT_LIMIT: Duration = Duration::from_secs(10);
/// How often the memory of a running invocation is looked at.
const MEMORY_INTERVAL: Duration = Duration::from_millis(50);
const MIB: u64 = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Environment {
    /// Held so that the Runtime API lives as long as its process.
    _api: Server,
    process: Child,
    invocations: mpsc::Sender<Invocation>,
    kill: watch::Receiver<u64>,
    timeout: Duration,
    memory_mib: u64,
    peak_memory_bytes: u64,
}

impl Environment {
    /// Starts the process and waits for its first `next`.
    pub(super) async fn start(
        settings: &Settings,
        logs: Arc<Logs>,
        mut kill: watch::Receiver<u64>,
    ) -> Result<Self, Failure> {
        kill.mark_unchanged();
        let (invocations, receiver) = mpsc::channel(1);
        let api = Arc::new(RuntimeApi::new(settings.arn(), receiver));
        let mut phase = api.phase.subscribe();
        let server = Server::handle(api)
            .await
            .map_err(|error| Failure::Service(format!("no port for the Runtime API: {error}")))?;
        let mut process = spawn(settings, &server, &logs)?;
        let ready = async {
            let reached = phase.wait_for(|phase| *phase != Phase::Starting).await;
            reached.map_or(Phase::Starting, |phase| phase.clone())
        };
        let phase = tokio::select! {
            phase = timeout(INIT_LIMIT, ready) => phase,
            ended = process.wait() => return Err(Failure::Init(describe(ended))),
        };
        match phase {
            Ok(Phase::Ready) => Ok(Self {
                _api: server,
                process,
                invocations,
                kill,
                timeout: settings.timeout,
                memory_mib: settings.memory_mib,
                peak_memory_bytes: 0,
            }),
            Ok(Phase::Failed(message)) => Err(Failure::Init(message)),
            Ok(Phase::Starting) | Err(_) => {
                Err(Failure::Init("the first `next` did not come within 10 seconds".to_owned()))
            }
        }
    }

    /// Gives the process one event and waits for what comes of it.
    pub(super) async fn invoke(
        &mut self,
        request_id: &str,
        payload: Bytes,
        invocations: u32,
    ) -> Result<Bytes, Failure> {
        let (taken, was_taken) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let request_id = request_id.to_owned();
        let invocation =
            Invocation { request_id, payload, invocations, timeout: self.timeout, taken, answer };
        if self.invocations.send(invocation).await.is_err() {
            return Err(Failure::Service("the Runtime API is gone".to_owned()));
        }
        let answer = async {
            let begin = was_taken.await.unwrap_or_else(|_| Instant::now());
            tokio::select! {
                answer = answered => answer.unwrap_or_else(|_| {
                    Err(Failure::Service("the Runtime API dropped the invocation".to_owned()))
                }),
                () = sleep_until(begin + self.timeout) => Err(Failure::TimedOut(self.timeout)),
            }
        };
        let pid = self.process.id();
        let result = tokio::select! {
            answer = answer => answer,
            ended = self.process.wait() => Err(Failure::Exit(describe(ended))),
            () = told(&mut self.kill) => Err(Failure::Exit("signal: killed".to_owned())),
            used_mib = beyond(pid, self.memory_mib) => {
                Err(Failure::OutOfMemory { used_mib, limit_mib: self.memory_mib })
            }
        };
        self.peak_memory_bytes = memory_bytes(pid, "VmHWM:").unwrap_or(0);
        if !matches!(result, Ok(_) | Err(Failure::Function { .. })) {
            // SIGKILL; a process that is already gone is as good.
            drop(self.process.kill().await);
        }
        result
    }

    /// Itself, unless its process ended while it had nothing to do.
    pub(super) fn if_alive(mut self) -> Option<Self> {
        let alive = matches!(self.process.try_wait(), Ok(None));
        alive.then_some(self)
    }

    /// Sends its process a signal, by the name that `kill` has for it. One that ended meanwhile gets none.
    pub(super) fn signal(&self, signal: &str) {
        if let Some(pid) = self.process.id() {
            let sent = std::process::Command::new("kill").args([signal, &pid.to_string()]).status();
            debug_assert!(sent.is_ok(), "{sent:?}");
        }
    }

    pub(super) fn peak_memory_bytes(&self) -> u64 {
        self.peak_memory_bytes
    }
}

fn spawn(settings: &Settings, api: &Server, logs: &Arc<Logs>) -> Result<Child, Failure> {
    let address = api.address().to_string();
    let memory = settings.memory_mib.to_string();
    let group = format!("/aws/lambda/{}", settings.name);
    let mut process = Command::new(&settings.binary)
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", &settings.name),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", &group),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local/[$LATEST]00000000000000000000000000000000"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("LAMBDA_TASK_ROOT", "/var/task"),
            ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
            ("_HANDLER", "bootstrap"),
            ("LANG", "en_US.UTF-8"),
            ("TZ", ":UTC"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
        ])
        .envs(&settings.environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            Failure::Init(format!("{} cannot be run: {error}", settings.binary.display()))
        })?;
    if let Some(output) = process.stdout.take() {
        tokio::spawn(collect(output, Arc::clone(logs)));
    }
    if let Some(output) = process.stderr.take() {
        tokio::spawn(collect(output, Arc::clone(logs)));
    }
    Ok(process)
}

/// Keeps lines until the process closes the pipe.
async fn collect(output: impl AsyncRead + Unpin, logs: Arc<Logs>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        logs.take(line);
    }
}

/// Ends when somebody wants every process killed.
async fn told(kill: &mut watch::Receiver<u64>) {
    if kill.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Ends when the process holds more than its memory, with what it holds.
async fn beyond(pid: Option<u32>, limit_mib: u64) -> u64 {
    let mut ticks = interval(MEMORY_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        match memory_bytes(pid, "VmRSS:") {
            Some(bytes) if bytes > limit_mib * MIB => return bytes.div_ceil(MIB),
            _ => {}
        }
    }
}

/// A line of `/proc/<pid>/status`, where there is one, in bytes.
fn memory_bytes(pid: Option<u32>, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid?)).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

fn describe(ended: std::io::Result<ExitStatus>) -> String {
    ended.map_or_else(|error| error.to_string(), |status| status.to_string())
}
