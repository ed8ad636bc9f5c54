//! Why a socket ends: the last frame and the close code, in one place.

use kefu_proto::v1::{Goodbye, Problem, ServerFrame, server_frame::Body};

use crate::problem::{passing, problem, unavailable};

/// How a socket ends.
#[derive(Debug, Clone)]
pub(crate) struct End {
    /// The close code; docs/protocol.md lists them.
    pub(crate) code: u16,
    /// What the goodbye says; nothing when the client closed.
    pub(crate) goodbye: Option<Goodbye>,
    /// Whether what waits in the outbox is sent first.
    pub(crate) drain: bool,
}

impl End {
    fn new(code: u16, problem: Problem, reconnect_after_ms: u32) -> Self {
        let goodbye = Goodbye {
            problem: Some(problem),
            reconnect_after_ms,
        };
        Self {
            code,
            goodbye: Some(goodbye),
            drain: true,
        }
    }

    /// The client closed, or its connection broke.
    pub(crate) fn done() -> Self {
        Self {
            code: 1000,
            goodbye: None,
            drain: false,
        }
    }

    /// The server stops.
    pub(crate) fn stopping(reconnect_after_ms: u32) -> Self {
        Self::new(
            1001,
            passing("unavailable", "the server stops", reconnect_after_ms),
            reconnect_after_ms,
        )
    }

    /// The session is over, or never was.
    pub(crate) fn session(problem: Problem) -> Self {
        Self::new(1008, problem, 0)
    }

    /// The session was ended, by its person or by somebody who oversees, who is named.
    pub(crate) fn over(by: Option<&str>) -> Self {
        match by {
            None => Self::session(problem("unauthenticated", "the session ended")),
            Some(by) => Self::session(problem("logged_out", by)),
        }
    }

    /// A frame is larger than allowed.
    pub(crate) fn too_large() -> Self {
        Self::new(1009, problem("too_large", "the frame is too large"), 0)
    }

    /// The core is another: its store was put back in time, so that what the client has may not be
    /// true any more, or it is of another release.
    pub(crate) fn dismissed(reconnect_after_ms: u32) -> Self {
        let why =
            "the service is not the same any more; come back and open your conversations again";
        Self {
            // Nothing of two epochs goes to one client.
            drain: false,
            ..Self::new(
                1012,
                passing("unavailable", why, reconnect_after_ms),
                reconnect_after_ms,
            )
        }
    }

    /// Nobody can say whose socket this is while the core is away.
    pub(crate) fn core_away(reconnect_after_ms: u32) -> Self {
        Self::new(1013, unavailable(), reconnect_after_ms)
    }

    /// A frame that cannot be read.
    pub(crate) fn broken(why: impl Into<String>) -> Self {
        Self::new(4400, problem("bad_frame", why), 0)
    }

    /// No hello, or silence.
    pub(crate) fn silent(why: &str) -> Self {
        Self::new(4408, problem("invalid", why), 0)
    }

    /// The client reads too slowly; what waits for it is dropped, it resumes by sequence.
    pub(crate) fn slow(reconnect_after_ms: u32) -> Self {
        let why = passing("overloaded", "you read too slowly", reconnect_after_ms);
        Self {
            drain: false,
            ..Self::new(4429, why, reconnect_after_ms)
        }
    }

    /// The client sends too fast.
    pub(crate) fn flood(reconnect_after_ms: u32) -> Self {
        let why = passing("rate_limited", "you send too fast", reconnect_after_ms);
        Self::new(4429, why, reconnect_after_ms)
    }

    /// The word of the problem, for the log.
    pub(crate) fn reason(&self) -> &str {
        let problem = self
            .goodbye
            .as_ref()
            .and_then(|goodbye| goodbye.problem.as_ref());
        problem.map_or("closed", |problem| problem.code.as_str())
    }

    /// The last frame.
    pub(crate) fn frame(&self) -> Option<ServerFrame> {
        let goodbye = self.goodbye.clone()?;
        Some(ServerFrame {
            r#ref: 0,
            body: Some(Body::Goodbye(goodbye)),
        })
    }
}
