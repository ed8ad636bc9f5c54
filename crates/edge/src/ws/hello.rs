//! The first frame: whose socket this is.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use kefu_proto::v1::{ClientFrame, Principal, WhoamiRequest, client_frame::Body};

use super::{end::End, incoming::Incoming};
use crate::{
    app::App,
    problem::{from_status, problem},
};

/// Who said hello.
pub(crate) struct Hello {
    /// Echoed in the welcome.
    pub(crate) reference: u64,
    pub(crate) session: String,
    pub(crate) principal: Principal,
    pub(crate) language: String,
    /// As the device calls itself; may be empty.
    pub(crate) device_id: String,
}

/// Waits for the hello and asks the core whose token it is.
///
/// # Errors
/// How the socket must end instead.
pub(crate) async fn hello(
    app: &Arc<App>,
    heard: &mut impl Incoming,
    cookie: String,
) -> Result<Hello, End> {
    let patience = Duration::from_secs(app.settings.limits.hello_timeout_s);
    let first = tokio::select! {
        () = app.shutdown.cancelled() => return Err(End::stopping(app.reconnect_after_ms())),
        first = tokio::time::timeout(patience, next_frame(heard)) => first,
    };
    let frame = first.map_err(|_| End::silent("no hello in time"))??;
    let reference = frame.r#ref;
    let Some(Body::Hello(hello)) = frame.body else {
        return Err(End::broken("hello must come first"));
    };
    if !hello.device_id.is_empty() && !is_device_id(&hello.device_id) {
        return Err(End::broken(
            "device_id must be 1 to 64 characters of [A-Za-z0-9_-]",
        ));
    }
    let session = if hello.token.is_empty() {
        cookie
    } else {
        hello.token
    };
    if session.is_empty() {
        return Err(End::session(problem(
            "unauthenticated",
            "no session came with the hello",
        )));
    }
    let request = app.call(WhoamiRequest {
        session: session.clone(),
    });
    match app.chat().whoami(request).await {
        Ok(found) => Ok(Hello {
            reference,
            session,
            principal: found.into_inner(),
            language: hello.language,
            device_id: hello.device_id,
        }),
        Err(status) => {
            let why = from_status(&status);
            Err(match why.retry_after_ms {
                0 => End::session(why),
                _ => End::core_away(app.reconnect_after_ms()),
            })
        }
    }
}

/// The form that `Hello.device_id` states.
fn is_device_id(id: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (1..=64).contains(&id.len()) && id.chars().all(allowed)
}

/// The next frame; mere signs of life are passed over.
async fn next_frame(heard: &mut impl Incoming) -> Result<ClientFrame, End> {
    loop {
        let item = heard.next().await.unwrap_or_else(|| Err(End::done()));
        if let Some(frame) = item? {
            return Ok(frame);
        }
    }
}
