//! Somebody who asks.

use std::ops::Deref;

use super::{Client, Options, Person, Rest, Room};
use crate::{Problem, net::Target};

/// A visitor's client: it has one conversation of its own.
#[derive(Clone)]
pub struct Visitor(Client);

impl Visitor {
    /// Enters with a session that was kept ([`Client::person`]), as long as the server knows it; else,
    /// or without one, as somebody new, or as whom [`Options::identity`] names.
    ///
    /// # Errors
    /// `identity_…` for a token that is not believed, `rate_limited` when too many came from this address,
    /// `offline` when nobody answers who could make a session, `tls` when the server is not believed, or
    /// the server's word.
    pub async fn enter(options: Options, kept: Option<Person>) -> Result<Self, Problem> {
        let target = options.target()?;
        let person = match kept {
            Some(person) if !is_lost(&target, &person).await => person,
            _ if options.identity.is_empty() => {
                Rest::of(&target, "").visitor(&options.language).await?
            }
            _ => {
                let rest = Rest::of(&target, "");
                rest.identify(&options.language, &options.identity).await?
            }
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

    /// The session is of no use any more, here and wherever it was kept. Drop the client, and what was
    /// kept of it, then.
    ///
    /// # Errors
    /// `offline`, or the server's word: the session goes on then.
    pub async fn leave(&self) -> Result<(), Problem> {
        self.0.rest().end_visitor().await
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
