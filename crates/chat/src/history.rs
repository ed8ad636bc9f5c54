//! What the event history tells of a conversation that moves: a pure comparison of what it was with what
//! it becomes. A message that moves no phase tells nothing.

use kefu_hours::Hours;
use kefu_proto::v1::{self, Phase, Sender, history_event::Kind};
use kefu_types::{AgentId, GroupId, Millis, Snowflake};

use crate::{
    model::Head,
    sla::{Promise, Sla, is_broken, is_owed},
};

/// By what promises are made, in the group that it is in now.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) sla: Sla,
    pub(crate) hours: Option<&'a Hours>,
}

/// What happened, on its way to an event.
pub(crate) struct Fact {
    kind: Kind,
    agent: Option<AgentId>,
    by: Option<AgentId>,
    /// Whose it is, where that is not the group that it is in now.
    group: Option<GroupId>,
    value: i64,
}

const fn fact(kind: Kind) -> Fact {
    Fact {
        kind,
        agent: None,
        by: None,
        group: None,
        value: 0,
    }
}

impl Fact {
    fn of(kind: Kind, agent: Option<AgentId>) -> Self {
        Self {
            agent,
            ..fact(kind)
        }
    }

    fn worth(self, value: i64) -> Self {
        Self { value, ..self }
    }
}

/// Notes in `after` since when a person is wanted, when one first spoke, and what is promised.
pub(crate) fn keep_time(
    before: &Head,
    after: &mut Head,
    messages: &[v1::Message],
    rules: Rules<'_>,
    now_ms: Millis,
) {
    let people = |phase| matches!(phase, Phase::Queued | Phase::Serving | Phase::WrapUp);
    let (from, to) = (before.phase(), after.phase());
    match (from, to) {
        (_, Phase::Closed) => (after.wanted_at_ms, after.replied_at_ms) = (0, 0),
        _ if !people(from) && people(to) => {
            (after.wanted_at_ms, after.replied_at_ms) = (now_ms, 0);
        }
        // That talk was over: another one is wanted.
        (Phase::WrapUp, Phase::Queued) => {
            (after.wanted_at_ms, after.replied_at_ms) = (now_ms, 0);
        }
        // Somebody is there: what is counted anew is the time to the end.
        (Phase::WrapUp, Phase::Serving) => {
            (after.wanted_at_ms, after.replied_at_ms) = (now_ms, now_ms);
        }
        _ => {}
    }
    let speaks = |message: &v1::Message| message.sender() == Sender::Agent;
    if to == Phase::Serving
        && after.wanted_at_ms != 0
        && after.replied_at_ms == 0
        && messages.iter().any(speaks)
    {
        after.replied_at_ms = now_ms;
    }
    promise(before, after, rules);
}

/// A promise is made when a person is wanted, and by the next group when it gets the conversation, from
/// the same moment on. What is set otherwise meanwhile changes nothing of it.
fn promise(before: &Head, after: &mut Head, rules: Rules<'_>) {
    if after.wanted_at_ms == 0 {
        (after.reply_due_at_ms, after.resolution_due_at_ms) = (0, 0);
        return;
    }
    let stands = is_owed(before) && before.group == after.group;
    if stands || !is_owed(after) {
        return;
    }
    let due = |promise| rules.sla.due_at(promise, after.wanted_at_ms, rules.hours);
    let (reply, resolution) = (due(Promise::FirstReply), due(Promise::Resolution));
    after.reply_due_at_ms = reply.unwrap_or(0);
    after.resolution_due_at_ms = resolution.unwrap_or(0);
}

/// What is told of a move, in the order in which it happened.
pub(crate) fn facts(before: &Head, after: &Head, now_ms: Millis) -> Vec<Fact> {
    let (from, to) = (before.phase(), after.phase());
    let mut facts = Vec::new();
    if from == Phase::Closed && to != Phase::Closed {
        facts.push(fact(Kind::Reopened));
    }
    facts.extend(moved(before, after, now_ms));
    facts.extend(promised(before, after, now_ms));
    if before.replied_at_ms == 0 && after.replied_at_ms != 0 && from != Phase::WrapUp {
        let took = now_ms - after.wanted_at_ms;
        facts.push(Fact::of(Kind::FirstReply, after.agent).worth(took));
        facts.extend(judged(after, Promise::FirstReply, now_ms));
    }
    if matches!(from, Phase::Queued | Phase::Serving)
        && !matches!(to, Phase::Queued | Phase::Serving)
        && before.wanted_at_ms != 0
    {
        // Who left before anybody spoke broke no promise that was not broken already.
        if before.replied_at_ms == 0 && after.replied_at_ms == 0 {
            let broken = judged(before, Promise::FirstReply, now_ms);
            facts.extend(broken.filter(|fact| fact.kind == Kind::SlaBroken));
        }
        if from == Phase::Serving {
            facts.extend(judged(before, Promise::Resolution, now_ms));
        }
    }
    if to == Phase::Closed && from != Phase::Closed {
        let alone = from == Phase::Bot && before.wanted_at_ms == 0;
        let owner = before.owner();
        facts.push(Fact::of(Kind::Closed, owner).worth(i64::from(alone)));
    }
    facts
}

