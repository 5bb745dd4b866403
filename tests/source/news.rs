//! What is new: every strategy of the cursor, and the moments vendors write.

use std::collections::HashSet;
use std::sync::Mutex;

use futures::future::BoxFuture;
use leadgate::source::Known;

use super::*;

/// A store that knows these records.
#[derive(Default)]
struct Stored(Mutex<HashSet<String>>);

impl Known for Stored {
    fn among<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<HashSet<String>, Failure>> {
        Box::pin(async move { Ok(ids.iter().filter(|id| self.0.lock().unwrap().contains(*id)).cloned().collect()) })
    }
}

impl Stored {
    /// A walk whose pages are stored as they come, at most `pages` of them.
    async fn walk(&self, source: &dyn Source, cursor: &mut Cursor, pages: usize) -> Result<Vec<Batch>, Failure> {
        let begun = cursor.clone();
        let mut batches = Vec::new();
        let mut place = None;
        while batches.len() < pages {
            let mut batch = source.read(Ask { cursor: &begun, place: place.as_ref(), known: self }).await?;
            let new = batch.records.iter().flatten().map(|record| record.id.clone());
            self.0.lock().unwrap().extend(new);
            if let Some(new) = batch.cursor.clone() {
                *cursor = new;
            }
            place = batch.next.take();
            batches.push(batch);
            if place.is_none() {
                break;
            }
        }
        Ok(batches)
    }
}

fn read(batches: &[Batch]) -> Vec<&str> {
    batches.iter().flat_map(|batch| ids(&batch.records)).collect()
}

/// Submissions `1..=newest`, newest first, three a page; `gone` are left out.
async fn newest_first(newest: u32, gone: &'static [u32]) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(move |request: &Request| {
            let after: usize = query(request).get("after").map_or(0, |after| after.parse().unwrap());
            let all: Vec<u32> = (1..=newest).rev().filter(|n| !gone.contains(n)).collect();
            let page: Vec<Value> = all.iter().skip(after).take(3).map(|n| json!({"id": n.to_string()})).collect();
            let next = (all.len() > after + 3).then(|| (after + 3).to_string());
            ok(json!({"results": page, "next": next}).to_string())
        })
        .mount(&server)
        .await;
    server
}

const NEWEST_FIRST: &str = r#"
    request = { path = "/submissions", query = { after = "{{ page.token }}" } }
    paging = { kind = "token", next = "$.next" }
    cursor = { strategy = "until_known" }
    extract = { records = "$.results[*]", id = "$.id" }
"#;

#[tokio::test]
async fn newest_first_stops_at_a_page_of_known_records() {
    let stored = Stored::default();
    let mut cursor = Cursor::default();
    let server = newest_first(9, &[]).await;
    let first = stored.walk(&*own(&server, NEWEST_FIRST), &mut cursor, 99).await.unwrap();
    assert_eq!(read(&first), ["9", "8", "7", "6", "5", "4", "3", "2", "1"]);
    let server = newest_first(11, &[]).await;
    let more = stored.walk(&*own(&server, NEWEST_FIRST), &mut cursor, 99).await.unwrap();
    assert_eq!(read(&more), ["11", "10", "9", "8", "7", "6"], "one page of known records ends it");
    assert_eq!(asked(&server).await.len(), 2);
    assert!(!cursor.open);
}

