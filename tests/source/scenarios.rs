//! The 24 scenarios a poller of lead sources must get right (`sources` 12), each with the tests that show it. What
//! stands here is looked up: a test that was renamed or a case that was taken out fails.
//!
//! `tests/FILE.rs: name` is a test function; `PRESET: name` is a case of `tests/fixtures/presets/PRESET/case.toml`, played
//! against a loopback server with the vendor's documented answers (`tests/presets.rs`).

use super::*;

/// Number, what it is about, and where it is shown.
const SCENARIOS: &[(u8, &str, &[&str])] = &[
    (
        1,
        "two full pages and a last page whose token is still present",
        &[
            "tests/source/walks.rs: only_a_missing_next_ends_a_walk_whose_token_is_always_there",
            "meta-lead-ads: each form to its end, a draft passed over; the second walk asks each from where it was; each request proves the app secret",
        ],
    ),
    (
        2,
        "an empty page followed by a full one",
        &[
            "tests/source.rs: an_empty_page_may_have_more_behind_it",
            "tests/source/walks.rs: only_a_missing_next_ends_a_walk_whose_token_is_always_there",
            "meta-insights: two months in two stretches, an empty page before a full one; then the last 28 days again, corrected",
        ],
    ),
    (
        3,
        "a short page with more behind it",
        &[
            "tests/source/walks.rs: a_short_page_with_more_behind_it_is_no_end",
            "linkedin-lead-sync: a short page, then the rest; the second walk goes back an hour",
        ],
    ),
    (
        4,
        "a page token that repeats",
        &[
            "tests/source/walks.rs: a_token_seen_before_is_told_and_moves_no_cursor",
            "tests/source.rs: a_walk_that_goes_in_circles_stops_and_says_so",
            "meta-lead-ads: the same cursor again",
            "typeform: the same token again",
        ],
    ),
    (
        5,
        "a filter that is ignored: everything comes back",
        &[
            "tests/source/walks.rs: a_filter_that_is_ignored_brings_everything_and_ends",
            "meta-lead-ads: a filter that is not heeded gives everything again: the store knows what it has, the cursor does not go back",
        ],
    ),
    (
        6,
        "a raw query, byte for byte",
        &[
            "tests/source/walks.rs: what_is_encoded_already_is_sent_byte_for_byte",
            "linkedin-lead-sync: a short page, then the rest; the second walk goes back an hour",
        ],
    ),
    (
        7,
        "an array of batches, and no batch at all",
        &[
            "tests/source/walks.rs: an_array_of_batches_is_read_and_none_at_all_is_nothing",
            "google-ads-leads: access is got, two batches in one answer; the second walk goes back a day and finds no batch at all",
        ],
    ),
    (
        8,
        "parameters of the first page only",
        &[
            "tests/source/walks.rs: what_is_for_the_first_page_only_is_left_out_behind_the_last_item",
            "typeform: asked by time once, then by the last token; the second walk goes back an hour",
        ],
    ),
    (
        9,
        "a record edited while places are walked",
        &[
            "tests/source/scenarios.rs: s09_who_is_edited_during_a_walk_pushes_nobody_out_of_it",
            "tests/source.rs: mailchimp_walks_on_through_full_pages_and_many_changes_in_one_second",
            "tests/source_faults/drift.rs: who_moves_to_a_page_that_was_read_is_met_by_the_next_walk",
        ],
    ),
    (
        10,
        "pending then confirmed, confirmed then withdrawn",
        &[
            "tests/source/beside.rs: one_record_is_read_again",
            "listmonk: who has not clicked is asked for again: not yet, then confirmed, then deleted",
            "mailchimp: subscribed, pending and cleaned; what is five minutes young is read again",
            "ghost-members: who is known is asked for again: still there, then unsubscribed, then deleted",
        ],
    ),
    (
        11,
        "a cursor of whole days, the same day read twice",
        &[
            "tests/source/news.rs: a_source_of_whole_days_is_asked_from_the_day_before",
            "kit: two pages by the flag; the same day is read twice, and somebody has confirmed; a day without anybody",
        ],
    ),
    (
        12,
        "a token in a JSON body, and a cap of records",
        &[
            "tests/source/walks.rs: a_token_goes_into_the_body_and_a_cap_is_passed_by_asking_anew",
            "tests/source/walks.rs: more_of_one_moment_than_one_question_gives_is_told",
            "hubspot-contacts: two pages; what is two minutes young is read again",
        ],
    ),
    (
        13,
        "newest first stops at known ids; a new record in the middle of the walk",
        &[
            "tests/source/news.rs: newest_first_stops_at_a_page_of_known_records",
            "tests/source/news.rs: a_record_that_arrives_during_the_walk_is_read_the_next_time",
            "hubspot-forms: one form of two: two pages, then a new submission before those that are known",
            "tally: a walk that broke off is no reason to stop at what it stored",
        ],
    ),
    (
        14,
        "a throttle in every style",
        &[
            "tests/accounts.rs: a_throttle_in_every_style_lets_the_whole_account_rest",
            "tests/source.rs: later_is_understood_in_seconds_and_as_a_date",
            "klaviyo: too many calls: only then there is a Retry-After",
            "brevo: too many calls: the header says seconds from now",
            "meta-lead-ads: the Page's calls are used up: the header says for how many minutes",
            "google-ads-leads: the day's operations are used up: it says how long to wait",
            "linkedin-lead-sync: the day's calls are used up: nothing says for how long",
            "mailchimp: under heavy load: a bare 403 without JSON is no word about the key",
            "tiktok-leads: too many questions",
        ],
    ),
    (
        15,
        "an expired token is renewed; a renewal is refused",
        &[
            "tests/accounts.rs: access_that_ran_out_is_renewed_once_and_the_request_sent_again",
            "tests/accounts.rs: a_consent_that_is_gone_says_how_to_give_it_again",
            "google-ads-leads: access that ran out early is renewed once",
            "google-ads-leads: consent is gone",
            "linkedin-lead-sync: access that expired is renewed once",
            "linkedin-lead-sync: the refresh token is refused",
        ],
    ),
    (
        16,
        "a signed token refused because of a clock",
        &[
            "tests/accounts.rs: a_token_refused_for_its_time_is_signed_anew_by_the_far_sides_clock",
            "ghost-members: our clock is ten minutes slow: the token is made anew by Ghost's clock and asked with once more",
        ],
    ),
    (
        17,
        "the list is missing; who left is seen by difference",
        &[
            "tests/source.rs: a_list_without_members_has_no_entries_at_all",
            "tests/source/news.rs: who_left_is_seen_in_the_roster_of_a_whole_walk",
            "mailman: each new member's address is asked for once; one left, one joined, whose address nobody knows; then nobody is left",
        ],
    ),
    (
        18,
        "moments without zone or colon, and the hour that comes twice",
        &[
            "tests/source/news.rs: moments_without_zone_or_colon_are_read_and_a_repeated_hour_skips_nobody",
            "tests/source_faults/drift.rs: moments_of_every_kind_hide_nobody",
            "jotform: the hour that comes twice; with nine calls left nobody asks for an hour",
            "mailerlite: everybody by two pages; then one has confirmed and one is there no more; an hour that clocks leave out is one like others",
            "meta-insights: just after midnight where the account is, with a proof of the app's secret",
        ],
    ),
    (
        19,
        "null answers, missing addresses, doubled ids, 64-bit ids as text",
        &[
            "tests/source/news.rs: null_answers_missing_addresses_and_typed_values_are_read",
            "tests/source/walks.rs: an_array_of_batches_is_read_and_none_at_all_is_nothing",
            "tests/source.rs: a_bad_record_costs_one_record",
            "tests/source_faults/records.rs: odd_and_legal_is_read",
            "google-ads-leads: access is got, two batches in one answer; the second walk goes back a day and finds no batch at all",
        ],
    ),
    (
        20,
        "HTML with 200, JSON cut off, gzip, a slow body",
        &[
            "tests/source_faults.rs: every_fault_is_told_with_what_helps_and_moves_no_cursor",
            "tests/source.rs: compressed_answers_are_read_and_bombs_are_not",
            "gravity-forms: a page for people",
            "gravity-forms: an answer cut off",
        ],
    ),
    (
        21,
        "a next address at another host",
        &[
            "tests/source.rs: pages_are_followed_at_our_own_host_only",
            "tests/source/walks.rs: the_link_header_leads_on_at_our_own_host_only",
            "klaviyo: two pages, the second at the address of the first's links; then nothing new",
            "json: the next page may not lie at another host",
        ],
    ),
    (
        22,
        "a retired version",
        &[
            "tests/accounts.rs: a_retired_version_is_a_matter_of_the_settings",
            "linkedin-lead-sync: a retired version",
            "linkedin-analytics: a version that is retired",
        ],
    ),
    (
        23,
        "files: a half-written line, a byte order mark, Windows-1252, a line break in a cell",
        &[
            "tests/source_files.rs: half_a_line_waits_and_comes_once_whole",
            "tests/source_files.rs: a_csv_as_offices_write_it",
        ],
    ),
    (
        24,
        "figures restated, and a day that is missing",
        &[
            "tests/figures.rs: the_past_is_read_once_and_what_may_be_corrected_every_time",
            "tests/source/news.rs: figures_that_are_corrected_later_are_read_again",
            "tests/support/conformance/intake.rs: a_corrected_figure_replaces_the_one_before",
            "meta-insights: two months in two stretches, an empty page before a full one; then the last 28 days again, corrected",
        ],
    ),
];

