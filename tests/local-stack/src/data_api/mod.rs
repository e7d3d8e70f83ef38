//! The Redshift Data API over the warehouse.
//!
//! `wire` is its HTTP endpoint (AWS JSON 1.1), `request` what it refuses by AWS's names and limits,
//! `run` how statements run: those of a batch in one transaction on a connection of their own, so
//! that clients are in each other's way as they are in Redshift. A temporary table lives for one
//! submission, or as long as its session. Results are kept until the end, where AWS keeps them for
//! a day. Not emulated: `ListDatabases`, `ListSchemas`, `ListTables`, `DescribeTable`, results as
//! CSV, events, users and their rights.

mod answer;
mod parameters;
mod refusal;
mod request;
mod run;
mod sessions;
mod settings;
mod statements;
mod wire;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::http::Server;
use crate::redshift::{Source, Warehouse};
use run::Runner;
pub use settings::{Fault, Settings};
use wire::Endpoint;

/// A running Data API.
#[derive(Debug)]
pub struct DataApi {
    server: Server,
    endpoint: Arc<Endpoint>,
}

impl DataApi {
    /// Serves a warehouse on a free loopback port. COPY reads from a source.
    ///
    /// # Errors
    /// When the machine gives none.
    pub async fn start(
        warehouse: Warehouse,
        source: Source,
        settings: Settings,
    ) -> std::io::Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), warehouse, source, settings).await
    }

    /// Serves a warehouse on an address of the caller's choice.
    ///
    /// # Errors
    /// When it cannot be listened on.
    pub async fn start_at(
        address: SocketAddr,
        warehouse: Warehouse,
        source: Source,
        settings: Settings,
    ) -> std::io::Result<Self> {
        let runner = Arc::new(Runner::new(warehouse, source, settings));
        let endpoint = Arc::new(Endpoint { runner, faults: Mutex::default() });
        let server = Server::handle_at(address, Arc::clone(&endpoint)).await?;
        Ok(Self { server, endpoint })
    }

    /// Where clients find it.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// How it is configured.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.endpoint.runner.settings
    }

    /// Adds a fault for the next call that submits statements and has none yet.
    pub fn script(&self, fault: Fault) {
        self.endpoint.faults.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    /// How many faults are still to come.
    #[must_use]
    pub fn faults_left(&self) -> usize {
        self.endpoint.faults.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
