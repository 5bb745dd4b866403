//! Every wrong answer a far side may give to a handoff, and what it comes to: surely there, surely not there, or in
//! doubt. What is in doubt is never sent again on a guess.

use futures::StreamExt as _;
use leadgate::lead::HandoffState::{self, Accepted, NeedsPerson, Queued, Unknown};

use super::bench::Bench;
use super::target::Fate;

/// What a request comes to at once, and in the end.
struct Case {
    what: &'static str,
    fate: Fate,
    /// Right after the pass: state and code, at a desk that can be searched and at one that cannot.
    searched: (HandoffState, &'static str),
    blind: (HandoffState, &'static str),
    /// Is the ticket there in the end, where it can be searched and the far side behaves from then on?
    there: bool,
}

fn case(
    what: &'static str,
    fate: Fate,
    searched: (HandoffState, &'static str),
    blind: (HandoffState, &'static str),
    there: bool,
) -> Case {
    Case { what, fate, searched, blind, there }
}

const SENT: (HandoffState, &str) = (Accepted, "D-SENT");
const FOUND: (HandoffState, &str) = (Accepted, "D-EXISTS");
const DOUBT: (HandoffState, &str) = (Unknown, "D-UNKNOWN");
/// A person decides, since it cannot be searched.
const ASKS: (HandoffState, &str) = (NeedsPerson, "D-UNKNOWN");
const REFUSED: (HandoffState, &str) = (NeedsPerson, "D-REFUSED");
const AUTH: (HandoffState, &str) = (Queued, "D-AUTH");
const CONFIG: (HandoffState, &str) = (Queued, "D-CONFIG");
const WAITS: (HandoffState, &str) = (Queued, "D-THROTTLED");

const ID: &str = r#"{"id": "ID"}"#;
const HTML: &str = "<html>Please sign in</html>";

fn cases() -> Vec<Case> {
    let says = |status, body| Fate::says(status, "", body);
    let made = |status, body| Fate::made_but_says(status, "", body);
    vec![
        case("created", Fate::WELL, SENT, SENT, true),
        case("200 is as good", made("200 OK", ID), SENT, SENT, true),
        case("202 with a number", made("202 Accepted", ID), SENT, SENT, true),
        case("202 without a number", made("202 Accepted", ""), FOUND, ASKS, true),
        case("201 without a number", made("201 Created", "{}"), FOUND, ASKS, true),
        case("201 that is no JSON", made("201 Created", HTML), FOUND, ASKS, true),
        case("200 with a page to sign in", says("200 OK", HTML), DOUBT, ASKS, true),
        case("200 with an error in it", says("200 OK", r#"{"error": "no such queue"}"#), DOUBT, ASKS, true),
        case("204", made("204 No Content", ""), FOUND, ASKS, true),
        case("made, the answer lost", Fate::REPLY_LOST, FOUND, ASKS, true),
        case("not made, the answer lost", Fate::HUNG_UP, DOUBT, ASKS, true),
        case("409 and there", made("409 Conflict", "{}"), FOUND, ASKS, true),
        case("409 and not there", says("409 Conflict", "{}"), REFUSED, ASKS, false),
        case("400", says("400 Bad Request", "{}"), REFUSED, REFUSED, false),
        case("413", says("413 Too Large", "{}"), REFUSED, REFUSED, false),
        case("418", says("418 Teapot", "{}"), REFUSED, REFUSED, false),
        case("422", says("422 Unprocessable", r#"{"error": "phone"}"#), REFUSED, REFUSED, false),
        case("401", says("401 Unauthorized", "{}"), AUTH, AUTH, true),
        case("403", says("403 Forbidden", HTML), CONFIG, CONFIG, true),
        case("404", says("404 Not Found", HTML), CONFIG, CONFIG, true),
        case("301", Fate::says("301 Moved", "location: /elsewhere\r\n", ""), CONFIG, CONFIG, true),
        case(
            "308 elsewhere",
            Fate::says("308 Moved", "location: http://169.254.169.254/\r\n", ""),
            CONFIG,
            CONFIG,
            true,
        ),
        case("410", says("410 Gone", "{}"), CONFIG, CONFIG, true),
        case("425", says("425 Too Early", "{}"), WAITS, WAITS, true),
        case("429 in seconds", Fate::says("429 Slow", "retry-after: 7\r\n", "{}"), WAITS, WAITS, true),
        case("429 for ever", Fate::says("429 Slow", "retry-after: 1000000000\r\n", "{}"), WAITS, WAITS, true),
        case("429 garbage", Fate::says("429 Slow", "retry-after: soon\r\n", "{}"), WAITS, WAITS, true),
        case("503 with a wait", Fate::says("503 Busy", "retry-after: 5\r\n", "{}"), WAITS, WAITS, true),
        case("503 without", says("503 Busy", "{}"), DOUBT, ASKS, true),
        case("503, and made", made("503 Busy", "{}"), FOUND, ASKS, true),
        case("500", says("500 Oops", HTML), DOUBT, ASKS, true),
        case("500, and made", made("500 Oops", HTML), FOUND, ASKS, true),
        case("502", says("502 Bad Gateway", HTML), DOUBT, ASKS, true),
        case("504", says("504 Timeout", HTML), DOUBT, ASKS, true),
        case("408", says("408 Timeout", ""), DOUBT, ASKS, true),
        case("501", says("501 Not Implemented", ""), CONFIG, CONFIG, true),
        case("no HTTP at all", says("\u{0}\u{1}", ""), DOUBT, ASKS, true),
    ]
}

/// Cases at the same time: most of one is waiting.
const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_its_class_and_none_makes_a_second_ticket() {
    futures::stream::iter(cases()).for_each_concurrent(AT_ONCE, plays).await;
}

async fn plays(case: Case) {
    let Case { what, fate, searched, blind, there } = case;
    let desks = [("searched", Some("0s")), ("blind", None)];
    let bench = Bench::open(&desks, &[(&["searched"], "hold"), (&["blind"], "hold")]).await;
    for desk in ["searched", "blind"] {
        bench.target.script(desk, [fate.clone()]);
    }
    bench.ask(1, 1);
    bench.ask(2, 1);
    bench.pass().await;
    for one in bench.handoffs().await {
        let wanted = if one.destination == "searched" { searched } else { blind };
        assert_eq!((one.state, one.code.as_deref().unwrap_or("")), wanted, "{what}: {one:#?}");
        assert!(!one.last_text.contains(['<', '\u{0}']) || one.last_text.len() < 1_100, "{what}");
    }
    // From then on the far side behaves.
    for _ in 0..5 {
        bench.pass_after(1_200).await;
    }
    let made = bench.target.made_at("searched").len();
    if !what.contains("for ever") && !what.starts_with("410") {
        assert_eq!(made, usize::from(there), "{what}: {:#?}", bench.handoffs().await);
    }
    assert!(bench.target.made_at("blind").len() <= 1, "{what}: twice, where nobody can look");
    bench.end().await;
}
