//! What every request passes before it reaches a handler: where it comes from, how often, whose
//! token it carries, how its body is read, and what is noted of it.

mod access;
mod address;
mod guests;
mod headers;
mod json;
mod origin;
mod rate;
mod release;
mod scrape;
mod session;
mod timeout;

pub(crate) use access::log_access;
pub use address::Network;
pub(crate) use address::{Peer, Tls, client_of};
pub(crate) use guests::guests;
pub(crate) use headers::{api_headers, page_headers};
pub(crate) use json::{Body, Proto};
pub(crate) use origin::same_origin;
pub(crate) use rate::{Gate, TokenGate};
pub(crate) use release::of_one_release;
pub use scrape::{MetricsAccess, MetricsAccessError};
pub(crate) use session::{COOKIE, Token, clear_cookie, cookie_token, set_cookie};
pub(crate) use timeout::{in_long_time, in_time};
