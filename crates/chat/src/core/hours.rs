//! When people are there, for the group in whose line a conversation waits.

use std::time::Duration;

use kefu_hours::Hours;
use kefu_types::{Millis, TenantId};

use super::{Core, timers::Due};
use crate::model::Head;

/// A clock that is a moment behind finds the hours as they were: it looks again no sooner.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Core {
    /// The hours that count for it; `None`: all of them.
    pub(crate) fn hours(&self, head: &Head) -> Option<&Hours> {
        let office = self.settings.office.as_ref()?;
        office.of(&self.groups.calendar(head.tenant, head.group))
    }

    /// `Some` while nobody of its group is there, with when they are back where that is known.
    pub(crate) fn closed(&self, head: &Head) -> Option<Option<Millis>> {
        let office = self.settings.office.as_ref()?;
        let calendar = self.groups.calendar(head.tenant, head.group);
        office.opens(&calendar, self.clock.wall_ms())
    }

    /// Whoever waits is told when the hours of their group end, and when they begin.
    pub(crate) fn watch_hours(&self, head: &Head) {
        let Some(office) = self
            .settings
            .office
            .as_ref()
            .filter(|_| head.rank.is_some())
        else {
            return;
        };
        let calendar = self.groups.calendar(head.tenant, head.group);
        let now_ms = self.clock.wall_ms();
        let Some(turns_ms) = office.turns(&calendar, now_ms) else {
            return;
        };
        let left_ms = u64::try_from(turns_ms.saturating_sub(now_ms)).unwrap_or(0);
        let at = self.clock.monotonic() + Duration::from_millis(left_ms).max(LOOK_AGAIN);
        if self.routing.wants_hours(head.tenant, at) {
            self.timers.set(at, Due::Hours(head.tenant));
        }
    }

    /// Some hours ended or began, or are about to.
    pub(crate) fn hours_turned(&self, tenant: TenantId) {
        for head in self.routing.tell_anew(tenant) {
            self.watch_hours(&head);
        }
        self.announce(tenant);
    }
}
