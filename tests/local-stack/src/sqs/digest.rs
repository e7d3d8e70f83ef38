//! The digests that SQS answers with.

use std::fmt::Write;

use md5::{Digest, Md5};

/// SQS tells the MD5 of every text, and SDKs check it.
pub(crate) fn md5_hex(bytes: impl AsRef<[u8]>) -> String {
    Md5::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        write!(hex, "{byte:02x}").unwrap_or_default();
        hex
    })
}
