//! Events for edges: what is watched, by which link, and a bounded queue for each.

mod hub;
mod looks;
mod stream;

pub use hub::LinkId;
pub(crate) use hub::{Hub, Workspace};
pub(crate) use looks::{Looker, Looks};
pub use stream::LinkEvents;
