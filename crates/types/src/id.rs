//! Ids: 64 bits, ordered by time (see [`crate::Snowflake`]), strings in JSON because
//! JavaScript's numbers end at 2^53.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The text is no id: an id is 1 to 20 decimal digits, above zero.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an id: expected a whole number above zero")]
pub struct ParseIdError(pub String);

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                match text.parse() {
                    Ok(0) | Err(_) => Err(ParseIdError(text.chars().take(32).collect())),
                    Ok(id) => Ok(Self(id)),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

id! {
    /// A company, or a part of one, that shares nothing with others on the same machine.
    TenantId,
    /// One visitor's talk with the tenant, across all its sessions.
    ConversationId,
    /// One stored message.
    MessageId,
    /// A picture or file that somebody uploaded.
    MediaId,
    /// Somebody who asks.
    VisitorId,
    /// A user of the workspace: agent, supervisor or admin.
    AgentId,
    /// Agents who serve the same conversations; 0 is the group into which everything falls by default.
    GroupId,
    /// A login, or a visitor's anonymous token.
    SessionId,
}
