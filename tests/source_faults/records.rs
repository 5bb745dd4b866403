//! What one record can have wrong: it is kept aside with its reason, and the rest of its page is read.

use leadgate::lead::Record;

use super::*;

/// What a page gives: the readable ones by id, and why the others are not.
async fn read(answer: Answer) -> (Vec<Record>, Vec<Unreadable>) {
    let far = FarSide::start(None);
    far.well("/", answer);
    let (records, failure) = walk(&*at(&far.url("/")), &mut Cursor::default()).await;
    assert!(failure.is_none(), "{failure:?}");
    let (good, bad): (Vec<_>, Vec<_>) = records.into_iter().partition(Result::is_ok);
    (good.into_iter().map(Result::unwrap).collect(), bad.into_iter().map(Result::unwrap_err).collect())
}

#[tokio::test]
async fn one_bad_record_costs_one_record_whatever_is_wrong_with_it() {
    let deep = format!("{{\"id\": \"x\", \"x\": {}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let long = format!("{{\"id\": \"x\", \"message\": \"{}\"}}", "x".repeat(1_100_000));
    let ids = format!("{{\"id\": \"{}\"}}", "x".repeat(600));
    for (bad, words) in [
        ("{\"id\": \"x\", \"budget\": NaN}", "not JSON"),
        ("{\"id\": \"x\", \"budget\": -Infinity}", "not JSON"),
        ("{\"id\": \"x\", \"budget\": 1e400}", "number out of range"),
        ("{\"id\": \"x\", \"name\": \"\\ud800\"}", "not JSON"),
        ("{\"id\": \"x\", \"name\": \"\\q\"}", "not JSON"),
        ("{\"id\": \"x\", \"name\": \"a\nb\"}", "not JSON"),
        ("{\"id\": \"x\",}", "not JSON"),
        ("{'id': 'x'}", "not JSON"),
        ("{id: 1}", "not JSON"),
        (deep.as_str(), "recursion limit"),
        (long.as_str(), "longer than 1048576 bytes"),
        (ids.as_str(), "longer than 512 bytes"),
        ("[\"x\"]", "not a JSON object"),
        ("null", "not a JSON object"),
        ("nul", "not JSON"),
        ("{}", "it has no id ($.id)"),
        ("{\"id\": null}", "it has no id ($.id)"),
        ("{\"id\": 18446744073709551617}", "a number too long to be told exactly"),
        ("{\"id\": {\"of\": 1}}", "id: $.id is a table where text is expected"),
        ("{\"id\": \"x\", \"email\": {\"to\": \"a\"}}", "email: $.email is a table where text is expected"),
        ("{\"id\": \"x\", \"created_at\": \"2026-11-23T07:30:00\"}", "not a moment with its zone"),
        ("{\"id\": \"x\", \"created_at\": \"23.11.2026\"}", "not a moment with its zone"),
        ("{\"id\": \"x\", \"created_at\": 1789374067}", "not a moment with its zone"),
    ] {
        let page = format!(
            "\u{feff}{{\"next\": null, \"data\": [{{\"id\": \"a\", \"email\": \"a@example.org\"}}, {bad},\n {{\"id\": \"b\"}}]}}"
        );
        let (good, aside) = read(Answer::json(page)).await;
        let ids: Vec<_> = good.iter().map(|record| record.id.as_str()).collect();
        let shown: String = bad.chars().take(60).collect();
        assert_eq!((ids, aside.len()), (vec!["a", "b"], 1), "{shown}");
        assert!(aside[0].why.contains(words), "{shown}: {words}: {}", aside[0].why);
        assert!(aside[0].raw.contains(&bad.chars().take(20).collect::<String>()), "kept as it came: {shown}");
    }
}

#[tokio::test]
async fn odd_and_legal_is_read() {
    let text = "{\"data\": [{\"id\": 18446744073709551615, \"name\": \"Jürgen\", \"phone\": 4930901820, \"id2\": 1, \"city\": \"\",
        \"email\": \"first@example.org\", \"email\": \"a@example.org\"}]}";
    let latin: Vec<u8> = text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect();
    let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = format!("\u{feff}{text}");
    for (body, kind) in [
        (text.as_bytes(), "application/json"),
        (marked.as_bytes(), "application/json"),
        (text.as_bytes(), "text/plain"),
        (text.as_bytes(), "text/html"),
        (&wide, "application/json"),
        (&latin, "application/json; charset=iso-8859-1"),
        (&latin, "application/json"),
    ] {
        let (good, aside) = read(Answer::of(200, &format!("content-type: {kind}\r\n"), body)).await;
        let [record] = good.as_slice() else { panic!("{kind}: {aside:?}") };
        assert_eq!((record.id.as_str(), record.name.as_deref()), ("18446744073709551615", Some("Jürgen")), "{kind}");
        assert_eq!(
            (record.email.as_deref(), record.city.as_deref()),
            (Some("a@example.org"), None),
            "the last one counts"
        );
    }
    let (none, aside) = read(Answer::of(204, "", "")).await;
    assert!(none.is_empty() && aside.is_empty());
}
