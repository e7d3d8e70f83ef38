//! Listings and the queue's counts on the real SDK clients, against replayed HTTP.

use super::tests::{replay, response};
use super::{S3Listing, SqsQueue};
use crate::ports::{
    Cause, ListFrom, ListPage, ListRequest, ListingError, ObjectListing, QueueError, QueueWatch,
    Rejection, Resource,
};

fn request(from: ListFrom<'_>) -> ListRequest<'_> {
    ListRequest { bucket: "logs", prefix: "a/", delimiter: None, from }
}

async fn list(status: u16, headers: &[(&str, &str)], body: &str) -> Result<ListPage, ListingError> {
    let (clients, _) = replay(vec![response(status, headers, body)]);
    S3Listing::new(clients.s3).list(&request(ListFrom::Start)).await
}

#[tokio::test]
async fn a_page_has_decoded_keys_and_the_token_of_the_next() {
    let body = "<ListBucketResult><EncodingType>url</EncodingType>\
        <IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>\
        <Contents><Key>a/x+y%2B%25z%0A</Key><Size>7</Size><ETag>\"e\"</ETag>\
        <LastModified>2026-03-14T10:02:11.000Z</LastModified>\
        <StorageClass>GLACIER</StorageClass></Contents>\
        <Contents><Key>a/%C3%BC</Key><Size>0</Size></Contents>\
        <CommonPrefixes><Prefix>a/b+c/</Prefix></CommonPrefixes></ListBucketResult>";
    let page = list(200, &[], body).await.unwrap();
    assert_eq!((page.next.as_deref(), page.prefixes), (Some("t"), vec!["a/b c/".to_owned()]));
    let [first, second] = page.objects.as_slice() else { panic!("{:?}", page.objects) };
    assert_eq!((first.key.as_str(), first.size), ("a/x y+%z\n", 7));
    assert_eq!(first.etag.as_deref(), Some("e"), "as the ledger has it, without quotes");
    assert_eq!(first.last_modified_unix_s, Some(1_773_482_531));
    assert!(first.is_archived() && !second.is_archived());
    assert_eq!((second.key.as_str(), second.size), ("a/ü", 0));
}

/// A server that does not encode says so by saying nothing.
#[tokio::test]
async fn keys_that_are_not_encoded_stay() {
    let body = "<ListBucketResult><Contents><Key>a+b%41</Key><Size>1</Size></Contents>\
        </ListBucketResult>";
    let page = list(200, &[], body).await.unwrap();
    assert_eq!((page.objects[0].key.as_str(), page.next), ("a+b%41", None));
}

#[tokio::test]
async fn a_page_begins_where_it_is_asked_to() {
    let page = || response(200, &[], "<ListBucketResult></ListBucketResult>");
    let (clients, http) = replay(vec![page(), page(), page()]);
    let listing = S3Listing::new(clients.s3);
    for from in [ListFrom::Start, ListFrom::After("a/k"), ListFrom::Token("t")] {
        assert_eq!(listing.list(&request(from)).await, Ok(ListPage::default()));
    }
    let urls: Vec<_> = http.actual_requests().map(|request| request.uri().to_owned()).collect();
    assert!(urls.iter().all(|url| url.contains("list-type=2") && url.contains("prefix=a%2F")));
    let has = |text: &str| urls.iter().map(|url| url.contains(text)).collect::<Vec<_>>();
    assert_eq!(has("start-after=a%2Fk"), [false, true, false], "{urls:?}");
    assert_eq!(has("continuation-token=t"), [false, false, true], "{urls:?}");
}

#[tokio::test]
async fn a_page_that_contradicts_itself_ends_no_listing() {
    for body in [
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%FF</Key>\
         <Size>1</Size></Contents></ListBucketResult>",
    ] {
        let page = list(200, &[], body).await;
        assert!(matches!(page, Err(ListingError::Unavailable(_))), "{body}: {page:?}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_bucket_and_what_is_missing() {
    let error = |code: &str| format!("<Error><Code>{code}</Code></Error>");
    let region = [("x-amz-bucket-region", "us-west-2")];
    for (status, headers, code, cause, told) in [
        (
            403,
            &[][..],
            "AccessDenied",
            None,
            "bucket logs: AccessDenied (403); access needs s3:ListBucket on it",
        ),
        (404, &[], "NoSuchBucket", Some(Cause::NotFound), "bucket logs: NoSuchBucket (404)"),
        (301, &region, "PermanentRedirect", Some(Cause::OtherRegion), "it is in us-west-2"),
        (403, &[], "InvalidAccessKeyId", Some(Cause::Credentials), "credentials"),
    ] {
        let failed = list(status, headers, &error(code)).await.unwrap_err();
        assert!(failed.to_string().contains(told), "{failed}");
        let ListingError::Rejected(Rejection { resource, cause: found, .. }) = failed else {
            panic!("{failed}")
        };
        assert_eq!(resource, Resource::Bucket("logs".to_owned()));
        assert!(cause.is_none_or(|cause| cause == found), "{found:?}");
    }
    // The SDK asks three times.
    let slow = || response(503, &[], "<Error><Code>SlowDown</Code></Error>");
    let (clients, _) = replay(vec![slow(), slow(), slow()]);
    let failed = S3Listing::new(clients.s3).list(&request(ListFrom::Start)).await;
    assert!(matches!(failed, Err(ListingError::Unavailable(_))), "{failed:?}");
}

#[tokio::test]
async fn a_queue_tells_what_waits_in_it() {
    let (clients, http) = replay(vec![
        response(200, &[], r#"{"Attributes":{"ApproximateNumberOfMessages":"17"}}"#),
        response(200, &[], r#"{"Attributes":{"MessageRetentionPeriod":"1209600"}}"#),
        response(200, &[], "{}"),
        response(403, &[], r#"{"__type":"com.amazonaws.sqs#AccessDeniedException","message":"?"}"#),
    ]);
    let queue = SqsQueue::new(clients.sqs, "http://192.0.2.1:3/111122223333/next".to_owned());
    assert_eq!((queue.waiting().await, queue.retention_s().await), (Ok(17), Ok(1_209_600)));
    assert!(matches!(queue.waiting().await, Err(QueueError::Unavailable(_))));
    let error = queue.waiting().await.unwrap_err().to_string();
    assert!(error.contains("access needs sqs:GetQueueAttributes on it"), "{error}");
    let target = http
        .actual_requests()
        .next()
        .and_then(|request| request.headers().get("x-amz-target").map(str::to_owned));
    assert_eq!(target.as_deref(), Some("AmazonSQS.GetQueueAttributes"));
}
