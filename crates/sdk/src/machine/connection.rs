//! The connection: which line there is, when it is given up, and when the next one is tried.

use kefu_proto::v1::{ClientFrame, Goodbye, Ping, Welcome, client_frame};

use super::{
    Effect, LinkEnd, LinkEvent, Machine, News, State,
    line::{Line, Purpose},
};
use crate::{
    Problem,
    diagnostics::{About, EventName},
    pure::timers::Timer,
};

impl Machine {
    pub(super) fn start(&mut self) {
        if !matches!(self.state, State::Connecting | State::Open) {
            self.connect();
        }
    }

    pub(super) fn stop(&mut self) {
        self.drop_lines();
        self.become_state(State::Idle);
    }

    pub(super) fn nudge(&mut self) {
        match (self.state, &self.line) {
            (State::Waiting, _) => self.connect(),
            (State::Open, Some(line)) => self.ping(line.id),
            _ => {}
        }
    }

    pub(super) fn connect(&mut self) {
        self.started_ms.get_or_insert(self.now.ms);
        self.drop_lines();
        self.become_state(State::Connecting);
        self.trace = self.diagnostics.trace(&mut self.chance);
        let line = self.begin(self.ladder.current());
        self.line = Some(line);
    }

    fn begin(&mut self, rung: usize) -> Line {
        self.lines += 1;
        let id = self.lines;
        self.timers
            .set(Timer::Welcome(id), self.after(self.limits.connect_ms));
        self.effects.push(Effect::Connect(id, rung));
        Line::new(id, rung, self.now.ms)
    }

    /// A link told something; links of lines that were given up are not listened to.
    pub(super) fn told(&mut self, id: u64, event: LinkEvent) {
        let now_ms = self.now.ms;
        let Some(line) = self.line_of(id) else { return };
        match event {
            LinkEvent::Opened => {
                let hello = client_frame::Body::Hello(self.identity.hello.clone());
                self.ask_over(id, Purpose::Hello, hello, self.limits.connect_ms);
            }
            LinkEvent::Frame(frame) => {
                line.heard_ms = now_ms;
                self.hear(id, *frame);
            }
            LinkEvent::Closed(end) => self.ended(id, end, false),
        }
    }

    pub(super) fn line_of(&mut self, id: u64) -> Option<&mut Line> {
        let lines = [self.line.as_mut(), self.candidate.as_mut()];
        lines.into_iter().flatten().find(|line| line.id == id)
    }

    pub(super) fn is_current(&self, id: u64) -> bool {
        self.line.as_ref().is_some_and(|line| line.id == id)
    }

    /// The line that carries the session, while there is one.
    pub(super) fn open_line(&self) -> Option<u64> {
        let line = self.line.as_ref()?;
        (self.state == State::Open).then_some(line.id)
    }

    /// Sends a frame whose answer is waited for; its number.
    pub(super) fn ask_over(
        &mut self,
        id: u64,
        purpose: Purpose,
        body: client_frame::Body,
        patience_ms: u64,
    ) -> u64 {
        let due_ms = self.after(patience_ms);
        let Some(line) = self.line_of(id) else {
            return 0;
        };
        let reference = line.expects(purpose);
        self.timers.set(Timer::Reply(id, reference), due_ms);
        self.write(id, reference, body);
        reference
    }

    /// Sends a frame that wants no answer; lost when there is no connection.
    pub(super) fn say(&mut self, body: client_frame::Body) {
        if let Some(id) = self.open_line() {
            self.write(id, 0, body);
        }
    }

    pub(super) fn write(&mut self, id: u64, reference: u64, body: client_frame::Body) {
        let now_ms = self.now.ms;
        if let Some(line) = self.line_of(id) {
            line.said_ms = now_ms;
            let frame = ClientFrame {
                r#ref: reference,
                body: Some(body),
            };
            self.effects.push(Effect::Write(id, Box::new(frame)));
        }
    }

