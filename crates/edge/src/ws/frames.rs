//! What a client's frame asks for.

use std::time::Duration;

use kefu_proto::v1::{
    ClientFrame, Ping, Pong, Sender, Typing, Welcome, client_frame, principal::Kind,
    server_frame::Body,
};

use super::{end::End, socket::Socket};
use crate::problem::{passing, problem};

impl Socket {
    /// The first frame down.
    pub(super) fn welcome(&self, reference: u64) -> Result<(), End> {
        let principal = match self.principal.kind() {
            Kind::User => "agent",
            _ => "visitor",
        };
        let welcome = Welcome {
            principal: principal.into(),
            principal_id: self.principal.id,
            name: self.principal.name.clone(),
            conversation_id: self.principal.conversation_id,
            heartbeat_s: self.app.settings.limits.heartbeat_s,
            max_text_chars: self.app.settings.text_chars_max,
            recall_within_s: self.app.settings.recall_within_s,
            role: self.principal.role,
            heartbeat_max_s: self.heartbeat_max_s(),
            attention_after_s: self.app.settings.attention_after_s,
            attention_fallbacks: self.app.settings.attention_fallbacks,
        };
        self.put(reference, Body::Welcome(welcome))
    }

    /// Does what a frame asks for, or begins to.
    pub(super) fn frame(&mut self, frame: ClientFrame) -> Result<(), End> {
        let reference = frame.r#ref;
        match frame.body {
            Some(client_frame::Body::Send(message)) => {
                match self.sends_bucket.take(self.app.clock.monotonic()) {
                    Ok(()) => {
                        self.send(reference, message);
                        Ok(())
                    }
                    Err(wait_ms) => self.fail(
                        reference,
                        passing("rate_limited", "too many messages", wait_ms),
                    ),
                }
            }
            Some(client_frame::Body::Mark(mark)) => {
                self.mark(reference, mark);
                Ok(())
            }
            Some(client_frame::Body::Missed(ask)) => {
                self.ask_missed(reference, ask);
                Ok(())
            }
            Some(client_frame::Body::Open(open)) => self.open(reference, &open),
            Some(client_frame::Body::Leave(leave)) => {
                self.leave(leave.conversation_id);
                Ok(())
            }
            Some(client_frame::Body::Typing(typing)) => {
                self.typing(typing);
                Ok(())
            }
            Some(client_frame::Body::TypingText(text)) => {
                if !self.is_user() && self.opened.contains_key(&text.conversation_id) {
                    self.app.hub.typing_text(&self.session, text);
                }
                Ok(())
            }
            Some(client_frame::Body::Ping(ping)) => self.pong(reference, ping),
            Some(client_frame::Body::Workspace(_)) if self.is_user() => {
                self.open_workspace(reference);
                Ok(())
            }
            Some(client_frame::Body::Workspace(_)) => self.fail(
                reference,
                problem("forbidden", "the workspace is for agents"),
            ),
            Some(client_frame::Body::Hello(_)) => {
                self.fail(reference, problem("invalid", "hello was said already"))
            }
            None => Err(End::broken("the frame is empty")),
        }
    }

    fn heartbeat_max_s(&self) -> u32 {
        let limits = &self.app.settings.limits;
        limits.heartbeat_max_s.max(limits.heartbeat_s)
    }

    /// A client that knows how long its network bears silence may be silent for so long.
    fn pong(&mut self, reference: u64, ping: Ping) -> Result<(), End> {
        let least = self.app.settings.limits.heartbeat_s;
        let heartbeat_s = ping.silent_s.clamp(least, self.heartbeat_max_s());
        self.silence = Self::borne(heartbeat_s, least);
        let pong = Pong {
            server_time_ms: self.app.clock.wall_ms(),
            heartbeat_s,
        };
        self.put(reference, Body::Pong(pong))
    }

    /// For how long nothing need be heard of a client that says something so often.
    pub(super) fn borne(heartbeat_s: u32, more_s: u32) -> Duration {
        Duration::from_secs(u64::from(heartbeat_s) + u64::from(more_s))
    }

    /// Who types is what the session says, whatever the frame says.
    fn typing(&self, typing: Typing) {
        if self.opened.contains_key(&typing.conversation_id) {
            let sender = if self.is_user() {
                Sender::Agent
            } else {
                Sender::Visitor
            };
            self.app.hub.typing(
                &self.session,
                Typing {
                    sender: sender.into(),
                    ..typing
                },
            );
        }
    }
}
