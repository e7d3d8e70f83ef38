//! Loopback HTTP servers, the ground every component stands on.
//!
//! A [`Server`] listens on a free port of 127.0.0.1 and ends with its value: dropping it closes
//! the listener and every connection, so that nothing is left running after a test. Components
//! that speak JSON implement [`Handler`] and see whole requests; S3 brings a hyper service of its
//! own. There is no TLS and no HTTP/2 here: every client is on the same machine.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// A server on a free loopback port; dropping it ends it and its connections.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Serves a hyper service on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When the machine gives no loopback port.
    pub async fn serve<S, B>(service: S) -> std::io::Result<Self>
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn StdError + Send + Sync>>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        Self::serve_at((Ipv4Addr::LOCALHOST, 0).into(), service).await
    }

    /// Serves on an address of the caller's choice, for components that run on their own.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn serve_at<S, B>(address: SocketAddr, service: S) -> std::io::Result<Self>
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn StdError + Send + Sync>>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { address, accepting: tokio::spawn(accept(listener, service)) })
    }

    /// Serves a component that sees whole requests.
    ///
    /// # Errors
    /// When the machine gives no loopback port.
    pub async fn handle(handler: Arc<impl Handler>) -> std::io::Result<Self> {
        Self::handle_at((Ipv4Addr::LOCALHOST, 0).into(), handler).await
    }

    /// As [`Server::handle`], on an address of the caller's choice.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn handle_at(
        address: SocketAddr,
        handler: Arc<impl Handler>,
    ) -> std::io::Result<Self> {
        let service = service_fn(move |request| exchange(Arc::clone(&handler), request));
        Self::serve_at(address, service).await
    }

    /// `127.0.0.1:<port>`.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>`, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Accepts until aborted. The connections live in the set and end with it.
async fn accept<S, B>(listener: TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let mut connections = JoinSet::new();
    loop {
        // A failed accept is the peer's business (a reset in the backlog); the listener lives on.
        let Ok((socket, _)) = listener.accept().await else { continue };
        while connections.try_join_next().is_some() {}
        if socket.set_nodelay(true).is_err() {
            continue;
        }
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(socket), service.clone());
        // A broken connection is often the very thing a test asked for, so it is no error here.
        connections.spawn(async move { connection.await.is_ok() });
    }
}

/// A request with its whole body.
#[derive(Debug)]
pub struct Call {
    /// The HTTP method.
    pub method: Method,
    /// The path, still percent-encoded.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Call {
    /// A header as text, empty where it is absent or not text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What a component does with a request.
#[derive(Debug)]
pub enum Reply {
    /// An answer.
    Answer(Response<Full<Bytes>>),
    /// The connection is closed without one, as when a network fails after the work was done.
    HangUp,
}

impl Reply {
    /// A JSON answer with extra headers.
    #[must_use]
    pub fn json(
        status: StatusCode,
        content_type: &'static str,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: &serde_json::Value,
    ) -> Self {
        Self::bytes(status, content_type, headers, body.to_string().into())
    }

    /// An answer of any bytes with extra headers.
    #[must_use]
    pub fn bytes(
        status: StatusCode,
        content_type: &'static str,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Bytes,
    ) -> Self {
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        response.headers_mut().extend(headers);
        Self::Answer(response)
    }
}

/// A component that answers whole requests.
pub trait Handler: Send + Sync + 'static {
    /// Answers one request.
    fn handle(&self, call: Call) -> impl Future<Output = Reply> + Send;
}

/// The error that makes hyper drop the connection.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed on purpose")]
struct HungUp;

async fn exchange(
    handler: Arc<impl Handler>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, HungUp> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Err(HungUp) };
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body: body.to_bytes(),
    };
    match handler.handle(call).await {
        Reply::Answer(response) => Ok(response),
        Reply::HangUp => Err(HungUp),
    }
}

/// Proves at compile time that an answer's body cannot fail.
const _: fn(Full<Bytes>) = |body| {
    fn infallible<B: Body<Error = Infallible>>(_: B) {}
    infallible(body);
};