/// Mailchimp gives what changed since a moment, the earliest change first, by places: whoever is edited during the
/// walk goes to the end of the list, and everybody behind moves up by one.
#[tokio::test]
async fn s09_who_is_edited_during_a_walk_pushes_nobody_out_of_it() {
    let server = MockServer::start().await;
    let changed = |n: u32| format!("2026-09-14T{:02}:{:02}:{:02}+00:00", n / 3_600, n / 60 % 60, n % 60);
    let members: Vec<(u32, String)> = (0..2_500).map(|n| (n, changed(n * 4))).collect();
    let members = std::sync::Mutex::new(members);
    Mock::given(any())
        .respond_with(move |request: &Request| {
            let asked = query(request);
            let mut members = members.lock().unwrap();
            let since: Timestamp = asked["since_last_changed"].parse().unwrap();
            let page: Vec<Value> = members
                .iter()
                .filter(|(_, changed)| changed.parse::<Timestamp>().unwrap() > since)
                .skip(asked["offset"].parse().unwrap())
                .take(asked["count"].parse().unwrap())
                .map(|(n, changed)| json!({"contact_id": format!("k{n}"), "status": "subscribed", "merge_fields": {}, "last_changed": changed}))
                .collect();
            // Two of those that were just read are edited.
            let last = members.last().unwrap().1.parse::<Timestamp>().unwrap();
            for _ in 0..2 {
                let (n, _) = members.remove(0);
                members.push((n, (last + SignedDuration::from_secs(1)).to_string()));
            }
            ok(json!({ "members": page }).to_string())
        })
        .mount(&server)
        .await;
    let vars = [("url", &*server.uri()), ("dc", "us19"), ("list_id", "a1b2c3"), ("api_key", "secret")];
    let records = good(walk(&*build("mailchimp", &vars), &mut Cursor::default()).await.unwrap());
    let ids: std::collections::BTreeSet<_> = records.iter().map(|record| record.id.clone()).collect();
    assert_eq!(ids.len(), 2_500, "nobody is missed");
    assert!(server.received_requests().await.unwrap().len() <= 5);
}

#[test]
fn every_scenario_is_shown() {
    let numbers: Vec<u8> = SCENARIOS.iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, (1..=24).collect::<Vec<u8>>());
    let mut missing = Vec::new();
    for (number, what, shown) in SCENARIOS {
        for place in *shown {
            let (file, name) = place.split_once(": ").unwrap();
            let (path, wanted) = match file.strip_prefix("tests/") {
                Some(_) => (file.to_owned(), format!("async fn {name}(")),
                None => (format!("tests/fixtures/presets/{file}/case.toml"), format!("name = \"{name}\"\n")),
            };
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if !text.contains(&wanted) {
                missing.push(format!("{number} ({what}): nothing is called `{name}` in {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}
