//! Firehose on its own, for a stack whose other parts are somebody else's.
//!
//! The data plane listens on one port; a second one, for the script that drives it, tells the
//! counts and takes orders: `GET /counts`, `POST /drain`, `POST /throttle/<calls>`,
//! `POST /lose/<answers>`, `POST /latency/<ms>`. Everything is JSON over plain HTTP on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::firehose::{Counts, Fault, Firehose, Settings, Stream};
use crate::http::{Call, Handler, Reply, Server};
use crate::redshift::{self, Warehouse};
use crate::s3;

/// Why it could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port.
    #[error("a port cannot be listened on: {0}")]
    Listen(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Warehouse(#[from] redshift::Error),
}

/// The S3 to stage in.
#[derive(Clone, Debug)]
pub struct S3Place {
    /// Its endpoint.
    pub endpoint: String,
    /// The region its buckets are in.
    pub region: String,
    /// The access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
}

/// A data plane and its control.
#[derive(Debug)]
pub struct Standalone {
    firehose: Firehose,
    control: Server,
}

impl Standalone {
    /// Starts a stream that stages in the S3 at an endpoint and loads into `PostgreSQL`.
    ///
    /// # Errors
    /// When a port or the database cannot be had.
    pub async fn start(
        listen: SocketAddr,
        settings: Settings,
        place: &S3Place,
        database_url: &str,
        ddl: &str,
    ) -> Result<Self, Error> {
        let warehouse = Warehouse::postgres(database_url, ddl).await?;
        let s3 = s3::client(&place.endpoint, &place.region, &place.access_key, &place.secret_key);
        let stream = Stream::start(settings, s3, warehouse)?;
        let firehose = Firehose::start_at(listen, vec![Arc::clone(&stream)]).await?;
        let control = Arc::new(Control { stream });
        let control = Server::handle_at((Ipv4Addr::LOCALHOST, 0).into(), control).await?;
        Ok(Self { firehose, control })
    }

    /// Where it is, as JSON for the script that started it.
    #[must_use]
    pub fn whereabouts(&self) -> String {
        json!({ "endpoint": self.firehose.url(), "control": self.control.url() }).to_string()
    }
}

#[derive(Debug)]
struct Control {
    stream: Arc<Stream>,
}

impl Handler for Control {
    async fn handle(&self, call: Call) -> Reply {
        let parts: Vec<&str> = call.path.trim_matches('/').split('/').collect();
        let (status, body) = match (&call.method, parts.as_slice()) {
            (&Method::GET, ["counts"]) => (StatusCode::OK, as_json(&self.stream.counts())),
            (&Method::POST, ["drain"]) => (StatusCode::OK, as_json(&self.stream.drain().await)),
            (&Method::POST, ["throttle", calls]) => self.script(calls, &Fault::Throttle),
            (&Method::POST, ["lose", answers]) => self.script(answers, &Fault::AnswerLost),
            (&Method::POST, ["latency", ms]) => self.latency(ms),
            _ => (StatusCode::NOT_FOUND, json!({ "error": "no such order" })),
        };
        Reply::json(status, "application/json", Vec::new(), &body)
    }
}

impl Control {
    fn script(&self, times: &str, fault: &Fault) -> (StatusCode, Value) {
        let Ok(times) = times.parse::<u16>() else {
            return (StatusCode::BAD_REQUEST, json!({ "error": "how many times?" }));
        };
        (0..times).for_each(|_| self.stream.faults().script(fault.clone()));
        (StatusCode::OK, json!({ "to_come": self.stream.faults().left() }))
    }

    fn latency(&self, ms: &str) -> (StatusCode, Value) {
        let Ok(ms) = ms.parse::<u32>() else {
            return (StatusCode::BAD_REQUEST, json!({ "error": "how many milliseconds?" }));
        };
        self.stream.faults().set_latency(Duration::from_millis(ms.into()));
        (StatusCode::OK, json!({ "latency_ms": ms }))
    }
}

fn as_json(counts: &Counts) -> Value {
    json!({
        "calls": counts.calls,
        "calls_refused": counts.calls_refused,
        "answers_lost": counts.answers_lost,
        "records": counts.records,
        "records_failed": counts.records_failed,
        "bytes": counts.bytes,
        "billed_units": counts.billed_units,
        "objects_staged": counts.objects_staged,
        "copies": counts.copies,
        "copies_failed": counts.copies_failed,
        "copies_abandoned": counts.copies_abandoned,
        "rows": counts.rows,
        "records_settled": counts.records_settled,
    })
}
