//! From page to page: every way a vendor has of saying that there is more, and that there is not.

use super::*;

/// Answers from a table: the query as sent → the body. Everything else is told by status 400.
async fn scripted(script: &'static [(&'static str, &'static str)]) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(move |request: &Request| {
            let query = request.url.query().unwrap_or_default();
            match script.iter().find(|(asked, _)| *asked == query) {
                Some((_, body)) => ok(*body),
                None => ResponseTemplate::new(400).set_body_string(format!("not expected: {query}")),
            }
        })
        .mount(&server)
        .await;
    server
}

async fn read(source: &dyn Source) -> Vec<String> {
    let records = walk(source, &mut Cursor::default()).await.unwrap_or_else(|failure| panic!("{failure}"));
    ids(&records).into_iter().map(str::to_owned).collect()
}

const BY_TOKEN: &str = r#"
    request = { path = "/leads", query = { after = "{{ page.token }}" } }
    paging = { kind = "token", next = "$.paging.cursors.after", stop_if = { at = "$.paging.next", present = false } }
    extract = { records = "$.data[*]", id = "$.id" }
"#;

#[tokio::test]
async fn only_a_missing_next_ends_a_walk_whose_token_is_always_there() {
    let server = scripted(&[
        ("", r#"{"data":[{"id":"1"},{"id":"2"}],"paging":{"cursors":{"after":"A"},"next":"https://x"}}"#),
        ("after=A", r#"{"data":[],"paging":{"cursors":{"after":"B"},"next":"https://x"}}"#),
        ("after=B", r#"{"data":[{"id":"3"}],"paging":{"cursors":{"after":"C"},"next":"https://x"}}"#),
        ("after=C", r#"{"data":[{"id":"4"}],"paging":{"cursors":{"after":"D"}}}"#),
    ])
    .await;
    assert_eq!(read(&*own(&server, BY_TOKEN)).await, ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn a_token_seen_before_is_told_and_moves_no_cursor() {
    let server = scripted(&[
        ("", r#"{"data":[{"id":"1","at":"2026-09-14T08:00:00Z"}],"paging":{"cursors":{"after":"A"},"next":"x"}}"#),
        (
            "after=A",
            r#"{"data":[{"id":"2","at":"2026-09-14T08:01:00Z"}],"paging":{"cursors":{"after":"B"},"next":"x"}}"#,
        ),
        (
            "after=B",
            r#"{"data":[{"id":"3","at":"2026-09-14T08:02:00Z"}],"paging":{"cursors":{"after":"A"},"next":"x"}}"#,
        ),
    ])
    .await;
    let rest = format!("{BY_TOKEN}\ncursor = {{ strategy = \"since\", field = \"$.at\" }}");
    let mut cursor = Cursor::default();
    let failure = walk(&*own(&server, &rest), &mut cursor).await.unwrap_err();
    assert_eq!(failure.class, Class::Config);
    assert!(failure.message.contains("keeps sending the same link"), "{failure}");
    assert_eq!(cursor, Cursor::default());
    assert_eq!(asked(&server).await.len(), 3, "stopped at once");
}

#[tokio::test]
async fn a_short_page_with_more_behind_it_is_no_end() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|request: &Request| {
            let start: usize = query(request)["start"].parse().unwrap();
            // 250 places, of which a few are left out of every page.
            let elements: Vec<Value> =
                (start..(start + 100).min(250)).filter(|n| n % 25 != 0).map(|n| json!({"id": n})).collect();
            ok(json!({"elements": elements, "paging": {"start": start, "count": 100, "total": 250}}).to_string())
        })
        .mount(&server)
        .await;
    let rest = r#"
        request = { path = "/leads", query = { start = "{{ page.offset }}", count = "{{ page.size }}" } }
        paging = { kind = "offset", size = 100, advance = "size", total = "$.paging.total" }
        extract = { records = "$.elements[*]", id = "$.id" }
    "#;
    assert_eq!(read(&*own(&server, rest)).await.len(), 240);
    assert_eq!(
        asked(&server).await,
        ["/leads?count=100&start=0", "/leads?count=100&start=100", "/leads?count=100&start=200"]
    );
}

#[tokio::test]
async fn a_filter_that_is_ignored_brings_everything_and_ends() {
    let all: Vec<Value> = (0..30).map(|n| json!({"id": n, "at": "2020-01-01T00:00:00+0000"})).collect();
    let server = answering(ok(json!({ "data": all }).to_string())).await;
    let rest = format!(
        "{BY_TOKEN}\n{}",
        r#"cursor = { strategy = "since", field = { at = "$.at", as = "iso" }, bound = "exclusive", overlap = "15m" }"#
    );
    let mut cursor = Cursor { since: Some("2026-09-14T08:21:07Z".into()), ..Cursor::default() };
    assert_eq!(walk(&*own(&server, &rest), &mut cursor).await.unwrap().len(), 30);
    assert_eq!(cursor.since.as_deref(), Some("2026-09-14T08:21:07Z"), "old records move nothing back");
}

#[tokio::test]
async fn what_is_encoded_already_is_sent_byte_for_byte() {
    let server = answering(ok("{}")).await;
    let rest = r#"
        cursor = { strategy = "since", field = { at = "$.submittedAt", as = "epoch_ms" }, overlap = "1h", backfill = "364 days" }
        extract = { records = "$.elements[*]", id = "$.id" }
        [request]
        path = "/rest/leadFormResponses"
        [request.query]
        q = "owner"
        owner = { raw = "(sponsoredAccount:{{ ('urn:li:sponsoredAccount:' ~ 1234) | urlencode }})" }
        submittedAtTimeRange = { raw = "(start:{{ cursor.from | epoch_ms }},end:{{ cursor.until | epoch_ms }})" }
    "#;
    let source = own(&server, rest);
    let cursor = Cursor { since: Some("2026-09-14T08:21:07Z".into()), ..Cursor::default() };
    source.read(Ask::first(&cursor)).await.unwrap();
    assert_eq!(
        asked(&server).await,
        [
            "/rest/leadFormResponses?q=owner&owner=(sponsoredAccount:urn%3Ali%3AsponsoredAccount%3A1234)&submittedAtTimeRange=(start:1789370467000,end:1789430400000)"
        ]
    );
}

#[tokio::test]
async fn an_array_of_batches_is_read_and_none_at_all_is_nothing() {
    let rest = r#"
        request = { path = "/search", body = { query = "SELECT x WHERE at >= '{{ cursor.from | date('%Y-%m-%d %H:%M:%S', vars.zone) }}'" } }
        cursor = { strategy = "since", field = "$.data.at", overlap = "1 day" }
        extract = { records = "$[*].results[*]", id = "$.data.id" }
    "#;
    let server = answering(ok(
        r#"[{"results":[{"data":{"id":"18446744073709551617","at":"2026-09-14 10:21:07+02:00"}}]},{"results":[{"data":{"id":"2","at":"2026-09-14 11:02:40+02:00"}}]}]"#,
    ))
    .await;
    let mut cursor = Cursor::default();
    let records = walk(&*own(&server, rest), &mut cursor).await.unwrap();
    assert_eq!(ids(&records), ["18446744073709551617", "2"]);
    assert_eq!(cursor.since.as_deref(), Some("2026-09-14T09:02:40Z"));
    let body: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    assert_eq!(body["query"], "SELECT x WHERE at >= '2026-09-14 02:00:00'");
    let server = answering(ok("[]")).await;
    assert!(read(&*own(&server, rest)).await.is_empty());
}

#[tokio::test]
async fn what_is_for_the_first_page_only_is_left_out_behind_the_last_item() {
    let server = scripted(&[
        (
            "page_size=2&since=2026-09-14T00%3A00%3A00Z&sort=submitted_at%2Casc",
            r#"{"items":[{"token":"t1"},{"token":"t2"}]}"#,
        ),
        ("after=t2&page_size=2", r#"{"items":[{"token":"t3"}]}"#),
        ("after=t3&page_size=2", r#"{"items":[]}"#),
    ])
    .await;
    let rest = r#"
        paging = { kind = "last_item", size = 2, next = "$.token" }
        cursor = { strategy = "since", field = "$.submitted_at", settle = "30m" }
        extract = { records = "$.items[*]", id = "$.token" }
        [request]
        path = "/responses"
        first_page_only = ["since", "sort"]
        [request.query]
        since = "{{ cursor.from | iso }}"
        sort = "submitted_at,asc"
        after = "{{ page.token }}"
        page_size = "{{ page.size }}"
    "#;
    assert_eq!(read(&*own(&server, rest)).await, ["t1", "t2", "t3"]);
    assert!(faults(&rest.replace("[\"since\",", "[\"sicne\",")).contains("did you mean `since`"));
    for (last, words) in
        [("{\"id\":1}", "the last record has no $.token"), ("{\"token\":1e400}", "the last record is not JSON")]
    {
        let server = answering(ok(format!("{{\"items\":[{last}]}}"))).await;
        let failure = walk(&*own(&server, rest), &mut Cursor::default()).await.unwrap_err();
        assert!(failure.message.contains(words), "{failure}");
    }
}

#[tokio::test]
async fn the_link_header_leads_on_at_our_own_host_only() {
    let evil = answering(ok("[]")).await;
    let server = MockServer::start().await;
    let link = format!("<{}/members?page=2>; rel=\"next\", <{}/members?page=9>; rel=\"last\"", evil.uri(), evil.uri());
    let first = ok(r#"[{"id":1}]"#).insert_header("link", link.as_str());
    Mock::given(query_param_is_missing("page")).respond_with(first).mount(&server).await;
    Mock::given(query_param("page", "2")).respond_with(ok(r#"[{"id":2}]"#)).mount(&server).await;
    let rest = r#"
        request = { path = "/members" }
        paging = { kind = "link_header" }
        extract = { records = "$[*]", id = "$.id" }
    "#;
    assert_eq!(read(&*own(&server, rest)).await, ["1", "2"]);
    assert!(evil.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_condition_may_look_at_the_records_and_at_flags() {
    let server = scripted(&[
        ("page=1", r#"{"hasMore":true,"submissions":[{"id":"1"}]}"#),
        ("page=2", r#"{"hasMore":false,"submissions":[{"id":"2"}]}"#),
    ])
    .await;
    let rest = |stop: &str| {
        format!(
            "request = {{ path = \"/f\", query = {{ page = \"{{{{ page.number }}}}\" }} }}\npaging = {{ kind = \"page\", stop_if = {stop} }}\nextract = {{ records = \"$.submissions[*]\", id = \"$.id\" }}"
        )
    };
    assert_eq!(read(&*own(&server, &rest("{ at = \"$.hasMore\", equals = false }"))).await, ["1", "2"]);
    assert_eq!(read(&*own(&server, &rest("{ at = \"$.submissions[*].id\", equals = \"2\" }"))).await, ["1", "2"]);
    assert_eq!(read(&*own(&server, &rest("[{ at = \"$..id\", equals = \"1\" }]"))).await, ["1"]);
}

#[tokio::test]
async fn a_token_goes_into_the_body_and_a_cap_is_passed_by_asking_anew() {
    let server = MockServer::start().await;
    // 25 contacts, one a second; no query gives more than 10.
    Mock::given(any())
        .respond_with(|request: &Request| {
            let body: Value = request.body_json().unwrap();
            let since: i64 = body["filters"][0]["value"].as_str().unwrap().parse().unwrap();
            let after: i64 = body.get("after").map_or(0, |after| after.as_str().unwrap().parse().unwrap());
            if after + 5 > 10 {
                return ResponseTemplate::new(400).set_body_string("{\"message\":\"over 10\"}");
            }
            let base = 1_789_374_000_000_i64;
            let matching: Vec<i64> = (0..25).map(|n| base + n * 1_000).filter(|at| *at >= since).collect();
            let page: Vec<Value> = matching
                .iter()
                .skip(usize::try_from(after).unwrap())
                .take(5)
                .map(|at| json!({"id": at, "createdAt": at}))
                .collect();
            let more = i64::try_from(matching.len()).unwrap() > after + 5;
            let paging = if more { json!({"next": {"after": (after + 5).to_string()}}) } else { json!({}) };
            ok(json!({"results": page, "paging": paging}).to_string())
        })
        .mount(&server)
        .await;
    let rest = r#"
        paging = { kind = "token", next = "$.paging.next.after", size = 5, most = 10 }
        cursor = { strategy = "since", field = { at = "$.createdAt", as = "epoch_ms" }, order = "asc" }
        extract = { records = "$.results[*]", id = "$.id" }
        [request]
        path = "/search"
        body = { filters = [{ operator = "GTE", value = "{{ cursor.from | epoch_ms | text }}" }], limit = "{{ page.size }}", after = "{{ page.token }}" }
    "#;
    let mut cursor = Cursor::default();
    let records = walk(&*own(&server, rest), &mut cursor).await.unwrap_or_else(|failure| panic!("{failure}"));
    let distinct: std::collections::BTreeSet<_> = ids(&records).into_iter().collect();
    assert_eq!(distinct.len(), 25, "nobody is missed");
    assert_eq!(cursor.since.as_deref(), Some("2026-09-14T08:20:24Z"));
    let body: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    assert_eq!(body["limit"], 5, "a number stays one");
}

#[tokio::test]
async fn more_of_one_moment_than_one_question_gives_is_told() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|request: &Request| {
            let offset: u32 = query(request)["offset"].parse().unwrap();
            let page: Vec<Value> =
                (offset..offset + 5).map(|n| json!({"id": n, "at": "2026-09-14T08:00:00Z"})).collect();
            ok(json!({ "data": page }).to_string())
        })
        .mount(&server)
        .await;
    let rest = r#"
        request = { path = "/x", query = { since = "{{ cursor.from | iso }}", offset = "{{ page.offset }}" } }
        paging = { kind = "offset", size = 5, most = 10 }
        cursor = { strategy = "since", field = "$.at" }
        extract = { records = "$.data[*]", id = "$.id" }
    "#;
    let failure = walk(&*own(&server, rest), &mut Cursor::default()).await.unwrap_err();
    assert!(failure.message.contains("more records of one moment"), "{failure}");
    assert!(asked(&server).await.len() < 8);
}

#[test]
fn paging_that_cannot_be_meant_is_told_offline() {
    let with = |paging: &str| faults(&format!("request = {{ path = \"/x\" }}\npaging = {paging}"));
    assert_eq!(with("{ kind = \"link_header\" }"), "");
    assert!(with("{ kind = \"last_item\" }").contains("needs `next`"));
    assert!(with("{ kind = \"link_header\", next = \"$.x\" }").contains("knows no `next`"));
    assert!(with("{ kind = \"link_haeder\" }").contains("did you mean `link_header`"));
    assert!(with("{ stop_if = { at = \"$.x\", equals = 1, present = true } }").contains("one of `equals`"));
    assert!(with("{ stop_if = \"x\" }").contains("paging: stop_if: `x` is not a JSONPath"));
    let both = "request = { path = \"/x\" }\npush = { content = \"json\" }";
    assert!(faults(both).contains("one way in is enough: request and push are"), "{}", faults(both));
    assert!(faults("cursor = { strategy = \"snapshot\" }").contains("no way in"));
    let day = "request = { path = \"/x\" }\npaging = { kind = \"keyset\" }\ncursor = { strategy = \"since\", field = \"$.at\", grain = \"day\" }";
    assert!(faults(day).contains("grain"), "{}", faults(day));
}

#[tokio::test]
async fn rows_that_are_lists_are_read_by_the_names_of_their_columns() {
    let sheet = scripted(&[(
        "",
        r#"{"range":"A1:C9","values":[["Nr","E-Mail","Tel"],["1","a@example.org"],["2","b@example.org","030 1","x"]]}"#,
    )])
    .await;
    let parts = r#"
    request = { path = "/values" }
    extract = { records = "$.values[*]", columns = true, id = "$.Nr" }
    map = { email = "$['E-Mail']", phone = "$.Tel" }
"#;
    let records = walk(&*own(&sheet, parts), &mut Cursor::default()).await.unwrap();
    let seen: Vec<_> = records
        .iter()
        .map(|record| record.as_ref().unwrap())
        .map(|r| (r.id.as_str(), r.email.as_deref(), r.phone.as_deref()))
        .collect();
    assert_eq!(seen, [("1", Some("a@example.org"), None), ("2", Some("b@example.org"), Some("030 1"))]);
    let table = scripted(&[
        ("", r#"{"columns":["id","mail"],"rows":[[7,"a@example.org"],[8,"b@example.org"]],"next":"8"}"#),
        ("_next=8", r#"{"columns":["id","mail"],"rows":[[9,"c@example.org"]],"next":null}"#),
    ])
    .await;
    let parts = r#"
    request = { path = "/leads.json", query = { _next = "{{ page.token }}" } }
    paging = { kind = "token", next = "$.next" }
    extract = { records = "$.rows[*]", columns = "$.columns", id = "$.id" }
"#;
    assert_eq!(read(&*own(&table, parts)).await, ["7", "8", "9"]);
    let moved = scripted(&[("", r#"{"columns":["id"],"row":[{"id":1}]}"#)]).await;
    let failure = walk(&*own(&moved, parts), &mut Cursor::default()).await.unwrap_err();
    assert!(failure.message.contains("there is no list at $.rows, but one at $.row"), "{failure}");
    let unnamed = scripted(&[("", r#"{"rows":[[1]]}"#)]).await;
    let failure = walk(&*own(&unnamed, parts), &mut Cursor::default()).await.unwrap_err();
    assert!(failure.message.contains("the columns have no names"), "{failure}");
}
