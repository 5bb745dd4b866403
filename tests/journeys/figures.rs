//! What campaigns cost: corrected for weeks by the platform, counted once in the report and on the Sources
//! screen, beside what people entered.

use jiff::SignedDuration;
use leadgate::desk::{Act, Desk as _, FiguresAsk};
use leadgate::report::export::{Export, Kind};
use leadgate::report::model::{Dimension, Maybe};
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

/// Every lead of the report as rows: (rows written, the lines of the CSV, the bytes of the Parquet file).
async fn exported(room: &Room) -> (u64, Vec<String>, Vec<u8>) {
    let (mut csv, mut parquet) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    let mut rows = Vec::new();
    for (kind, file) in [(Kind::Csv, &csv), (Kind::Parquet, &parquet)] {
        let mut export = Export::new(kind, room.desk.currency(), file).unwrap();
        room.desk.export(&FiguresAsk::default(), &mut export).await.unwrap();
        rows.push(export.finish().unwrap());
    }
    assert_eq!(rows[0], rows[1]);
    (rows[0], text_of(&mut csv).lines().skip(1).map(str::to_owned).collect(), bytes_of(&mut parquet))
}

fn bytes_of(file: &mut std::fs::File) -> Vec<u8> {
    use std::io::{Read as _, Seek as _};
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

fn text_of(file: &mut std::fs::File) -> String {
    String::from_utf8(bytes_of(file)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_came_than_could_be_taken_is_a_figure_with_its_leads_and_every_lead_is_a_row() {
    let (web, desk) = (Feed::of(roofs(5)).await, Desk::start().await);
    let capped = ROOFER.replacen("[team.berlin]", "[team.berlin]\nat_most = \"2 per day\"", 1);
    let capped = capped.replacen("email = \"anna@", "open_at_most = 3\nemail = \"anna@", 1);
    let text = [capped, source("web", &web.url()), desk_at("desk", &desk.url()), route(&["desk"])].concat();
    let room = Room::open(&text).await;
    assert!(room.pass().await.is_clean());
    let figures = room.desk.capacity_figures(&FiguresAsk::default()).await.unwrap();
    let told: Vec<_> = figures
        .lines
        .iter()
        .map(|line| (line.key.as_str(), line.demand, line.capacity.value, line.handed_off, line.open.value))
        .collect();
    assert_eq!(told, [("all", 5, Some(2), 2, Some(2)), ("berlin", 5, Some(2), 2, Some(2))]);
    let berlin = &figures.lines[1];
    assert_eq!((berlin.flood_index.value, berlin.utilisation.value), (Some(2.5), Some(1.0)));
    assert_eq!((berlin.open_at_most.value, berlin.basis.as_str()), (Some(3), "2 per day"));
    for (figure, n) in
        [("demand@team=berlin", 5), ("given@team=berlin", 2), ("open@team=berlin", 2), ("given@source=web", 2)]
    {
        assert_eq!(room.desk.leads_behind(&FiguresAsk::default(), figure).await.unwrap().len(), n, "{figure}");
    }
    // Raised by hand for today: the day has its largest maximum, and the open ones are soon as many as may be.
    let set = |max| Act::SetCap { cap: "team.berlin.day".into(), max, until: None, reason: "help has come".into() };
    room.did(set(9)).await;
    room.did(set(4)).await;
    room.clock.advance(MINUTE);
    room.did(set(3)).await;
    assert!(room.pass_after(MINUTE).await.is_clean());
    let figures = room.desk.capacity_figures(&FiguresAsk::default()).await.unwrap();
    let berlin = &figures.lines[1];
    assert_eq!((berlin.capacity.value, berlin.handed_off, berlin.backlog.value), (Some(4), 3, Some(1.0)));
    assert!(berlin.basis.contains("as set by hand"), "{berlin:?}");
    // Closed from tomorrow's first moment on: tomorrow alone has no ratio.
    room.did(set(0)).await;
    room.clock.advance(SignedDuration::from_hours(24));
    let tomorrow = Some("2026-11-24".parse().unwrap());
    let ask = FiguresAsk { since: tomorrow, until: tomorrow, ..FiguresAsk::default() };
    let closed = &room.desk.capacity_figures(&ask).await.unwrap().lines[1];
    assert_eq!((closed.capacity.value, &closed.flood_index), (Some(0), &Maybe::none("closed")));

    let (rows, lines, parquet) = exported(&room).await;
    assert_eq!((rows, lines.len()), (5, 5));
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
    let (head, count) = (room.desk.report(FiguresAsk::default()).await.unwrap().total.counts, |end: &str| {
        lines.iter().filter(|line| line.ends_with(end)).count() as u64
    });
    assert_eq!((head.inquiries, head.handed_off), (count(",1,1,0,0,0,0,0,0") + count(",1,1,1,0,0,0,0,0"), 3));
    assert_eq!(count(",1,1,1,0,0,0,0,0"), head.handed_off, "{lines:?}");
    room.end().await;
}