    pub(super) fn welcomed(&mut self, id: u64, welcome: Welcome) {
        let now_ms = self.now.ms;
        let Some(line) = self.line_of(id) else { return };
        if line.welcomed_ms.is_some() {
            return;
        }
        line.welcomed_ms = Some(now_ms);
        let (rung, took_ms) = (line.rung, now_ms - line.opened_ms);
        self.timers.clear(Timer::Welcome(id));
        self.heartbeat
            .welcomed(welcome.heartbeat_s, welcome.heartbeat_max_s);
        self.timers
            .set(Timer::Beat(id), self.after(self.heartbeat.every_ms()));
        let trace = self.trace.clone();
        if !self.is_current(id) {
            self.change_over(rung);
        }
        let transport = self.name_of(rung);
        let took = |took_ms| About {
            took_ms: Some(took_ms),
            transport,
            ..About::default()
        };
        self.note(&trace, EventName::Connect, took(took_ms));
        if let Some(cut_ms) = self.cut_ms.take() {
            self.note(&trace, EventName::Reconnect, took(now_ms - cut_ms));
        }
        self.timers
            .set(Timer::Stable, self.after(self.limits.stable_ms));
        self.upgrade_later();
        self.become_state(State::Open);
        self.tell(News::Welcome(welcome));
        self.resume();
    }

    /// The better line was welcomed: the other one has done its work.
    fn change_over(&mut self, rung: usize) {
        self.ladder.tried(rung, true);
        let better = self.candidate.take();
        if let Some(before) = std::mem::replace(&mut self.line, better) {
            self.rest_threads();
            self.let_go(before);
        }
        let about = About {
            transport: self.name_of(rung),
            ..About::default()
        };
        let trace = self.trace.clone();
        self.note(&trace, EventName::Upgrade, about);
    }

    pub(super) fn dismissed(&mut self, id: u64, goodbye: Goodbye) {
        let problem = goodbye.problem.unwrap_or_default();
        let Some(line) = self.line_of(id) else { return };
        let asked_ms = goodbye.reconnect_after_ms.max(problem.retry_after_ms);
        line.reconnect_after_ms = asked_ms.into();
        line.session_over = matches!(problem.code.as_str(), "unauthenticated" | "logged_out");
        if line.session_over {
            self.give_up(id, "the session is over", false);
        }
    }

    pub(super) fn settled_down(&mut self) {
        self.backoff.reset();
        self.ladder.good();
    }

    pub(super) fn give_up(&mut self, id: u64, detail: &str, quiet: bool) {
        if quiet {
            self.heartbeat.died_quietly();
        }
        let end = LinkEnd {
            detail: detail.into(),
            ..LinkEnd::default()
        };
        self.ended(id, end, quiet);
    }

    fn ended(&mut self, id: u64, end: LinkEnd, quiet: bool) {
        if self.is_current(id) {
            if let Some(line) = self.line.take() {
                self.lost(line, end, quiet);
            }
        } else if self.candidate.as_ref().is_some_and(|line| line.id == id)
            && let Some(line) = self.candidate.take()
        {
            self.ladder.tried(line.rung, false);
            self.let_go(line);
            self.upgrade_later();
        }
    }

