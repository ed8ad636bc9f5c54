//! The one link to the chat core: which socket watches what, what comes down to whom, the stream of
//! messages beside it, and the connection that is made again whenever it is lost.

mod board;
mod dispatch;
mod hub;
mod left;
mod looks;
mod mailbox;
mod news;
mod notes;
mod run;
mod sends;
#[cfg(test)]
mod tests;

pub(crate) use hub::{Hub, Member};
pub(crate) use mailbox::{Event, Events, Mailbox};
pub(crate) use news::{Form, News};
pub(crate) use run::keep_linked;
pub(crate) use sends::{Sends, Unsent};
