//! States that differ in nothing that counts, as one: what a walk through all of them needs to end.

use super::{
    explore::{TALKS, TICK},
    *,
};

/// The same state with its unbounded numbers folded: now is 0.
pub(super) fn fold(desk: &mut Desk, now: Time) {
    let mut tickets: Vec<u64> = Vec::new();
    for talk in desk.talks.values() {
        if let Place::Queued(waiting) = talk.place {
            tickets.push(waiting.rank.ticket);
        }
    }
    tickets.sort_unstable();
    let place = |ticket: u64| tickets.partition_point(|other| *other < ticket) as u64;
    let shift = |at: Time| (at - now).max(-TICK);
    let old: Vec<_> = desk
        .talks
        .iter()
        .map(|(id, talk)| (*id, talk.place))
        .collect();
    for (id, was) in old {
        let Place::Queued(mut waiting) = was else {
            continue;
        };
        waiting.rank.ticket = place(waiting.rank.ticket);
        let talk = desk.talks.get_mut(&id).expect("it is there");
        // Nobody looks at how long somebody waits whom no other group helps.
        let helped = desk.groups[&talk.home].rules.overflow.is_some();
        waiting.since = if helped { shift(waiting.since) } else { 0 };
        talk.place = Place::Queued(waiting);
        let line = &mut desk.groups.get_mut(&talk.home).expect("a home").line;
        line.renumber(id, waiting.rank, waiting.since);
    }
    for talk in desk.talks.values_mut() {
        if let Some(until) = talk
            .hold
            .as_mut()
            .and_then(|hold| hold.offered_until.as_mut())
        {
            *until -= now;
        }
    }
    desk.declines.retain(|_, all| {
        all.retain(|(_, until)| *until > now);
        all.iter_mut().for_each(|(_, until)| *until -= now);
        all.sort_unstable();
        !all.is_empty()
    });
    let mut touched: Vec<u64> = desk.seats.values().map(|seat| seat.touched).collect();
    touched.sort_unstable();
    for seat in desk.seats.values_mut() {
        seat.touched = touched.partition_point(|other| *other < seat.touched) as u64;
    }
    desk.touches = touched.len() as u64;
    // Only looked at by a strategy that this world has not.
    desk.groups
        .values_mut()
        .for_each(|group| group.given.clear());
    // How far beyond its turn a lane is counts only as far as reservations can come back.
    for group in desk.groups.values_mut() {
        group.line.turnstile.fold(TALKS.len() as u32);
    }
    desk.withdrawn.clear();
}

/// Everything that decides what happens next. Conversations are alike but for what is known of
/// them, so which of them is which does not count: a sixth of the states is all of them.
pub(super) fn key(desk: &Desk) -> String {
    let mut talks = TALKS.map(|id| {
        let place = |group: &crate::router::group::Group| {
            let mut leaving = group.line.leaving.iter();
            leaving.position(|leaving| *leaving == id)
        };
        let leaving: Vec<_> = desk.groups.values().map(place).collect();
        let known = (desk.talks.get(&id), desk.declines.get(&id));
        format!("{known:?}{leaving:?}")
    });
    talks.sort_unstable();
    let seats: Vec<_> = desk
        .seats
        .values()
        .map(|seat| (seat.online, seat.terms.free, seat.missed, seat.touched))
        .collect();
    let turnstiles = desk.groups.values().map(|group| group.line.turnstile);
    let turnstiles: Vec<_> = turnstiles.collect();
    format!("{talks:?}{seats:?}{turnstiles:?}")
}
