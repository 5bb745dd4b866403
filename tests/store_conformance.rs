//! One suite for both databases: `sqlite::…` always, `postgres::…` when `LEADGATE_TEST_POSTGRES` names a
//! server (`postgres://user@host:port/database`), each test in a database of its own. Every test ends with
//! the store's own invariants and the journal's chains checked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)] // tests, in functions of their own

#[path = "support/conformance/mod.rs"]
mod conformance;
mod support;

use conformance::{answers, caps, erasing, intake, opening, outbox, owner, queue, reading, sources};
use leadgate as lg;
use support::bench::Bench;

macro_rules! suite {
    ($($group:ident: $($name:ident)*;)*) => {
        mod sqlite {
            use super::*;
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let bench = Bench::sqlite();
                    $group::$name(&bench).await;
                    bench.finish().await;
                }
            )*)*
        }
        mod postgres {
            use super::*;
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let Some(bench) = Bench::postgres().await else { return };
                    $group::$name(&bench).await;
                    bench.finish().await;
                }
            )*)*
        }
    };
}

suite! {
    owner:
        a_report_is_claimed_by_one_and_settled_once what_a_gone_sender_held_waits_or_is_unknown
        a_stop_loss_closes_and_opens_its_cap_and_nobody_elses_word;
    opening:
        opens_fresh_and_again many_open_a_fresh_database_at_once a_newer_schema_is_refused
        the_installation_key_stays a_process_declared_dead_cannot_commit a_heartbeat_tells_the_dead_that_they_are a_live_process_is_not_buried
        a_dropped_call_leaves_the_store_usable hostile_text_is_stored;
    intake:
        new_people_become_leads the_same_page_again_writes_no_lead a_changed_record_is_a_touch
        what_is_told_at_once_is_stored_once
        an_e_mail_or_a_phone_names_a_person after_closing_a_person_stays_known_for_a_while
        another_service_is_a_new_lead_of_the_same_person a_page_may_take_a_key_over_twice
        two_people_in_one_record_are_looked_at duplicates_within_a_page_make_one_lead
        a_confirmed_sign_up_is_promoted sign_up_and_confirmation_may_share_a_page
        a_withdrawal_closes_what_was_not_handed_out a_withdrawal_in_the_same_page_counts
        a_record_that_is_gone_takes_its_lead_along a_withdrawal_is_never_a_look_alike a_withdrawal_of_a_lead_that_is_out_is_told records_aside_keep_what_was_received
        an_erased_person_is_suppressed the_cursor_moves_with_the_page_only
        a_walk_taken_over_stores_nothing one_walker_wins_among_many
        the_same_people_from_two_sources_at_once one_process_stores_pages_side_by_side
        a_corrected_figure_replaces_the_one_before figures_go_with_the_cursor_or_not_at_all;
    queue:
        order_is_priority_then_age order_holds_across_lanes_read_in_parts caps_are_counted_exactly
        zero_closes_and_absence_does_not_limit a_reservation_names_its_windows_end
        eight_releasers_never_exceed_a_cap eight_releasers_of_the_same_leads a_stale_reservation_goes_back_in_front
        a_tried_reservation_that_goes_stale_leaves_nothing_behind
        stale_reservations_are_taken_back_however_many held_leads_expire_at_their_true_time
        the_load_is_counted_from_slots a_failed_release_keeps_nothing;
    caps:
        a_new_cap_counts_what_is_out_already a_cap_lowered_while_a_release_begins_holds
        a_rolling_cap_frees_one_at_a_time money_is_counted_to_the_cent a_cap_that_fills_is_told_once
        whoever_is_too_many_overflows held_leads_change_lanes;
    outbox:
        a_claim_is_settled_once a_lost_claim_changes_nothing two_claimers_never_get_the_same_row
        the_most_urgent_is_claimed_first bytes_are_frozen_once attempts_count_and_a_wait_costs_none what_was_not_begun_is_given_back
        a_lost_claim_costs_those_beside_it_nothing
        an_unknown_one_is_looked_for a_resend_after_doubt_keeps_its_key the_next_destination_gets_token_and_slots
        surely_not_there_gives_the_slots_back a_dead_senders_work_is_found a_phase_never_goes_back
        signing_off_frees_claims_at_once a_fenced_sender_cannot_settle sender_and_rescuer_meet
        what_is_due_next a_card_is_told_of_the_first_inquiry;
    answers:
        the_earliest_answer_wins_in_any_order an_answer_before_acceptance_is_immediate
        polling_goes_on_until_told what_was_written_is_never_changed a_tampered_journal_is_found
        the_journal_holds_while_it_grows switching_a_config_back_is_told;
    reading:
        pages_show_every_row_once a_text_finds_its_rows the_open_list_shows_everything_open
        a_lead_reads_as_it_was_stored figures_agree_with_the_rows;
    sources:
        several_are_taken_at_once_and_only_the_due a_clock_set_back_does_not_stop_the_reading
        a_long_walk_keeps_its_lease quiet_reads_and_throttles_are_counted each_day_knows_what_came
        what_is_known_is_told who_left_a_list_is_withdrawn_and_may_come_back
        leaving_a_list_takes_nothing_from_who_has_it_or_asked_elsewhere
        a_list_that_loses_most_people_at_once_is_doubted a_walk_taken_over_lets_nobody_leave
        pending_people_are_asked_about_until_they_are_not who_never_confirms_is_given_up_and_may_come_back a_cursor_set_back_in_a_walk_is_told_and_kept
        pressure_is_kept_by_who_saw_it_last;
    erasing:
        nothing_is_left_of_who_is_forgotten who_is_forgotten_does_not_come_back who_is_being_sent_is_not_forgotten_half
        what_waits_is_never_sent records_aside_are_found_and_erased ended_leads_are_erased_by_age_in_steps;
}
