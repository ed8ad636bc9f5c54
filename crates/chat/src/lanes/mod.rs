//! Two lanes in front of whatever there is not enough of: people, bots, the writer.
//!
//! Who matters more goes first, and still nobody waits for ever: while somebody waits in the normal
//! lane, at most a stated number from the other one pass before it is the normal lane's turn
//! ([`Turnstile`]). What stands at place n of the normal lane (from 1) is therefore taken at the
//! latest as number n · (`ahead_max` + 1), whatever comes in by the other lane meanwhile.

mod line;
#[cfg(test)]
mod tests;
mod turnstile;

pub(crate) use line::Line;
pub use turnstile::Turnstile;

use kefu_proto::v1::Priority;

/// Where somebody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Goes first.
    Vip,
    /// Goes when the first lane is empty, or has passed often enough.
    Normal,
}

impl Lane {
    /// Both, the first one first.
    pub const ALL: [Self; 2] = [Self::Vip, Self::Normal];

    /// Whose lane it is.
    #[must_use]
    pub const fn of(priority: Priority) -> Self {
        match priority {
            Priority::Vip => Self::Vip,
            Priority::Normal | Priority::Unspecified => Self::Normal,
        }
    }

    /// As a [`Rank`](crate::Rank) has it: 0 before 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The lane of a [`Rank`](crate::Rank). A number that no lane has is the normal one.
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Vip,
            _ => Self::Normal,
        }
    }

    /// For metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vip => "vip",
            Self::Normal => "normal",
        }
    }
}
