//! One walk for each form, list or kind of owner.

use super::*;

const FORMS: &str = r#"
    request = { path = "/{{ each.id }}/leads", query = { since = "{{ cursor.from | epoch }}" } }
    cursor = { strategy = "since", field = "$.at", backfill = "1h" }
    extract = { records = "$.data[*]", id = { hash = [{ in = "each", at = "$.id" }, "$.id"] } }
    map = { campaign = { in = "each", at = "$.name" }, email = "$.email", extra = [] }
    [each]
    path = "/forms"
    query = { after = "{{ page.token }}" }
    records = "$.forms[*]"
    get = { id = "$.id", name = "$.name" }
    drop = { at = "$.status", equals = "ARCHIVED" }
    paging = { kind = "token", next = "$.next" }
    refresh = "6h"
"#;

async fn forms(server: &MockServer) {
    let first = r#"{"forms":[{"id":1,"name":"Spring"},{"id":2,"name":"Old","status":"ARCHIVED"}],"next":"B"}"#;
    let second = r#"{"forms":[{"id":3,"name":"Autumn"},{"id":4}]}"#;
    Mock::given(path("/forms")).and(query_param_is_missing("after")).respond_with(ok(first)).mount(server).await;
    Mock::given(path("/forms")).and(query_param("after", "B")).respond_with(ok(second)).mount(server).await;
}

fn lead(at: &str, email: &str) -> ResponseTemplate {
    ok(json!({"data": [{"id": 1, "at": at, "email": email}]}).to_string())
}

#[tokio::test]
async fn every_parent_has_its_own_cursor() {
    let server = MockServer::start().await;
    forms(&server).await;
    Mock::given(path("/1/leads")).respond_with(lead("2026-09-14T23:50:00Z", "a@x.org")).mount(&server).await;
    Mock::given(path("/3/leads")).respond_with(lead("2026-09-14T23:10:00Z", "b@x.org")).mount(&server).await;
    Mock::given(path("/4/leads")).respond_with(ok("{}")).mount(&server).await;
    let source = own(&server, FORMS);
    let mut cursor = Cursor::default();
    let records = good(walk(&*source, &mut cursor).await.unwrap());
    let read: Vec<_> = records.iter().map(|record| (record.email.as_deref(), record.campaign.as_deref())).collect();
    assert_eq!(read, [(Some("a@x.org"), Some("Spring")), (Some("b@x.org"), Some("Autumn"))]);
    assert_ne!(records[0].id, records[1].id, "the same number in two forms is two records");
    assert_eq!(cursor.each["1"].since.as_deref(), Some("2026-09-14T23:50:00Z"));
    assert_eq!(cursor.each["3"].since.as_deref(), Some("2026-09-14T23:10:00Z"));
    // As stored and read again.
    cursor = serde_json::from_str(&serde_json::to_string(&cursor).unwrap()).unwrap();
    walk(&*source, &mut cursor).await.unwrap();
    let asked = asked(&server).await;
    let hour_ago = 1_789_426_800;
    assert_eq!(
        asked,
        [
            "/forms".to_owned(),
            "/forms?after=B".to_owned(),
            format!("/1/leads?since={hour_ago}"),
            format!("/3/leads?since={hour_ago}"),
            format!("/4/leads?since={hour_ago}"),
            format!("/1/leads?since={}", hour_ago + 50 * 60),
            format!("/3/leads?since={}", hour_ago + 10 * 60),
            format!("/4/leads?since={hour_ago}"),
        ],
        "and the list of forms is good for six hours"
    );
    assert!(source.probe().await.unwrap().contains("1 record"));
}

/// A whole walk, what it told at the end, and the last cursor.
async fn told(source: &dyn Source, cursor: &mut Cursor) -> Result<(usize, Option<Failure>), Failure> {
    let (mut count, mut place) = (0, None);
    loop {
        let batch = source.read(Ask { cursor, place: place.as_ref(), known: &Nothing }).await?;
        count += batch.records.len();
        if let Some(new) = batch.cursor {
            *cursor = new;
        }
        place = batch.next;
        if place.is_none() {
            return Ok((count, batch.trouble));
        }
    }
}

#[tokio::test]
async fn a_broken_parent_does_not_stop_the_others() {
    let server = MockServer::start().await;
    forms(&server).await;
    Mock::given(path("/1/leads"))
        .respond_with(ResponseTemplate::new(404).set_body_string("{\"error\":\"gone\"}"))
        .mount(&server)
        .await;
    Mock::given(path("/3/leads")).respond_with(lead("2026-09-14T23:10:00Z", "b@x.org")).mount(&server).await;
    Mock::given(path("/4/leads")).respond_with(ok("<html>no</html>")).mount(&server).await;
    let source = own(&server, FORMS);
    let mut cursor = Cursor {
        each: [("1".to_owned(), Cursor { since: Some("2026-09-14T20:00:00Z".into()), ..Cursor::default() })].into(),
        ..Cursor::default()
    };
    let (count, trouble) = told(&*source, &mut cursor).await.unwrap();
    let trouble = trouble.unwrap();
    assert_eq!((count, trouble.class), (1, Class::Retry));
    assert!(trouble.message.starts_with("2 of 3 could not be read: Spring (1): 127.0.0.1:"), "{trouble}");
    assert!(trouble.message.contains("answered 404: gone") && trouble.message.contains("4: 127"), "{trouble}");
    assert_eq!(cursor.each["1"].since.as_deref(), Some("2026-09-14T20:00:00Z"), "unchanged");
    assert!(cursor.each.contains_key("3") && !cursor.each.contains_key("4"));
}

