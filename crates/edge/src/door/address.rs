//! Whose address a request comes from. Behind a proxy the peer is the proxy; what it says in
//! `X-Forwarded-For` is believed only when an operator named it.

use std::{
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use http::HeaderMap;

/// The client's address, in every request's extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Whether a trusted proxy said that the client came over TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tls(pub(crate) bool);

/// A range of addresses: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The text is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address or a range such as 10.0.0.0/8")]
pub struct NetworkError(String);

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let wrong = || NetworkError(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(widest), |bits| bits.parse().map_err(|_| wrong()))?;
        if prefix > widest {
            Err(wrong())
        } else {
            Ok(Self { address, prefix })
        }
    }
}

impl Network {
    /// Whether `address` lies in this range.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let shared = match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            _ => return false,
        };
        shared >= u32::from(self.prefix)
    }
}

/// The client behind `peer`: the rightmost address in `X-Forwarded-For` that is no trusted proxy.
/// An entry that is no address ends the search, because nobody can vouch for what stands before it.
pub(crate) fn client_of(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> (Peer, Tls) {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    if !is_trusted(client) {
        return (Peer(client), Tls(false));
    }
    let tls = headers
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto == "https");
    let lines = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    for hop in hops.into_iter().rev() {
        let Ok(address) = hop.parse::<IpAddr>() else {
            break;
        };
        client = address.to_canonical();
        if !is_trusted(client) {
            break;
        }
    }
    (Peer(client), Tls(tls))
}

impl Peer {
    /// What limits count: one IPv4 address, or the /64 that one subscriber of IPv6 has.
    pub(crate) fn key(self) -> IpAddr {
        match self.0 {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
                address.to_bits() & !u128::from(u64::MAX),
            )),
            v4 => v4,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{Network, client_of};

    fn client(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().expect("a header"));
        let trusted: Vec<Network> = trusted
            .iter()
            .map(|text| text.parse().expect("a range"))
            .collect();
        client_of(peer.parse().expect("an address"), &headers, &trusted)
            .0
            .0
            .to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        assert_eq!(client("203.0.113.9", "198.51.100.1", &[]), "203.0.113.9");
        assert_eq!(
            client("10.0.0.1", "1.1.1.1, 198.51.100.1", &["10.0.0.0/8"]),
            "198.51.100.1"
        );
        assert_eq!(
            client("10.0.0.1", "1.1.1.1, 10.2.3.4", &["10.0.0.0/8"]),
            "1.1.1.1"
        );
        assert_eq!(
            client("10.0.0.1", "1.1.1.1, rubbish", &["10.0.0.0/8"]),
            "10.0.0.1"
        );
    }

    #[test]
    fn ranges_are_read_and_refused() {
        assert!("10.0.0.0/33".parse::<Network>().is_err());
        assert!("proxy".parse::<Network>().is_err());
        let range: Network = "2001:db8::/32".parse().expect("a range");
        assert!(range.contains("2001:db8:1::1".parse().expect("an address")));
        assert!(!range.contains("10.0.0.1".parse().expect("an address")));
    }
}
