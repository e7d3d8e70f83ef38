//! S3: an existing server in process, with what it lacks for our purpose.
//!
//! The protocol (signatures, XML, checksums, path and query rules) is the crate `s3s`, the storage
//! `s3s-fs`: a folder. Added here, in `store`: events for what is put, `If-Match` on reads, and
//! [`faults`] on request; listings with all that S3 has in them (`listing`), in time that depends
//! on the page alone, also of buckets of millions of objects that are made up (`made_up`). Requests must be signed with [`ACCESS_KEY`] and [`SECRET_KEY`], as AWS
//! would have it. Not emulated: versions, policies, encryption, lifecycle.

mod catalogue;
mod error;
pub mod faults;
mod listing;
mod made_up;
mod protocol;
mod reading;
mod store;

use std::path::Path;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::Builder;
use bytes::Bytes;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;

use crate::event::{ObjectCreated, REGION};
use crate::http::Server;
pub use error::Error;
pub use faults::Faults;
pub use made_up::{Layout, MadeUp};
pub use store::Read;
use store::Store;

/// The access key of the stack, AWS's own documentation value.
pub const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
/// Its secret key, AWS's own documentation value.
pub const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A running S3.
#[derive(Debug)]
pub struct S3 {
    server: Server,
    store: Arc<Store>,
}

impl S3 {
    /// Starts S3 with its objects in a folder, which must exist.
    ///
    /// # Errors
    /// When the folder or a port cannot be had.
    pub async fn start(folder: &Path) -> Result<Self, Error> {
        let store = Arc::new(Store::new(folder)?);
        let mut builder = S3ServiceBuilder::new(protocol::Protocol(Arc::clone(&store)));
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let server = Server::serve(builder.build()).await?;
        Ok(Self { server, store })
    }

    /// Where clients find it.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// A client of the real SDK aimed at it.
    #[must_use]
    pub fn client(&self) -> Client {
        client(&self.url(), REGION, ACCESS_KEY, SECRET_KEY)
    }

    /// Creates a bucket.
    ///
    /// # Errors
    /// When the name is taken or refused.
    pub async fn create_bucket(&self, name: &str) -> Result<(), Error> {
        self.store.create(name).await
    }

    /// Puts an object without going over the network; events are sent as for any other put.
    ///
    /// # Errors
    /// When the bucket does not exist or the key is refused.
    pub async fn put(
        &self,
        bucket: &str,
        key: &str,
        body: impl Into<Bytes> + Send,
    ) -> Result<ObjectCreated, Error> {
        self.store.put(bucket, key, body.into()).await
    }

    /// Makes a bucket of made-up logs, which can be listed and read and nothing else.
    pub fn make_up(&self, bucket: &str, what: MadeUp) {
        self.store.catalogue.make_up(bucket, what);
    }

    /// Calls the subscriber for each object created in a bucket under a prefix.
    pub fn subscribe(
        &self,
        bucket: &str,
        prefix: &str,
        subscriber: impl Fn(ObjectCreated) + Send + Sync + 'static,
    ) {
        self.store.subscribe(bucket, prefix, Box::new(subscriber));
    }

    /// The faults to come.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        self.store.faults()
    }

    /// Every read so far, in order.
    #[must_use]
    pub fn reads(&self) -> Vec<Read> {
        self.store.reads()
    }
}

/// A client of the real SDK for any S3 that speaks plain HTTP.
#[must_use]
pub fn client(endpoint: &str, region: &str, access_key: &str, secret_key: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(region.to_owned()))
        .credentials_provider(Credentials::new(access_key, secret_key, None, None, "local-stack"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .http_client(Builder::new().build_http())
        .build();
    Client::from_conf(config)
}
