//! Messages on their way: one in flight in each conversation, tried until its fate is known.

use kefu_proto::v1::{Accepted, Message, client_frame};

use super::{Effect, Machine, line::Purpose};
use crate::{
    Problem,
    diagnostics::{About, EventName},
    pure::{
        outbox::{Next, Outgoing, Refused},
        timers::Timer,
    },
};

impl Machine {
    pub(super) fn push(&mut self, item: Outgoing) {
        let conversation = item.conversation_id;
        self.outboxes.entry(conversation).or_default().push(item);
        self.flush(conversation);
    }

    pub(super) fn discard(&mut self, conversation: u64, client_id: &str) {
        self.done(conversation, client_id);
        self.flush(conversation);
    }

    /// Sends the next one, if it may be sent now.
    pub(super) fn flush(&mut self, conversation: u64) {
        let now_ms = self.now.ms;
        let Some(id) = self.open_line() else { return };
        let Some(outbox) = self.outboxes.get_mut(&conversation) else {
            return;
        };
        match outbox.next(now_ms) {
            Next::Nothing => {}
            Next::At(at_ms) => self.timers.set(Timer::Flush(conversation), at_ms),
            Next::Send(frame) => {
                self.note_sending(conversation, &frame.client_id);
                let purpose = Purpose::Send(conversation, frame.client_id.clone());
                let body = client_frame::Body::Send(*frame);
                self.ask_over(id, purpose, body, self.limits.reply_ms);
            }
        }
    }

    pub(super) fn accepted(&mut self, conversation: u64, client_id: String, accepted: Accepted) {
        if let Some((trace, sent_ms)) = self.sent.remove(&(conversation, client_id.clone())) {
            let about = About {
                took_ms: Some(self.now.ms.saturating_sub(sent_ms)),
                ..self.about(conversation, &client_id)
            };
            self.note(&trace, EventName::Ack, about.clone());
            if !self.is_acked {
                self.is_acked = true;
                let since_ms = self.started_ms.unwrap_or(self.now.ms);
                let took_ms = Some(self.now.ms.saturating_sub(since_ms));
                self.note(&trace, EventName::FirstAck, About { took_ms, ..about });
            }
        }
        if self.done(conversation, &client_id) {
            let settled = Effect::Settled(conversation, client_id, Ok(accepted));
            self.effects.push(settled);
        }
        self.flush(conversation);
    }

    pub(super) fn not_accepted(&mut self, conversation: u64, client_id: &str, problem: &Problem) {
        let Some(outbox) = self.outboxes.get_mut(&conversation) else {
            return;
        };
        // Cut: the next connect sends again, and that costs no try.
        if problem.code == "offline" {
            if outbox.is_in_flight(client_id) {
                outbox.cut();
            }
            return;
        }
        let refused = outbox.refused(client_id, problem, self.now.ms, &self.limits);
        if refused == Refused::Unknown {
            return;
        }
        let sent = self.sent.get(&(conversation, client_id.to_owned()));
        if let Some((trace, _)) = sent.cloned() {
            let about = About {
                detail: problem.code.clone(),
                ..self.about(conversation, client_id)
            };
            self.note(&trace, EventName::Refused, about);
        }
        if refused == Refused::GivenUp {
            self.sent.remove(&(conversation, client_id.to_owned()));
            let fate = Err(problem.clone());
            let settled = Effect::Settled(conversation, client_id.to_owned(), fate);
            self.effects.push(settled);
        }
        self.flush(conversation);
    }

    /// A message came that may be one of ours: what is stored need not be sent. One that is with the
    /// server waits for its answer, which comes as well.
    pub(super) fn seen(&mut self, conversation: u64, message: &Message) {
        let client_id = &message.client_id;
        let Some(outbox) = self.outboxes.get(&conversation) else {
            return;
        };
        if outbox.is_in_flight(client_id) || !outbox.has(client_id, message.body.as_ref()) {
            return;
        }
        if self.done(conversation, client_id) {
            self.sent.remove(&(conversation, client_id.clone()));
            let accepted = Accepted {
                conversation_id: conversation,
                client_id: client_id.clone(),
                id: message.id,
                seq: message.seq,
                created_at_ms: message.created_at_ms,
                duplicate: true,
            };
            let settled = Effect::Settled(conversation, client_id.clone(), Ok(accepted));
            self.effects.push(settled);
            self.flush(conversation);
        }
    }

    /// Takes it out of the outbox; false when it was not in it.
    fn done(&mut self, conversation: u64, client_id: &str) -> bool {
        let Some(outbox) = self.outboxes.get_mut(&conversation) else {
            return false;
        };
        let was_there = outbox.remove(client_id);
        if outbox.is_empty() {
            self.outboxes.remove(&conversation);
            self.timers.clear(Timer::Flush(conversation));
        }
        was_there
    }

    fn note_sending(&mut self, conversation: u64, client_id: &str) {
        let key = (conversation, client_id.to_owned());
        if let Some((trace, _)) = self.sent.get(&key).cloned() {
            let about = self.about(conversation, client_id);
            self.note(&trace, EventName::Resend, about);
        } else {
            let trace = self.diagnostics.trace(&mut self.chance);
            self.sent.insert(key, (trace, self.now.ms));
        }
    }

    fn about(&self, conversation_id: u64, client_id: &str) -> About {
        About {
            conversation_id,
            client_id: client_id.to_owned(),
            transport: self.transport(),
            ..About::default()
        }
    }
}
