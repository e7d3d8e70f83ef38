//! SQS: queues, the wire on which messages are sent to them, and what Lambda does with them.
//!
//! [`queue`] is the queue itself, `wire` its HTTP endpoint (AWS JSON 1.0), [`event_source`] the
//! mapping that polls a queue and invokes a function. Not emulated: FIFO queues, message
//! attributes, long polling over the wire.

mod digest;
pub mod event_source;
pub mod queue;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::ACCOUNT;
use crate::http::Server;
pub use event_source::EventSource;
pub use queue::{Counts, Message, Queue, Settings};

/// A running SQS endpoint.
#[derive(Debug)]
pub struct Sqs {
    server: Server,
}

impl Sqs {
    /// Serves queues.
    ///
    /// # Errors
    /// When the machine gives no loopback port.
    pub async fn start(queues: &[Arc<Queue>]) -> std::io::Result<Self> {
        let queues: BTreeMap<_, _> =
            queues.iter().map(|queue| (queue.name().to_owned(), Arc::clone(queue))).collect();
        Ok(Self { server: Server::handle(Arc::new(wire::Endpoint { queues })).await? })
    }

    /// Where clients find it.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// A queue's URL.
    #[must_use]
    pub fn queue_url(&self, queue: &Queue) -> String {
        format!("{}/{ACCOUNT}/{}", self.url(), queue.name())
    }
}
