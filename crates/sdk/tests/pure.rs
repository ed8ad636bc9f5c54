//! What the pure parts promise, whatever comes.

use kefu_proto::v1::{Conversation, Message, Opened};
use kefu_sdk::{
    Limits, Outgoing, Problem,
    pure::{
        backoff::Backoff,
        chance::Chance,
        heartbeat::Heartbeat,
        ladder::Ladder,
        marker::{Marker, Reach},
        outbox::{Next, Outbox},
        thread::{Opening, Thread},
        timers::{Timer, Timers},
    },
    text,
};
use proptest::prelude::*;

fn message(seq: u64) -> Message {
    Message {
        seq,
        ..Message::default()
    }
}

fn opened(epoch: u64, after_seq: u64, last_seq: u64) -> Opened {
    Opened {
        conversation: Some(Conversation {
            last_seq,
            ..Conversation::default()
        }),
        epoch,
        after_seq,
        ..Opened::default()
    }
}

/// What a wire does to a conversation.
#[derive(Debug, Clone)]
enum Wire {
    /// So many new messages are sent in one frame.
    Frame(u64),
    /// The last ones come again.
    Repeat(u64),
    /// Some are lost.
    Lose(u64),
    /// The line is cut, and the conversation opened again.
    Reopen,
}

fn wire() -> impl Strategy<Value = Wire> {
    prop_oneof![
        4 => (1_u64..5).prop_map(Wire::Frame),
        1 => (1_u64..5).prop_map(Wire::Repeat),
        1 => (1_u64..3).prop_map(Wire::Lose),
        1 => Just(Wire::Reopen),
    ]
}

/// A network that forgets what was quiet for longer than this; the interval after each beat.
fn beats(heartbeat: &mut Heartbeat, count: usize, forgets_ms: u64) -> Vec<u64> {
    let beat = |_| {
        if heartbeat.every_ms() > forgets_ms {
            heartbeat.died_quietly();
        } else {
            heartbeat.answered(heartbeat.silent_s());
        }
        heartbeat.every_ms()
    };
    (0..count).map(beat).collect()
}

#[test]
fn a_heartbeat_grows_to_the_longest_that_is_granted() {
    let limits = Limits {
        heartbeat_share: 0.5,
        ..Limits::default()
    };
    let mut heartbeat = Heartbeat::new(&limits);
    heartbeat.welcomed(60, 300);
    assert_eq!(heartbeat.every_ms(), 30_000);
    let grown = beats(&mut heartbeat, 40, u64::MAX);
    assert_eq!(grown.last(), Some(&150_000));
    assert!(grown.is_sorted());
    // Whoever is granted less than was asked asks for no more.
    heartbeat.answered(100);
    assert_eq!(heartbeat.every_ms(), 50_000);
    // A server that wants it faster than our least gets what it wants.
    heartbeat.welcomed(10, 10);
    assert_eq!(heartbeat.every_ms(), 5_000);
}

#[test]
fn a_heartbeat_dies_seldom_and_finds_out_when_the_network_is_better() {
    let mut heartbeat = Heartbeat::new(&Limits::default());
    heartbeat.welcomed(25, 300);
    let every_ms = beats(&mut heartbeat, 400, 60_000);
    let deaths = every_ms.windows(2).filter(|two| two[1] < two[0]).count();
    assert!((2..12).contains(&deaths), "{deaths}");
    for _ in 0..9 {
        heartbeat.died_quietly();
    }
    assert_eq!(heartbeat.every_ms(), 17_500);
    assert_eq!(beats(&mut heartbeat, 200, u64::MAX).last(), Some(&210_000));
}

