//! A small office: limits that are reached in a few hundred steps.

use std::time::Duration;

use kefu_chat::{ChatSettings, Hashing, Limits, Search, Timing};

use crate::scene::Scene;

pub(crate) const PAGE_MAX: u32 = 20;
pub(crate) const UNREAD_MAX: u32 = 6;
pub(crate) const MISSED_MESSAGES_MAX: u32 = 4;
pub(crate) const RECALL_WITHIN: Duration = Duration::from_secs(20);
pub(crate) const BOT_AWAY: Duration = Duration::from_secs(4);
/// Why an agent may be away.
pub(super) const AWAY_REASON: &str = "lunch";
pub(crate) const AGENT_GRACE: Duration = Duration::from_secs(5);

pub(crate) fn settings(scene: Scene) -> ChatSettings {
    let scale = scene.scale();
    ChatSettings {
        timing: Timing {
            turn_deadline: Duration::from_secs(1),
            bot_away: BOT_AWAY,
            wrap_up: Duration::from_secs(5),
            agent_grace: AGENT_GRACE,
            store_stall: Duration::from_secs(1),
            acknowledgement: Duration::from_secs(3),
            drain: Duration::from_secs(5),
            recall_within: RECALL_WITHIN,
            offer: Duration::from_secs(3),
            offer_again: Duration::from_secs(4),
            ..Timing::default()
        },
        limits: Limits {
            turn_messages_max: 6,
            turns_open_max: 8,
            bots_max: 4,
            bot_in_flight_max: 4,
            writer_queue_max: scale.writer_queue_max,
            writer_queue_vip_max: scale.writer_queue_vip_max,
            vip_ahead_max: 2,
            batch_changes_max: scale.batch_changes_max,
            fan_out_batches_max: 4,
            link_events_max: scale.link_events_max,
            links_max: 8,
            page_max: PAGE_MAX,
            missed_page_max: 3,
            missed_messages_max: MISSED_MESSAGES_MAX,
            unread_max: UNREAD_MAX,
            ..Limits::default()
        },
        away_reasons: vec![AWAY_REASON.to_owned()],
        // The decoy is hashed at every start.
        hashing: Hashing {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        },
        // Its catch-up would draw from the dice of every run.
        search: Search {
            enabled: false,
            ..Search::default()
        },
        ..ChatSettings::default()
    }
}
