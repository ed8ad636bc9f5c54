//! gRPC in front of the chat core: the services of `chat.proto`,
//! `bot.proto`, `catalogue.proto` and `ops.proto`.
//!
//! It translates and nothing else: a call becomes one use case of [`kefu_chat::Core`], a refusal
//! becomes a status with the `Problem` in its details. It must never decide, store or keep state.

mod catalogues;
mod chat;
mod ops;
mod serve;
mod status;
mod talks;
mod turns;

pub use ops::MetricsText;
pub use serve::{ServeError, ServeOptions, serve};
pub use status::{problem_of, status_of};
