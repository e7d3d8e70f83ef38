//! A fake of SQS, the sending side.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use logferry::pipeline::{HandoverQueue, QueueError};

/// A fake of SQS.
#[derive(Default)]
pub(crate) struct FakeQueue {
    /// What becomes of the next messages: true, they are taken.
    pub(crate) script: Mutex<VecDeque<bool>>,
    pub(crate) sent: Mutex<Vec<String>>,
}

pub(crate) struct Queue(pub(crate) Arc<FakeQueue>);

impl HandoverQueue for Queue {
    async fn send(&self, body: String) -> Result<(), QueueError> {
        if self.0.script.lock().unwrap().pop_front().unwrap_or(true) {
            self.0.sent.lock().unwrap().push(body);
            return Ok(());
        }
        Err(QueueError("refused on command".to_owned()))
    }
}
