//! The words that every other crate uses: ids, languages, how often something may happen, and the
//! ports through which time and randomness come in.
//!
//! Invariant: nothing here does IO but the two `System…` implementations, which only the
//! composition root may construct.

mod bucket;
mod clock;
mod entropy;
mod id;
mod lang;
mod snowflake;

pub use bucket::Bucket;
pub use clock::{Clock, ManualClock, Millis, SystemClock};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use id::{
    AgentId, ConversationId, GroupId, MediaId, MessageId, ParseIdError, SessionId, TenantId,
    VisitorId,
};
pub use lang::Lang;
pub use snowflake::{Snowflake, SnowflakeError};
