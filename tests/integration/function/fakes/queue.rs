//! A fake of SQS, limits checked on every call.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use logferry::ports::{MESSAGES_BYTES_MAX, MESSAGES_MAX, MessageQueue, QueueError};
use tokio::time::sleep;

/// What becomes of one call to the queue.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Sending {
    /// It fails as a whole, nothing taken.
    Fails,
    /// The first message is not taken, by no fault of its own.
    AllButTheFirst,
}

/// A fake of SQS. Calls without a script go well.
#[derive(Default)]
pub(crate) struct FakeQueue {
    pub(crate) script: Mutex<VecDeque<Sending>>,
    /// What comes when the script is over; `None`: calls go well.
    pub(crate) always: Mutex<Option<Sending>>,
    pub(crate) sent: Mutex<Vec<String>>,
    /// How long a call takes.
    pub(crate) latency: Mutex<Duration>,
}

pub(crate) struct Queue(pub(crate) Arc<FakeQueue>);

impl MessageQueue for Queue {
    async fn send(&self, bodies: &[&str]) -> Result<Vec<Result<(), QueueError>>, QueueError> {
        // What SQS would refuse must never be asked for.
        assert!((1..=MESSAGES_MAX).contains(&bodies.len()));
        assert!(
            bodies.len() == 1
                || bodies.iter().map(|body| body.len()).sum::<usize>() <= MESSAGES_BYTES_MAX
        );
        let latency = *self.0.latency.lock().unwrap();
        sleep(latency).await;
        let scripted = self.0.script.lock().unwrap().pop_front();
        let down = || QueueError::Unavailable("down on command".to_owned());
        let refused = match scripted.or(*self.0.always.lock().unwrap()) {
            Some(Sending::Fails) => return Err(down()),
            Some(Sending::AllButTheFirst) => 1,
            None => 0,
        };
        self.0.sent.lock().unwrap().extend(bodies[refused..].iter().map(ToString::to_string));
        let refusals = (0..refused).map(|_| Err(down()));
        Ok(refusals.chain(bodies[refused..].iter().map(|_| Ok(()))).collect())
    }
}
