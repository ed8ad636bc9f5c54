//! What everything in a run shares.

use std::sync::Arc;

use kefu_dialog::REASON_BOT_AWAY;
use kefu_proto::v1::{Sender, notice::Kind};

use crate::{
    check::Checker,
    clock::Time,
    counters::{Counted, Tally},
    disk::{Disk, Faults, Moved, Step},
    log::{self, Event, Log},
    planted::Planted,
    random::Dice,
    scene::Scene,
};

/// Time, chance, the disk, and the history of one run.
pub(crate) struct Run {
    pub(crate) time: Arc<Time>,
    pub(crate) dice: Dice,
    pub(crate) disk: Arc<Disk>,
    pub(crate) faults: Faults,
    pub(crate) tally: Tally,
    pub(crate) log: Log,
    pub(crate) planted: Option<Planted>,
    pub(crate) scene: Scene,
}

impl Run {
    /// Runs start with a healthy store.
    pub(crate) fn new(
        dice: Dice,
        drift_ppm: i64,
        checker: Checker,
        (scene, planted): (Scene, Option<Planted>),
    ) -> Arc<Self> {
        let time = Time::new(drift_ppm);
        Arc::new(Self {
            log: Log::new(time.clone(), checker),
            time,
            dice,
            disk: Arc::default(),
            faults: Faults::default(),
            tally: Tally::default(),
            planted,
            scene,
        })
    }

    /// Something failed: what is promised for quiet times begins anew.
    pub(crate) fn troubled(&self) {
        self.log.tell(crate::check::Checker::troubled);
    }

    /// The store did this.
    pub(crate) fn committed(&self, step: &Step) {
        match step {
            Step::Moved(moved) => self.moved(moved),
            Step::Left(tenant, row) => self.log.add(Event::Left {
                tenant: tenant.0,
                row: log::left_row(row),
            }),
        }
    }

    /// The store moved a conversation on.
    fn moved(&self, step: &Moved) {
        let event = log::committed(step);
        if let Event::Committed { rows, .. } = &event {
            for row in rows {
                self.count_notice(row.notice);
                let says = row.sender == i32::from(Sender::System) && row.notice == 0;
                if says {
                    self.tally.count(Counted::PleaseWait);
                }
                let queued = row.notice == i32::from(Kind::Queued);
                if queued && step.after.handoff_reason == REASON_BOT_AWAY {
                    self.tally.count(Counted::BotAway);
                }
            }
        }
        let back = step.before.as_ref().is_some_and(|before| {
            let lost = before.rank.is_some_and(|rank| !rank.fresh);
            lost && before.last_agent.is_some() && before.last_agent == step.after.owner()
        });
        if back {
            self.tally.count(Counted::StickyReturn);
        }
        self.log.add(event);
    }

    fn count_notice(&self, kind: i32) {
        let counted = match Kind::try_from(kind) {
            Ok(Kind::Queued) => Counted::Queued,
            Ok(Kind::Requeued) => Counted::Requeued,
            Ok(Kind::Assigned) => Counted::Assigned,
            Ok(Kind::Transferred) => Counted::Transferred,
            Ok(Kind::ReturnedToBot) => Counted::ReturnedToBot,
            Ok(Kind::Closed) => Counted::Closed,
            Ok(Kind::Reopened) => Counted::Reopened,
            _ => return,
        };
        self.tally.count(counted);
    }
}
