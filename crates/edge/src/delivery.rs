//! What one socket has been given of one conversation: a pure state machine.
//!
//! Events may be lost, repeated or reordered on their way from the core; pages read from the core
//! are true. Whatever comes in, what goes out continues exactly where the client stood.

use kefu_proto::v1::{Message, MessagePage};

/// Where one reader of one conversation stands.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// The client has everything up to here.
    delivered: u64,
    /// The highest sequence that anybody mentioned.
    known: u64,
    /// A page is being read; until it is here, events only raise `known`.
    reading: bool,
}

/// A page to ask the core for.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) struct Read {
    /// Messages after this sequence.
    pub(crate) after: u64,
    /// The last page did not help: wait a little first.
    pub(crate) pause: bool,
}

/// What to do now.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Step {
    /// Pass these on, in this order.
    pub(crate) messages: Vec<Message>,
    /// Then read this, and hand the page to [`Delivery::page`].
    pub(crate) read: Option<Read>,
}

impl Delivery {
    /// A reader that has everything up to `after_seq`, and its first read.
    pub(crate) fn open(after_seq: u64) -> (Self, Read) {
        let delivery = Self {
            delivered: after_seq,
            known: 0,
            reading: true,
        };
        (
            delivery,
            Read {
                after: after_seq,
                pause: false,
            },
        )
    }

    /// The core says that these were appended.
    pub(crate) fn event(&mut self, messages: &[Message]) -> Step {
        let newest = messages
            .iter()
            .map(|message| message.seq)
            .max()
            .unwrap_or(0);
        self.known = self.known.max(newest);
        if self.reading {
            return Step::default();
        }
        let messages = self.take(messages);
        Step {
            messages,
            read: self.catch_up(false),
        }
    }

    /// Whether all of `messages`, and nothing else, is what the client gets next; then it has them.
    /// Otherwise nothing changed, and [`Delivery::event`] says what to do.
    pub(crate) fn whole(&mut self, messages: &[Message]) -> bool {
        let next = self.delivered + 1..;
        let continues = next.zip(messages).all(|(seq, message)| message.seq == seq);
        let reached = self.delivered + messages.len() as u64;
        if self.reading || !continues || self.known > reached {
            return false;
        }
        self.delivered = reached;
        self.known = reached;
        true
    }

    /// The core says that the conversation has reached `last_seq`.
    pub(crate) fn head(&mut self, last_seq: u64) -> Step {
        self.known = self.known.max(last_seq);
        let read = if self.reading {
            None
        } else {
            self.catch_up(false)
        };
        Step {
            messages: Vec::new(),
            read,
        }
    }

    /// Events were lost, nobody knows which: one page tells.
    pub(crate) fn doubt(&mut self) -> Step {
        if self.reading {
            return Step::default();
        }
        self.reading = true;
        let read = Read {
            after: self.delivered,
            pause: false,
        };
        Step {
            messages: Vec::new(),
            read: Some(read),
        }
    }

    /// The page that was asked for.
    pub(crate) fn page(&mut self, page: &MessagePage) -> Step {
        self.reading = false;
        let before = self.delivered;
        if page.messages.is_empty() && page.last_seq < before {
            // The client knows more than the store, as after a restored backup: what is written
            // from now on must reach it all the same.
            self.delivered = page.last_seq;
        }
        let messages = self.take(&page.messages);
        self.known = self.known.max(page.last_seq);
        let read = self.catch_up(self.delivered == before);
        Step { messages, read }
    }

    /// Those of `messages` that continue what was delivered.
    fn take(&mut self, messages: &[Message]) -> Vec<Message> {
        let mut taken = Vec::new();
        for message in messages {
            if message.seq == self.delivered + 1 {
                self.delivered = message.seq;
                taken.push(message.clone());
            }
        }
        taken
    }

    fn catch_up(&mut self, pause: bool) -> Option<Read> {
        self.reading = self.delivered < self.known;
        self.reading.then_some(Read {
            after: self.delivered,
            pause,
        })
    }
}

#[cfg(test)]
mod tests {
    use kefu_proto::v1::{Message, MessagePage};
    use proptest::prelude::*;

    use super::{Delivery, Read, Step};

