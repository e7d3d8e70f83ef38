//! S3 as the function will meet it: ranges, conditions, faults and events, through the real SDK.

use std::sync::{Arc, Mutex};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use local_stack::event::{ObjectCreated, REGION};
use local_stack::s3::S3;
use local_stack::s3::faults::Fault;

async fn started() -> (tempfile::TempDir, S3) {
    let folder = tempfile::tempdir().unwrap();
    let s3 = S3::start(folder.path()).await.unwrap();
    s3.create_bucket("logs").await.unwrap();
    (folder, s3)
}

/// The first attempt's own error: the SDK must not hide it behind retries.
fn impatient(s3: &S3) -> aws_sdk_s3::Client {
    let retries = aws_sdk_s3::config::retry::RetryConfig::disabled();
    aws_sdk_s3::Client::from_conf(s3.client().config().to_builder().retry_config(retries).build())
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

#[tokio::test]
async fn an_object_is_resumed_by_range_while_its_etag_holds() {
    let (_folder, s3) = started().await;
    let put = s3.put("logs", "a/b c", "0123456789").await.unwrap();
    let client = s3.client();
    let get =
        || client.get_object().bucket("logs").key("a/b c").if_match(format!("\"{}\"", put.etag));

    let rest = get().range("bytes=4-").send().await.unwrap();
    assert_eq!(rest.content_range(), Some("bytes 4-9/10"));
    assert_eq!(rest.e_tag(), Some(format!("\"{}\"", put.etag).as_str()));
    assert_eq!(rest.body.collect().await.unwrap().into_bytes().as_ref(), b"456789");

    let past_the_end = get().range("bytes=10-").send().await.unwrap_err();
    assert_eq!(code(&past_the_end), Some("InvalidRange"));

    s3.put("logs", "a/b c", "changed").await.unwrap();
    let changed = get().range("bytes=4-").send().await.unwrap_err();
    assert_eq!(code(&changed), Some("PreconditionFailed"));
    assert_eq!(changed.raw_response().unwrap().status().as_u16(), 412);

    let reads: Vec<_> = s3.reads().into_iter().map(|read| (read.from, read.conditional)).collect();
    assert_eq!(reads, [(4, true), (10, true), (4, true)]);
}

#[tokio::test]
async fn faults_come_in_order_and_end() {
    let (_folder, s3) = started().await;
    s3.put("logs", "one", vec![b'x'; 100_000]).await.unwrap();
    let faults = s3.faults();
    faults.on_read("one", Fault::SlowDown, 1);
    faults.on_read("one", Fault::AccessDenied, 1);
    faults.on_read("one", Fault::InternalError, 1);
    faults.on_read("one", Fault::NoSuchKey, 1);
    faults.on_read("one", Fault::BreakAfter(5_000), 1);
    let client = impatient(&s3);
    let get = || client.get_object().bucket("logs").key("one").send();

    for (name, status) in
        [("SlowDown", 503), ("AccessDenied", 403), ("InternalError", 500), ("NoSuchKey", 404)]
    {
        let error = get().await.unwrap_err();
        assert_eq!(code(&error), Some(name));
        assert_eq!(error.raw_response().unwrap().status().as_u16(), status);
    }

    let mut broken = get().await.unwrap();
    assert_eq!(broken.content_length(), Some(100_000));
    let mut seen = 0;
    let end = loop {
        match broken.body.next().await.unwrap() {
            Ok(chunk) => seen += chunk.len(),
            Err(error) => break error,
        }
    };
    assert_eq!(seen, 5_000, "{end}");

    assert_eq!(faults.left(), 0);
    assert_eq!(get().await.unwrap().body.collect().await.unwrap().into_bytes().len(), 100_000);
}

#[tokio::test]
async fn every_way_to_create_an_object_is_announced_once() {
    let (_folder, s3) = started().await;
    s3.create_bucket("other").await.unwrap();
    let seen: Arc<Mutex<Vec<ObjectCreated>>> = Arc::default();
    let sink = Arc::clone(&seen);
    s3.subscribe("logs", "in/", move |object| sink.lock().unwrap().push(object));

    let client = s3.client();
    let put = |bucket, key, body: &'static [u8]| {
        client.put_object().bucket(bucket).key(key).body(ByteStream::from_static(body)).send()
    };
    put("logs", "in/put", b"12345").await.unwrap();
    put("logs", "elsewhere", b"1").await.unwrap();
    put("other", "in/put", b"1").await.unwrap();
    let source = "logs/in/put";
    client.copy_object().bucket("logs").key("in/copy").copy_source(source).send().await.unwrap();
    multipart(&client, "in/parts").await;

    let seen: Vec<_> = seen.lock().unwrap().drain(..).collect();
    let told: Vec<_> = seen.iter().map(|one| (one.key.as_str(), one.action, one.size)).collect();
    assert_eq!(
        told,
        [
            ("in/put", "Put", 5),
            ("in/copy", "Copy", 5),
            ("in/parts", "CompleteMultipartUpload", 5 * 1024 * 1024 + 3)
        ]
    );
    let head = client.head_object().bucket("logs").key("in/parts").send().await.unwrap();
    let etag = &seen.last().unwrap().etag;
    assert_eq!(head.e_tag(), Some(format!("\"{etag}\"").as_str()));
    assert!(etag.ends_with("-2"), "{etag}");
}

async fn multipart(client: &aws_sdk_s3::Client, key: &str) {
    use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
    let create = client.create_multipart_upload().bucket("logs").key(key).send().await.unwrap();
    let id = create.upload_id().unwrap();
    let mut upload = CompletedMultipartUpload::builder();
    for (number, size) in [(1, 5 * 1024 * 1024), (2, 3)] {
        let part = client.upload_part().bucket("logs").key(key).upload_id(id).part_number(number);
        let part = part.body(vec![b'p'; size].into()).send().await.unwrap();
        let part = CompletedPart::builder().part_number(number).set_e_tag(part.e_tag);
        upload = upload.parts(part.build());
    }
    let complete = client.complete_multipart_upload().bucket("logs").key(key).upload_id(id);
    complete.multipart_upload(upload.build()).send().await.unwrap();
}

#[tokio::test]
async fn an_unsigned_or_wrongly_signed_request_is_refused() {
    let (_folder, s3) = started().await;
    s3.put("logs", "one", "x").await.unwrap();
    let stranger = local_stack::s3::client(&s3.url(), REGION, local_stack::s3::ACCESS_KEY, "wrong");
    let error = stranger.get_object().bucket("logs").key("one").send().await.unwrap_err();
    assert_eq!(code(&error), Some("SignatureDoesNotMatch"));
    let missing = s3.client().get_object().bucket("nowhere").key("one").send().await.unwrap_err();
    assert_eq!(code(&missing), Some("NoSuchBucket"));
}
