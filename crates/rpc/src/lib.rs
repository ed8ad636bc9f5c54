//! gRPC in front of the chat core: the services of `chat.proto`, `left.proto`,
//! `bot.proto`, `catalogue.proto` and `ops.proto`.
//!
//! It translates and nothing else: a call becomes one use case of [`kefu_chat::Core`], a refusal
//! becomes a status with the `Problem` in its details. It must never decide, store or keep state.

mod assist;
mod boards;
mod catalogues;
mod chat;
mod left;
mod ops;
mod serve;
mod status;
mod talks;
mod trails;
mod turns;

pub use ops::MetricsText;
pub use serve::{ServeError, ServeOptions, serve};
pub use status::{problem_of, status_of};