    fn message(seq: u64) -> Message {
        Message {
            seq,
            ..Message::default()
        }
    }

    fn page_of(stored: u64, after: u64, limit: u64) -> MessagePage {
        let upto = stored.min(after + limit);
        MessagePage {
            messages: (after + 1..=upto).map(message).collect(),
            last_seq: stored,
            epoch: 0,
        }
    }

    fn seqs(step: &Step) -> Vec<u64> {
        step.messages.iter().map(|message| message.seq).collect()
    }

    #[test]
    fn an_event_ahead_of_the_client_is_read_and_not_passed_on() {
        let (mut delivery, _) = Delivery::open(0);
        assert_eq!(delivery.page(&page_of(0, 0, 10)), Step::default());
        let step = delivery.event(&[message(2)]);
        assert_eq!(
            step.read,
            Some(Read {
                after: 0,
                pause: false
            })
        );
        assert!(step.messages.is_empty());
        assert_eq!(seqs(&delivery.page(&page_of(2, 0, 10))), [1, 2]);
        assert_eq!(seqs(&delivery.event(&[message(2), message(3)])), [3]);
    }

    #[test]
    fn a_client_ahead_of_the_store_gets_what_is_written_next() {
        let (mut delivery, _) = Delivery::open(10);
        assert_eq!(delivery.page(&page_of(5, 10, 10)), Step::default());
        assert_eq!(seqs(&delivery.event(&[message(6)])), [6]);
    }

    #[test]
    fn a_page_that_does_not_help_is_asked_for_again_after_a_pause() {
        let (mut delivery, _) = Delivery::open(0);
        let empty = MessagePage {
            messages: Vec::new(),
            last_seq: 3,
            epoch: 0,
        };
        assert_eq!(
            delivery.page(&empty).read,
            Some(Read {
                after: 0,
                pause: true
            })
        );
    }

    /// What the world does to one reader.
    #[derive(Debug, Clone)]
    enum Act {
        /// The core stores one more.
        Append,
        /// An event for these sequences arrives, whatever the order.
        Event(Vec<u64>),
        /// The core says how far it is.
        Head,
        /// Events were lost.
        Doubt,
        /// The core answers the read that is under way, with at most this many.
        Answer(u64),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            3 => Just(Act::Append),
            3 => proptest::collection::vec(1u64..40, 1..5).prop_map(Act::Event),
            1 => Just(Act::Head),
            1 => Just(Act::Doubt),
            3 => (1u64..6).prop_map(Act::Answer),
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_lost_repeated_or_reordered_the_client_sees_one_contiguous_sequence(
            acts in proptest::collection::vec(act(), 0..200),
            start in 0u64..5,
        ) {
            let mut stored = start;
            let mut seen: Vec<u64> = Vec::new();
            let (mut delivery, first) = Delivery::open(start);
            let mut wanted = Some(first);
            for act in acts {
                let step = match act {
                    Act::Append => { stored += 1; continue }
                    // Only what is stored is ever announced.
                    Act::Event(seqs) => {
                        let told: Vec<_> =
                            seqs.into_iter().filter(|seq| *seq <= stored).map(message).collect();
                        if delivery.whole(&told) {
                            seen.extend(told.iter().map(|message| message.seq));
                            continue;
                        }
                        delivery.event(&told)
                    }
                    Act::Head => delivery.head(stored),
                    Act::Doubt => delivery.doubt(),
                    Act::Answer(limit) => match wanted.take() {
                        Some(read) => delivery.page(&page_of(stored, read.after, limit)),
                        None => continue,
                    },
                };
                prop_assert!(wanted.is_none() || step.read.is_none(), "two reads at once");
                wanted = wanted.or(step.read);
                seen.extend(seqs(&step));
            }
            // One last word from the core, and the reads it causes.
            let step = delivery.head(stored);
            wanted = wanted.or(step.read);
            for _ in 0..200 {
                let Some(read) = wanted.take() else { break };
                let step = delivery.page(&page_of(stored, read.after, 3));
                seen.extend(seqs(&step));
                wanted = step.read;
            }
            let expected: Vec<u64> = (start + 1..=stored).collect();
            prop_assert_eq!(seen, expected);
        }
    }
}
