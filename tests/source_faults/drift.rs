//! What moves while it is read: clocks, moments, pages that shrink and grow, records that change under their id.

use super::*;

const HEAD: &str = "format = 1\nid = \"own\"\ntitle = \"Own\"\n[vars]\nurl = { prompt = \"\", kind = \"url\" }\n[http]\nbase = \"{{ vars.url }}\"\ntimeout = \"90s\"\n";
const BY_PLACE: &str = "[request]\nquery = { offset = \"{{ page.offset }}\" }\n[paging]\nkind = \"offset\"\nsize = 2\ntotal = \"$.total\"\n[cursor]\nstrategy = \"since\"\nfield = \"$.created_at\"\n[extract]\nrecords = \"$.data[*]\"\nid = \"$.id\"\n";

fn record(id: &str, moment: &str) -> String {
    format!("{{\"id\": \"{id}\", \"created_at\": \"{moment}\", \"email\": \"{id}@example.org\"}}")
}

fn page(records: &[String], rest: &str) -> String {
    format!("{{\"data\": [{}]{rest}}}", records.join(","))
}

fn ids(records: &[Result<Record, Unreadable>]) -> Vec<&str> {
    records.iter().map(|record| record.as_ref().map_or("aside", |record| record.id.as_str())).collect()
}

/// The cursor after a walk over one page of these moments, with this `Date`.
async fn stands_after(moments: &[&str], date: Option<&str>) -> (usize, Option<String>) {
    let far = FarSide::start(None);
    let records: Vec<String> = moments.iter().enumerate().map(|(n, moment)| record(&format!("r{n}"), moment)).collect();
    let date = date.map(|date| format!("date: {date}\r\n")).unwrap_or_default();
    far.well("/", Answer::of(200, &format!("content-type: application/json\r\n{date}"), page(&records, "")));
    let mut cursor = since("2026-11-22T00:00:00Z");
    let (records, failure) = walk(&*at(&far.url("/")), &mut cursor).await;
    assert!(failure.is_none(), "{failure:?}");
    (records.into_iter().flatten().count(), cursor.since)
}

#[tokio::test]
async fn moments_of_every_kind_hide_nobody() {
    let stands = |text: &str| Some(text.to_owned());
    // Out of order, 1970, and before the beginning: the greatest counts, and never goes back.
    let odd = ["2026-11-23T07:59:00Z", "1970-01-01T00:00:00Z", "2026-11-23T07:00:00Z", "0001-01-01T00:00:00Z"];
    assert_eq!(stands_after(&odd, None).await, (4, stands("2026-11-23T07:59:00Z")));
    assert_eq!(stands_after(&["1970-01-01T00:00:00Z"], None).await, (1, stands("2026-11-22T00:00:00Z")));
    // One of the year 9999 would hide everybody before it for ever.
    let future = ["2026-11-23T07:59:00Z", "9999-12-30T00:00:00Z"];
    assert_eq!(stands_after(&future, None).await, (2, stands(NOW)));
    let today = "Mon, 23 Nov 2026 07:30:00 GMT";
    assert_eq!(stands_after(&future, Some(today)).await, (2, stands(NOW)));
    // Both passes of the hour that comes twice, and an offset without colon.
    let twice = ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-11-23T08:59:30+0100"];
    assert_eq!(stands_after(&twice, None).await, (3, stands("2026-11-23T07:59:30Z")));
    // No moment at all moves nothing.
    assert_eq!(stands_after(&[], None).await, (0, stands("2026-11-22T00:00:00Z")));
}

#[tokio::test]
async fn a_clock_a_day_off_there_is_followed_and_not_corrected() {
    for (date, moment) in [
        ("Tue, 24 Nov 2026 08:00:00 GMT", "2026-11-24T07:59:00Z"),
        ("Sun, 22 Nov 2026 08:00:00 GMT", "2026-11-22T07:59:00Z"),
    ] {
        assert_eq!(stands_after(&[moment], Some(date)).await, (1, Some(moment.to_owned())), "{date}");
    }
}

