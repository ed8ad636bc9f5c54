//! docs/metrics.md once more, sentence by sentence, without any care for speed: everything is found by
//! going through all events again.

use std::collections::BTreeMap;

use kefu_proto::v1::{self, AgentStatus, HistoryEvent, history_event::Kind};

use super::super::Day;

/// The events that say what is so: from the last `STARTED` on.
fn lately(events: &[HistoryEvent]) -> &[HistoryEvent] {
    let started = events
        .iter()
        .rposition(|event| event.kind() == Kind::Started);
    &events[started.unwrap_or(0)..]
}

fn begins_to_wait(event: &HistoryEvent) -> bool {
    let kind = event.kind();
    let to_a_line = kind == Kind::Transferred && event.agent_id == 0;
    matches!(kind, Kind::Waiting | Kind::Queued | Kind::Requeued) || to_a_line
}

fn is_given(event: &HistoryEvent) -> bool {
    let to_an_agent = event.kind() == Kind::Transferred && event.agent_id != 0;
    matches!(event.kind(), Kind::Owned | Kind::Assigned | Kind::Taken) || to_an_agent
}

fn is_let_go(event: &HistoryEvent) -> bool {
    matches!(
        event.kind(),
        Kind::LeftQueue | Kind::Returned | Kind::Closed
    )
}

/// The newest event of each conversation that says where it is.
fn newest(events: &[HistoryEvent]) -> BTreeMap<u64, &HistoryEvent> {
    let places = lately(events)
        .iter()
        .filter(|event| begins_to_wait(event) || is_given(event) || is_let_go(event));
    places.map(|event| (event.conversation_id, event)).collect()
}

/// Those that wait: their group, and since when.
fn waiting(events: &[HistoryEvent]) -> Vec<(u64, i64)> {
    let all = newest(events);
    let waiting = all.into_iter().filter(|(_, event)| begins_to_wait(event));
    waiting
        .map(|(id, event)| {
            let moved = lately(events).iter().rfind(|later| {
                let regrouped = later.kind() == Kind::Regrouped;
                later.conversation_id == id && (regrouped || begins_to_wait(later))
            });
            let known = event.kind() == Kind::Waiting;
            let before_ms = if known { event.value } else { 0 };
            let group = moved.map_or(event.group_id, |moved| moved.group_id);
            (group, event.at_ms - before_ms)
        })
        .collect()
}

/// Whether a promise of a conversation is broken at this moment: the one that events of this kind tell.
fn is_overdue(events: &[HistoryEvent], id: u64, due: Kind, now_ms: i64) -> bool {
    use Kind::{Closed, FirstReply, LeftQueue, Returned, WrapUp};
    let own = || {
        let lately = lately(events).iter();
        lately.filter(move |event| event.conversation_id == id)
    };
    let Some(promised) = own().rfind(|event| event.kind() == due) else {
        return false;
    };
    let fulfilled = |event: &HistoryEvent| match event.kind() {
        FirstReply => due == Kind::ReplyDue,
        kind => matches!(kind, WrapUp | LeftQueue | Returned | Closed),
    };
    let over = own().any(|event| event.id > promised.id && fulfilled(event));
    promised.value > 0 && promised.value < now_ms && !over
}

/// Conversations with a broken promise: their group, and which of the two it is.
fn overdue(events: &[HistoryEvent], now_ms: i64) -> Vec<(u64, bool, bool)> {
    let told = |event: &&HistoryEvent| matches!(event.kind(), Kind::ReplyDue | Kind::ResolutionDue);
    let told = lately(events).iter().filter(told);
    let newest: BTreeMap<u64, u64> = told
        .map(|event| (event.conversation_id, event.group_id))
        .collect();
    let judged = newest.into_iter().map(|(id, group)| {
        let broken = |due| is_overdue(events, id, due, now_ms);
        (group, broken(Kind::ReplyDue), broken(Kind::ResolutionDue))
    });
    judged.filter(|(_, reply, end)| *reply || *end).collect()
}

