//! Devices that say how far they are, and ask what they missed.

use std::sync::Arc;

use kefu_proto::v1::{self, Sender};

use super::World;
use crate::{
    counters::Counted,
    log::{Event, Reader, place, rows},
    process::{Answer, Front},
};

/// Devices of one person.
const DEVICES: u64 = 3;

/// Somebody who reads, with one of their devices.
#[derive(Debug, Clone)]
struct Holder {
    token: String,
    tenant: u64,
    sender: Sender,
    id: u64,
    device: u64,
}

impl Holder {
    fn reader(&self, conversation: u64) -> Reader {
        Reader {
            conversation,
            sender: self.sender.into(),
            id: self.id,
        }
    }

    fn device_id(&self) -> String {
        format!("d{}", self.device)
    }
}

impl World {
    /// A device goes on, stays, goes back, or claims to be beyond the end.
    pub(super) fn marks(self: &Arc<Self>) {
        let Some((holder, conversation)) = self.holder() else {
            return;
        };
        let reader = holder.reader(conversation);
        let (stored, before) = self.run.log.ask(|checker| {
            let before = checker.delivered(reader, holder.device);
            (checker.last_seq(conversation), before)
        });
        let dice = &self.run.dice;
        let ahead = before + dice.below(stored.saturating_sub(before) + 1);
        let delivered = match dice.weighted(&[80, 10, 10]) {
            0 => ahead,
            1 => dice.below(stored + 3),
            _ => 0,
        };
        let read = match dice.weighted(&[50, 30, 20]) {
            0 => delivered,
            1 => dice.below(delivered + 1),
            _ => dice.below(stored + 2),
        };
        let asked = (delivered, read);
        self.begin(format!("a mark of {reader:?}"), move |world| async move {
            let front = world.process.up().await;
            world.mark(&front, &holder, conversation, asked).await;
        });
    }

    async fn mark(&self, front: &Front, holder: &Holder, conversation: u64, asked: (u64, u64)) {
        let (reader, device) = (holder.reader(conversation), holder.device);
        let last_seq = self.run.log.ask(|checker| checker.last_seq(conversation));
        self.run.log.add(Event::Marking {
            reader,
            device,
            asked,
        });
        let request = v1::MarkRequest {
            session: holder.token.clone(),
            mark: Some(v1::Mark {
                conversation_id: conversation,
                delivered_seq: asked.0,
                read_seq: asked.1,
                ..v1::Mark::default()
            }),
            device_id: holder.device_id(),
        };
        match front.mark(request).await {
            Answer::Done(cursor) => {
                self.run.tally.count(Counted::Mark);
                self.run.log.add(Event::Marked {
                    reader,
                    device,
                    asked,
                    told: place(&cursor).1,
                });
            }
            Answer::Refused(refused) if refused.code() == "invalid" => {
                self.run.tally.count(Counted::Unmarked);
                self.run.log.add(Event::Unmarked {
                    reader,
                    device,
                    asked,
                    last_seq,
                });
            }
            _ => {}
        }
    }

    /// A device asks what it missed.
    pub(super) fn asks_what_was_missed(self: &Arc<Self>) {
        let Some((holder, _)) = self.holder() else {
            return;
        };
        self.begin("what was missed".to_owned(), move |world| async move {
            let mut after = 0;
            loop {
                let front = world.process.up().await;
                match world.missed(&front, &holder, after).await {
                    Some(next) if next > 0 => after = next,
                    _ => return,
                }
            }
        });
    }

    async fn missed(&self, front: &Front, holder: &Holder, after: u64) -> Option<u64> {
        let visitors = self.visitors.lock().clone();
        let ids = visitors.iter().map(|visitor| visitor.conversation);
        let known: Vec<_> = self.run.log.ask(|checker| {
            let one = |id| {
                let reader = holder.reader(id);
                let delivered = checker.delivered(reader, holder.device);
                (id, (delivered, checker.place(reader).1), checker.gone(id))
            };
            ids.map(one).collect()
        });
        let request = v1::MissedRequest {
            session: holder.token.clone(),
            device_id: holder.device_id(),
            ask: Some(v1::AskMissed { after, limit: 0 }),
        };
        let Answer::Done(page) = front.missed(request).await else {
            return None;
        };
        for missed in &page.conversations {
            self.run.tally.count(Counted::Missed);
            let head = missed.conversation.clone().unwrap_or_default();
            let asked = known.iter().find(|(id, ..)| *id == head.id);
            let (floor, gone) =
                asked.map_or_else(Default::default, |(_, floor, gone)| (*floor, gone.clone()));
            self.run.log.add(Event::Missed {
                tenant: holder.tenant,
                reader: holder.reader(head.id),
                version: head.version,
                delivered: missed.delivered_seq,
                read: missed.read_seq,
                unread: u64::from(missed.unread),
                floor,
                rows: rows(&missed.messages),
                gone,
            });
        }
        Some(page.next_after)
    }

    /// A visitor with their own conversation, or an agent with one of their tenant's.
    fn holder(&self) -> Option<(Holder, u64)> {
        let visitor = self.some_visitor()?;
        let device = self.run.dice.below(DEVICES);
        if self.run.dice.chance(60) {
            let holder = Holder {
                token: visitor.token.clone(),
                tenant: visitor.tenant.0,
                sender: Sender::Visitor,
                id: visitor.id,
                device,
            };
            return Some((holder, visitor.conversation));
        }
        let agent = self.some_agent();
        (agent.tenant == visitor.tenant).then(|| {
            let holder = Holder {
                token: agent.token(),
                tenant: agent.tenant.0,
                sender: Sender::Agent,
                id: agent.id,
                device,
            };
            (holder, visitor.conversation)
        })
    }
}