    fn lost(&mut self, line: Line, end: LinkEnd, quiet: bool) {
        let now_ms = self.now.ms;
        let trace = self.trace.clone();
        let session_over = end.session_over || line.session_over;
        let asked_ms = line.reconnect_after_ms.max(end.retry_after_ms);
        let lived_ms = line.welcomed_ms.map(|at_ms| now_ms - at_ms);
        let about = About {
            took_ms: Some(lived_ms.unwrap_or(now_ms - line.opened_ms)),
            transport: self.name_of(line.rung),
            detail: end.detail,
            ..About::default()
        };
        if quiet {
            self.note(&trace, EventName::QuietDeath, About::clone(&about));
        }
        let what = if lived_ms.is_some() {
            EventName::Cut
        } else {
            EventName::ConnectFailed
        };
        self.note(&trace, what, about);
        let is_brief = lived_ms.is_none_or(|ms| ms < self.limits.stable_ms);
        self.let_go(line);
        self.drop_lines();
        if session_over {
            self.note(&trace, EventName::SessionOver, About::default());
            return self.become_state(State::Ended);
        }
        if lived_ms.is_some() {
            self.cut_ms = Some(now_ms);
        }
        // A server that asks to come back later is no fault of the transport.
        if is_brief && asked_ms == 0 && self.ladder.failed(end.unusable) {
            let about = About {
                transport: self.name_of(self.ladder.current()),
                ..About::default()
            };
            self.note(&trace, EventName::Fallback, about);
        }
        self.become_state(State::Waiting);
        let wait_ms = self.backoff.wait_ms(&mut self.chance);
        let wait_ms = wait_ms.max(asked_ms).max(self.limits.reconnect_min_ms);
        self.timers.set(Timer::Reconnect, self.after(wait_ms));
    }

    fn upgrade_later(&mut self) {
        if self.ladder.better().is_some() {
            let wait_ms = self.ladder.upgrade_after_ms() as f64;
            let wait_ms = (wait_ms * (0.75 + self.chance.share() / 2.0)) as u64;
            self.timers.set(Timer::Upgrade, self.after(wait_ms));
        }
    }

    /// Opens a better transport beside the line.
    pub(super) fn try_better(&mut self) {
        if self.state == State::Open
            && self.candidate.is_none()
            && let Some(rung) = self.ladder.better()
        {
            let line = self.begin(rung);
            self.candidate = Some(line);
        }
    }

    /// Lets go of all lines; everything that waited on them fails as `offline`.
    fn drop_lines(&mut self) {
        let fixed = [Timer::Stable, Timer::Reconnect, Timer::Upgrade];
        self.timers
            .retain(|timer| !fixed.contains(&timer) && !matches!(timer, Timer::Open(_)));
        self.rest_threads();
        let lines = [self.line.take(), self.candidate.take()];
        for line in lines.into_iter().flatten() {
            self.let_go(line);
        }
    }

    fn let_go(&mut self, line: Line) {
        let id = line.id;
        self.timers.retain(|timer| match timer {
            Timer::Welcome(of) | Timer::Beat(of) | Timer::Reply(of, _) => of != id,
            _ => true,
        });
        self.effects.push(Effect::HangUp(id));
        for (_, purpose) in line.pending {
            self.failed(purpose, Problem::offline());
        }
    }

    /// A quiet line is tried.
    pub(super) fn beat(&mut self, id: u64) {
        let every_ms = self.heartbeat.every_ms();
        let Some(line) = self.line_of(id) else { return };
        let due_ms = line.heard_ms.min(line.said_ms).saturating_add(every_ms);
        if due_ms > self.now.ms {
            return self.timers.set(Timer::Beat(id), due_ms);
        }
        self.ping(id);
        self.timers.set(Timer::Beat(id), self.after(every_ms));
    }

    fn ping(&mut self, id: u64) {
        let ping = client_frame::Body::Ping(Ping {
            silent_s: self.heartbeat.silent_s(),
        });
        let purpose = Purpose::Ping(self.now.ms);
        self.ask_over(id, purpose, ping, self.limits.pong_ms);
    }

    /// An answer did not come in time.
    pub(super) fn late(&mut self, id: u64, reference: u64) {
        let Some(line) = self.line_of(id) else { return };
        let heard_ms = line.heard_ms;
        match line.pending.remove(&reference) {
            Some(Purpose::Ping(asked_ms)) if heard_ms < asked_ms => {
                // Any frame after the ping would be a sign of life, not only the pong.
                self.give_up(id, "no answer to a ping", true);
            }
            Some(purpose) => self.failed(purpose, Problem::timeout()),
            None => {}
        }
    }
}