pub(super) fn groups(events: &[HistoryEvent], now_ms: i64) -> Vec<v1::BoardGroup> {
    let (waiting, overdue) = (waiting(events), overdue(events, now_ms));
    let mut ids: Vec<u64> = waiting.iter().map(|(group, _)| *group).collect();
    ids.extend(overdue.iter().map(|(group, ..)| *group));
    ids.sort_unstable();
    ids.dedup();
    let group = |group_id: u64| {
        let since = waiting.iter().filter(|(group, _)| *group == group_id);
        let since: Vec<i64> = since.map(|(_, since_ms)| *since_ms).collect();
        let late = || {
            let all = overdue.iter();
            all.filter(move |(group, ..)| *group == group_id)
        };
        v1::BoardGroup {
            group_id,
            waiting: count(since.len()),
            longest_since_ms: since.into_iter().min().unwrap_or(0),
            overdue: count(late().count()),
            reply_overdue: count(late().filter(|(_, reply, _)| *reply).count()),
            resolution_overdue: count(late().filter(|(_, _, end)| *end).count()),
            ..Default::default()
        }
    };
    ids.into_iter().map(group).collect()
}

fn count(many: usize) -> u32 {
    u32::try_from(many).expect("few")
}

/// Today's events of a kind.
fn today(events: &[HistoryEvent], day: Day, kind: Kind) -> Vec<&HistoryEvent> {
    let of_kind = events.iter().filter(|event| event.kind() == kind);
    of_kind.filter(|event| day.holds(event.at_ms)).collect()
}

/// Today's `WRAP_UP` events that no `RESUMED` takes back.
fn ended(events: &[HistoryEvent], day: Day) -> Vec<&HistoryEvent> {
    let is_over = |ended: &&HistoryEvent| {
        let id = ended.conversation_id;
        let mut after = events
            .iter()
            .filter(|event| event.id > ended.id && event.conversation_id == id);
        let next = after.find(|event| {
            use Kind::{Closed, Requeued, Resumed, Returned, Transferred};
            matches!(
                event.kind(),
                Resumed | Closed | Returned | Requeued | Transferred
            )
        });
        next.is_none_or(|next| next.kind() != Kind::Resumed || !day.holds(next.at_ms))
    };
    let ended = today(events, day, Kind::WrapUp).into_iter();
    ended.filter(is_over).collect()
}

fn mean(events: &[&HistoryEvent]) -> i64 {
    let sum: i64 = events.iter().map(|event| event.value).sum();
    match i64::try_from(events.len()).expect("few") {
        0 => 0,
        many => sum / many,
    }
}

/// The least that so many percent do not exceed.
fn rank(sorted: &[u32], percent: usize) -> u32 {
    let least = sorted.iter().find(|wait| {
        let within = sorted.iter().filter(|other| other <= wait).count();
        within * 100 >= percent * sorted.len()
    });
    least.copied().unwrap_or(0)
}

fn waits(events: &[&HistoryEvent]) -> Vec<u32> {
    let seconds = events.iter().map(|event| event.value / 1_000);
    let mut waits: Vec<u32> = seconds
        .map(|wait| u32::try_from(wait).expect("no wait is negative"))
        .collect();
    waits.sort_unstable();
    waits
}

pub(super) fn day(events: &[HistoryEvent], day: Day) -> v1::BoardDay {
    let all = |kind| today(events, day, kind);
    let many = |kind| count(all(kind).len());
    let waits = waits(&all(Kind::Assigned));
    let ended = ended(events, day);
    let scores: i64 = all(Kind::Rated).iter().map(|event| event.value).sum();
    let alone = |event: &&&HistoryEvent| event.value == 1;
    v1::BoardDay {
        queued: many(Kind::Queued),
        assigned: many(Kind::Assigned),
        wait_p50_s: rank(&waits, 50),
        wait_p90_s: rank(&waits, 90),
        wait_max_s: rank(&waits, 100),
        replied: many(Kind::FirstReply),
        first_reply_mean_ms: mean(&all(Kind::FirstReply)),
        served: count(ended.len()),
        handling_mean_ms: mean(&ended),
        closed: many(Kind::Closed),
        bot_only: count(all(Kind::Closed).iter().filter(alone).count()),
        abandoned: many(Kind::LeftQueue),
        transfers: many(Kind::Transferred) + many(Kind::Regrouped),
        offered: many(Kind::Offered),
        declined: many(Kind::Declined),
        missed: many(Kind::Missed),
        sla_kept: many(Kind::SlaKept),
        sla_broken: many(Kind::SlaBroken),
        rated: many(Kind::Rated),
        score_sum: u32::try_from(scores).expect("few"),
    }
}