/// The change of place.
fn moved(before: &Head, after: &Head, now_ms: Millis) -> Option<Fact> {
    use Phase::{Queued, Serving, WrapUp};

    let since = |at_ms: Millis| {
        if at_ms == 0 {
            0
        } else {
            (now_ms - at_ms).max(0)
        }
    };
    let (owner, next) = (before.owner(), after.owner());
    Some(match (before.phase(), after.phase()) {
        (Queued, Serving) => Fact::of(Kind::Assigned, next).worth(since(before.queued_at_ms)),
        (Queued, Queued) if before.group != after.group => fact(Kind::Regrouped),
        (Queued, Queued) => return None,
        (Queued, _) => fact(Kind::LeftQueue).worth(since(before.queued_at_ms)),
        // Who gives it to a line is forgotten as the last owner; who was lost is not.
        (Serving | WrapUp, Queued) if after.last_agent.is_none() => Fact {
            by: owner,
            ..fact(Kind::Transferred)
        },
        (Serving | WrapUp, Queued) => Fact::of(Kind::Requeued, owner),
        (Serving, Serving) if owner != next => Fact {
            by: owner,
            ..Fact::of(Kind::Transferred, next)
        },
        (Serving, WrapUp) => Fact::of(Kind::WrapUp, owner).worth(since(before.assigned_at_ms)),
        (WrapUp, Serving) => Fact::of(Kind::Resumed, next),
        (Serving | WrapUp, Phase::Bot) => Fact::of(Kind::Returned, owner),
        (_, Queued) => fact(Kind::Queued),
        (Serving | WrapUp, _) => return None,
        (_, Serving) => Fact::of(Kind::Taken, next),
        _ => return None,
    })
}

/// What is promised from now on, where that is news. A move makes nothing good: what the group that it
/// leaves has broken, and the one that it comes to has not, is told as broken there.
fn promised(before: &Head, after: &Head, now_ms: Millis) -> Vec<Fact> {
    let moves = before.group != after.group;
    let mut facts = Vec::new();
    for promise in Promise::ALL {
        let replied = promise == Promise::FirstReply && after.replied_at_ms != 0;
        if replied || !is_owed(after) {
            continue;
        }
        let (was_ms, is_ms) = (promise.open(before), promise.open(after));
        if moves && is_broken(was_ms, now_ms) && !is_broken(is_ms, now_ms) {
            facts.push(Fact {
                group: Some(before.group),
                ..Fact::of(Kind::SlaBroken, before.agent).worth(promise.value())
            });
        }
        if is_ms != was_ms || moves && is_ms != 0 {
            facts.push(fact(promise.told_by()).worth(is_ms));
        }
    }
    facts
}

/// Whether a promise was kept.
fn judged(head: &Head, promise: Promise, now_ms: Millis) -> Option<Fact> {
    let due_at_ms = promise.due(head);
    let broken = is_broken(due_at_ms, now_ms);
    let kind = if broken {
        Kind::SlaBroken
    } else {
        Kind::SlaKept
    };
    (due_at_ms != 0).then(|| Fact::of(kind, head.agent).worth(promise.value()))
}

/// Facts of one conversation as events.
pub(crate) fn events(
    facts: Vec<Fact>,
    head: &Head,
    ids: &Snowflake,
    now_ms: Millis,
) -> Vec<v1::HistoryEvent> {
    let event = |fact: Fact| v1::HistoryEvent {
        id: ids.next(),
        kind: fact.kind.into(),
        at_ms: now_ms,
        conversation_id: head.id.0,
        agent_id: fact.agent.map_or(0, |agent| agent.0),
        group_id: fact.group.unwrap_or(head.group).0,
        by_id: fact.by.map_or(0, |agent| agent.0),
        value: fact.value,
        reason: String::new(),
    };
    facts.into_iter().map(event).collect()
}
