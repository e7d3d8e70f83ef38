//! SQS: queues, the wire on which messages are sent to them, and what Lambda does with them.
//!
//! [`queue`] is the queue itself, `wire` its HTTP endpoint (AWS JSON 1.0) in front of `sending`,
//! `receiving`, `attributes` and `redrive`, [`event_source`] the mapping that polls a queue and
//! invokes a function. Not emulated: FIFO queues, message attributes, the end of a retention.

mod attributes;
mod digest;
pub mod event_source;
mod faults;
mod message;
mod move_task;
pub mod queue;
mod receiving;
mod redrive;
mod refusal;
mod sending;
mod watching;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::ACCOUNT;
use crate::http::Server;
pub(crate) use digest::md5_hex;
pub use event_source::EventSource;
pub use faults::{Fault, Faults};
pub use message::{Counts, Depth, Message};
pub use queue::{Queue, Settings};

/// A running SQS endpoint.
#[derive(Debug)]
pub struct Sqs {
    server: Server,
    faults: Arc<Faults>,
}

impl Sqs {
    /// Serves queues.
    ///
    /// # Errors
    /// When the machine gives no loopback port.
    pub async fn start(queues: &[Arc<Queue>]) -> std::io::Result<Self> {
        let queues: BTreeMap<_, _> =
            queues.iter().map(|queue| (queue.name().to_owned(), Arc::clone(queue))).collect();
        let (tasks, faults) = (redrive::Tasks::new(queues.clone()), Arc::<Faults>::default());
        let endpoint = wire::Endpoint { queues, tasks, faults: Arc::clone(&faults) };
        Ok(Self { server: Server::handle(Arc::new(endpoint)).await?, faults })
    }

    /// The faults to come.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
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
