//! What comes in one conversation: once, in order, without a gap.

use kefu_proto::v1::{Message, Open, Opened};

/// The place in one conversation. Whatever the wire does (cuts, repeats, gaps), it hands on what
/// follows the first place exactly once and in order.
#[derive(Debug, Clone)]
pub struct Thread {
    conversation_id: u64,
    seq: u64,
    epoch: u64,
    state: Coming,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coming {
    /// Nothing is expected: there is no line, or the server was asked to stop.
    Nothing,
    /// The answer to this frame will say from where; what comes before it was meant for an opening
    /// before.
    Asked { reference: u64, after_seq: u64 },
    /// What comes follows the place.
    Flowing,
}

/// What `opened` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// An answer to a question that was asked anew since.
    Stale,
    /// Messages follow the place.
    GoesOn,
    /// What was handed on is not true any more: the server stands on a backup. All comes again.
    Rewound,
    /// The same, and it must be asked for.
    RewoundAskAgain,
}

/// What a frame of messages brought.
#[derive(Debug, Default, PartialEq)]
pub struct Received {
    /// What is new, consecutive.
    pub fresh: Vec<Message>,
    /// Messages that had come on this opening, or before it: a server sends none.
    pub repeated: usize,
    /// Something is missing before the rest: the conversation must be opened again.
    pub gap: bool,
}

impl Thread {
    /// Messages after `after_seq` are wanted.
    #[must_use]
    pub const fn new(conversation_id: u64, after_seq: u64) -> Self {
        Self {
            conversation_id,
            seq: after_seq,
            epoch: 0,
            state: Coming::Nothing,
        }
    }

    /// The last sequence number that was handed on.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// What sequence numbers belong to; 0 until the server has said it.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The question that goes up as frame `reference`.
    pub const fn ask(&mut self, reference: u64) -> Open {
        self.state = Coming::Asked {
            reference,
            after_seq: self.seq,
        };
        Open {
            conversation_id: self.conversation_id,
            after_seq: self.seq,
            epoch: self.epoch,
        }
    }

    /// Whether `reference` is the question that waits for its answer.
    #[must_use]
    pub const fn asks(&self, reference: u64) -> bool {
        matches!(self.state, Coming::Asked { reference: asked, .. } if asked == reference)
    }

    /// Nothing is expected any more, until it is asked for.
    pub const fn rest(&mut self) {
        self.state = Coming::Nothing;
    }

    /// The last ones could not be handed on: the place is this one again.
    pub fn back_to(&mut self, seq: u64) {
        self.seq = self.seq.min(seq);
        self.state = Coming::Nothing;
    }

    /// The answer to frame `reference` came.
    pub fn opened(&mut self, reference: u64, opened: &Opened) -> Opening {
        let Coming::Asked {
            reference: asked,
            after_seq,
        } = self.state
        else {
            return Opening::Stale;
        };
        if asked != reference {
            return Opening::Stale;
        }
        let last_seq = opened.conversation.as_ref().map_or(0, |head| head.last_seq);
        self.epoch = opened.epoch;
        self.state = Coming::Flowing;
        if opened.after_seq < after_seq {
            // Asked for with an epoch that is over: everything follows by itself.
            self.seq = opened.after_seq;
            return Opening::Rewound;
        }
        if last_seq < after_seq {
            self.seq = 0;
            self.state = Coming::Nothing;
            return Opening::RewoundAskAgain;
        }
        Opening::GoesOn
    }

    /// Messages came.
    pub fn receive(&mut self, messages: Vec<Message>) -> Received {
        let mut received = Received::default();
        if self.state != Coming::Flowing {
            return received;
        }
        for message in messages {
            if message.seq <= self.seq {
                received.repeated += 1;
            } else if message.seq == self.seq + 1 {
                self.seq = message.seq;
                received.fresh.push(message);
            } else {
                received.gap = true;
                self.state = Coming::Nothing;
                break;
            }
        }
        received
    }
}
