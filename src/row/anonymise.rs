//! Addresses of clients, cut to the network they are in.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::access_log::address_span;

/// The bits of an IPv4 address that are kept.
const IPV4_BITS: u32 = 24;
/// The bits of an IPv6 address that are kept: what a customer of a provider often gets.
const IPV6_BITS: u32 = 48;

/// Appends the address with its last bits 0, still an address. `false`, and nothing appended, when it
/// is none.
pub(super) fn write_truncated(address: &[u8], out: &mut Vec<u8>) -> bool {
    let address = str::from_utf8(address).ok().and_then(|text| text.parse().ok());
    let truncated = match address {
        Some(IpAddr::V4(address)) => IpAddr::V4(truncate_v4(address)),
        Some(IpAddr::V6(address)) => IpAddr::V6(match address.to_ipv4_mapped() {
            Some(mapped) => truncate_v4(mapped).to_ipv6_mapped(),
            None => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - IPV6_BITS))),
        }),
        None => return false,
    };
    // A vector takes everything.
    write!(out, "{truncated}").is_ok()
}

fn truncate_v4(address: Ipv4Addr) -> Ipv4Addr {
    Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << (32 - IPV4_BITS)))
}

/// The line with its remote address truncated, in the buffer, or the line itself where it has none:
/// what its identity is taken of. The hash of the line as it is would give the address back to
/// anybody who has the rest of the line and tries 256 addresses.
pub(super) fn without_address<'l>(line: &'l [u8], buffer: &'l mut Vec<u8>) -> &'l [u8] {
    let Some(span) = address_span(line) else { return line };
    buffer.clear();
    buffer.extend_from_slice(line.get(..span.start).unwrap_or_default());
    if !write_truncated(line.get(span.clone()).unwrap_or_default(), buffer) {
        buffer.push(b'-');
    }
    buffer.extend_from_slice(line.get(span.end..).unwrap_or_default());
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stays_one_without_its_last_bits() {
        for (address, expected) in [
            ("192.0.2.3", Some("192.0.2.0")),
            ("203.0.113.255", Some("203.0.113.0")),
            ("2001:db8:85a3:1:2:8a2e:370:7334", Some("2001:db8:85a3::")),
            ("2001:db8::7", Some("2001:db8::")),
            ("::ffff:192.0.2.3", Some("::ffff:192.0.2.0")),
            ("192.0.2.300", None),
            ("-", None),
            ("", None),
        ] {
            let mut out = Vec::new();
            assert_eq!(write_truncated(address.as_bytes(), &mut out), expected.is_some());
            assert_eq!(out, expected.unwrap_or_default().as_bytes(), "{address}");
        }
    }
}
