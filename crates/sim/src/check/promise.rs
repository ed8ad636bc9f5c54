//! What is promised, and what a broken promise looks like.

use std::fmt;

/// The promises of the chat core, by their letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Promise {
    /// **A** an acknowledged message survives and is readable.
    Acknowledged,
    /// **D** one row for each client id, conflicts said.
    Deduplicated,
    /// **O** one gapless sequence, the same for everybody.
    Ordered,
    /// **R** resuming from n yields exactly n+1 onward.
    Resumable,
    /// **B** every queue has a bound.
    Bounded,
    /// **L** after any fault it recovers by itself, in a stated time.
    Live,
    /// **F** nothing is invented, nothing crosses a tenant.
    Faithful,
    /// One owner, who may own it; no bot speaks to a human's visitor.
    HandOff,
    /// **S** devices stay in step: a cursor that was acknowledged never goes back, what was taken
    /// back is shown by no later read, unread is right.
    InStep,
    /// **Q** inside a priority of a group the longest wait goes first, and who lost an agent stands
    /// at the front.
    InLine,
    /// **M** a message left is listed until it is done, one agent works on it, and it is answered once.
    Kept,
}

impl Promise {
    /// The letter in the papers; H for the hand-off, S for devices in step, Q for the queue, M for
    /// messages left.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Acknowledged => 'A',
            Self::Deduplicated => 'D',
            Self::Ordered => 'O',
            Self::Resumable => 'R',
            Self::Bounded => 'B',
            Self::Live => 'L',
            Self::Faithful => 'F',
            Self::HandOff => 'H',
            Self::InStep => 'S',
            Self::InLine => 'Q',
            Self::Kept => 'M',
        }
    }
}

/// A broken promise, with what led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// How.
    pub what: String,
    /// In which step; the number of steps when it was found after the last.
    pub step: u32,
    /// Simulated milliseconds since the run began.
    pub at_ms: u64,
    /// The last events before it.
    pub before: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (letter, promise) = (self.promise.letter(), self.promise);
        writeln!(f, "promise {letter} ({promise:?}) is broken: {}", self.what)?;
        writeln!(
            f,
            "in step {}, at {} simulated ms, after",
            self.step, self.at_ms
        )?;
        for event in &self.before {
            writeln!(f, "  {event}")?;
        }
        Ok(())
    }
}
