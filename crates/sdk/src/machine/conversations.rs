//! Conversations that are open: asked for at every connect, and whenever something is missing.

use kefu_proto::v1::{Leave, Messages, OpenWorkspace, Opened, Sender, Typing, client_frame::Body};

use super::{Machine, News, line::Purpose};
use crate::{
    Problem,
    diagnostics::{About, EventName},
    pure::{
        thread::{Opening, Thread},
        timers::Timer,
    },
};

impl Machine {
    pub(super) fn open(&mut self, conversation: u64, after_seq: u64) {
        let thread = Thread::new(conversation, after_seq);
        self.threads.insert(conversation, thread);
        self.ask_for(conversation);
    }

    pub(super) fn leave(&mut self, conversation: u64) {
        if self.threads.remove(&conversation).is_some() {
            self.timers.clear(Timer::Open(conversation));
            self.markers.remove(&conversation);
            self.say_leave(conversation);
        }
    }

    fn say_leave(&mut self, conversation_id: u64) {
        self.say(Body::Leave(Leave { conversation_id }));
    }

    /// The application does not take what comes: the server is asked to stop.
    pub(super) fn pause(&mut self, conversation: u64, seq: u64) {
        let Some(thread) = self.threads.get_mut(&conversation) else {
            return;
        };
        thread.back_to(seq);
        self.timers.clear(Timer::Open(conversation));
        self.note_of(conversation, EventName::Paused);
        self.say_leave(conversation);
    }

    /// Asks for everything after the place, now.
    pub(super) fn ask_for(&mut self, conversation: u64) {
        self.timers.clear(Timer::Open(conversation));
        let Some(id) = self.open_line() else { return };
        let Some(line) = self.line_of(id) else { return };
        let reference = line.expects(Purpose::Open(conversation));
        let Some(thread) = self.threads.get_mut(&conversation) else {
            if let Some(line) = self.line_of(id) {
                line.pending.remove(&reference);
            }
            return;
        };
        let open = thread.ask(reference);
        let due_ms = self.after(self.limits.reply_ms);
        self.timers.set(Timer::Reply(id, reference), due_ms);
        self.write(id, reference, Body::Open(open));
    }

    /// Everything that is needed on a line that was just welcomed.
    pub(super) fn resume(&mut self) {
        if self.wants_workspace {
            self.say(Body::Workspace(OpenWorkspace {}));
        }
        let open: Vec<u64> = self.threads.keys().copied().collect();
        for conversation in open {
            self.ask_for(conversation);
        }
        let waiting: Vec<u64> = self.outboxes.keys().copied().collect();
        for conversation in waiting {
            self.flush(conversation);
        }
        self.marks_later();
    }

    /// The server may have stopped sending: asks again soon for what follows.
    pub(super) fn recheck(&mut self) {
        let open: Vec<u64> = self.threads.keys().copied().collect();
        for conversation in open {
            self.ask_later(conversation, 0);
        }
    }

    fn ask_later(&mut self, conversation: u64, asked_ms: u64) {
        let wait_ms = asked_ms.max(self.limits.reopen_ms);
        self.timers
            .set(Timer::Open(conversation), self.after(wait_ms));
    }

    pub(super) fn rest_threads(&mut self) {
        for thread in self.threads.values_mut() {
            thread.rest();
        }
    }

    pub(super) fn opened(&mut self, reference: u64, purpose: Option<Purpose>, opened: Opened) {
        let Some(Purpose::Open(conversation)) = purpose else {
            return;
        };
        let Some(thread) = self.threads.get_mut(&conversation) else {
            return;
        };
        let opening = thread.opened(reference, &opened);
        if opening == Opening::Stale {
            return;
        }
        if opening != Opening::GoesOn {
            if let Some(marker) = self.markers.get_mut(&conversation) {
                marker.forget();
            }
            self.note_of(conversation, EventName::Rewound);
            self.tell(News::Rewound(conversation));
        }
        if let Some(head) = opened.conversation {
            self.tell(News::Head(Box::new(head)));
        }
        for cursor in opened.cursors {
            self.cursor(cursor);
        }
        if opening == Opening::RewoundAskAgain {
            self.ask_for(conversation);
        }
    }

    pub(super) fn not_opened(&mut self, conversation: u64, problem: Problem) {
        // A cut is mended by the next connect, which opens everything again.
        let Some(thread) = self.threads.get_mut(&conversation) else {
            return;
        };
        if problem.code == "offline" {
            return;
        }
        thread.rest();
        if problem.is_passing() {
            self.ask_later(conversation, problem.retry_after_ms);
        } else {
            self.tell(News::Refused(conversation, problem));
        }
    }

    pub(super) fn received(&mut self, frame: Messages) {
        let conversation = frame.conversation_id;
        let Some(thread) = self.threads.get_mut(&conversation) else {
            return;
        };
        let received = thread.receive(frame.messages);
        for _ in 0..received.repeated {
            self.note_of(conversation, EventName::Repeat);
        }
        for message in &received.fresh {
            self.seen(conversation, message);
        }
        if !received.fresh.is_empty() {
            self.tell(News::Messages(conversation, received.fresh));
        }
        if received.gap {
            self.note_of(conversation, EventName::Gap);
            self.ask_later(conversation, 0);
        }
    }

    pub(super) fn types(&mut self, conversation_id: u64, active: bool) {
        self.say(Body::Typing(Typing {
            conversation_id,
            sender: Sender::Unspecified.into(),
            active,
        }));
    }

    pub(super) fn workspace(&mut self) {
        self.wants_workspace = true;
        self.say(Body::Workspace(OpenWorkspace {}));
    }

    pub(super) fn note_of(&mut self, conversation_id: u64, name: EventName) {
        let trace = self.diagnostics.trace(&mut self.chance);
        let about = About {
            conversation_id,
            transport: self.transport(),
            ..About::default()
        };
        self.note(&trace, name, about);
    }
}
