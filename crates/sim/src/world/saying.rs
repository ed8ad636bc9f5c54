//! Sending: with a client id, again and again until there is an answer.

use std::{sync::Arc, time::Duration};

use kefu_chat::CoreError;
use kefu_proto::v1::{self, Sender, body};

use super::World;
use crate::{
    counters::Counted,
    log::{Event, Key, fingerprint, text_body},
    process::Answer,
};

/// Tries of an impatient client while there is trouble.
const TRIES_MAX: u64 = 12;

/// Who sends, where.
#[derive(Debug, Clone)]
pub(super) struct Speaker {
    pub(super) token: String,
    pub(super) sender: Sender,
    pub(super) id: u64,
    pub(super) conversation: u64,
}

/// What was sent once and may be sent again.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) speaker: Speaker,
    client_id: String,
    what: What,
    /// The sequence that it quotes; 0: none.
    quotes: u64,
}

/// What is sent.
#[derive(Debug, Clone)]
enum What {
    Text(String),
    /// The sequence that is taken back.
    Recall(u64),
}

impl Said {
    fn key(&self) -> Key {
        Key {
            conversation: self.speaker.conversation,
            sender: self.speaker.sender.into(),
            sender_id: self.speaker.id,
            client_id: self.client_id.clone(),
        }
    }

    fn body(&self) -> v1::Body {
        match &self.what {
            What::Text(text) => text_body(text),
            What::Recall(seq) => v1::Body {
                kind: Some(body::Kind::Recall(v1::Recall { seq: *seq })),
            },
        }
    }

    /// The same client id over other words.
    pub(super) fn reworded(&self) -> Self {
        let what = match &self.what {
            What::Text(text) => What::Text(format!("{text}, or rather not")),
            What::Recall(seq) => What::Recall(seq + 1),
        };
        Self {
            what,
            ..self.clone()
        }
    }
}

impl World {
    /// Somebody says something new.
    pub(super) fn say(self: &Arc<Self>, speaker: Speaker, poison: bool) -> Said {
        let n = self.run.dice.next();
        let word = if poison { "poison" } else { "word" };
        let said = Said {
            speaker,
            client_id: format!("c{n:016x}"),
            what: What::Text(format!("{word} {n:x}")),
            quotes: 0,
        };
        self.send_new(said)
    }

    /// Somebody answers an earlier message, or one that cannot be answered.
    pub(super) fn quotes(self: &Arc<Self>) {
        let Some(visitor) = self.some_visitor() else {
            return;
        };
        let stored = self
            .run
            .log
            .ask(|checker| checker.last_seq(visitor.conversation));
        let n = self.run.dice.next();
        self.run.tally.count(Counted::Quote);
        self.send_new(Said {
            speaker: visitor.speaker(),
            client_id: format!("q{n:016x}"),
            what: What::Text(format!("so {n:x}")),
            quotes: 1 + self.run.dice.below(stored + 2),
        });
    }

    /// Somebody takes back what they said, now and then twice at once, now and then what is not
    /// theirs.
    pub(super) fn takes_back(self: &Arc<Self>) {
        let Some((speaker, seq)) = self.run.dice.pick(&self.acked.lock()).cloned() else {
            return;
        };
        let seq = if self.run.dice.chance(10) {
            1 + self.run.dice.below(seq + 2)
        } else {
            seq
        };
        for _ in 0..1 + u64::from(self.run.dice.chance(15)) {
            let n = self.run.dice.next();
            self.run.tally.count(Counted::Recall);
            self.send_new(Said {
                speaker: speaker.clone(),
                client_id: format!("r{n:016x}"),
                what: What::Recall(seq),
                quotes: 0,
            });
        }
    }

    fn send_new(self: &Arc<Self>, said: Said) -> Said {
        self.run.tally.count(Counted::Send);
        self.said.lock().push(said.clone());
        self.send(said.clone());
        said
    }

    /// Sends until it is answered for good.
    pub(super) fn send(self: &Arc<Self>, said: Said) {
        let what = format!("the answer to {:?}", said.key());
        // Some people give up; then nobody waits for the answer, and it may be stored or not.
        let patient = self.run.dice.chance(85);
        self.begin(what, |world| async move {
            for tried in 0.. {
                if tried > 0 {
                    world.run.tally.count(Counted::Retry);
                }
                let Some(pause) = world.attempt(&said).await else {
                    return;
                };
                if !patient && tried >= TRIES_MAX / 4 {
                    return;
                }
                tokio::time::sleep(pause).await;
            }
        });
    }

    /// One try: `None` when it was answered for good, otherwise when to try again.
    async fn attempt(&self, said: &Said) -> Option<Duration> {
        let (run, key, body) = (&self.run, said.key(), said.body());
        let print = fingerprint(Some(&body));
        let front = self.process.up().await;
        run.log.add(Event::Sent {
            key: key.clone(),
            body: print,
        });
        let answer = front.send(request(said, body)).await;
        let jitter = Duration::from_millis(run.dice.within(1..=200));
        match answer {
            Answer::Done(accepted) => {
                run.tally.count(Counted::Ack);
                if matches!(said.what, What::Text(_)) {
                    let mut acked = self.acked.lock();
                    acked.push((said.speaker.clone(), accepted.seq));
                } else {
                    run.tally.count(Counted::Recalled);
                }
                if accepted.duplicate {
                    run.tally.count(Counted::Duplicate);
                }
                run.log.add(Event::Acked {
                    key,
                    body: print,
                    id: accepted.id,
                    seq: accepted.seq,
                    duplicate: accepted.duplicate,
                });
                None
            }
            Answer::Refused(refused) => {
                let wait_ms = refused.retry_after_ms();
                let reused = is_reuse(&refused);
                if reused {
                    run.tally.count(Counted::Conflict);
                }
                run.log.add(Event::Refused {
                    key,
                    body: print,
                    code: refused.code(),
                    again: wait_ms > 0,
                    reused,
                });
                (wait_ms > 0).then(|| Duration::from_millis(u64::from(wait_ms)) + jitter)
            }
            Answer::Lost => {
                run.log.add(Event::Unanswered { key });
                Some(jitter)
            }
        }
    }
}

fn request(said: &Said, body: v1::Body) -> v1::SendRequest {
    v1::SendRequest {
        session: said.speaker.token.clone(),
        message: Some(v1::SendMessage {
            conversation_id: said.speaker.conversation,
            client_id: said.client_id.clone(),
            body: Some(body),
            quote_seq: said.quotes,
            ..Default::default()
        }),
        language: String::new(),
    }
}

pub(super) fn is_reuse(refused: &CoreError) -> bool {
    matches!(refused, CoreError::Conflict(why) if why.contains("client id"))
}