#[tokio::test]
async fn what_is_wrong_with_all_of_them_is_told_at_once() {
    let server = MockServer::start().await;
    let many: Vec<Value> = (0..50).map(|id| json!({ "id": id })).collect();
    Mock::given(path("/forms")).respond_with(ok(json!({ "forms": many }).to_string())).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let failure = told(&*own(&server, FORMS), &mut Cursor::default()).await.unwrap_err();
    assert_eq!(failure.class, Class::Auth);
    assert_eq!(asked(&server).await.len(), 1 + 3, "not fifty times");
}

#[tokio::test]
async fn after_a_throttle_the_walk_begins_where_it_had_to_wait() {
    let server = MockServer::start().await;
    forms(&server).await;
    Mock::given(path("/1/leads")).respond_with(lead("2026-09-14T23:50:00Z", "a@x.org")).mount(&server).await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "7");
    Mock::given(path("/3/leads")).respond_with(busy).up_to_n_times(1).mount(&server).await;
    Mock::given(any()).respond_with(ok("{}")).mount(&server).await;
    let source = own(&server, FORMS);
    let mut cursor = Cursor::default();
    let failure = told(&*source, &mut cursor).await.unwrap_err();
    assert_eq!((failure.class, failure.wait_secs), (Class::Throttle, Some(7)));
    assert!(cursor.each.contains_key("1"), "what was read stays read");
    told(&*source, &mut cursor).await.unwrap();
    let asked = asked(&server).await;
    let paths: Vec<&str> = asked.iter().skip(2).map(|asked| asked.split('?').next().unwrap()).collect();
    assert_eq!(paths, ["/1/leads", "/3/leads", "/3/leads", "/4/leads", "/1/leads"]);
}

#[tokio::test]
async fn more_parents_than_allowed_are_told_and_fixed_ones_need_no_list() {
    let server = MockServer::start().await;
    forms(&server).await;
    Mock::given(any()).respond_with(ok("{}")).mount(&server).await;
    let (_, trouble) = told(&*own(&server, &format!("{FORMS}\nmax = 1")), &mut Cursor::default()).await.unwrap();
    assert!(trouble.unwrap().message.contains("only the first 1 are read (each.max)"));
    let fixed = r#"
        request = { path = "/leads", query = { leadType = { raw = "(leadType:{{ each.id }})" } } }
        each = { values = ["SPONSORED", "EVENT"] }
        extract = { records = "$.elements[*]", id = "$.id" }
    "#;
    server.reset().await;
    Mock::given(any()).respond_with(ok("{}")).mount(&server).await;
    told(&*own(&server, fixed), &mut Cursor::default()).await.unwrap();
    assert_eq!(asked(&server).await, ["/leads?leadType=(leadType:SPONSORED)", "/leads?leadType=(leadType:EVENT)"]);
    assert_eq!(faults(fixed), "");
}

#[tokio::test]
async fn no_parents_is_nothing_and_an_odd_one_is_told() {
    let server = answering(ok("{\"forms\":[]}")).await;
    let source = own(&server, FORMS);
    assert_eq!(told(&*source, &mut Cursor::default()).await.unwrap(), (0, None));
    assert!(source.probe().await.unwrap().contains("nothing to read one by one"));
    let server = answering(ok("{\"forms\":[{\"name\":\"x\"}]}")).await;
    let failure = told(&*own(&server, FORMS), &mut Cursor::default()).await.unwrap_err();
    assert!(failure.message.contains("one has no id"), "{failure}");
}

#[test]
fn parents_that_cannot_be_meant_are_told_offline() {
    assert_eq!(faults(FORMS), "");
    let with = |from: &str, to: &str| {
        assert!(FORMS.contains(from), "{from}");
        faults(&FORMS.replace(from, to))
    };
    assert!(with("{{ each.id }}", "{{ each.nmae }}").contains("did you mean `name`"));
    assert!(with("in = \"each\", at = \"$.name\"", "in = \"eahc\", at = \"$.name\"").contains("did you mean `each`"));
    assert!(with("id = \"$.id\", name", "number = \"$.id\", name").contains("each: `get` must name an `id`"));
    assert!(with("records = \"$.forms[*]\"", "").contains("each: `records` must say"));
    assert!(with("records = \"$.forms[*]\"", "recrods = \"$.forms[*]\"").contains("did you mean `records`"));
    assert!(with("records = \"$.forms[*]\"", "values = [1]").contains("either `values` or a list"));
    assert!(with("{{ page.token }}", "{{ page.tokne }}").contains("did you mean `token`"));
    assert!(with("next = \"$.next\"", "next = \"next\"").contains("each: paging: `next` is not a JSONPath"));
}
