//! A fake of SQS, the sending side.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use logferry::ports::{MessageQueue, QueueError};

/// A fake of SQS.
#[derive(Default)]
pub(crate) struct FakeQueue {
    /// What becomes of the next messages: true, they are taken.
    pub(crate) script: Mutex<VecDeque<bool>>,
    pub(crate) sent: Mutex<Vec<String>>,
}

pub(crate) struct Queue(pub(crate) Arc<FakeQueue>);

impl MessageQueue for Queue {
    async fn send(&self, body: String) -> Result<(), QueueError> {
        if self.0.script.lock().unwrap().pop_front().unwrap_or(true) {
            self.0.sent.lock().unwrap().push(body);
            return Ok(());
        }
        Err(QueueError::Unavailable("down on command".to_owned()))
    }
}
