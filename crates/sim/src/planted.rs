//! Bugs on purpose, to prove that the checker sees them.
//!
//! None of them is in the core: each is a wall around it that bends what passes, the store behind
//! it or the calls in front of it, so that the world sees what it would see of a core with that
//! bug. Why here and not there: `docs/adr/0017-planted-bugs-live-outside.md`.

use std::{fmt, str::FromStr, sync::Arc};

use kefu_chat::{
    ChatSettings, Group, Head, Reach,
    store::{Advance, Change, Mark, Outcome},
};
use kefu_proto::v1;

use crate::{check::Promise, run::Run, scene::Scene};

/// A bug that a run may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Planted {
    /// Messages are acknowledged one batch before they are written.
    AckBeforeCommit,
    /// Client ids are not looked at: a retry is stored again.
    StoredTwice,
    /// Now and then a sequence number is left out.
    SkippedSequence,
    /// Sequence numbers are the seconds of the wall clock.
    ClockSequence,
    /// Resuming after n begins at n+2.
    ResumeOffByOne,
    /// The limits of queues are not applied.
    UnboundedQueue,
    /// A turn that is due around an error of the store is never handed out, and no timer saves it.
    ForgottenTurn,
    /// Appended messages are not fanned out now and then, and nobody is told.
    LostFanOut,
    /// An edge is told of a conversation that it does not watch.
    WrongWatcher,
    /// A bot's commit is taken although people own the conversation.
    StaleCommit,
    /// A claim is granted although somebody else owns the conversation.
    DoubledOwner,
    /// Now and then a mark is acknowledged and not written.
    ForgottenMark,
    /// Readers are given the words of messages that were taken back.
    RecalledBody,
    /// Facts and own messages count as unread.
    MiscountedUnread,
    /// Groups are taken to have room without end.
    CrowdedGroup,
    /// Who is to be asked is given.
    UnaskedGift,
    /// An offer that nobody answers never ends.
    EndlessOffer,
    /// A workspace that is away for a moment has lost its conversations.
    NoGrace,
    /// Who lost an agent waits behind those who had none.
    BackOfTheLine,
    /// A restart forgets who waits.
    ForgottenWaiter,
    /// A restart turns the lines around.
    LastComeFirst,
    /// A message left that somebody has claimed is granted to a second agent.
    DoubledClaim,
    /// Of the messages left that are worked on the oldest is in no list.
    UnlistedLeft,
}

/// Tickets that are turned around are above the half of this, all others below.
const TURN: u64 = u64::MAX >> 1;

