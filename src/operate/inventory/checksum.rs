//! MD5, as S3 writes it beside an inventory.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};

/// The MD5 of bytes, in hex digits.
pub(super) fn hex_md5(bytes: &[u8]) -> String {
    hex(Md5::new().chain_update(bytes))
}

/// A digest, in hex digits.
pub(super) fn hex(digest: Md5) -> String {
    digest.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: RFC 1321, A.5.
    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(hex_md5(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
    }
}
