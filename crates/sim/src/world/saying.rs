//! Sending: with a client id, again and again until there is an answer.

use std::{sync::Arc, time::Duration};

use kefu_chat::CoreError;
use kefu_proto::v1::{self, Sender, body};

use super::World;
use crate::{
    counters::Counted,
    log::{Event, Key, fingerprint},
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
    text: String,
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
        text_body(&self.text)
    }

    /// The same client id over other words.
    pub(super) fn reworded(&self) -> Self {
        Self {
            text: format!("{}, or rather not", self.text),
            ..self.clone()
        }
    }
}

pub(super) fn text_body(text: &str) -> v1::Body {
    v1::Body {
        kind: Some(body::Kind::Text(v1::Text {
            text: text.to_owned(),
            buttons: Vec::new(),
        })),
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
            text: format!("{word} {n:x}"),
        };
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
            ..Default::default()
        }),
        language: String::new(),
    }
}

fn is_reuse(refused: &CoreError) -> bool {
    matches!(refused, CoreError::Conflict(why) if why.contains("client id"))
}
