//! What is asked besides the pages: more about a new record, one record again, a job to wait for, a pause, and
//! what an operator may choose from.

use std::collections::HashSet;
use std::sync::Mutex;

use futures::future::BoxFuture;
use leadgate::source::Known;
use leadgate::source::choices::{Choice, discover};
use secrecy::SecretString;
use wiremock::matchers::body_string;

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
    async fn walk(&self, source: &dyn Source, cursor: &mut Cursor) -> Result<Vec<Result<Record, Unreadable>>, Failure> {
        let begun = cursor.clone();
        let (mut records, mut place) = (Vec::new(), None);
        loop {
            let batch = source.read(Ask { cursor: &begun, place: place.as_ref(), known: self }).await?;
            self.0.lock().unwrap().extend(batch.records.iter().flatten().map(|record| record.id.clone()));
            records.extend(batch.records);
            if let Some(new) = batch.cursor {
                *cursor = new;
            }
            place = batch.next;
            if place.is_none() {
                return Ok(records);
            }
        }
    }
}

const CONTACTS: &str = r#"
    request = { path = "/contacts" }
    cursor = { strategy = "since", field = "$.udate", overlap = "1 day" }
    extract = { records = "$.contacts[*]", id = "$.id" }
    map = { email = "$.email", need = { in = "wish", at = "$.fields[?@.field == '7'].value" }, city = { in = "account", at = "$.town" }, extra = [] }
    [lookup.wish]
    path = "/contacts/{{ record.id }}/fields"
    with = { id = "$.id" }
    [lookup.account]
    path = "/accounts/{{ record.account }}"
    with = { account = "$.account" }
    get = { town = "$.city" }
    optional = true
"#;

fn contacts(udate: &str) -> ResponseTemplate {
    let contact = |id: &str, udate: &str, account: Value| json!({"id": id, "email": "x@x.org", "udate": udate, "account": account});
    let early = "2026-09-14T08:00:00Z";
    ok(json!({"contacts": [contact("1", early, json!("A")), contact("2", udate, json!("A")), contact("3", early, json!(null)), contact("4", early, json!("B"))]}).to_string())
}

