//! Amazon Data Firehose: the data plane, and delivery to Redshift as documented.
//!
//! `wire` answers `PutRecord` and `PutRecordBatch` and refuses what AWS refuses, [`faults`]
//! makes it throttle, fail in part or lose its answer, [`stream`] takes records and counts,
//! `delivery` buffers, stages and issues COPY. Records are concatenated as they come: whoever
//! puts them ends each row with a newline. Not emulated: transformation, dynamic partitioning,
//! other destinations, encryption.

mod delivery;
pub mod faults;
mod limits;
mod refusal;
mod settings;
mod shared;
mod staging;
pub mod stream;
mod wire;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::http::Server;
pub use crate::redshift::MembersRead;
pub use faults::{Fault, Faults, Quota, Storm};
pub use settings::Settings;
pub use shared::Counts;
pub use stream::Stream;

/// A running data plane.
#[derive(Debug)]
pub struct Firehose {
    server: Server,
    streams: BTreeMap<String, Arc<Stream>>,
}

impl Firehose {
    /// Serves streams on a free loopback port.
    ///
    /// # Errors
    /// When the machine gives none.
    pub async fn start(streams: Vec<Arc<Stream>>) -> std::io::Result<Self> {
        Self::start_at((std::net::Ipv4Addr::LOCALHOST, 0).into(), streams).await
    }

    /// Serves streams on an address of the caller's choice.
    ///
    /// # Errors
    /// When it cannot be listened on.
    pub async fn start_at(address: SocketAddr, streams: Vec<Arc<Stream>>) -> std::io::Result<Self> {
        let streams: BTreeMap<_, _> =
            streams.into_iter().map(|stream| (stream.settings().name.clone(), stream)).collect();
        let endpoint = Arc::new(wire::Endpoint { streams: streams.clone() });
        Ok(Self { server: Server::handle_at(address, endpoint).await?, streams })
    }

    /// Where clients find it.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// A stream by its name.
    #[must_use]
    pub fn stream(&self, name: &str) -> Option<&Arc<Stream>> {
        self.streams.get(name)
    }
}