#[tokio::test]
async fn a_walk_that_broke_off_is_not_mistaken_for_a_whole_one() {
    let stored = Stored::default();
    let mut cursor = Cursor::default();
    let server = newest_first(3, &[]).await;
    stored.walk(&*own(&server, NEWEST_FIRST), &mut cursor, 99).await.unwrap();
    // Nine more; the engine dies after the first page of the next walk.
    let server = newest_first(12, &[]).await;
    let source = own(&server, NEWEST_FIRST);
    let begun = stored.walk(&*source, &mut cursor, 1).await.unwrap();
    assert_eq!(read(&begun), ["12", "11", "10"]);
    assert!(cursor.open, "the first page says that a walk has begun");
    // Its first page is known by now, what is behind it is not.
    let more = stored.walk(&*own(&server, NEWEST_FIRST), &mut cursor, 99).await.unwrap();
    assert_eq!(read(&more), ["12", "11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "1"]);
    assert!(!cursor.open);
    server.reset().await;
}

#[tokio::test]
async fn each_form_remembers_for_itself_whether_its_walk_was_finished() {
    // Numbers that are only of their form need the form in the id.
    let rest = format!("{NEWEST_FIRST}\neach = {{ values = [\"f1\", \"f2\"] }}")
        .replace("/submissions", "/{{ each.id }}")
        .replace("id = \"$.id\"", "id = { hash = [{ in = \"each\", at = \"$.id\" }, \"$.id\"] }");
    let stored = Stored::default();
    let mut cursor = Cursor::default();
    let server = newest_first(7, &[]).await;
    // Three pages of the first form, then one of the second: there it breaks off.
    let begun = stored.walk(&*own(&server, &rest), &mut cursor, 4).await.unwrap();
    assert_eq!(read(&begun).len(), 7 + 3);
    assert!(!cursor.each["f1"].open && cursor.each["f1"].id.is_some());
    assert!(cursor.each["f2"].open && cursor.each["f2"].id.is_none());
    // The first ends at its first page, the second is read to its end.
    let more = stored.walk(&*own(&server, &rest), &mut cursor, 99).await.unwrap();
    assert_eq!(more.len(), 1 + 3);
    assert!(!cursor.each["f2"].open);
    assert_eq!(stored.walk(&*own(&server, &rest), &mut cursor, 99).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_record_that_arrives_during_the_walk_is_read_the_next_time() {
    let stored = Stored::default();
    let mut cursor = Cursor::default();
    let before = newest_first(6, &[]).await;
    let source = own(&before, NEWEST_FIRST);
    let first = source.read(Ask { cursor: &cursor, place: None, known: &stored }).await.unwrap();
    // A seventh arrives: the second page begins with what was the end of the first.
    before.reset().await;
    let after: Vec<Value> = [4, 3, 2].into_iter().map(|n| json!({"id": n.to_string()})).collect();
    Mock::given(query_param("after", "3"))
        .respond_with(ok(json!({"results": after, "next": "6"}).to_string()))
        .mount(&before)
        .await;
    Mock::given(query_param("after", "6")).respond_with(ok(r#"{"results": [{"id": "1"}]}"#)).mount(&before).await;
    let second = source.read(Ask { cursor: &cursor, place: first.next.as_ref(), known: &stored }).await.unwrap();
    let third = source.read(Ask { cursor: &cursor, place: second.next.as_ref(), known: &stored }).await.unwrap();
    assert_eq!(ids(&third.records), ["1"]);
    cursor = third.cursor.unwrap();
    stored.0.lock().unwrap().extend((1..=6).map(|n| n.to_string()));
    let later = newest_first(7, &[]).await;
    let next = stored.walk(&*own(&later, NEWEST_FIRST), &mut cursor, 99).await.unwrap();
    assert_eq!(read(&next)[..3], ["7", "6", "5"]);
}

#[tokio::test]
async fn newest_first_goes_no_further_back_than_the_first_read_may() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|request: &Request| {
            let page: i64 = query(request)["page"].parse().unwrap();
            let now: Timestamp = "2026-09-14T23:00:00Z".parse().unwrap();
            let at = |n: i64| now.as_millisecond() - (page * 2 + n) * 3_600_000;
            let records: Vec<Value> =
                (0..2).map(|n| json!({"submittedAt": at(n), "email": format!("{page}-{n}@x.org")})).collect();
            ok(json!({ "results": records }).to_string())
        })
        .mount(&server)
        .await;
    let rest = r#"
        request = { path = "/s", query = { page = "{{ page.number }}" } }
        paging = { kind = "page", size = 2 }
        cursor = { strategy = "until_known", field = { at = "$.submittedAt", as = "epoch_ms" }, backfill = "6h" }
        extract = { records = "$.results[*]", id = ["$.conversionId", { hash = ["$.submittedAt", "$.email"] }] }
    "#;
    let mut cursor = Cursor::default();
    let batches = Stored::default().walk(&*own(&server, rest), &mut cursor, 99).await.unwrap();
    assert_eq!(batches.len(), 3, "six hours, two a page, and one page to see that it is older");
    assert_eq!(cursor.since.as_deref(), Some("2026-09-14T21:00:00Z"));
    let ids: HashSet<&str> = read(&batches).into_iter().collect();
    assert_eq!(ids.len(), 6, "each has a hash of its own");
}

#[tokio::test]
async fn the_greatest_id_is_a_number_where_it_is_one() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|request: &Request| {
            let above: u64 = query(request).get("id_greater").map_or(0, |id| id.parse().unwrap());
            let page: Vec<Value> =
                (1..=25_u64).filter(|n| *n > above).take(10).map(|n| json!({"id": n.to_string()})).collect();
            ok(json!({ "contacts": page }).to_string())
        })
        .mount(&server)
        .await;
    let rest = r#"
        request = { path = "/contacts", query = { id_greater = "{{ cursor.id }}" } }
        paging = { kind = "keyset", size = 10, stop = ["short"] }
        cursor = { strategy = "id", order = "asc" }
        extract = { records = "$.contacts[*]", id = "$.id" }
    "#;
    let source = own(&server, rest);
    let mut cursor = Cursor::default();
    assert_eq!(walk(&*source, &mut cursor).await.unwrap().len(), 25);
    assert_eq!(cursor.id.as_deref(), Some("25"), "9 is not greater than 25");
    assert_eq!(asked(&server).await, ["/contacts", "/contacts?id_greater=10", "/contacts?id_greater=20"]);
    assert!(walk(&*source, &mut cursor).await.unwrap().is_empty());
    assert_eq!(cursor.id.as_deref(), Some("25"));
    // A number that cannot be read costs its record, and moves nothing.
    let counted = rest.replace("strategy = \"id\"", "strategy = \"id\", field = \"$.no\"").replace("keyset", "none");
    let odd = answering(ok(r#"{"contacts":[{"id":"a","no":7},{"id":"b"},{"id":"c","no":{"x":1}}]}"#)).await;
    let mut cursor = Cursor::default();
    assert_eq!(ids(&walk(&*own(&odd, &counted), &mut cursor).await.unwrap()), ["a", "unreadable", "unreadable"]);
    assert_eq!(cursor.id.as_deref(), Some("7"));
    // Who ignores the bound is found out.
    let ignoring =
        answering(ok(json!({"contacts": (1..=10).map(|n| json!({"id": n})).collect::<Vec<_>>()}).to_string())).await;
    let failure = walk(&*own(&ignoring, rest), &mut Cursor::default()).await.unwrap_err();
    assert!(failure.message.contains("keeps sending the same"), "{failure}");
}

#[tokio::test]
async fn a_source_of_whole_days_is_asked_from_the_day_before() {
    let body = r#"{"subscribers":[{"id":209,"created_at":"2026-09-14T08:21:07Z"}],"pagination":{"has_next_page":false,"end_cursor":"x"}}"#;
    let server = answering(ok(body)).await;
    let rest = r#"
        request = { path = "/subscribers", query = { created_after = "{{ cursor.day }}", after = "{{ page.token }}" } }
        paging = { kind = "token", next = "$.pagination.end_cursor", stop_if = { at = "$.pagination.has_next_page", equals = false } }
        cursor = { strategy = "since", field = "$.created_at", grain = "day" }
        extract = { records = "$.subscribers[*]", id = "$.id" }
    "#;
    let source = own(&server, rest);
    let mut cursor = Cursor::default();
    assert_eq!(walk(&*source, &mut cursor).await.unwrap().len(), 1);
    // The same day again: asked once more, and the same bytes hold nothing new.
    assert_eq!(walk(&*source, &mut cursor).await.unwrap().len(), 0);
    assert_eq!(
        asked(&server).await,
        ["/subscribers?created_after=2026-09-13", "/subscribers?created_after=2026-09-13"]
    );
    assert_eq!(cursor.since.as_deref(), Some("2026-09-14T08:21:07Z"));
}

#[tokio::test]
async fn a_window_lies_around_the_present_of_the_source() {
    // The source's clock is an hour ahead of ours (2026-09-15T00:00:00Z).
    let server =
        answering(ok("{\"collection\":[{\"uri\":\"E1\"}]}").insert_header("date", "Tue, 15 Sep 2026 01:00:00 GMT"))
            .await;
    let rest = r#"
        request = { path = "/events", query = { min = "{{ cursor.from | iso }}", max = "{{ cursor.until | iso }}" } }
        cursor = { strategy = "window", behind = "1h", ahead = "60 days" }
        extract = { records = "$.collection[*]", id = "$.uri" }
    "#;
    let source = own(&server, rest);
    let mut cursor = Cursor::default();
    assert_eq!(walk(&*source, &mut cursor).await.unwrap().len(), 1);
    walk(&*source, &mut cursor).await.unwrap();
    let asked = asked(&server).await;
    assert_eq!(asked[0], "/events?max=2026-11-14T00%3A00%3A00Z&min=2026-09-14T23%3A00%3A00Z");
    assert_eq!(
        asked[1], "/events?max=2026-11-14T01%3A00%3A00Z&min=2026-09-15T00%3A00%3A00Z",
        "by its clock, once it is known"
    );
}

#[tokio::test]
async fn the_far_side_may_say_from_where_to_go_on() {
    let server = MockServer::start().await;
    Mock::given(query_param_is_missing("sync"))
        .respond_with(ok(r#"{"items":[{"id":1}],"sync":"S1"}"#))
        .mount(&server)
        .await;
    Mock::given(query_param("sync", "S1")).respond_with(ok(r#"{"items":[{"id":2}],"sync":"S2"}"#)).mount(&server).await;
    Mock::given(query_param("sync", "S2")).respond_with(ok(r#"{"items":[]}"#)).mount(&server).await;
    let rest = r#"
        request = { path = "/changes", query = { sync = "{{ cursor.token }}" } }
        cursor = { strategy = "resume_token", token = "$.sync" }
        extract = { records = "$.items[*]", id = "$.id" }
    "#;
    let source = own(&server, rest);
    let mut cursor = Cursor::default();
    for (expected, token) in [(1, "S1"), (1, "S2"), (0, "S2"), (0, "S2")] {
        assert_eq!(walk(&*source, &mut cursor).await.unwrap().len(), expected);
        assert_eq!(cursor.token.as_deref(), Some(token), "an answer without one keeps the old");
    }
}

#[tokio::test]
async fn figures_that_are_corrected_later_are_read_again() {
    let server = answering(ok("{\"data\":[{\"id\":1,\"day\":\"2026-09-14\"}]}")).await;
    let rest = r#"
        request = { path = "/insights", query = { since = "{{ cursor.day }}", until = "{{ cursor.until_day }}" } }
        cursor = { strategy = "since", field = { at = "$.day", as = "date" }, restate = "28 days", zone = "{{ vars.zone }}" }
        extract = { records = "$.data[*]", id = "$.id" }
    "#;
    let source = own(&server, rest);
    let mut cursor = Cursor::default();
    walk(&*source, &mut cursor).await.unwrap();
    assert_eq!(cursor.since.as_deref(), Some("2026-09-13T22:00:00Z"), "a day begins where the account is");
    walk(&*source, &mut cursor).await.unwrap();
    assert_eq!(asked(&server).await, ["/insights?since=2026-08-18&until=2026-09-15"; 2]);
}

#[tokio::test]
async fn moments_without_zone_or_colon_are_read_and_a_repeated_hour_skips_nobody() {
    let body = r#"{"data":[
        {"id":1,"created_at":"2026-10-25 02:30:00","signed":"2026-09-14T08:21:07+0000"},
        {"id":2,"created_at":"2026-03-29 02:30:00","signed":"2026-09-14T08:21:07Z"},
        {"id":3,"created_at":"2026-09-14T08:21","signed":null}]}"#;
    let later = ResponseTemplate::new(200).set_body_raw(body, "application/json");
    let server = answering(later.insert_header("date", "Sun, 25 Oct 2026 02:00:00 GMT")).await;
    let rest = r#"
        request = { path = "/x" }
        cursor = { strategy = "since", field = { at = "$.created_at", as = "naive:%Y-%m-%d %H:%M:%S" }, zone = "{{ vars.zone }}" }
        extract = { records = "$.data[*]", id = "$.id" }
        map = { submitted_at = { at = "$.signed", as = "iso" }, consent_at = { at = "$.signed", as = "iso" }, consent_text = { const = "I agree" } }
    "#;
    let mut cursor = Cursor::default();
    let records = walk(&*own(&server, rest), &mut cursor).await.unwrap();
    assert_eq!(cursor.since.as_deref(), Some("2026-10-25T00:30:00Z"), "the first of two, so that nothing is skipped");
    let first = records[0].as_ref().unwrap();
    assert_eq!(first.submitted_at, at("2026-09-14T08:21:07Z"));
    assert_eq!(first.extra["consent_at"], "2026-09-14T08:21:07Z");
    assert_eq!(first.extra["consent_text"], "I agree");
    assert!(records[2].as_ref().unwrap_err().why.contains("is `2026-09-14T08:21`, not a moment written as"));
    let nowhere = rest.replace(", zone = \"{{ vars.zone }}\"", "");
    assert!(faults(&nowhere).contains("cursor.zone"), "{}", faults(&nowhere));
    assert!(faults(&rest.replace("{{ vars.zone }}", "Europe/Olso")).contains("`Europe/Olso` is not a time zone"));
}

#[tokio::test]
async fn who_left_is_seen_in_the_roster_of_a_whole_walk() {
    let rest = r#"
        request = { path = "/roster", query = { page = "{{ page.number }}" } }
        paging = { kind = "page", size = 2, stop = ["missing", "short"] }
        cursor = { strategy = "snapshot", departures = true }
        extract = { records = "$.entries[*]", id = "$.member_id", drop = { at = "$.role", equals = "owner" } }
    "#;
    let server = MockServer::start().await;
    let page = |members: &[&str]| {
        let entries: Vec<Value> = members
            .iter()
            .map(|id| json!({"member_id": id, "role": if *id == "o" { "owner" } else { "member" }}))
            .collect();
        ok(json!({ "entries": entries }).to_string())
    };
    Mock::given(query_param("page", "1")).respond_with(page(&["a", "o"])).mount(&server).await;
    Mock::given(query_param("page", "2")).respond_with(page(&["c"])).mount(&server).await;
    let source = own(&server, rest);
    let stored = Stored::default();
    let mut cursor = Cursor::default();
    for _ in 0..2 {
        let batches = stored.walk(&*source, &mut cursor, 99).await.unwrap();
        assert_eq!(batches[0].roster, None);
        assert_eq!(batches[1].roster.as_deref().unwrap(), ["a", "o", "c"], "known pages count, too");
    }
    // Somebody leaves while the list is read, and pushes another one out of sight.
    let counting = own(&server, &rest.replace("size = 2,", "size = 2, total = \"$.total\","));
    for (totals, expected) in [((3, 3), true), ((4, 3), false), ((4, 4), false)] {
        server.reset().await;
        let page = |ids: &[&str], total: u32| {
            let entries: Vec<Value> = ids.iter().map(|id| json!({ "member_id": id })).collect();
            ok(json!({ "entries": entries, "total": total }).to_string())
        };
        Mock::given(query_param("page", "1")).respond_with(page(&["a", "b"], totals.0)).mount(&server).await;
        Mock::given(query_param("page", "2")).respond_with(page(&["d"], totals.1)).mount(&server).await;
        let batches = stored.walk(&*counting, &mut Cursor::default(), 99).await.unwrap();
        assert_eq!(batches.last().unwrap().roster.is_some(), expected, "{totals:?}");
    }
    // The last one left, and with them the list: a source that counts says so, and is believed.
    for (body, expected) in
        [("{\"total\":0}", Some(0)), ("{\"entries\":[],\"total\":0}", Some(0)), ("{\"total\":3}", None), ("{}", None)]
    {
        server.reset().await;
        Mock::given(any()).respond_with(ok(body)).mount(&server).await;
        let batches = stored.walk(&*counting, &mut Cursor::default(), 99).await.unwrap();
        assert_eq!(batches.last().unwrap().roster.as_ref().map(Vec::len), expected, "{body}");
    }
    // A record without id, a list that is not there: nobody has left on such grounds.
    server.reset().await;
    Mock::given(any())
        .respond_with(ok(r#"{"entries":[{"member_id":"a"},{"x":1}]}"#))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(ok("{\"total_size\":0}")).mount(&server).await;
    assert_eq!(stored.walk(&*source, &mut cursor, 99).await.unwrap().last().unwrap().roster, None);
    assert_eq!(stored.walk(&*source, &mut cursor, 99).await.unwrap().last().unwrap().roster, None);
}

#[tokio::test]
async fn null_answers_missing_addresses_and_typed_values_are_read() {
    let body = r#"{"items":[
        {"token":"t1","answers":[{"field":{"ref":"mail"},"type":"email","email":"ada@example.org"},
            {"field":{"ref":"course"},"type":"choice","choice":{"label":"evening"}},
            {"field":{"ref":"days"},"type":"choices","choices":{"labels":["Mon","Wed"]}},
            {"field":{"ref":"terms"},"type":"boolean","boolean":true}]},
        {"token":"t2","answers":null},
        {"token":"t1","answers":null}]}"#;
    let server = answering(ok(body)).await;
    let rest = r#"
        request = { path = "/x" }
        [extract]
        records = "$.items[*]"
        id = "$.token"
        [extract.pivot.answer]
        from = "$.answers[*]"
        key = "$.field.ref"
        value = { by = "$.type", of = { choice = "$.choice.label", choices = "$.choices.labels", "*" = "@" } }
        [map]
        email = { in = "answer", at = "$.mail" }
        need = { in = "answer", at = "$.course" }
        timing = { in = "answer", at = "$.days" }
        consent = { in = "answer", at = "$.terms", pipe = ["bool"], map = { true = "confirmed", false = "none" } }
        extra = []
    "#;
    let records = good(walk(&*own(&server, rest), &mut Cursor::default()).await.unwrap());
    let first = &records[0];
    assert_eq!((first.email.as_deref(), first.need.as_deref()), (Some("ada@example.org"), Some("evening")));
    assert_eq!((first.timing.as_deref(), first.consent), (Some("Mon, Wed"), Some(Consent::Confirmed)));
    assert_eq!((records[1].email.as_deref(), records.len()), (None, 3));
    assert!(faults(&rest.replace("by = \"$.type\", of", "of")).contains("`of` needs a `by`"));
}