#[tokio::test]
async fn who_moves_to_a_page_that_was_read_is_met_by_the_next_walk() {
    let far = FarSide::start(None);
    let text = format!("{HEAD}{BY_PLACE}");
    let source = of_preset(&text, &far.url("/"), PLENTY);
    let moment = |n: u32| format!("2026-11-23T07:0{n}:00Z");
    let all: Vec<String> = (1..=4).map(|n| record(&n.to_string(), &moment(n))).collect();
    // After the first page its first record leaves: the third is pushed onto the page that was read.
    far.well("/?offset=0", Answer::json(page(&all[0..2], ",\"total\": 4")));
    far.well("/?offset=2", Answer::json(page(&all[3..4], ",\"total\": 3")));
    let mut cursor = since("2026-11-23T07:00:00Z");
    let (records, failure) = walk(&*source, &mut cursor).await;
    assert!(failure.is_none(), "{failure:?}");
    assert_eq!(ids(&records), ["1", "2", "4"]);
    assert_eq!(cursor, since("2026-11-23T07:00:00Z"), "the next walk begins where this one did");
    far.well("/?offset=0", Answer::json(page(&all[1..3], ",\"total\": 3")));
    far.well("/?offset=2", Answer::json(page(&all[3..4], ",\"total\": 3")));
    let (records, _) = walk(&*source, &mut cursor).await;
    assert_eq!((ids(&records), cursor.since.as_deref()), (vec!["2", "3", "4"], Some("2026-11-23T07:04:00Z")));
}

#[tokio::test]
async fn a_list_that_grows_while_it_is_read_gives_everybody() {
    let far = FarSide::start(None);
    let text = format!("{HEAD}{BY_PLACE}");
    let source = of_preset(&text, &far.url("/"), PLENTY);
    let all: Vec<String> = (1..=5).map(|n| record(&n.to_string(), &format!("2026-11-23T07:0{n}:00Z"))).collect();
    // Somebody is put in front: the second record comes again.
    far.well("/?offset=0", Answer::json(page(&all[1..3], ",\"total\": 4")));
    far.well("/?offset=2", Answer::json(page(&all[2..4], ",\"total\": 5")));
    far.well("/?offset=4", Answer::json(page(&all[4..5], ",\"total\": 5")));
    let mut cursor = since("2026-11-23T07:00:00Z");
    let (records, failure) = walk(&*source, &mut cursor).await;
    assert!(failure.is_none(), "{failure:?}");
    assert_eq!(ids(&records), ["2", "3", "3", "4", "5"], "the store knows who came twice");
    assert_eq!(cursor.since.as_deref(), Some("2026-11-23T07:05:00Z"));
}

#[tokio::test]
async fn a_page_that_fails_in_the_middle_keeps_what_came_before_it() {
    let far = FarSide::start(None);
    far.well("/", Answer::json(page(&[record("1", "2026-11-23T07:10:00Z")], ",\"next\": \"/?p=2\"")));
    let mut cursor = since("2026-11-23T07:00:00Z");
    for fault in faults::all() {
        far.well("/?p=2", fault.answer.clone());
        // Links of its own lead elsewhere from here, and one of those that cost patience is enough.
        let own_way = ["/same-link", "/same-page", "/circle"].contains(&fault.name);
        if own_way || (fault.is_about_time() && fault.name != "/stops") {
            continue;
        }
        let source = with(&far.url("/"), fault.patience());
        let (mut records, mut failure) = walk(&*source, &mut cursor).await;
        // With little patience a busy machine may not even give the page before in time.
        while fault.is_about_time() && records.is_empty() {
            assert_eq!(cursor, since("2026-11-23T07:00:00Z"), "{}", fault.name);
            (records, failure) = walk(&*source, &mut cursor).await;
        }
        assert_eq!((ids(&records), failure.is_some()), (vec!["1"], true), "{}: {failure:?}", fault.name);
        assert_eq!(cursor, since("2026-11-23T07:00:00Z"), "{}", fault.name);
    }
    far.well("/?p=2", Answer::json(page(&[record("2", "2026-11-23T07:20:00Z")], ",\"next\": null")));
    let (records, failure) = walk(&*at(&far.url("/")), &mut cursor).await;
    assert!(records.len() == 2 && failure.is_none(), "{failure:?}");
    assert_eq!(cursor.since.as_deref(), Some("2026-11-23T07:20:00Z"));
}
