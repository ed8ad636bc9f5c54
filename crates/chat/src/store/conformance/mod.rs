//! What every store must do, as a suite that runs over any of them.
//!
//! Each case is given a fresh, empty store and panics with what is wrong.

mod alerts;
mod assist;
mod canned;
mod closing;
mod conversations;
mod cursors;
mod events;
mod fixture;
mod groups;
mod history;
mod identity;
mod left;
mod lineage;
mod media;
mod notes;
mod people;
mod references;
mod search;
mod tags;
mod views;

use std::future::Future;

use crate::store::SharedStore;

/// Runs every case, each on a store made by `fresh`.
pub async fn run<F>(fresh: impl Fn() -> F)
where
    F: Future<Output = SharedStore>,
{
    conversations::a_head_comes_back_as_it_was_stored(fresh().await).await;
    conversations::what_every_message_moves_is_written_and_the_rest_stays(fresh().await).await;
    conversations::a_change_applies_only_to_the_version_it_was_made_for(fresh().await).await;
    conversations::a_refused_change_harms_no_neighbour(fresh().await).await;
    conversations::a_chain_of_changes_goes_in_one_batch(fresh().await).await;
    conversations::a_client_key_is_stored_once(fresh().await).await;
    conversations::pages_are_gapless_in_both_directions(fresh().await).await;
    conversations::an_agent_never_owns_more_than_the_guard_allows(fresh().await).await;
    conversations::a_group_never_has_more_than_the_guard_allows(fresh().await).await;
    conversations::a_restart_finds_what_needs_care(fresh().await).await;
    conversations::nothing_crosses_a_tenant(fresh().await).await;
    search::what_was_said_is_found_in_any_script(fresh().await).await;
    search::cards_and_buttons_are_found_and_notices_are_not(fresh().await).await;
    search::what_looks_like_an_operator_is_text(fresh().await).await;
    search::a_search_stays_in_its_tenant_and_its_conversation(fresh().await).await;
    search::pages_of_hits_stay_where_they_are_while_others_write(fresh().await).await;
    search::no_query_and_no_text_is_too_long(fresh().await).await;
    search::only_what_is_stored_is_found_and_only_once(fresh().await).await;
    closing::a_talk_is_rated_once_and_its_newest_summary_stands(fresh().await).await;
    closing::no_ending_crosses_a_tenant(fresh().await).await;
    left::a_message_left_is_written_with_its_words_or_not_at_all(fresh().await).await;
    left::of_two_who_claim_at_once_one_gets_it(fresh().await).await;
    left::lists_go_by_state_and_group_in_their_order(fresh().await).await;
    left::no_message_left_crosses_a_tenant(fresh().await).await;
    alerts::an_alert_comes_back_with_everybody_who_has_seen_it(fresh().await).await;
    alerts::of_what_is_not_stored_there_is_no_alert(fresh().await).await;
    alerts::pages_begin_with_the_newest_and_go_by_whether_anybody_has_seen_them(fresh().await)
        .await;
    alerts::no_alert_crosses_a_tenant(fresh().await).await;
    assist::what_is_taken_is_counted_with_its_message_and_once(fresh().await).await;
    assist::the_last_pages_of_a_visitor_stay_and_no_others(fresh().await).await;
    events::what_happened_is_stored_with_what_it_tells_of(fresh().await).await;
    events::of_what_did_not_apply_nothing_is_told(fresh().await).await;
    events::a_page_ascends_and_the_old_go_in_steps(fresh().await).await;
    events::no_event_crosses_a_tenant(fresh().await).await;
    people::a_login_is_unique_in_its_tenant(fresh().await).await;
    people::the_last_admin_stays(fresh().await).await;
    people::a_revoked_session_says_so(fresh().await).await;
    people::the_setup_link_works_exactly_once(fresh().await).await;
    people::the_ceiling_covers_every_id(fresh().await).await;
    groups::a_group_comes_back_with_its_members(fresh().await).await;
    groups::a_group_changes_only_from_the_version_that_was_read(fresh().await).await;
    groups::a_key_is_unique_in_its_tenant_and_no_group_crosses_one(fresh().await).await;
    lineage::an_epoch_only_ever_grows_and_the_identity_stays(fresh().await).await;
    identity::somebody_of_the_business_is_one_visitor_for_good(fresh().await).await;
    identity::a_token_of_the_business_is_used_once(fresh().await).await;
    identity::no_identity_crosses_a_tenant(fresh().await).await;
    history::a_version_comes_back_with_its_files(fresh().await).await;
    history::the_same_set_is_recorded_once_and_a_guess_of_the_newest_must_be_right(fresh().await)
        .await;
    history::contents_must_be_whole_before_a_version_names_them(fresh().await).await;
    history::old_versions_go_and_shared_contents_stay(fresh().await).await;
    history::no_history_crosses_a_tenant(fresh().await).await;
    references::a_quote_is_kept_and_belongs_to_what_a_retry_repeats(fresh().await).await;
    references::only_what_somebody_said_can_be_quoted_or_recalled(fresh().await).await;
    references::what_is_recalled_is_read_by_nobody_and_keeps_its_place(fresh().await).await;
    references::a_message_and_its_recall_go_in_one_batch(fresh().await).await;
    references::only_ones_own_and_only_for_a_time(fresh().await).await;
    views::metadata_says_all_but_the_body(fresh().await).await;
    views::messages_are_found_by_id_in_their_conversation_only(fresh().await).await;
    cursors::cursors_move_forward_only_and_read_is_delivered(fresh().await).await;
    cursors::of_a_batch_of_marks_the_last_stays_and_old_devices_go(fresh().await).await;
    cursors::a_visitor_missed_what_others_said(fresh().await).await;
    media::an_upload_is_reserved_once_within_the_tenant_s_room(fresh().await).await;
    media::a_message_names_only_its_sender_s_own_upload_and_only_once(fresh().await).await;
    media::what_is_recalled_or_over_is_gone_and_then_forgotten(fresh().await).await;
    notes::notes_are_numbered_once_each_and_move_nothing_else(fresh().await).await;
    notes::a_mention_stays_unread_until_its_agent_has_seen_it(fresh().await).await;
    canned::a_canned_reply_is_kept_whole_under_a_shortcut_of_its_owner(fresh().await).await;
    canned::a_canned_reply_changes_from_the_version_that_was_seen(fresh().await).await;
    tags::tags_come_and_go_within_their_bound(fresh().await).await;
    tags::the_most_used_tags_are_proposed_and_none_of_another_tenant(fresh().await).await;
    notes::no_note_crosses_a_tenant(fresh().await).await;
    cursors::an_agent_missed_the_own_and_the_unread_by_pages(fresh().await).await;
}