impl Planted {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::AckBeforeCommit,
        Self::StoredTwice,
        Self::SkippedSequence,
        Self::ClockSequence,
        Self::ResumeOffByOne,
        Self::UnboundedQueue,
        Self::ForgottenTurn,
        Self::LostFanOut,
        Self::WrongWatcher,
        Self::StaleCommit,
        Self::DoubledOwner,
        Self::ForgottenMark,
        Self::RecalledBody,
        Self::MiscountedUnread,
        Self::CrowdedGroup,
        Self::UnaskedGift,
        Self::EndlessOffer,
        Self::NoGrace,
        Self::BackOfTheLine,
        Self::ForgottenWaiter,
        Self::LastComeFirst,
        Self::DoubledClaim,
        Self::UnlistedLeft,
    ];

    /// As it is named on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AckBeforeCommit => "ack-before-commit",
            Self::StoredTwice => "stored-twice",
            Self::SkippedSequence => "skipped-sequence",
            Self::ClockSequence => "clock-sequence",
            Self::ResumeOffByOne => "resume-off-by-one",
            Self::UnboundedQueue => "unbounded-queue",
            Self::ForgottenTurn => "forgotten-turn",
            Self::LostFanOut => "lost-fan-out",
            Self::WrongWatcher => "wrong-watcher",
            Self::StaleCommit => "stale-commit",
            Self::DoubledOwner => "doubled-owner",
            Self::ForgottenMark => "forgotten-mark",
            Self::RecalledBody => "recalled-body",
            Self::MiscountedUnread => "miscounted-unread",
            Self::CrowdedGroup => "crowded-group",
            Self::UnaskedGift => "unasked-gift",
            Self::EndlessOffer => "endless-offer",
            Self::NoGrace => "no-grace",
            Self::BackOfTheLine => "back-of-the-line",
            Self::ForgottenWaiter => "forgotten-waiter",
            Self::LastComeFirst => "last-come-first",
            Self::DoubledClaim => "doubled-claim",
            Self::UnlistedLeft => "unlisted-left",
        }
    }

    /// The promises that it breaks, any of which may be the first to be seen.
    #[must_use]
    pub const fn breaks(self) -> &'static [Promise] {
        match self {
            // What is told before it is stored is shown before it is stored, too.
            Self::AckBeforeCommit => &[Promise::Acknowledged, Promise::Faithful],
            Self::StoredTwice => &[Promise::Deduplicated],
            Self::SkippedSequence | Self::ClockSequence => &[Promise::Ordered],
            // The writer, too, reads to find out what became of a lost answer.
            Self::ResumeOffByOne => &[Promise::Resumable, Promise::Faithful],
            Self::UnboundedQueue => &[Promise::Bounded],
            Self::ForgottenTurn | Self::LostFanOut => &[Promise::Live],
            Self::WrongWatcher => &[Promise::Faithful],
            Self::StaleCommit | Self::DoubledOwner => &[Promise::HandOff],
            Self::ForgottenMark | Self::RecalledBody | Self::MiscountedUnread => &[Promise::InStep],
            Self::CrowdedGroup | Self::UnaskedGift | Self::NoGrace => &[Promise::HandOff],
            Self::EndlessOffer => &[Promise::Live],
            // Who is forgotten is passed by whoever comes after the restart.
            Self::ForgottenWaiter => &[Promise::Live, Promise::InLine],
            Self::BackOfTheLine | Self::LastComeFirst => &[Promise::InLine],
            Self::DoubledClaim | Self::UnlistedLeft => &[Promise::Kept],
        }
    }

    /// Seeds, from 1, within which the checker must have seen it.
    #[must_use]
    pub const fn seeds_max(self) -> u64 {
        match self {
            Self::AckBeforeCommit
            | Self::StoredTwice
            | Self::SkippedSequence
            | Self::ClockSequence
            | Self::ResumeOffByOne
            | Self::WrongWatcher
            | Self::ForgottenMark
            | Self::RecalledBody
            | Self::MiscountedUnread
            | Self::CrowdedGroup
            | Self::NoGrace
            | Self::ForgottenWaiter
            | Self::LastComeFirst
            | Self::DoubledClaim
            | Self::UnlistedLeft => 3,
            Self::UnboundedQueue
            | Self::ForgottenTurn
            | Self::LostFanOut
            | Self::StaleCommit
            | Self::DoubledOwner
            | Self::UnaskedGift
            | Self::EndlessOffer
            | Self::BackOfTheLine => 12,
        }
    }

    /// The world in which it shows.
    #[must_use]
    pub const fn scene(self) -> Scene {
        match self {
            Self::UnaskedGift | Self::EndlessOffer | Self::BackOfTheLine => Scene::Office,
            // A full group, a quiet time, and a line that stands over a restart.
            Self::CrowdedGroup
            | Self::NoGrace
            | Self::ForgottenWaiter
            | Self::LastComeFirst
            | Self::DoubledClaim
            | Self::UnlistedLeft => Scene::Evening,
            _ => Scene::Mixed,
        }
    }

    /// A group as the core reads it.
    pub(crate) fn group(self, group: Group) -> Group {
        match self {
            Self::CrowdedGroup => Group {
                capacity: 0,
                ..group
            },
            Self::UnaskedGift => Group {
                manual_accept: false,
                ..group
            },
            _ => group,
        }
    }

    /// A page of messages left as the core reads it.
    pub(crate) fn listed(self, mut rows: Vec<v1::LeftMessage>) -> Vec<v1::LeftMessage> {
        let is_taken = |row: &v1::LeftMessage| row.state() == v1::LeftState::Taken;
        if self == Self::UnlistedLeft && rows.first().is_some_and(is_taken) {
            rows.remove(0);
        }
        rows
    }

    /// Whether a restart finds this conversation.
    pub(crate) fn finds(self, head: &Head) -> bool {
        self != Self::ForgottenWaiter || head.rank.is_none()
    }

    /// A head as it is read by a process that began when `born` was the largest id. What has waited
    /// since before is turned around, wherever it is read, and back where it is written: a place that
    /// nobody else sees would only never be served.
    pub(crate) fn head(self, mut head: Head, born: u64) -> Head {
        if self == Self::LastComeFirst
            && let Some(rank) = &mut head.rank
            && rank.ticket <= born
        {
            rank.ticket = TURN - rank.ticket;
        }
        head
    }

    /// What the store is given instead.
    pub(crate) fn bend(self, run: &Run, changes: &[Change]) -> Vec<Change> {
        let bent = |change: &Change| match (self, change) {
            (Self::StoredTwice, Change::Advance(advance)) => Change::Advance(Advance {
                key: None,
                ..advance.clone()
            }),
            (
                Self::StoredTwice,
                Change::Probe {
                    key,
                    body,
                    quote_seq,
                },
            ) => Change::Probe {
                key: kefu_chat::store::ClientKey {
                    client_id: "nobody-has-this".to_owned(),
                    ..key.clone()
                },
                body: body.clone(),
                quote_seq: *quote_seq,
            },
            (Self::SkippedSequence, Change::Advance(advance)) if run.dice.chance(10) => {
                Change::Advance(renumbered(advance, |seq| seq + 1))
            }
            (Self::ClockSequence, Change::Advance(advance)) => {
                let seconds = run.time.passed().as_secs();
                Change::Advance(renumbered(advance, |_| seconds))
            }
            (Self::BackOfTheLine, Change::Advance(advance)) if requeues(advance) => {
                let mut head = (*advance.head).clone();
                if let Some(rank) = &mut head.rank {
                    rank.fresh = true;
                }
                Change::Advance(Advance {
                    head: Arc::new(head),
                    ..advance.clone()
                })
            }
            (Self::LastComeFirst, Change::Advance(advance)) if is_turned(&advance.head) => {
                let mut head = (*advance.head).clone();
                if let Some(rank) = &mut head.rank {
                    rank.ticket = TURN - rank.ticket;
                }
                Change::Advance(Advance {
                    head: Arc::new(head),
                    ..advance.clone()
                })
            }
            // Says nothing new, so nothing is written.
            (Self::ForgottenMark, Change::Mark(mark)) if run.dice.chance(30) => {
                Change::Mark(Mark {
                    delivered_seq: 0,
                    read_seq: 0,
                    ..mark.clone()
                })
            }
            _ => change.clone(),
        };
        changes.iter().map(bent).collect()
    }

    /// What the store answers instead.
    pub(crate) fn pretend(self, changes: &[Change], outcomes: Vec<Outcome>) -> Vec<Outcome> {
        let told = |(change, outcome): (&Change, Outcome)| match (self, change, outcome) {
            (Self::ForgottenMark, Change::Mark(mark), Outcome::Marked { reach, .. }) => {
                let asked = Reach {
                    delivered_seq: mark.delivered_seq.max(mark.read_seq),
                    read_seq: mark.read_seq,
                };
                Outcome::Marked {
                    reach: reach.max(asked),
                    moved: true,
                }
            }
            (_, _, outcome) => outcome,
        };
        changes.iter().zip(outcomes).map(told).collect()
    }

    /// The settings that the core gets instead.
    pub(crate) fn settings(self, settings: &mut ChatSettings) {
        let (timing, limits) = (&mut settings.timing, &mut settings.limits);
        match self {
            Self::UnboundedQueue => {
                limits.writer_queue_max = 1_000_000;
                limits.writer_queue_vip_max = 1_000_000;
                limits.link_events_max = 1_000_000;
            }
            Self::ForgottenTurn => {
                timing.turn_deadline = std::time::Duration::from_secs(1_000_000);
                timing.bot_away = timing.turn_deadline;
            }
            Self::EndlessOffer => timing.offer = std::time::Duration::from_secs(1_000_000),
            Self::NoGrace => timing.agent_grace = std::time::Duration::ZERO,
            _ => {}
        }
    }
}

fn is_turned(head: &Head) -> bool {
    head.rank.is_some_and(|rank| rank.ticket > TURN / 2)
}

fn requeues(advance: &Advance) -> bool {
    let kind = i32::from(v1::notice::Kind::Requeued);
    let bodies = advance.messages.iter();
    let mut kinds = bodies.filter_map(|message| message.body.as_ref()?.kind.as_ref());
    kinds.any(|body| matches!(body, v1::body::Kind::Notice(notice) if notice.kind == kind))
}

fn renumbered(advance: &Advance, number: impl Fn(u64) -> u64) -> Advance {
    let bent = |message: &v1::Message| v1::Message {
        seq: number(message.seq),
        ..message.clone()
    };
    let messages: Vec<v1::Message> = advance.messages.iter().map(bent).collect();
    let last = messages
        .last()
        .map_or(advance.head.last_seq, |message| message.seq);
    Advance {
        head: Arc::new(Head {
            last_seq: last,
            ..(*advance.head).clone()
        }),
        messages: messages.into(),
        ..advance.clone()
    }
}

impl fmt::Display for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Planted {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|planted| planted.name() == name);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("there is no planted bug {name:?}; there are {names}")
        })
    }
}
