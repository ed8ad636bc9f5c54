//! What comes down: answers find their questions, the rest is news.

use kefu_proto::v1::{Cursor, ServerFrame, client_frame, server_frame::Body};

use super::{Effect, Machine, News, line::Purpose};
use crate::{Problem, pure::marker::Reach, pure::timers::Timer};

impl Machine {
    pub(super) fn hear(&mut self, id: u64, frame: ServerFrame) {
        let reference = frame.r#ref;
        let purpose = self
            .line_of(id)
            .and_then(|line| line.pending.remove(&reference));
        if purpose.is_some() {
            self.timers.clear(Timer::Reply(id, reference));
        }
        match frame.body {
            Some(Body::Welcome(welcome)) => self.welcomed(id, welcome),
            Some(Body::Goodbye(goodbye)) => self.dismissed(id, goodbye),
            // A line that is only tried carries nothing yet.
            Some(body) if self.is_current(id) => self.take(reference, purpose, body),
            _ => {}
        }
    }

    fn take(&mut self, reference: u64, purpose: Option<Purpose>, body: Body) {
        if let Body::Problem(problem) = body {
            let problem = Problem::from(problem);
            return match purpose {
                Some(purpose) => self.failed(purpose, problem),
                // It does not say what it is about; opening again what is open is always safe.
                None if reference == 0 => self.recheck(),
                None => {}
            };
        }
        match (purpose, body) {
            (Some(Purpose::Ask(token)), body) => self.effects.push(Effect::Answer(token, Ok(body))),
            (Some(Purpose::Send(conversation, client_id)), Body::Accepted(accepted)) => {
                self.accepted(conversation, client_id, accepted);
            }
            (purpose, Body::Opened(opened)) => self.opened(reference, purpose, opened),
            (Some(Purpose::Mark(conversation, _)), Body::Cursor(cursor)) => {
                self.marked(conversation, true);
                self.cursor(cursor);
            }
            (Some(Purpose::Ping(_)), Body::Pong(pong)) => {
                self.heartbeat.answered(pong.heartbeat_s);
            }
            (Some(purpose), _) => {
                self.failed(
                    purpose,
                    Problem::new("bad_frame", "an answer to something else"),
                );
            }
            (None, body) => self.news(body),
        }
    }

    fn news(&mut self, body: Body) {
        match body {
            Body::Messages(messages) => self.received(messages),
            Body::Conversation(head) => self.tell(News::Head(Box::new(head))),
            Body::Cursor(cursor) => self.cursor(cursor),
            Body::Typing(typing) => self.tell(News::Typing(typing)),
            Body::Agent(agent) => self.tell(News::Agent(agent)),
            Body::Workspace(snapshot) => self.tell(News::Workspace(snapshot)),
            _ => {}
        }
    }

    pub(super) fn cursor(&mut self, cursor: Cursor) {
        self.tell(News::Cursor(cursor));
    }

    /// A question has no good answer.
    pub(super) fn failed(&mut self, purpose: Purpose, problem: Problem) {
        match purpose {
            Purpose::Open(conversation) => self.not_opened(conversation, problem),
            Purpose::Send(conversation, client_id) => {
                self.not_accepted(conversation, &client_id, &problem);
            }
            Purpose::Mark(conversation, _) => self.marked(conversation, false),
            Purpose::Ask(token) => self.effects.push(Effect::Answer(token, Err(problem))),
            Purpose::Hello | Purpose::Ping(_) => {}
        }
    }

    pub(super) fn question(&mut self, token: u64, body: client_frame::Body) {
        let Some(id) = self.open_line() else {
            let answer = Err(Problem::offline());
            return self.effects.push(Effect::Answer(token, answer));
        };
        self.ask_over(id, Purpose::Ask(token), body, self.limits.reply_ms);
    }

    pub(super) fn mark(&mut self, conversation: u64, reach: Reach) {
        let marker = self.markers.entry(conversation).or_default();
        marker.want(reach);
        self.mark_later(conversation);
    }

    fn mark_later(&mut self, conversation: u64) {
        let timer = Timer::Mark(conversation);
        let is_due = self
            .markers
            .get(&conversation)
            .is_some_and(|it| it.is_due());
        if is_due && !self.timers.has(timer) {
            self.timers.set(timer, self.after(self.limits.mark_ms));
        }
    }

    pub(super) fn tell_mark(&mut self, conversation: u64) {
        let Some(id) = self.open_line() else { return };
        let epoch = self.threads.get(&conversation).map_or(0, |it| it.epoch());
        let Some(marker) = self.markers.get_mut(&conversation) else {
            return;
        };
        if marker.is_due() {
            let mark = marker.say(conversation, epoch);
            let reach = Reach {
                delivered: mark.delivered_seq,
                read: mark.read_seq,
            };
            let purpose = Purpose::Mark(conversation, reach);
            let body = client_frame::Body::Mark(mark);
            self.ask_over(id, purpose, body, self.limits.reply_ms);
        }
    }

    fn marked(&mut self, conversation: u64, heard: bool) {
        if let Some(marker) = self.markers.get_mut(&conversation) {
            marker.answered(heard);
            if heard {
                self.mark_later(conversation);
            }
        }
    }

    pub(super) fn marks_later(&mut self) {
        let due: Vec<u64> = self.markers.keys().copied().collect();
        for conversation in due {
            self.mark_later(conversation);
        }
    }
}