async fn fields(server: &MockServer) {
    let fields = r#"{"fields":[{"field":"6","value":"no"},{"field":"7","value":"roof"}]}"#;
    for id in ["1", "2", "3"] {
        Mock::given(path(format!("/contacts/{id}/fields"))).respond_with(ok(fields)).mount(server).await;
    }
    Mock::given(path("/accounts/A")).respond_with(ok(r#"{"city":"Oslo"}"#)).mount(server).await;
    Mock::given(path("/accounts/B")).respond_with(ResponseTemplate::new(404)).mount(server).await;
}

#[tokio::test]
async fn new_and_changed_records_are_asked_about_once_and_known_ones_never() {
    let server = MockServer::start().await;
    Mock::given(path("/contacts")).respond_with(contacts("2026-09-14T08:00:00Z")).mount(&server).await;
    fields(&server).await;
    Mock::given(path("/contacts/4/fields")).respond_with(ResponseTemplate::new(410)).mount(&server).await;
    let source = own(&server, CONTACTS);
    let (stored, mut cursor) = (Stored::default(), Cursor::default());
    let records = stored.walk(&*source, &mut cursor).await.unwrap();
    let first = records[0].as_ref().unwrap();
    assert_eq!((first.need.as_deref(), first.city.as_deref()), (Some("roof"), Some("Oslo")));
    assert_eq!(records[2].as_ref().unwrap().city, None, "nothing to ask with");
    let odd = records[3].as_ref().unwrap_err();
    assert!(odd.id == "4" && odd.why.starts_with("lookup.wish: 127.0.0.1"), "one odd record costs one: {}", odd.why);
    let questions = |asked: Vec<String>| asked.into_iter().filter(|asked| asked != "/contacts").collect::<Vec<_>>();
    assert_eq!(
        questions(asked(&server).await),
        [
            "/accounts/A",
            "/contacts/1/fields",
            "/contacts/2/fields",
            "/contacts/3/fields",
            "/accounts/B",
            "/contacts/4/fields"
        ],
        "one account of two contacts is asked about once"
    );
    // Another reads: only who changed is asked about, and who is known and did not change is left as it is.
    server.reset().await;
    stored.0.lock().unwrap().insert("4".into());
    Mock::given(path("/contacts")).respond_with(contacts("2026-09-14T09:00:00Z")).mount(&server).await;
    fields(&server).await;
    let records = stored.walk(&*source, &mut cursor).await.unwrap();
    assert_eq!(ids(&records), ["2"]);
    assert_eq!(questions(asked(&server).await), ["/accounts/A", "/contacts/2/fields"]);
    assert_eq!(cursor.since.as_deref(), Some("2026-09-14T09:00:00Z"));
}

#[tokio::test]
async fn a_lookup_that_never_worked_or_must_wait_stops_the_page() {
    for (status, class) in [(404, Class::Config), (429, Class::Throttle), (401, Class::Auth), (503, Class::Retry)] {
        let server = MockServer::start().await;
        Mock::given(path("/contacts")).respond_with(contacts("2026-09-14T08:00:00Z")).mount(&server).await;
        Mock::given(path("/accounts/A")).respond_with(ok("{}")).mount(&server).await;
        Mock::given(any()).respond_with(ResponseTemplate::new(status)).mount(&server).await;
        let failure = Stored::default().walk(&*own(&server, CONTACTS), &mut Cursor::default()).await.unwrap_err();
        assert_eq!(failure.class, class);
        assert!(failure.message.starts_with("lookup.wish: "), "{failure}");
    }
}

#[tokio::test]
async fn many_records_to_ask_about_come_in_small_slices() {
    let server = MockServer::start().await;
    let many: Vec<Value> = (0..120).map(|id| json!({"id": id.to_string(), "account": "A"})).collect();
    Mock::given(path("/contacts"))
        .respond_with(ok(json!({ "contacts": many }).to_string()))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(ok(r#"{"fields":[]}"#)).mount(&server).await;
    let source = own(&server, CONTACTS);
    let batch = source.read(Ask::first(&Cursor::default())).await.unwrap();
    assert_eq!((batch.records.len(), batch.next.is_some()), (50, true));
    assert_eq!(
        Stored::default()
            .walk(&*own(&answering(ok("{}")).await, CONTACTS), &mut Cursor::default())
            .await
            .unwrap()
            .len(),
        0
    );
    let mut place = batch.next;
    let mut count = batch.records.len();
    while let Some(at) = place {
        let batch = source.read(Ask { cursor: &Cursor::default(), place: Some(&at), known: &Nothing }).await.unwrap();
        count += batch.records.len();
        place = batch.next;
    }
    assert_eq!(count, 120);
}

const MEMBERS: &str = r#"
    request = { path = "/members" }
    extract = { records = "$.members[*]", id = "$.id", drop = { at = "$.status", equals = "cleaned" } }
    map = { email = "$.email", consent = { at = "$.status", map = { subscribed = "confirmed", pending = "pending", "*" = "withdrawn" } } }
    recheck = { path = "/members/{{ record.id }}", every = "6h", for = ["pending", "confirmed"], record = "$.members[0]" }
"#;

#[tokio::test]
async fn one_record_is_read_again() {
    let server = MockServer::start().await;
    let one = |status: &str| ok(json!({"members": [{"id": "a/1", "email": "a@x.org", "status": status}]}).to_string());
    let source = own(&server, MEMBERS);
    let (every, whom) = source.rechecks().unwrap();
    assert_eq!((every, whom), (SignedDuration::from_hours(6), vec![Consent::Pending, Consent::Confirmed]));
    for (answer, expected) in [
        (one("pending"), Some(Consent::Pending)),
        (one("subscribed"), Some(Consent::Confirmed)),
        (one("unsubscribed"), Some(Consent::Withdrawn)),
        (one("cleaned"), None),
        (ok("{\"members\":[]}"), None),
        (ResponseTemplate::new(404), None),
        (ResponseTemplate::new(410).set_body_string("{\"error\":\"gone\"}"), None),
    ] {
        server.reset().await;
        Mock::given(path("/members/a%2F1")).respond_with(answer).expect(1).mount(&server).await;
        let record = source.recheck("a/1").await.unwrap();
        assert_eq!(record.map(|record| record.consent.unwrap()), expected);
    }
    for (answer, words) in [
        (ResponseTemplate::new(500), "answered 500"),
        (ok("<html>"), "an HTML page"),
        (ok(r#"{"members":[{"id":"b"}]}"#), "asked for `a/1`, got `b`"),
        (ok(r#"{"members":[{"id":"a/1","email":{"x":1}}]}"#), "email: $.email is a table"),
    ] {
        server.reset().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let failure = source.recheck("a/1").await.unwrap_err();
        assert!(failure.message.contains(words), "{words}: {failure}");
    }
    let without = own(&server, "request = { path = \"/x\" }");
    assert!(without.rechecks().is_none() && without.recheck("1").await.is_err());
}

#[tokio::test]
async fn who_is_asked_about_again_is_looked_up_again() {
    let server = MockServer::start().await;
    let mount = async |town: &str| {
        server.reset().await;
        let one = json!({"id": "1", "email": "x@x.org", "account": "A"});
        Mock::given(path("/contacts")).respond_with(ok(json!({ "contacts": [one] }).to_string())).mount(&server).await;
        Mock::given(path("/contacts/1")).respond_with(ok(one.to_string())).mount(&server).await;
        Mock::given(path("/contacts/1/fields")).respond_with(ok("{\"fields\":[]}")).mount(&server).await;
        Mock::given(path("/accounts/A")).respond_with(ok(json!({ "city": town }).to_string())).mount(&server).await;
    };
    let source =
        own(&server, &CONTACTS.replacen("map =", "recheck = { path = \"/contacts/{{ record.id }}\" }\n    map =", 1));
    mount("Oslo").await;
    let records = good(walk(&*source, &mut Cursor::default()).await.unwrap());
    assert_eq!(records[0].city.as_deref(), Some("Oslo"));
    // Between two walks the account moves: what the walk was told counts no more.
    for town in ["Bergen", "Tromsø"] {
        mount(town).await;
        assert_eq!(source.recheck("1").await.unwrap().unwrap().city.as_deref(), Some(town));
    }
}

#[tokio::test]
async fn the_far_side_is_told_to_pause_and_to_go_on() {
    let server = MockServer::start().await;
    let rest = r#"
        request = { path = "/x" }
        pause = { path = "/campaigns/7", form = { status = "PAUSED" } }
        resume = { path = "/campaigns/7", form = { status = "ACTIVE" } }
    "#;
    for word in ["PAUSED", "ACTIVE"] {
        let told = Mock::given(method("POST")).and(path("/campaigns/7")).and(body_string(format!("status={word}")));
        told.respond_with(ok("{\"success\":true}")).expect(1).mount(&server).await;
    }
    let source = own(&server, rest);
    assert!(source.can_hold_back());
    assert!(source.hold_back(true).await.unwrap().ends_with("answered 200 to pause"));
    assert!(source.hold_back(false).await.unwrap().ends_with("answered 200 to resume"));
    server.reset().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(403)).mount(&server).await;
    assert_eq!(source.hold_back(true).await.unwrap_err().class, Class::Auth);
    let without = own(&server, "request = { path = \"/x\" }");
    assert!(!without.can_hold_back() && without.hold_back(true).await.is_err());
}

const EXPORT: &str = r#"
    request = { path = "/download", query = { task = "{{ job.task }}", file = "{{ job.file }}" } }
    extract = { records = "$.rows[*]", id = "$.id" }
    each = { values = ["p1"] }
    [job.start]
    path = "/task"
    body = { page_id = "{{ each.id }}" }
    ok_if = { at = "$.code", equals = 0 }
    get = { task = "$.data.task_id" }
    [job.poll]
    path = "/task"
    query = { task_id = "{{ job.task }}" }
    get = { file = "$.data.file" }
    done = { at = "$.data.status", equals = "SUCCEED" }
    failed = { at = "$.data.status", equals = "FAILED" }
    every = "1ms"
    timeout = "5ms"
"#;

async fn export(states: &'static [&'static str]) -> MockServer {
    let server = MockServer::start().await;
    let started = r#"{"code":0,"data":{"task_id":"T1"}}"#;
    Mock::given(method("POST")).and(path("/task")).respond_with(ok(started)).expect(1).mount(&server).await;
    let looked = std::sync::atomic::AtomicUsize::new(0);
    Mock::given(method("GET"))
        .and(query_param("task_id", "T1"))
        .respond_with(move |_: &Request| {
            let at = looked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let state = states.get(at).or_else(|| states.last()).unwrap();
            ok(json!({"code": 0, "data": {"status": state, "file": "f.csv"}}).to_string())
        })
        .mount(&server)
        .await;
    let download = Mock::given(path("/download")).and(query_param("task", "T1")).and(query_param("file", "f.csv"));
    download.respond_with(ok(r#"{"rows":[{"id":"7"}]}"#)).mount(&server).await;
    server
}

#[tokio::test]
async fn a_job_is_started_once_waited_for_and_downloaded() {
    let server = export(&["RUNNING", "RUNNING", "SUCCEED"]).await;
    let source = own(&server, EXPORT);
    let (mut place, mut sizes) = (None, Vec::new());
    loop {
        let batch =
            source.read(Ask { cursor: &Cursor::default(), place: place.as_ref(), known: &Nothing }).await.unwrap();
        sizes.push(batch.records.len());
        place = batch.next;
        if place.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [0, 0, 0, 0, 1], "start, three looks, download");
    let body: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    assert_eq!(body["page_id"], "p1");
}

#[tokio::test]
async fn a_job_that_fails_or_takes_too_long_is_told() {
    let failed = walk(&*own(&export(&["RUNNING", "FAILED"]).await, EXPORT), &mut Cursor::default()).await.unwrap_err();
    assert!(failed.class == Class::Retry && failed.message.contains("could not be made"), "{failed}");
    let slow = walk(&*own(&export(&["RUNNING"]).await, EXPORT), &mut Cursor::default()).await.unwrap_err();
    assert!(slow.message.contains("not ready after"), "{slow}");
    let refused = answering(ok(r#"{"code":40001,"message":"no permission"}"#)).await;
    let refused = walk(&*own(&refused, EXPORT), &mut Cursor::default()).await.unwrap_err();
    assert!(refused.message.contains("no permission"), "{refused}");
}

const AUDIENCE: &str = r#"
    request = { path = "/lists/{{ vars.list }}" }
    auth = { kind = "bearer", token = "{{ vars.token }}" }
    [vars.token]
    prompt = "Token"
    kind = "secret"
    [vars.list]
    prompt = "Audience"
    [vars.list.discover]
    path = "/lists"
    rows = "$.lists[*]"
    get = { value = "$.id", label = "$.name" }
    [vars.zone]
    prompt = ""
    default = "UTC"
"#;

#[tokio::test]
async fn an_operator_chooses_from_what_there_is() {
    let server = MockServer::start().await;
    let lists =
        r#"{"lists":[{"id":"a1","name":"News\u001b[2J"},{"id":7},{"name":"no id"},{"id":"a1","name":"twice"}]}"#;
    Mock::given(path("/lists"))
        .and(header("authorization", "Bearer t-1234"))
        .respond_with(ok(lists))
        .mount(&server)
        .await;
    let mut library = Library::default();
    let head = format!("format = 1\nid = \"own\"\ntitle = \"Own\"\nhttp = {{ base = \"{}\" }}\n", server.uri());
    library.insert(Direction::Source, "own", "own.toml", &format!("{head}{AUDIENCE}"));
    let resolve = |_: &Secret| Ok(SecretString::from("t-1234"));
    let ask = async |vars: &[(&str, &str)], variable: &str| {
        discover(&configured("own", vars), variable, &library, &http(), &resolve).await
    };
    let choices = ask(&[("token", "secret")], "list").await.unwrap().unwrap();
    let choice = |value: &str, label: &str| Choice { value: value.into(), label: label.into() };
    assert_eq!(choices, [choice("a1", "News[2J"), choice("7", "7")]);
    assert_eq!(ask(&[("token", "secret")], "zone").await.unwrap(), None, "nobody can tell");
    let failure = ask(&[], "list").await.unwrap_err();
    assert!(failure.message.contains("`token` is missing"), "{failure}");
    server.reset().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    assert_eq!(ask(&[("token", "secret")], "list").await.unwrap_err().class, Class::Auth);
}

#[test]
fn what_cannot_be_meant_is_told_offline() {
    for preset in [CONTACTS, MEMBERS, EXPORT] {
        assert_eq!(faults(preset), "");
    }
    let with = |preset: &str, from: &str, to: &str| {
        assert!(preset.contains(from), "{from}");
        faults(&preset.replace(from, to))
    };
    for (preset, from, to, words) in [
        (CONTACTS, "{{ record.id }}", "{{ record.idd }}", "did you mean `id`"),
        (CONTACTS, "in = \"wish\"", "in = \"wissh\"", "did you mean `wish`"),
        (CONTACTS, "field = \"$.udate\"", "field = { in = \"wish\", at = \"$.x\" }", "no table named `wish` here"),
        (CONTACTS, "optional = true", "optinal = true", "did you mean `optional`"),
        (MEMBERS, "\"confirmed\"], record", "\"confirmd\"], record", "did you mean `confirmed`"),
        (MEMBERS, "{{ record.id }}", "{{ each.id }}", "unknown name `each`"),
        (MEMBERS, "record = \"$.members[0]\"", "record = \"members\"", "recheck: record: `members` is not a JSONPath"),
        (EXPORT, "{{ job.file }}", "{{ job.flie }}", "did you mean `file`"),
        (EXPORT, "done = {", "dnoe = {", "did you mean `done`"),
        (EXPORT, "done = { at = \"$.data.status\", equals = \"SUCCEED\" }", "", "job.poll: `done` must say"),
    ] {
        let told = with(preset, from, to);
        assert!(told.contains(words), "{words}: {told}");
    }
    let rule = "errors = [{ when = { status = [404] }, class = \"config\" }]";
    assert!(faults(&format!("{rule}\n{MEMBERS}")).contains("errors, rule 1: a 404 or 410 is a good answer of recheck"));
    let named = rule.replace("[404]", "[404], op = \"request\"");
    assert_eq!(faults(&format!("{named}\n{MEMBERS}")), "");
    assert!(
        faults("request = { path = \"/x\" }\npause = { path = \"/y\" }").contains("[pause] and [resume] go together")
    );
    let discover = "request = { path = \"/x\" }\n[vars.list]\nprompt = \"\"\ndiscover = { path = \"/l/{{ vars.list }}\", get = { value = \"$.id\" } }";
    let told = faults_of(discover);
    assert!(told.contains("vars.list: discover: path: `vars.list` cannot be used here"), "{told}");
    assert!(faults_of(&discover.replace("value", "vlaue")).contains("must name a `value`"));
}

/// As [`faults`], of a preset with variables of its own.
fn faults_of(rest: &str) -> String {
    let head = "format = 1\nid = \"own\"\ntitle = \"Own\"\nhttp = { base = \"https://example.org\" }\n";
    let mut library = Library::default();
    library.insert(Direction::Source, "own", "own.toml", &format!("{head}{rest}"));
    source::check_presets(&library, &http()).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
