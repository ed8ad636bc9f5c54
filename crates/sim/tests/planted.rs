//! A checker that finds nothing proves nothing: each planted bug is found, as what it is, within
//! its number of seeds, and without it the same seeds have nothing to complain of.

use kefu_sim::{Options, Planted, run};

fn is_found(planted: Planted) {
    let found = (1..=planted.seeds_max()).find_map(|seed| {
        let clean = Options::of_seed(seed).in_scene(planted.scene());
        let report = run(Options {
            planted: Some(planted),
            ..clean
        });
        report.violation.map(|violation| (clean, violation))
    });
    let seeds = planted.seeds_max();
    let Some((clean, violation)) = found else {
        panic!("{planted} was not found within {seeds} seeds");
    };
    assert!(
        planted.breaks().contains(&violation.promise),
        "{planted}: {violation}"
    );
    let complaint = run(clean).complaint();
    assert_eq!(complaint, None, "without {planted}");
}

macro_rules! found {
    ($($name:ident: $planted:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            is_found(Planted::$planted);
        }
    )*};
}

found! {
    an_acknowledgement_before_the_commit_is_found: AckBeforeCommit,
    a_retry_that_is_stored_twice_is_found: StoredTwice,
    a_sequence_that_skips_is_found: SkippedSequence,
    a_sequence_from_the_clock_is_found: ClockSequence,
    a_resume_that_is_off_by_one_is_found: ResumeOffByOne,
    a_queue_without_a_bound_is_found: UnboundedQueue,
    a_forgotten_turn_is_found: ForgottenTurn,
    a_lost_fan_out_is_found: LostFanOut,
    a_message_to_the_wrong_watcher_is_found: WrongWatcher,
    a_stale_commit_that_is_taken_is_found: StaleCommit,
    a_second_owner_is_found: DoubledOwner,
    a_mark_that_is_not_written_is_found: ForgottenMark,
    a_body_that_outlives_its_recall_is_found: RecalledBody,
    a_wrong_count_of_unread_is_found: MiscountedUnread,
    a_group_without_a_bound_is_found: CrowdedGroup,
    a_gift_to_who_had_to_be_asked_is_found: UnaskedGift,
    an_offer_without_an_end_is_found: EndlessOffer,
    a_disconnect_that_is_not_forgiven_is_found: NoGrace,
    a_requeue_to_the_back_is_found: BackOfTheLine,
    a_waiter_that_a_restart_forgets_is_found: ForgottenWaiter,
    a_line_turned_around_is_found: LastComeFirst,
    a_message_left_for_two_agents_is_found: DoubledClaim,
    a_message_left_that_no_list_has_is_found: UnlistedLeft,
}

#[test]
fn every_planted_bug_has_a_name_of_its_own() {
    for planted in Planted::ALL {
        assert_eq!(planted.name().parse(), Ok(planted));
    }
}
