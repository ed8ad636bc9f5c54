//! What the headers and messages of strangers are read into, for `fuzz/`. Nothing else may use it, and
//! no binary that is shipped has it.

use std::{
    net::{IpAddr, Ipv4Addr},
    ops::Range,
};

use axum::extract::ws::Message;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use kefu_proto::v1::ClientFrame;

use crate::{
    Limits, Network,
    door::client_of,
    media::{Asked, asked},
    ws::Subprotocol,
};

/// What a connection speaks whose upgrade offers these lines.
#[must_use]
pub fn subprotocol(offers: &[&[u8]]) -> Option<&'static str> {
    chosen(offers).map(Subprotocol::name)
}

/// A binary message of a connection that speaks this: its frame, or the code with which the connection
/// ends. `None` when nothing of that name is spoken.
#[must_use]
pub fn frame(name: &str, message: &[u8]) -> Option<Result<ClientFrame, u16>> {
    let message = Message::Binary(message.to_vec().into());
    let spoken = chosen(&[name.as_bytes()])?;
    Some(spoken.decode(&message).map_err(|end| end.code))
}

/// What of so many bytes a `Range` is answered with; `None`: nothing that is there.
#[must_use]
pub fn range(header: &str, bytes: u64) -> Option<Range<u64>> {
    match asked(Some(header), bytes) {
        Asked::Whole => Some(0..bytes),
        Asked::Piece(piece) => Some(piece),
        Asked::Nothing => None,
    }
}

/// Whose request it is that comes from 10.0.0.1 with these lines of `X-Forwarded-For`, where proxies have
/// addresses of 10.0.0.0/8.
#[must_use]
pub fn client(forwarded: &[&[u8]]) -> IpAddr {
    let name = HeaderName::from_static("x-forwarded-for");
    let headers = headers(&name, forwarded);
    let proxies: Option<Network> = "10.0.0.0/8".parse().ok();
    let peer = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    client_of(peer, &headers, proxies.as_slice()).0.0
}

fn chosen(offers: &[&[u8]]) -> Option<Subprotocol> {
    let headers = headers(&header::SEC_WEBSOCKET_PROTOCOL, offers);
    Subprotocol::chosen(&headers, &Limits::default())
}

fn headers(name: &HeaderName, lines: &[&[u8]]) -> HeaderMap {
    let values = lines
        .iter()
        .filter_map(|line| HeaderValue::from_bytes(line).ok());
    values.map(|value| (name.clone(), value)).collect()
}