proptest! {
    #[test]
    fn a_thread_hands_on_each_message_once_in_order_without_a_gap(
        start in 0_u64..10,
        steps in prop::collection::vec(wire(), 1..60),
    ) {
        let mut thread = Thread::new(7, start);
        let (mut reference, mut wrote, mut sent) = (1, start, start);
        let mut handed = Vec::new();
        let open = thread.ask(reference);
        prop_assert_eq!(open.after_seq, start);
        prop_assert_eq!(thread.opened(reference, &opened(1, start, wrote)), Opening::GoesOn);
        for step in steps {
            let frame: Vec<Message> = match step {
                Wire::Frame(count) => {
                    wrote += count;
                    let from = std::mem::replace(&mut sent, wrote);
                    (from + 1..=wrote).map(message).collect()
                }
                Wire::Repeat(count) => (sent.saturating_sub(count).max(start) + 1..=sent).map(message).collect(),
                Wire::Lose(count) => {
                    wrote += count;
                    sent = wrote;
                    Vec::new()
                }
                Wire::Reopen => {
                    thread.rest();
                    Vec::new()
                }
            };
            let received = thread.receive(frame);
            handed.extend(received.fresh.iter().map(|it| it.seq));
            if received.gap || matches!(step, Wire::Reopen) {
                reference += 1;
                let open = thread.ask(reference);
                prop_assert_eq!(open.after_seq, thread.seq());
                // Until the answer, what comes was meant for the opening before.
                prop_assert!(thread.receive(vec![message(thread.seq() + 1)]).fresh.is_empty());
                thread.opened(reference, &opened(1, open.after_seq, wrote));
                let rest = (open.after_seq + 1..=wrote).map(message).collect();
                handed.extend(thread.receive(rest).fresh.iter().map(|it| it.seq));
                sent = wrote;
            }
        }
        let expected: Vec<u64> = (start + 1..=thread.seq()).collect();
        prop_assert_eq!(handed, expected);
    }

    #[test]
    fn a_thread_forgets_exactly_when_the_place_is_of_another_history(
        place in 0_u64..20, last in 0_u64..20, same in any::<bool>(),
    ) {
        let mut thread = Thread::new(7, 0);
        thread.ask(1);
        thread.opened(1, &opened(5, 0, place));
        thread.receive((1..=place).map(message).collect());
        let epoch = if same { 5 } else { 6 };
        let asked = thread.ask(2);
        prop_assert_eq!((asked.after_seq, asked.epoch), (place, 5));
        // As docs/protocol.md says: a place of another epoch is none.
        let after = if same { place } else { 0 };
        let opening = thread.opened(2, &opened(epoch, after, last));
        let expected = if after < place {
            Opening::Rewound
        } else if last < place {
            Opening::RewoundAskAgain
        } else {
            Opening::GoesOn
        };
        prop_assert_eq!(opening, expected);
        prop_assert_eq!(thread.epoch(), epoch);
        prop_assert_eq!(thread.seq(), if expected == Opening::GoesOn { place } else { 0 });
    }

    #[test]
    fn an_outbox_stores_in_the_order_of_writing_whatever_is_refused_or_cut(
        fates in prop::collection::vec(0_u8..5, 1..200),
        count in 1_u64..30,
    ) {
        let limits = Limits { send_tries: 1_000, ..Limits::default() };
        let mut outbox = Outbox::default();
        let (mut stored, mut now_ms, mut written) = (Vec::new(), 0, 0);
        let mut fates = fates.into_iter().chain(std::iter::repeat(4));
        while stored.len() < usize::try_from(count).expect("a few") {
            if written < count {
                written += 1;
                outbox.push(outgoing(written));
            }
            let frame = match outbox.next(now_ms) {
                Next::Send(frame) => frame,
                Next::At(at_ms) => {
                    prop_assert!(at_ms > now_ms);
                    now_ms = at_ms;
                    continue;
                }
                Next::Nothing => continue,
            };
            prop_assert_eq!(outbox.next(now_ms), Next::Nothing, "one is in flight at a time");
            let id = frame.client_id.clone();
            match fates.next() {
                Some(0) => outbox.cut(),
                Some(1) => {
                    // Stored, but the answer was lost: it is sent again, and stored once.
                    if stored.last() != Some(&id) { stored.push(id); }
                    outbox.cut();
                }
                Some(2) => {
                    let problem = Problem { retry_after_ms: 40, ..Problem::new("overloaded", "") };
                    outbox.refused(&id, &problem, now_ms, &limits);
                }
                _ => {
                    if stored.last() != Some(&id) { stored.push(id.clone()); }
                    prop_assert!(outbox.remove(&id));
                }
            }
        }
        let expected: Vec<String> = (1..=count).map(|n| format!("m{n}")).collect();
        prop_assert_eq!(stored, expected);
    }

    #[test]
    fn a_wait_that_the_server_names_is_kept_to(asked in 0_u64..1_000_000, tries in 1_u32..10) {
        let limits = Limits { send_tries: tries, ..Limits::default() };
        let mut outbox = Outbox::default();
        outbox.push(outgoing(1));
        let mut now_ms = 0;
        for attempt in 1..=tries {
            prop_assert!(matches!(outbox.next(now_ms), Next::Send(_)));
            let problem = Problem { retry_after_ms: asked, ..Problem::new("rate_limited", "") };
            outbox.refused("m1", &problem, now_ms, &limits);
            match outbox.next(now_ms) {
                Next::At(at_ms) => {
                    prop_assert!(attempt < tries);
                    let wait = asked.max(limits.retry_ms).min(limits.retry_max_ms);
                    prop_assert_eq!(at_ms, now_ms + wait);
                    now_ms = at_ms;
                }
                next => {
                    prop_assert_eq!(next, Next::Nothing);
                    prop_assert_eq!(attempt, tries);
                }
            }
        }
        prop_assert!(outbox.is_empty());
    }

    #[test]
    fn pauses_are_within_a_ceiling_that_doubles(seed in any::<u64>(), base in 1_u64..1_000) {
        let mut backoff = Backoff::new(base, 20_000);
        let mut chance = Chance::new(seed);
        let mut ceiling = base.min(20_000);
        for _ in 0..40 {
            prop_assert_eq!(backoff.ceiling_ms(), ceiling);
            prop_assert!(backoff.wait_ms(&mut chance) <= ceiling);
            ceiling = (ceiling * 2).min(20_000);
        }
        backoff.reset();
        prop_assert_eq!(backoff.ceiling_ms(), base.min(20_000));
    }

    #[test]
    fn a_ladder_comes_round_to_every_rung_and_tries_the_best_ever_more_rarely(
        failures in prop::collection::vec(any::<bool>(), 0..100), rungs in 1_usize..5,
    ) {
        let limits = Limits::default();
        let mut ladder = Ladder::new(rungs, &limits);
        let mut at = 0;
        let mut here = 0;
        for unusable in failures {
            here += 1;
            let moved = ladder.failed(unusable);
            prop_assert_eq!(moved, rungs > 1 && (unusable || here >= limits.fallback_tries));
            if moved {
                at = (at + 1) % rungs;
                here = 0;
            }
            prop_assert_eq!(ladder.current(), at);
            prop_assert_eq!(ladder.better(), (at > 0).then_some(0));
        }
        let mut last = 0;
        for _ in 0..20 {
            prop_assert!(ladder.upgrade_after_ms() >= last);
            last = ladder.upgrade_after_ms();
            ladder.tried(0, false);
        }
        prop_assert_eq!(last, limits.upgrade_max_ms);
        ladder.tried(0, true);
        prop_assert_eq!(ladder.current(), 0);
    }

    #[test]
    fn a_heartbeat_stays_between_its_bounds_and_within_what_its_pings_asked_for(
        server_s in 1_u32..400, more_s in 0_u32..400, grants in 1_u32..600,
        beats in prop::collection::vec(any::<bool>(), 0..200),
    ) {
        let limits = Limits::default();
        let mut heartbeat = Heartbeat::new(&limits);
        heartbeat.welcomed(server_s, server_s + more_s);
        let share_of = |seconds: u32| f64::from(seconds) * 1_000.0 * limits.heartbeat_share;
        let least = (share_of(server_s.min(grants)) as u64).min(limits.heartbeat_min_ms);
        for answered in beats {
            let silent_s = heartbeat.silent_s();
            if answered { heartbeat.answered(silent_s.min(grants)) } else { heartbeat.died_quietly() }
            prop_assert!(heartbeat.every_ms() <= share_of(server_s + more_s) as u64);
            prop_assert!(heartbeat.every_ms() <= share_of(silent_s).ceil() as u64);
            prop_assert!(heartbeat.every_ms() + 1 >= least);
        }
    }

    #[test]
    fn a_marker_says_only_news_and_in_the_end_all_of_it(
        wants in prop::collection::vec((0_u64..50, 0_u64..50, any::<bool>()), 1..60),
    ) {
        let mut marker = Marker::default();
        let (mut wanted, mut told) = (Reach::default(), Reach::default());
        for (delivered, read, heard) in wants {
            marker.want(Reach { delivered, read });
            wanted = wanted.larger(Reach { delivered: delivered.max(read), read });
            if marker.is_due() {
                let mark = marker.say(7, 1);
                let said = Reach { delivered: mark.delivered_seq, read: mark.read_seq };
                prop_assert_eq!(said, wanted);
                prop_assert!(said != told);
                prop_assert!(!marker.is_due(), "one at a time");
                marker.answered(heard);
                if heard { told = said; }
            }
        }
        while marker.is_due() {
            let mark = marker.say(7, 1);
            told = Reach { delivered: mark.delivered_seq, read: mark.read_seq };
            marker.answered(true);
        }
        prop_assert_eq!(told, wanted);
    }

    #[test]
    fn timers_ring_in_their_order_and_once(at in prop::collection::vec((0_u64..20, 0_u64..100), 0..50)) {
        let mut timers = Timers::default();
        let mut expected = std::collections::BTreeMap::new();
        for (name, at_ms) in at {
            timers.set(Timer::Flush(name), at_ms);
            expected.insert(name, at_ms);
        }
        let mut rang = Vec::new();
        for now_ms in 0..100 {
            while let Some(Timer::Flush(name)) = timers.take_due(now_ms) {
                prop_assert_eq!(expected.remove(&name), Some(now_ms));
                rang.push(now_ms);
            }
            prop_assert!(timers.next_ms().is_none_or(|next| next > now_ms));
        }
        prop_assert!(expected.is_empty() && rang.is_sorted());
    }
}

fn outgoing(number: u64) -> Outgoing {
    Outgoing {
        conversation_id: 7,
        client_id: format!("m{number}"),
        body: text("x"),
        queued_at_ms: 0,
        order: number,
        utc_offset_minutes: None,
        quote_seq: 0,
        failed: String::new(),
    }
}
