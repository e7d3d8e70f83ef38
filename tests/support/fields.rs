//! The first fields of a line, for lines that a test makes itself.
#![allow(dead_code, clippy::allow_attributes, reason = "each program uses its own part")]

/// The owner of the bucket.
pub(crate) const OWNER: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

/// The bucket.
pub(crate) const BUCKET: &str = "lumen-archive";

/// What follows owner and bucket: time, address, requester, request id, operation, key.
pub(crate) const HEAD: &str = "[14/Mar/2026:09:26:53 +0000] 192.0.2.3 \
                               arn:aws:iam::210987654321:user/mira 3E57427F3EXAMPLE \
                               REST.GET.OBJECT a/k.csv";
