//! Which world a seed plays.

use std::{fmt, str::FromStr};

/// A world: who is in it, and how much of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Scene {
    /// A few people of two tenants in one line each, and every kind of fault.
    #[default]
    Mixed,
    /// A few people in groups with levels, capacities, helpers and offers, and every kind of fault.
    Office,
    /// The same with two thousand visitors and more than a hundred agents.
    Crowd,
    /// An office whose lines are short of room, where visitors leave messages instead of waiting; it
    /// ends with an hour in which nothing is left to chance.
    Evening,
}

/// How much there is of everything that grows with the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Visitors at the beginning, and at most.
    pub(crate) visitors: (usize, usize),
    /// Things that happen between two pauses.
    pub(crate) acts: u32,
    pub(crate) writer_queue_max: usize,
    pub(crate) writer_queue_vip_max: usize,
    pub(crate) batch_changes_max: usize,
    pub(crate) link_events_max: usize,
}

impl Scene {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mixed, Self::Office, Self::Crowd, Self::Evening];

    /// As it is named on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Office => "office",
            Self::Crowd => "crowd",
            Self::Evening => "evening",
        }
    }

    /// Whether people work in groups.
    pub(crate) const fn has_groups(self) -> bool {
        !matches!(self, Self::Mixed)
    }

    pub(crate) const fn is_crowd(self) -> bool {
        matches!(self, Self::Crowd)
    }

    pub(crate) const fn is_evening(self) -> bool {
        matches!(self, Self::Evening)
    }

    pub(crate) const fn scale(self) -> Scale {
        match self {
            Self::Mixed | Self::Office | Self::Evening => Scale {
                visitors: (4, if self.has_groups() { 24 } else { 9 }),
                acts: 1,
                writer_queue_max: 24,
                writer_queue_vip_max: 8,
                batch_changes_max: 8,
                link_events_max: 48,
            },
            // Limits are reached in the small worlds; here it is numbers that are tried.
            Self::Crowd => Scale {
                visitors: (200, 2_000),
                acts: 20,
                writer_queue_max: 2_000,
                writer_queue_vip_max: 500,
                batch_changes_max: 100,
                link_events_max: 20_000,
            },
        }
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scene {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|scene| scene.name() == name);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("there is no world {name:?}; there are {names}")
        })
    }
}
