//! What really happened in a run: a fault that was never injected proves nothing.

use std::{collections::BTreeMap, fmt};

use parking_lot::Mutex;

macro_rules! counted {
    ($($(#[$doc:meta])* $name:ident = $text:literal),* $(,)?) => {
        /// What is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Counted { $($(#[$doc])* $name),* }

        impl Counted {
            /// All of them, in the order in which they are printed.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// As people read it.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

counted! {
    /// The process ended, nothing in memory was kept.
    Crash = "crashes",
    /// … while a batch was gathered and nothing written.
    CrashBeforeCommit = "crashes before a commit",
    /// … when a batch was durable and nobody knew.
    CrashAfterCommit = "crashes after a commit",
    /// … while it started.
    CrashInStart = "crashes in a start",
    /// A core was started over what was committed.
    Start = "starts",
    /// A start failed because the store did.
    StartFailed = "failed starts",
    /// The store failed and changed nothing.
    ErrorBeforeCommit = "store errors before a commit",
    /// The store committed and the reply was lost.
    LostReply = "lost replies of the store",
    /// The device failed; the process had to end.
    DeviceFailed = "failures of the device",
    /// The store did not answer for a while.
    Stall = "stalls of the store",
    /// A write met a full disk.
    DiskFull = "writes to a full disk",
    /// A write was refused as busy in a spell of it.
    Busy = "writes to a busy store",
    /// A read failed.
    ReadFailed = "failed reads",
    /// A change that the store cannot hold was refused without its neighbours.
    Poison = "poisonous changes",
    /// The wall clock jumped by an hour.
    ClockJump = "jumps of the wall clock",
    /// The wall clock went back.
    ClockBack = "jumps back of the wall clock",
    /// A run whose clocks drift.
    ClockDrift = "runs with a drifting clock",
    /// A message was sent for the first time.
    Send = "sends",
    /// … and acknowledged.
    Ack = "acknowledgements",
    /// … again, because no answer came or a refusal said so.
    Retry = "retries",
    /// An acknowledgement said that it was a retry.
    Duplicate = "duplicates found",
    /// The same client id at once from two devices.
    Twice = "same client id at once",
    /// The same client id with another body.
    Reuse = "client ids used again",
    /// … was said to be a conflict.
    Conflict = "conflicts said",
    /// A refusal at a bounded queue.
    Overloaded = "refusals at a full queue",
    /// A refusal because the store is away.
    Unavailable = "refusals without a store",
    /// An answer never came, because the process ended.
    LostAnswer = "answers lost in a crash",
    /// A history was read.
    Page = "pages read",
    /// … without bodies.
    Metadata = "pages read without bodies",
    /// Somebody takes back what they said.
    Recall = "recalls sent",
    /// … and was told that it is done.
    Recalled = "recalls acknowledged",
    /// Somebody answers an earlier message.
    Quote = "quotes sent",
    /// A device said how far it is, acknowledged.
    Mark = "marks acknowledged",
    /// … or was refused because it went back or too far.
    Unmarked = "marks refused",
    /// … and an edge was told.
    Cursor = "cursors pushed",
    /// A bot was handed a turn of which all was taken back.
    Unsaid = "turns taken back whole",
    /// What was missed in a conversation was told.
    Missed = "conversations asked for what was missed",
    /// Events came down a link.
    Push = "pushes",
    /// A link was cut.
    Cut = "links cut",
    /// An edge read nothing for a while.
    Lag = "edges that lagged",
    /// … and the core said that it dropped events.
    Lagged = "lags said",
    /// An event was lost on its way.
    Dropped = "events lost on a link",
    /// Two events came in the wrong order.
    Reordered = "events out of order",
    /// A bot was handed a turn.
    Turn = "turns handed out",
    /// A bot's commit was applied.
    Applied = "commits applied",
    /// … was stale.
    Stale = "commits stale",
    /// … was made twice.
    CommittedTwice = "commits made twice",
    /// … named a version that is not the turn's.
    WrongVersion = "commits against a wrong version",
    /// … was one that no bot should make.
    BadCommit = "malformed commits",
    /// A turn was left unanswered by the bot that held it.
    DeadTurn = "turns that a bot left",
    /// A bot went away.
    BotLeft = "bots that went away",
    /// "Please wait" was said.
    PleaseWait = "please wait",
    /// No bot came back and people took over.
    BotAway = "bots given up",
    /// A conversation began to wait for people.
    Queued = "handoffs",
    /// … lost its agent and waits again.
    Requeued = "requeues",
    /// An agent owned it.
    Assigned = "assignments",
    /// … from another agent.
    Transferred = "transfers",
    /// Two agents claimed the same at once.
    ClaimRace = "claims at once",
    /// An agent gave it back to the bot.
    ReturnedToBot = "returns to the bot",
    /// It ended.
    Closed = "ends",
    /// It went on after its end.
    Reopened = "reopenings",
    /// A session ended.
    Logout = "logouts",
    /// Somebody's workspace went away.
    AgentLeft = "agents that left",
    /// An agent was asked whether they take one.
    Offer = "offers",
    /// … and did.
    OfferAccepted = "offers accepted",
    /// … and did not.
    OfferDeclined = "offers declined",
    /// … and said nothing.
    OfferIgnored = "offers ignored",
    /// A bot named the group that should have it.
    NamedGroup = "hand-offs to a named group",
    /// An agent gave it to a group.
    ToGroup = "transfers to a group",
    /// An agent went away for a while and said why.
    Away = "agents away with a reason",
    /// Who lost an agent was given back to the same one.
    StickyReturn = "returns to the same agent",
    /// All lines were empty in the end.
    WorkedOff = "lines worked off",
    /// A visitor left a message.
    Left = "messages left",
    /// … again, with the same client id.
    LeftAgain = "messages left again",
    /// Two agents wanted the same one at once.
    LeftRace = "messages left claimed at once",
    /// An agent has claimed one.
    LeftClaimed = "messages left claimed",
    /// … and the process was killed before the answer.
    LeftKill = "kills between a claim and its answer",
    /// … and answered it.
    LeftAnswered = "messages left answered",
    /// … or put it back or closed it, or took it from a colleague.
    LeftMoved = "messages left put back, closed or taken over",
}

impl Counted {
    /// What happens only where people work in groups.
    pub const OF_GROUPS: &'static [Self] = &[
        Self::Offer,
        Self::OfferAccepted,
        Self::OfferDeclined,
        Self::OfferIgnored,
        Self::NamedGroup,
        Self::ToGroup,
        Self::Away,
        Self::StickyReturn,
        Self::WorkedOff,
    ];

    /// What happens only where visitors leave messages.
    pub const OF_EVENINGS: &'static [Self] = &[
        Self::Left,
        Self::LeftAgain,
        Self::LeftRace,
        Self::LeftClaimed,
        Self::LeftKill,
        Self::LeftAnswered,
        Self::LeftMoved,
    ];
}

/// How often each happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Counts(BTreeMap<Counted, u64>);

impl Counts {
    /// How often this happened.
    #[must_use]
    pub fn of(&self, what: Counted) -> u64 {
        self.0.get(&what).copied().unwrap_or(0)
    }

    /// Adds another run's.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(*what).or_default() += count;
        }
    }

    /// What never happened of what happens in every world.
    #[must_use]
    pub fn never(&self) -> Vec<Counted> {
        let elsewhere = [Counted::OF_GROUPS, Counted::OF_EVENINGS].concat();
        let all = Counted::ALL.iter();
        let all = all.filter(|what| !elsewhere.contains(what));
        all.copied().filter(|what| self.of(*what) == 0).collect()
    }

    /// What of these never happened.
    #[must_use]
    pub fn never_of(&self, these: &[Counted]) -> Vec<Counted> {
        let these = these.iter().copied();
        these.filter(|what| self.of(*what) == 0).collect()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for what in Counted::ALL {
            writeln!(f, "{:>10}  {}", self.of(*what), what.text())?;
        }
        Ok(())
    }
}

/// Counts of a run that is under way.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

impl Tally {
    pub(crate) fn count(&self, what: Counted) {
        *self.0.lock().0.entry(what).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> Counts {
        self.0.lock().clone()
    }
}
