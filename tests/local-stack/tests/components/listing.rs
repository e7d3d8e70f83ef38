//! Listings through the real SDK: of objects that were put, and of buckets that are made up.

use std::collections::BTreeSet;
use std::time::Instant;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::EncodingType;
use local_stack::s3::faults::Fault;
use local_stack::s3::{Layout, MadeUp, S3};

async fn started() -> (tempfile::TempDir, S3) {
    let folder = tempfile::tempdir().unwrap();
    let s3 = S3::start(folder.path()).await.unwrap();
    s3.create_bucket("logs").await.unwrap();
    (folder, s3)
}

fn keys(page: &ListObjectsV2Output) -> Vec<&str> {
    page.contents().iter().filter_map(|object| object.key()).collect()
}

fn prefixes(page: &ListObjectsV2Output) -> Vec<&str> {
    page.common_prefixes().iter().filter_map(|prefix| prefix.prefix()).collect()
}

/// Everything that pages of a size show, keys and common prefixes apart.
async fn all(
    client: &Client,
    bucket: &str,
    prefix: &str,
    delimiter: Option<&str>,
    size: i32,
) -> (Vec<String>, Vec<String>) {
    let list = client.list_objects_v2().bucket(bucket).prefix(prefix).max_keys(size);
    let mut pages = list.set_delimiter(delimiter.map(str::to_owned)).into_paginator().send();
    let (mut found, mut below) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert!(page.key_count().unwrap() <= size);
        found.extend(keys(&page).into_iter().map(str::to_owned));
        below.extend(prefixes(&page).into_iter().map(str::to_owned));
    }
    (found, below)
}

/// The same, by looking at every key.
fn expected(keys: &[String], prefix: &str, delimiter: Option<&str>) -> (Vec<String>, Vec<String>) {
    let (mut found, mut below) = (Vec::new(), BTreeSet::new());
    for key in keys {
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        match delimiter.and_then(|delimiter| rest.split_once(delimiter)) {
            Some((head, _)) => {
                below.insert(format!("{prefix}{head}{}", delimiter.unwrap()));
            }
            None => found.push(key.clone()),
        }
    }
    (found, below.into_iter().collect())
}

#[tokio::test]
async fn pages_of_every_size_show_each_key_and_each_common_prefix_once() {
    let (_folder, s3) = started().await;
    let mut put: Vec<String> =
        ["a", "a/b", "a/b c+%41", "a/c/d", "a/c/e", "a0", "b/ü/x", "b/ü/y", "z"]
            .map(str::to_owned)
            .into();
    put.retain(|key| !["a", "b"].contains(&key.as_str()));
    for key in &put {
        s3.put("logs", key, "x").await.unwrap();
    }
    put.sort();
    let client = s3.client();
    for prefix in ["", "a", "a/", "b/", "nothing"] {
        for delimiter in [None, Some("/"), Some("c")] {
            let expected = expected(&put, prefix, delimiter);
            for size in [1, 2, 3, 1000] {
                let found = all(&client, "logs", prefix, delimiter, size).await;
                assert_eq!(found, expected, "{prefix} {delimiter:?} {size}");
            }
        }
    }
    let list = || client.list_objects_v2().bucket("logs");
    let after = list().start_after("a/c/d").send().await.unwrap();
    assert_eq!(keys(&after), ["a/c/e", "a0", "b/ü/x", "b/ü/y", "z"]);
    let encoded = list().prefix("a/b ").encoding_type(EncodingType::Url).send().await.unwrap();
    assert_eq!((keys(&encoded), encoded.prefix()), (vec!["a/b+c%2B%2541"], Some("a/b+")));
    let object = &list().prefix("z").send().await.unwrap().contents()[0].clone();
    let head = client.head_object().bucket("logs").key("z").send().await.unwrap();
    assert_eq!((object.size(), object.e_tag()), (Some(1), head.e_tag()));
    let none = list().max_keys(0).send().await.unwrap();
    assert_eq!((none.key_count(), none.is_truncated()), (Some(0), Some(false)));

    client.delete_object().bucket("logs").key("z").send().await.unwrap();
    assert_eq!(keys(&list().prefix("z").send().await.unwrap()), Vec::<&str>::new());
    let wrong = list().continuation_token("!").send().await.unwrap_err();
    assert_eq!(wrong.code(), Some("InvalidArgument"));
    let nowhere = client.list_objects_v2().bucket("nowhere").send().await.unwrap_err();
    assert!(nowhere.into_service_error().is_no_such_bucket());
    s3.faults().on_list("a/", Fault::AccessDenied, 1);
    assert_eq!(list().prefix("a/").send().await.unwrap_err().code(), Some("AccessDenied"));
    list().prefix("a/").send().await.unwrap();
}

