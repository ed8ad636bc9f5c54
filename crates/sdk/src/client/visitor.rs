//! Somebody who asks.

use std::ops::Deref;

use super::{Client, Options, Person, Rest, Room};
use crate::{Problem, net::Target};

/// A visitor's client: it has one conversation of its own.
#[derive(Clone)]
pub struct Visitor(Client);

impl Visitor {
    /// Enters with a session that was kept ([`Client::person`]), as long as the server knows it; else,
    /// or without one, as somebody new.
    ///
    /// # Errors
    /// `rate_limited` when too many came from this address, `offline` when nobody answers who could
    /// make a session, or the server's word.
    pub async fn enter(options: Options, kept: Option<Person>) -> Result<Self, Problem> {
        let target = options.target()?;
        let person = match kept {
            Some(person) if !is_lost(&target, &person).await => person,
            _ => Rest::of(&target, "").visitor(&options.language).await?,
        };
        Client::start(options, person).map(Self)
    }

    /// Their conversation, from its beginning.
    ///
    /// # Errors
    /// As [`Client::room`].
    pub fn room(&self) -> Result<Room, Problem> {
        self.0.room(self.0.person().conversation_id, 0)
    }

    /// The client behind it.
    #[must_use]
    pub fn client(&self) -> Client {
        self.0.clone()
    }
}

impl Deref for Visitor {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// Whether the server says that it does not know this session. Where nobody answers, it is believed:
/// what waits in the outbox belongs to it.
async fn is_lost(target: &Target, person: &Person) -> bool {
    let rest = Rest::of(target, &person.token);
    let lost = ["unauthenticated", "forbidden", "not_found"];
    match rest.conversation(person.conversation_id).await {
        Ok(_) => false,
        Err(problem) => lost.contains(&problem.code.as_str()),
    }
}
