//! What goes up, and is sent again until it is acknowledged.

use std::time::Duration;

use kefu_proto::v1::{Accepted, Problem, SendMessage, client_frame, server_frame};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{Client, PAUSE};
use crate::{
    history::{Event, Key},
    text,
};

/// Why a message was not acknowledged.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// The service said why.
    Told(Problem),
    /// The connection or the answer was lost; it may be stored.
    Lost(String),
}

impl Refusal {
    /// A word of `Problem.code`; nothing when the answer was lost.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Told(problem) => &problem.code,
            Self::Lost(_) => "",
        }
    }

    /// Whether the same may be sent again: the answer was lost, or said so.
    #[must_use]
    pub const fn passes(&self) -> bool {
        match self {
            Self::Told(problem) => problem.retry_after_ms > 0,
            Self::Lost(_) => true,
        }
    }
}

impl Client {
    fn key(&self, conversation: u64, client_id: &str) -> Key {
        Key {
            conversation,
            sender: self.sender.into(),
            sender_id: self.sender_id,
            client_id: client_id.to_owned(),
        }
    }

    /// A client id that this client has not used.
    pub fn new_id(&mut self) -> String {
        self.sent += 1;
        format!("d{}-{}", self.device, self.sent)
    }

    /// Sends over the socket, once.
    ///
    /// # Errors
    /// When it was not acknowledged.
    pub async fn sends(
        &mut self,
        conversation: u64,
        client_id: &str,
        words: &str,
    ) -> Result<Accepted, Refusal> {
        let lost = |error: anyhow::Error| Refusal::Lost(format!("{error:#}"));
        self.connect().await.map_err(lost)?;
        let key = self.key(conversation, client_id);
        self.history.sent(&key, words);
        let send = SendMessage {
            conversation_id: conversation,
            client_id: client_id.into(),
            body: Some(text(words)),
            ..SendMessage::default()
        };
        let socket = self.connect().await.map_err(lost)?;
        let answered = match socket.send(client_frame::Body::Send(send)).await {
            Ok(reference) => self.answer(reference).await,
            Err(error) => Err(error),
        };
        let answer = answered.unwrap_or_else(|error| {
            self.hang_up();
            Err(Refusal::Lost(format!("{error:#}")))
        });
        self.note(&key, words, &answer);
        answer
    }

    async fn answer(&mut self, reference: u64) -> anyhow::Result<Result<Accepted, Refusal>> {
        loop {
            let frame = self.frame().await?;
            match frame.body {
                Some(server_frame::Body::Accepted(told)) if frame.r#ref == reference => {
                    return Ok(Ok(told));
                }
                Some(server_frame::Body::Problem(why)) if frame.r#ref == reference => {
                    return Ok(Err(Refusal::Told(why)));
                }
                _ => {}
            }
        }
    }

    /// Sends over REST, once.
    ///
    /// # Errors
    /// When it was not acknowledged.
    pub async fn posts(
        &self,
        conversation: u64,
        client_id: &str,
        words: &str,
    ) -> Result<Accepted, Refusal> {
        let key = self.key(conversation, client_id);
        self.history.sent(&key, words);
        let path = format!("/api/v1/conversations/{conversation}/messages");
        let body = json!({ "clientId": client_id, "body": { "text": { "text": words } } });
        let answer = match self.api().post(&path, body).await {
            Ok((200 | 201, told)) => Ok(serde_json::from_value(told).expect("an acceptance")),
            Ok((_, told)) => Err(Refusal::Told(problem(&told))),
            Err(error) => Err(Refusal::Lost(format!("{error:#}"))),
        };
        self.note(&key, words, &answer);
        answer
    }

    fn note(&self, key: &Key, words: &str, answer: &Result<Accepted, Refusal>) {
        match answer {
            Ok(told) => self.history.acknowledged(key, told),
            Err(Refusal::Told(why)) => self.history.refused(key, words, why),
            Err(Refusal::Lost(_)) => self.history.note(Event::Unanswered { key: key.clone() }),
        }
    }

    /// Sends again and again, under one client id, until it is acknowledged.
    ///
    /// # Errors
    /// When it is refused for good.
    ///
    /// # Panics
    /// When it is not acknowledged for as long as anything may take.
    pub async fn insists(
        &mut self,
        conversation: u64,
        client_id: &str,
        words: &str,
    ) -> Result<Accepted, Problem> {
        let deadline = Instant::now() + self.limit;
        loop {
            let pause = match self.sends(conversation, client_id, words).await {
                Ok(told) => return Ok(told),
                Err(Refusal::Told(why)) if why.retry_after_ms == 0 => return Err(why),
                // A page would wait as it is told; tests have less time.
                Err(Refusal::Told(why)) => {
                    Duration::from_millis(why.retry_after_ms.min(200).into())
                }
                Err(Refusal::Lost(_)) => PAUSE,
            };
            assert!(
                Instant::now() < deadline,
                "{client_id} is never acknowledged"
            );
            sleep(pause).await;
        }
    }

    /// Says something in its own conversation, until it is acknowledged.
    ///
    /// # Panics
    /// When it is not, or refused for good.
    pub async fn says(&mut self, words: &str) -> Accepted {
        let (conversation, id) = (self.conversation, self.new_id());
        let told = self.insists(conversation, &id, words).await;
        told.unwrap_or_else(|why| panic!("{id} is refused: {why:?}"))
    }

    /// Does something to a conversation as a whole, until it is answered. Returns the status.
    ///
    /// # Panics
    /// When there is no answer for as long as anything may take.
    pub async fn acts(&self, conversation: u64, action: &str) -> u16 {
        let deadline = Instant::now() + self.limit;
        let path = format!("/api/v1/conversations/{conversation}/actions");
        loop {
            match self.api().post(&path, json!({ "action": action })).await {
                Ok((status, _)) if ![429, 502, 503, 504].contains(&status) => return status,
                other => assert!(Instant::now() < deadline, "{action}: {other:?}"),
            }
            sleep(PAUSE).await;
        }
    }
}

/// Problem JSON as the frames have it.
fn problem(told: &serde_json::Value) -> Problem {
    Problem {
        code: told["code"].as_str().unwrap_or_default().to_owned(),
        message: told["detail"].as_str().unwrap_or_default().to_owned(),
        retry_after_ms: told["retryAfterMs"]
            .as_u64()
            .and_then(|ms| u32::try_from(ms).ok())
            .unwrap_or_default(),
    }
}
