//! The names of this crate's metrics, in one place, and what they mean. None has a label that a
//! stranger could make grow.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

pub(crate) const REQUESTS: &str = "kefu_edge_requests_total";
pub(crate) const REQUEST_SECONDS: &str = "kefu_edge_request_seconds";
pub(crate) const SOCKETS: &str = "kefu_edge_sockets";
pub(crate) const GOODBYES: &str = "kefu_edge_goodbyes_total";
pub(crate) const SEND_SECONDS: &str = "kefu_edge_send_seconds";
pub(crate) const PAGES_READ: &str = "kefu_edge_pages_read_total";
pub(crate) const LINK_UP: &str = "kefu_edge_link_up";
pub(crate) const MEDIA_REMOVED: &str = "kefu_edge_media_removed_total";
pub(crate) const ACCEPT_FAILURES: &str = "kefu_edge_accept_failures_total";

/// Gives every metric its help text.
pub(crate) fn describe() {
    describe_counter!(REQUESTS, "HTTP requests by method, route and status");
    describe_histogram!(
        REQUEST_SECONDS,
        Unit::Seconds,
        "Time from request to response, by route"
    );
    describe_gauge!(SOCKETS, "WebSockets that are open");
    describe_counter!(GOODBYES, "WebSockets that ended, by close code");
    describe_histogram!(
        SEND_SECONDS,
        Unit::Seconds,
        "Time from a message's frame to its acceptance"
    );
    describe_counter!(
        PAGES_READ,
        "Pages read for sockets, because they resumed or events were lost"
    );
    describe_gauge!(LINK_UP, "1 while the link to the chat core stands");
    describe_counter!(
        MEDIA_REMOVED,
        "Pictures and files whose bytes were removed, expired or recalled"
    );
    describe_counter!(
        ACCEPT_FAILURES,
        "Failed accepts, mostly for want of file descriptors"
    );
}