pub(super) fn hours(events: &[HistoryEvent], day: Day) -> Vec<v1::BoardHour> {
    let hour_of = |event: &HistoryEvent| (event.at_ms - day.from_ms) / 3_600_000;
    let of_day = events.iter().filter(|event| day.holds(event.at_ms));
    let mut numbers: Vec<i64> = of_day.map(hour_of).collect();
    numbers.dedup();
    let hour = |number: i64| {
        let at = |event: &HistoryEvent| day.holds(event.at_ms) && hour_of(event) == number;
        let own: Vec<HistoryEvent> = events.iter().filter(|event| at(event)).cloned().collect();
        let many = |kind| count(own.iter().filter(|event| event.kind() == kind).count());
        let assigned: Vec<&HistoryEvent> = own
            .iter()
            .filter(|event| event.kind() == Kind::Assigned)
            .collect();
        let lengths = (0..events.len())
            .filter(|place| at(&events[*place]))
            .map(|place| waiting(&events[..=place]).len());
        v1::BoardHour {
            hour: u32::try_from(number).expect("of a day"),
            queued: many(Kind::Queued),
            assigned: many(Kind::Assigned),
            abandoned: many(Kind::LeftQueue),
            wait_max_s: rank(&waits(&assigned), 100),
            waiting_max: count(lengths.max().unwrap_or(0)),
        }
    };
    numbers.into_iter().map(hour).collect()
}

/// Whether online, with which status and why, after these events.
fn state(events: &[HistoryEvent], agent: u64) -> (bool, i64, String) {
    let own = |event: &&HistoryEvent| event.agent_id == agent || event.kind() == Kind::Started;
    let presence = events
        .iter()
        .filter(own)
        .rfind(|event| matches!(event.kind(), Kind::Online | Kind::Offline | Kind::Started));
    let online = presence.is_some_and(|event| event.kind() == Kind::Online);
    let said = |kind: Kind| {
        let all = events.iter();
        all.filter(|event| event.agent_id == agent)
            .rfind(|event| event.kind() == kind)
    };
    let status = said(Kind::Status).or_else(|| said(Kind::Online));
    let (value, reason) = status.map_or((0, ""), |event| (event.value, event.reason.as_str()));
    (online, value, reason.to_owned())
}

pub(super) fn agent(events: &[HistoryEvent], agent: u64, day: Day, now_ms: i64) -> v1::BoardAgent {
    let (online, status, reason) = state(events, agent);
    let mut spent: BTreeMap<i32, i64> = BTreeMap::new();
    let mut since_ms = 0;
    for place in 0..events.len() {
        let before = state(&events[..place], agent);
        let after = state(&events[..=place], agent);
        let at_ms = events[place].at_ms;
        // What somebody offline chooses is not their state.
        if before != after && (before.0 || after.0) {
            since_ms = at_ms;
        }
        let until_ms = events.get(place + 1).map_or(now_ms, |next| next.at_ms);
        let (from_ms, until_ms) = (at_ms.max(day.from_ms), until_ms.min(day.until_ms));
        if after.0 && until_ms > from_ms {
            let status = i32::try_from(after.1).expect("a status");
            *spent.entry(status).or_default() += until_ms - from_ms;
        }
    }
    let time = |status: AgentStatus| spent.get(&i32::from(status)).copied().unwrap_or(0);
    let owned = newest(events).into_values();
    let owned = owned.filter(|event| is_given(event) && event.agent_id == agent);
    let served = ended(events, day).into_iter();
    let served = served.filter(|event| event.agent_id == agent);
    v1::BoardAgent {
        agent_id: agent,
        online,
        status: i32::try_from(status).expect("a status"),
        away_reason: reason,
        since_ms,
        load: count(owned.count()),
        free_ms: time(AgentStatus::Free) + spent.get(&0).copied().unwrap_or(0),
        busy_ms: time(AgentStatus::Busy),
        wrap_up_ms: time(AgentStatus::WrapUp),
        away_ms: time(AgentStatus::Away),
        served: count(served.count()),
        ..Default::default()
    }
}
