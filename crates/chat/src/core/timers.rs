//! Deadlines, by the monotonic clock. A timer is a hint: whoever it wakes looks whether it still
//! means anything, so none is ever cancelled.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use kefu_types::{AgentId, ConversationId, TenantId};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A turn was not answered: "please wait".
    TurnDeadline(TenantId, ConversationId, u64),
    /// No bot for too long: a human.
    BotAway(TenantId, ConversationId),
    /// A wrap-up may be over.
    WrapUp(TenantId, ConversationId),
    /// A visitor may have been silent for too long.
    Silence(TenantId, ConversationId),
    /// An agent has been offline since this count of presence changes.
    AgentGrace(TenantId, AgentId, u64),
    /// Places in the queue are to be announced.
    Announce(TenantId),
    /// An assignment failed a while ago; decide anew.
    Route(TenantId),
    /// The hours of some who wait end or begin.
    Hours(TenantId),
    /// What was proposed is to be counted.
    Proposed,
    /// A promise may be near its end.
    Sla(TenantId, ConversationId),
    /// Supervisors are to be told of the board.
    Board(TenantId),
    /// A day may be over.
    Midnight(TenantId),
    /// Old events may go.
    ForgetEvents(TenantId),
}

#[derive(Default)]
pub(crate) struct Timers {
    heap: Mutex<BinaryHeap<Reverse<(Duration, Due)>>>,
    earlier: Notify,
}

impl Timers {
    pub(crate) fn set(&self, at: Duration, due: Due) {
        let mut heap = self.heap.lock();
        let is_first = heap.peek().is_none_or(|Reverse((first, _))| at < *first);
        heap.push(Reverse((at, due)));
        if is_first {
            self.earlier.notify_one();
        }
    }

    /// Takes what is due.
    pub(crate) fn due(&self, now: Duration) -> Vec<Due> {
        let mut heap = self.heap.lock();
        let mut due = Vec::new();
        while let Some(Reverse((at, _))) = heap.peek()
            && *at <= now
        {
            due.extend(heap.pop().map(|Reverse((_, what))| what));
        }
        due
    }

    /// Sleeps until something may be due. Real time only bounds the sleep; the clock decides.
    pub(crate) async fn sleep(&self, now: Duration) {
        let first = self.heap.lock().peek().map(|Reverse((at, _))| *at);
        let earlier = self.earlier.notified();
        match first {
            Some(at) => {
                let left = at.saturating_sub(now).max(Duration::from_millis(1));
                tokio::select! { biased; () = tokio::time::sleep(left) => {}, () = earlier => {} }
            }
            None => earlier.await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kefu_types::TenantId;

    use super::{Due, Timers};

    #[test]
    fn only_what_is_due_comes_out_and_in_order() {
        let timers = Timers::default();
        for (at, tenant) in [(3, 3), (1, 1), (2, 2)] {
            timers.set(Duration::from_secs(at), Due::Announce(TenantId(tenant)));
        }
        let due = timers.due(Duration::from_secs(2));
        assert_eq!(
            due,
            [Due::Announce(TenantId(1)), Due::Announce(TenantId(2))]
        );
        assert!(timers.due(Duration::from_secs(2)).is_empty());
    }
}
