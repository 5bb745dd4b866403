//! Capacity: exactly as many as a team can answer, the rest held with every reason and a forecast.

use jiff::Timestamp;
use leadgate::desk::Desk as _;
use leadgate::desk::view::List;
use leadgate::lead::Code;
use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::far_side::{Desk, Feed, desk_at};
use super::people::{roofs, with};
use super::room::{MINUTE, ROOFER, Room, route, source};

/// A second team with a territory of its own; two a day for each.
const TWO_TEAMS: &str = r#"
[team.west]
services = ["roof"]
region.postal_codes = ["50000-53999"]
at_most = "2 per day"

[person.jonas]
name = "Jonas Ritter"
team = "west"
email = "jonas@dach.example"
"#;

fn berlin_two_a_day() -> String {
    let territory = "services = [\"roof\"]\nregion.postal_codes = [\"10000-14199\"]\nat_most = \"2 per day\"";
    ROOFER.replacen("services = [\"roof\"]", territory, 1)
}

async fn room(desk: &Desk, leads: Vec<serde_json::Value>) -> Room {
    let web = Feed::of(leads).await;
    let desk = desk_at("desk", &desk.url());
    Room::open(&[&berlin_two_a_day(), TWO_TEAMS, &source("web", &web.url()), &desk, &route(&["desk"])].concat()).await
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_a_day_for_two_teams_are_two_and_two_every_day() {
    let mut leads = roofs(10);
    for lead in leads.iter_mut().skip(5) {
        *lead = with(lead.clone(), &[("postal_code", json!("50667"))]);
    }
    let desk = Desk::start().await;
    let room = room(&desk, leads).await;
    let pass = room.pass().await;
    assert!(pass.is_clean(), "held leads are no failure: {pass:#?}");
    assert_eq!((pass.received, pass.released, pass.sent, pass.held), (10, 4, 4, 6));
    assert_eq!((room.used("team.berlin.day").await, room.used("team.west.day").await), (2, 2));

    let tomorrow = at("2026-11-24T07:00:00Z");
    let held = room.rows(List::Held).await;
    assert_eq!(held.len(), 6);
    for row in &held {
        let team = if row.place == "50667" { "west" } else { "berlin" };
        assert_eq!(row.codes, [Code::Cap(format!("team.{team}.day"))], "{row:?}");
        assert!(row.forecast.is_some_and(|leaves| leaves >= tomorrow), "{row:?}");
    }
    let soonest = held.iter().filter(|row| row.forecast == Some(tomorrow)).count();
    assert_eq!(soonest, 4, "two and two leave tomorrow at eight: {held:#?}");
    let next = room.detail(held[0].lead.unwrap()).await.next;
    assert!(next.contains("leaves the queue about Tue 08:00") && next.contains("is full"), "{next}");

    for _ in 0..3 {
        let pass = room.pass_after(MINUTE * 30).await;
        assert_eq!((pass.released, pass.sent), (0, 0), "{pass:#?}");
    }
    for (day, sent) in [("2026-11-24T07:00:00Z", 4), ("2026-11-25T07:00:00Z", 2), ("2026-11-26T07:00:00Z", 0)] {
        room.clock.set(at(day));
        assert_eq!(room.pass().await.sent, sent, "{day}");
        assert_eq!(room.pass().await.sent, 0);
    }
    let keys: std::collections::BTreeSet<String> = desk.tickets().into_iter().map(|ticket| ticket.key).collect();
    assert_eq!((keys.len(), desk.posts()), (10, 10));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_handed_anything_outside_their_hours() {
    let desk = Desk::start().await;
    let room = room(&desk, roofs(1)).await;
    for (off, forecast) in [
        ("2026-11-23T05:00:00Z", "2026-11-23T07:00:00Z"),
        ("2026-11-20T16:00:00Z", "2026-11-23T07:00:00Z"),
        ("2026-11-22T11:00:00Z", "2026-11-23T07:00:00Z"),
    ] {
        room.clock.set(at(off));
        let pass = room.pass().await;
        assert_eq!((pass.sent, pass.held), (0, 1), "{off} {pass:#?}");
        let row = room.only(List::Held).await;
        assert_eq!(row.codes, [Code::OffHours]);
        assert_eq!(row.forecast, Some(at(forecast)), "{off}");
    }
    room.clock.set(at("2026-11-23T07:00:00Z"));
    assert_eq!(room.pass().await.sent, 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_released_but_not_sent_before_closing_waits_for_the_next_morning() {
    let desk = Desk::start().await;
    desk.always(Some(super::far_side::Create::Refuse(401, "expired")));
    let room = room(&desk, roofs(1)).await;
    room.clock.set(at("2026-11-23T15:50:00Z"));
    assert_eq!(room.pass().await.unfinished.len(), 1);
    desk.always(None);
    let pass = room.pass_after(MINUTE * 16).await;
    assert_eq!((pass.sent, pass.held), (0, 1), "17:06, nobody is there: {pass:#?}");
    assert_eq!(room.used("team.berlin.day").await, 0, "its place of today is given back");
    room.clock.set(at("2026-11-24T07:00:00Z"));
    let pass = room.pass().await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_that_waited_longer_than_allowed_expires_with_its_reason() {
    let (web, desk) = (Feed::of(roofs(2)).await, Desk::start().await);
    let cap = "\n[cap.day]\nteam = \"berlin\"\nmax = 1\nper = \"day\"\non_full.hold = \"3 hours\"\n";
    let text = [ROOFER, &source("web", &web.url()), &desk_at("desk", &desk.url()), cap, &route(&["desk"])].concat();
    let room = Room::open(&text).await;
    assert_eq!(room.pass().await.held, 1);
    let pass = room.pass_after(MINUTE * 181).await;
    assert_eq!((pass.held, pass.sent), (0, 0), "{pass:#?}");
    let row = room.only(List::Closed).await;
    assert_eq!(row.codes, [Code::Expired]);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_told_when_a_cap_fills_and_when_it_frees() {
    let hook = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).up_to_n_times(1).mount(&hook).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(204)).mount(&hook).await;
    let (web, desk) = (Feed::of(roofs(2)).await, Desk::start().await);
    let cap = format!(
        "\n[cap.day]\nteam = \"berlin\"\nmax = 1\nper = \"day\"\non_full.hook = \"{}/caps?team=berlin\"\n",
        hook.uri()
    );
    let text = [ROOFER, &source("web", &web.url()), &desk_at("desk", &desk.url()), &cap, &route(&["desk"])].concat();
    let room = Room::open(&text).await;
    assert_eq!((room.pass().await.held, asked(&hook).await.len()), (1, 1));
    assert_eq!((room.pass_after(MINUTE).await.held, asked(&hook).await.len()), (1, 1), "not before its time");
    room.pass_after(MINUTE).await;
    let told = asked(&hook).await;
    assert_eq!(told.len(), 2, "a server that failed is told again");
    assert_eq!(told[0], told[1]);
    assert_eq!(
        told[1],
        json!({ "event": "cap-full", "cap": "day", "used": 1, "max": 1, "soft": false,
            "at": "2026-11-23T08:00:00Z", "frees_at": "2026-11-23T23:00:00Z" })
    );
    // On Tuesday its place is taken at once: nothing has changed for whoever listens. On Wednesday nobody waits.
    for (day, times) in [("2026-11-24T07:00:00Z", 2), ("2026-11-25T07:00:00Z", 3)] {
        room.clock.set(at(day));
        room.pass().await;
        assert_eq!(asked(&hook).await.len(), times, "{day}");
    }
    assert_eq!(asked(&hook).await[2], json!({ "event": "cap-free", "cap": "day", "at": "2026-11-25T07:00:00Z" }));
    let said: Vec<String> = room.desk.journal(50).await.unwrap().into_iter().map(|event| event.text).collect();
    for sentence in ["the cap day is full (1 of 1) until Tue 00:00", "its address was told about the cap day"] {
        assert!(said.iter().any(|one| one.contains(sentence)), "{sentence}: {said:#?}");
    }
    room.end().await;
}

/// What a server was sent, in order.
async fn asked(server: &MockServer) -> Vec<serde_json::Value> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}
