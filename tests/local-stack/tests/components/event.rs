//! Notifications as S3 writes them.

use local_stack::event::{encode_key, timestamp};

#[test]
fn keys_are_encoded_like_s3_does() {
    assert_eq!(encode_key("logs/red flower+1 é.txt"), "logs/red+flower%2B1+%C3%A9.txt");
    assert_eq!(
        encode_key("2026-11-22-00-00-00-0123456789ABCDEF"),
        "2026-11-22-00-00-00-0123456789ABCDEF"
    );
}

#[test]
fn timestamps_have_milliseconds() {
    let at = time::macros::datetime!(2026-11-22 18:00:00.123456 UTC);
    assert_eq!(timestamp(at), "2026-11-22T18:00:00.123Z");
}