#[tokio::test]
async fn a_million_made_up_keys_are_listed_in_order_and_each_can_be_read() {
    let (_folder, s3) = started().await;
    s3.make_up("many", MadeUp::default());
    let client = s3.client();
    let begun = Instant::now();
    let mut pages = client.list_objects_v2().bucket("many").into_paginator().send();
    let (mut count, mut last, mut seen) = (0, String::new(), Vec::new());
    // The whole of it takes a while in a test build; its beginning and its end show what it is.
    while count < 20_000 {
        let page = pages.next().await.unwrap().unwrap();
        for key in keys(&page) {
            assert!(*key > *last, "{key} comes after {last}");
            key.clone_into(&mut last);
        }
        count += page.contents().len();
        seen.extend(page.contents().iter().take(1).cloned());
    }
    let rate = 20_000.0 / begun.elapsed().as_secs_f64();
    assert!(rate > 2000.0, "{rate:.0} keys a second");
    assert!(last.starts_with("access-logs/2024-01-07-"), "{last}");
    let end =
        client.list_objects_v2().bucket("many").start_after("access-logs/2024-12-13-05-19-00");
    let end = end.send().await.unwrap();
    assert_eq!((end.contents().len(), end.is_truncated()), (2, Some(false)));
    let day = client.list_objects_v2().bucket("many").prefix("access-logs/2024-03-14-1");
    assert_eq!(day.send().await.unwrap().contents().len(), 1000);

    for object in seen {
        let key = object.key().unwrap();
        let whole = client.get_object().bucket("many").key(key).send().await.unwrap();
        assert_eq!(whole.e_tag(), object.e_tag());
        let body = whole.body.collect().await.unwrap().into_bytes();
        assert_eq!(object.size(), i64::try_from(body.len()).ok());
        assert!(body.ends_with(b"\n"));
        let part = client.get_object().bucket("many").key(key).range("bytes=10-19");
        let part = part.if_match(object.e_tag().unwrap()).send().await.unwrap();
        assert_eq!(part.body.collect().await.unwrap().into_bytes(), body.slice(10..20));
    }
    let none = client.get_object().bucket("many").key("access-logs/2024").send().await;
    assert!(none.unwrap_err().into_service_error().is_no_such_key());
    let head = client.head_object().bucket("many").key(&last).send().await.unwrap();
    assert!(head.content_length().unwrap() > 0);
}

#[tokio::test]
async fn a_partitioned_bucket_is_found_by_its_common_prefixes() {
    let (_folder, s3) = started().await;
    let layout = Layout::Partitioned(vec!["beta".to_owned(), "alpha".to_owned()]);
    // Seven objects a second, to see the order within it.
    let what = MadeUp { layout, objects: 20_000, every_ms: 143, ..MadeUp::default() };
    s3.make_up("many", what);
    let client = s3.client();
    let (_, buckets) =
        all(&client, "many", "access-logs/123456789012/eu-central-1/", Some("/"), 1).await;
    let head = "access-logs/123456789012/eu-central-1";
    assert_eq!(buckets, [format!("{head}/alpha/"), format!("{head}/beta/")]);
    let (found, _) = all(&client, "many", "", None, 1000).await;
    assert_eq!(found.len(), 20_000);
    assert!(found.is_sorted());
    assert!(found[0].starts_with(&format!("{head}/alpha/2024/01/01/2024-01-01-00-00-00-0000")));
    let (some, _) = all(&client, "many", &format!("{head}/beta/2024/"), None, 999).await;
    assert_eq!(some, found[10_000..]);
}
