use reqwest::header::HeaderMap;
use serde_json::json;

use super::*;
use crate::net::http::http_date;

const NOW: &str = "2026-01-01T00:00:00Z";

fn limits(doc: &str) -> Limits {
    Limits::compile(&toml::from_str(doc).unwrap(), &Names::new()).unwrap()
}

fn answer(headers: &[(&'static str, &str)]) -> Answer {
    let mut answer = Answer { status: 429, headers: HeaderMap::new(), body: Vec::new(), date: None };
    for (name, text) in headers {
        answer.headers.insert(*name, text.parse().unwrap());
    }
    answer.date = answer.header("date").and_then(http_date);
    answer
}

fn wait(doc: &str, headers: &[(&'static str, &str)]) -> Option<u64> {
    limits(doc).wait_secs(&answer(headers), None, NOW.parse().unwrap())
}

#[test]
fn every_way_to_say_later_is_understood_and_nonsense_ignored() {
    assert_eq!(wait("", &[("retry-after", "20")]), Some(20));
    assert_eq!(wait("", &[("retry-after", "0.4")]), Some(1));
    assert_eq!(wait("", &[("retry-after", "1000000000")]), Some(WAIT_MAX));
    assert_eq!(wait("", &[("retry-after", "-5")]), None);
    assert_eq!(wait("", &[("retry-after", "NaN")]), None);
    assert_eq!(wait("", &[("retry-after", "later")]), None);
    assert_eq!(wait("", &[("retry-after", "Thu, 01 Jan 2026 00:00:30 GMT")]), Some(30));
    let skewed = [("retry-after", "Fri, 02 Jan 2026 00:01:00 GMT"), ("date", "Fri, 02 Jan 2026 00:00:00 GMT")];
    assert_eq!(wait("", &skewed), Some(60));
    let reset = |unit: &str| format!("reset = {{ header = \"x-reset\", unit = \"{unit}\" }}");
    for (unit, text, secs) in [
        ("s", "7", 7),
        ("ms", "1500", 2),
        ("min", "2", 120),
        ("epoch", "1767225610", 10),
        ("epoch_ms", "1767225610000", 10),
        ("rfc3339", "2026-01-01T00:00:05Z", 5),
        ("duration", "36s", 36),
        ("duration", "1.5s", 2),
        ("duration", "1h", 3_600),
        ("s", "90000", 90_000),
    ] {
        assert_eq!(wait(&reset(unit), &[("x-reset", text)]), Some(secs), "{unit} {text}");
    }
    assert_eq!(wait("", &[]), None);
}

#[test]
fn a_wait_in_the_body_goes_before_one_that_only_tells_the_usage() {
    let doc = r#"
        body = { at = "$.error.details[*].retryDelay", unit = "duration" }
        usage = { header = "x-usage", percent = "$.*[*].calls", pause_above = 80, wait = "$.*[*].regain", unit = "min" }
        reset = { header = "x-reset", unit = "s" }
    "#;
    let usage = json!({"1": [{"calls": 95, "regain": 19}, {"calls": 3, "regain": 0}]}).to_string();
    let headers = [("x-usage", usage.as_str()), ("x-reset", "5")];
    let body = json!({"error": {"details": [{"@type": "x"}, {"retryDelay": "36s"}]}});
    let wait =
        |json: Option<&Value>, headers: &[_]| limits(doc).wait_secs(&answer(headers), json, NOW.parse().unwrap());
    assert_eq!(wait(Some(&body), &headers), Some(36));
    assert_eq!(wait(None, &headers), Some(19 * 60));
    assert_eq!(wait(None, &[("x-usage", "{}"), ("x-reset", "5")]), Some(5));
    assert_eq!(wait(None, &[("x-usage", "not json")]), None);
}

#[test]
fn a_quota_nearly_used_up_is_a_reason_to_stop_before_being_told() {
    let stop = |doc: &str, headers: &[_], json: Option<&Value>| {
        limits(doc).exhausted(&answer(headers), json, NOW.parse().unwrap()).map(|(secs, _)| secs)
    };
    let usage =
        "usage = { header = \"x-app-usage\", percent = [\"$.call_count\", \"$.total_time\"], pause_above = 80 }";
    assert_eq!(stop(usage, &[("x-app-usage", "{\"call_count\":28,\"total_time\":81}")], None), Some(USAGE_SECS));
    assert_eq!(stop(usage, &[("x-app-usage", "{\"call_count\":80,\"total_time\":2}")], None), None);
    let left = "remaining = { header = \"x-left\", below = 1 }";
    assert_eq!(stop(left, &[("x-left", "0")], None), Some(1));
    assert_eq!(stop(left, &[("x-left", "1")], None), None);
    assert_eq!(stop(&format!("rate = \"120/1m\"\n{left}"), &[("x-left", "0")], None), Some(60));
    let relative = format!("{left}\nreset = {{ header = \"x-reset\", unit = \"s\" }}");
    assert_eq!(stop(&relative, &[("x-left", "0"), ("x-reset", "42")], None), Some(42));
    let body = "left = { at = \"$['limit-left']\", below = 10, wait = \"1h\" }";
    assert_eq!(stop(body, &[], Some(&json!({"limit-left": 9}))), Some(3_600));
    assert_eq!(stop(body, &[], Some(&json!({"limit-left": "984"}))), None);
    assert_eq!(stop(body, &[], None), None);
}

#[test]
fn a_daily_quota_is_waited_for_with_a_look_every_hour() {
    let secs = |resets_at: &str, now: &str| {
        limits(&format!("resets_at = \"{resets_at}\"")).until_reset_secs(now.parse().unwrap())
    };
    assert_eq!(secs("00:00Z", "2026-01-01T10:00:00Z"), Some(PROBE_EVERY_SECS));
    assert_eq!(secs("00:00Z", "2026-01-01T23:40:00Z"), Some(1_200));
    assert_eq!(secs("09:00 Asia/Tokyo", "2026-01-01T23:40:00Z"), Some(1_200));
    assert_eq!(limits("").until_reset_secs(NOW.parse().unwrap()), None);
}

#[test]
fn a_limit_that_cannot_be_meant_is_refused() {
    let fault = |doc: &str| Limits::compile(&toml::from_str(doc).unwrap(), &Names::new()).unwrap_err().message;
    assert!(fault("rate = [\"5\"]").contains("5/1s"));
    assert!(fault("rate = [\"0/1s\"]").contains("5/1s"));
    assert!(fault("reset = { header = \"x\", unit = \"sec\" }").contains("limits.reset.unit `sec` is unknown"));
    assert!(fault("body = { at = \"error\", unit = \"s\" }").contains("limits.body"));
    assert!(fault("left = { at = \"$.a\", below = 1, wait = \"soon\" }").contains("limits.left.wait"));
    for odd in ["24:00Z", "midnight", "00:00", "00:00 Mars/Base"] {
        assert!(fault(&format!("resets_at = \"{odd}\"")).contains("resets_at"), "{odd}");
    }
    let limits = limits("rate = [\"60/1m\"]\nconcurrency = 0");
    assert_eq!((limits.rates[0], limits.concurrency), ((60, Duration::from_mins(1)), 1));
}

#[test]
fn what_stands_among_other_things_in_one_header_is_found() {
    let doc = |remaining: &str, reset: &str| {
        format!(
            "remaining = {{ header = \"RateLimit\", regex = '{remaining}', below = 1 }}\n\
             reset = {{ header = \"RateLimit\", regex = '{reset}', unit = \"s\" }}"
        )
    };
    let stop = |doc: &str, text: &str| {
        limits(doc).exhausted(&answer(&[("ratelimit", text)]), None, NOW.parse().unwrap()).map(|(secs, _)| secs)
    };
    let members = doc(r"remaining=(\d+)", r"reset=(\d+)");
    assert_eq!(stop(&members, "limit=100, remaining=0, reset=50"), Some(50));
    assert_eq!(stop(&members, "limit=100, remaining=1, reset=50"), None);
    assert_eq!(stop(&members, "soon"), None);
    let policies = doc(r#""day";r=(\d+)"#, r#""day";r=\d+;t=(\d+)"#);
    assert_eq!(stop(&policies, "\"burst\";r=9;t=1, \"day\";r=0;t=7200"), Some(7_200));
    assert_eq!(wait(&policies, &[("ratelimit", "\"day\";r=0;t=30")]), Some(30));
    for (regex, words) in [("r=[0-9]+", "put ( ) around the number"), ("r=(", "limits.remaining.regex")] {
        let fault = Limits::compile(&toml::from_str(&doc(regex, "(.)")).unwrap(), &Names::new()).unwrap_err();
        assert!(fault.to_string().contains(words), "{fault}");
    }
}
