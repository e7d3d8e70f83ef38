//! A function that is frozen between two events, and connections that die meanwhile.
//!
//! Nobody tells a frozen process that the other end of a connection has gone: no FIN comes and no RST.
//! After the thaw its pool hands out connections that take every request and answer none.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use local_stack::lambda::Counts;
use local_stack::stack::Stack;
use tokio::io::{AsyncReadExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::{Trial, log};

/// Passes connections on to an endpoint, until the network forgets them.
struct Tunnel {
    url: String,
    to: Arc<OnceLock<SocketAddr>>,
    cuts: watch::Sender<u32>,
    /// Connections that were made.
    made: Arc<AtomicUsize>,
    /// Connections that were forgotten and written to afterwards.
    missed: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Tunnel {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (to, cuts) = (Arc::<OnceLock<SocketAddr>>::default(), watch::Sender::new(0));
        let (made, missed) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let accepting = {
            let (to, cuts) = (Arc::clone(&to), cuts.clone());
            let (made, missed) = (Arc::clone(&made), Arc::clone(&missed));
            tokio::spawn(async move {
                let mut connections = JoinSet::new();
                loop {
                    let (client, _) = listener.accept().await.unwrap();
                    made.fetch_add(1, Ordering::Relaxed);
                    let to = *to.get().unwrap();
                    connections.spawn(pass(client, to, cuts.subscribe(), Arc::clone(&missed)));
                }
            })
        };
        Self { url, to, cuts, made, missed, accepting }
    }

    /// Leads to this endpoint of the stack.
    fn lead_to(&self, stack: &Stack, variable: &str) {
        let endpoints = stack.environment();
        let (_, url) = endpoints.iter().find(|(name, _)| *name == variable).unwrap();
        self.to.set(url.trim_start_matches("http://").parse().unwrap()).unwrap();
    }

    /// From now on what is sent through the connections that are there goes nowhere.
    fn forget(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    fn missed(&self) -> usize {
        self.missed.load(Ordering::Relaxed)
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(
    mut client: TcpStream,
    to: SocketAddr,
    mut cuts: watch::Receiver<u32>,
    missed: Arc<AtomicUsize>,
) {
    let mut server = TcpStream::connect(to).await.unwrap();
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => return,
        _ = cuts.changed() => drop(server),
    }
    let mut swallowed = [0; 4096];
    if client.read(&mut swallowed).await.is_ok_and(|read| read > 0) {
        missed.fetch_add(1, Ordering::Relaxed);
    }
    while client.read(&mut swallowed).await.is_ok_and(|read| read > 0) {}
}

/// A stack whose function reaches S3 and Firehose through tunnels.
async fn tunnelled() -> (Trial, [Tunnel; 2]) {
    let (s3, firehose) = (Tunnel::open().await, Tunnel::open().await);
    let builder = Stack::builder()
        .timeout(Duration::from_secs(30))
        .variable("AWS_ENDPOINT_URL_S3", &s3.url)
        .variable("AWS_ENDPOINT_URL_FIREHOSE", &firehose.url);
    let trial = Trial::start(builder).await;
    s3.lead_to(&trial.stack, "AWS_ENDPOINT_URL_S3");
    firehose.lead_to(&trial.stack, "AWS_ENDPOINT_URL_FIREHOSE");
    (trial, [s3, firehose])
}

impl Trial {
    /// One invocation of one process took in all that was put since `before`, at its first receive.
    async fn at_once(&self, before: Counts) {
        let audit = self.clean().await;
        assert_eq!(audit.copies, 0);
        let counts = self.stack.function.counts();
        assert_eq!(counts.invocations, before.invocations + 1);
        assert_eq!((counts.starts, counts.failures), (1, 0));
        assert_eq!(self.stack.queues.events.counts().redelivered, 0);
        assert_eq!(self.metric("Continuations"), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_in_a_freeze_are_not_used_again() {
    let (mut trial, tunnels) = tunnelled().await;
    // Several at once: one after the other, dead connections would take more time than there is.
    for number in 0..6 {
        trial.put(&format!("before-{number}"), log(number, 200)).await;
    }
    trial.stack.settle().await;
    assert!(tunnels[0].made() >= 2, "one connection proves little");
    let function = Arc::clone(&trial.stack.function);
    let (before, made) = (function.counts(), tunnels.each_ref().map(Tunnel::made));

    function.freeze();
    tunnels.iter().for_each(Tunnel::forget);
    // Longer than a connection may be idle.
    tokio::time::sleep(Duration::from_secs(4)).await;
    function.thaw();
    trial.put("after", log(7, 200)).await;

    trial.at_once(before).await;
    assert_eq!(tunnels.each_ref().map(Tunnel::missed), [0, 0]);
    assert_eq!(tunnels.each_ref().map(Tunnel::made), made.map(|made| made + 1));
}

/// The function has thirty seconds: time for its waits for the first byte of S3 and of Firehose. A call
/// that nobody ends would take them all.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_died_a_moment_ago_costs_some_seconds_and_no_row() {
    let (mut trial, tunnels) = tunnelled().await;
    let function = Arc::clone(&trial.stack.function);
    for (number, tunnel) in (0..).zip(&tunnels) {
        trial.put(&format!("before-{number}"), log(number, 200)).await;
        function.wait_until(|counts| counts.invocations == 2 * number + 1).await;
        let before = function.counts();
        tunnel.forget();
        trial.put(&format!("after-{number}"), log(number + 2, 200)).await;
        trial.at_once(before).await;
        // One that is made anew, and none after the other.
        assert!(tunnel.made() >= 2 && tunnel.missed() <= 1, "{}", tunnel.missed());
    }
}
