//! What campaigns cost: corrected for weeks by the platform, counted once in the report and on the Sources
//! screen, beside what people entered.

use jiff::SignedDuration;
use leadgate::desk::{Desk as _, FiguresAsk};
use leadgate::report::model::Dimension;
use serde_json::{Value, json};

use super::far_side::{Desk, Feed, desk_at};
use super::people::roofs;
use super::room::{MINUTE, ROOFER, Room, route, source};

/// A preset that takes a feed's records for rows of a report.
pub const PRESET: &str = r#"
format = 1
id = "figures"
title = "Figures"
kind = "metrics"
[vars]
url = { prompt = "Address", kind = "url" }
[http]
base = "{{ vars.url }}"
[request]
[cursor]
strategy = "window"
zone = "Europe/Berlin"
[extract]
records = "$.data[*]"
[metrics]
campaign = "$.campaign"
day = "$.day"
impressions = "$.shown"
clicks = "$.clicks"
spend = "$.spend"
"#;

fn row(campaign: &str, day: &str, spend: &str) -> Value {
    json!({"campaign": campaign, "day": day, "shown": "1000", "clicks": 12, "spend": spend})
}

fn feed_of(rows: &[Value]) -> wiremock::ResponseTemplate {
    wiremock::ResponseTemplate::new(200).set_body_json(json!({ "data": rows }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spend_is_replaced_as_it_is_corrected_and_counted_for_the_source_it_pays_for() {
    let (web, cost, desk) = (Feed::of(roofs(2)).await, Feed::of(vec![]).await, Desk::start().await);
    let paying = format!(
        "\n[source.web-cost]\npreset = \"figures\"\nurl = \"{}\"\npays_for = \"web\"\nevery = \"1m\"\n",
        cost.url()
    );
    let text = [ROOFER, &source("web", &web.url()), &paying, &desk_at("desk", &desk.url()), &route(&["desk"])].concat();
    let room = Room::open(&text).await;
    let (sunday, monday) = ("2026-11-22", "2026-11-23");
    cost.always(Some(feed_of(&[row("c1", sunday, "10.00"), row("c1", monday, "5.50"), row("c2", monday, "1")])));
    let pass = room.pass().await;
    assert!(pass.is_clean(), "{pass:#?}");
    let (line, own) = (room.source("web").await, room.source("web-cost").await);
    assert_eq!((line.today, line.spend.as_deref()), (2, Some("6.50 EUR")));
    assert_eq!((own.pays_for.as_deref(), own.gaps.len(), own.spend.as_deref()), (Some("web"), 0, None));

    // Sunday is corrected, Monday's first campaign is not mentioned any more: a missing row is not a zero.
    cost.always(Some(feed_of(&[row("c1", sunday, "8.00"), row("c2", monday, "1")])));
    assert!(room.pass_after(MINUTE * 2).await.is_clean());
    let told = figures(&room).await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("1 corrected"), "{told:?}");
    // The same again writes nothing at all.
    assert!(room.pass_after(MINUTE * 2).await.is_clean());
    assert_eq!(figures(&room).await.len(), 2);

    let ask = FiguresAsk { by: vec![Dimension::Source], ..FiguresAsk::default() };
    let report = room.desk.report(ask).await.unwrap();
    let sources = &report.split(Dimension::Source).unwrap().rows;
    let names: Vec<&str> = sources.iter().map(|line| line.key.as_str()).collect();
    assert_eq!(names, ["web"], "figures are no source of people");
    assert_eq!(sources[0].cost.net.value, Some(1_450));
    assert_eq!(sources[0].cost.per_qualified.value, Some(725));
    room.clock.advance(SignedDuration::from_hours(24));
    assert!(room.source("web").await.spend.is_none(), "tomorrow has not cost anything yet");
    room.end().await;
}

/// What the journal says about figures, oldest first.
async fn figures(room: &Room) -> Vec<String> {
    let entries = room.desk.journal(100).await.unwrap();
    let mut told: Vec<String> =
        entries.into_iter().map(|entry| entry.text).filter(|text| text.contains("campaigns of")).collect();
    told.reverse();
    told
}
