//! The truth of the invented business, and its way into the database past every stage.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use leadgate::config::Config;
use leadgate::config::checked::Margin;
use leadgate::lead::Money;
use leadgate::report::model::Dimension;
use rust_decimal::Decimal;

use super::support::bench::{Bench, start};
use super::support::config::Draft;

/// Microseconds of a day, an hour, a minute.
pub const DAY: i64 = 86_400_000_000;
const HOUR: i64 = DAY / 24;
const MINUTE: i64 = HOUR / 60;

/// Leads.
const LEADS: u64 = 2_400;

/// A lead as it truly was. Instants in microseconds.
pub struct Truth {
    pub source: String,
    pub campaign: Option<String>,
    pub referral: Option<String>,
    pub service: Option<&'static str>,
    pub region: Option<&'static str>,
    pub person: Option<&'static str>,
    pub received: i64,
    pub qualified: bool,
    pub timing: &'static str,
    pub budget: &'static str,
    pub overridden: bool,
    pub accepted: Option<i64>,
    pub first: Option<i64>,
    /// Somebody said they spoke; `taken_back` makes it void.
    pub reached: Option<i64>,
    pub taken_back: bool,
    pub confirmed: bool,
    pub end: Option<&'static str>,
    pub closed: Option<i64>,
    pub value: Option<i64>,
    /// A later touch by a campaign of another source, after the hand-off or before it.
    pub other: Option<(String, String, i64)>,
}

impl Truth {
    /// When each step was reached by itself.
    pub fn moments(&self) -> [Option<i64>; 6] {
        let fault = self.end.is_some_and(|code| code.starts_with("R-") && code != "R-LATE" && code != "R-CAPACITY");
        let spoke = self.end.filter(|code| ["O-WON", "O-PRICE", "O-NOINTEREST"].contains(code)).and(self.closed);
        let said = self.reached.filter(|_| !self.taken_back);
        let confirmed = self.confirmed.then_some(self.received);
        let verified = [said, spoke, confirmed].into_iter().flatten().min();
        let actionable = match (self.first, verified) {
            (Some(first), Some(at)) if !fault => Some(first.max(at)),
            _ => None,
        };
        let won = self.closed.filter(|_| self.end == Some("O-WON"));
        [Some(self.received), self.qualified.then_some(self.received), self.accepted, self.first, actionable, won]
    }

    /// Its answer to a criterion.
    pub fn answer(&self, name: &str) -> &'static str {
        if name == "timing" { self.timing } else { self.budget }
    }

    /// Who gets the credit: the other campaign when it touched before the hand-off; nothing beats a referral.
    fn credited(&self) -> (String, Option<String>) {
        match &self.other {
            Some((source, campaign, at)) if self.referral.is_none() && self.accepted.is_none_or(|out| *at <= out) => {
                (source.clone(), Some(campaign.clone()))
            }
            _ => (self.source.clone(), self.campaign.clone()),
        }
    }

    /// Its line in a split.
    pub fn key(&self, by: Dimension) -> String {
        let (source, campaign) = self.credited();
        let or = |text: Option<&str>, none: &str| text.unwrap_or(none).to_owned();
        match by {
            Dimension::Source => source,
            Dimension::Campaign => format!("{source}/{}", or(campaign.as_deref(), "(no campaign)")),
            Dimension::Service => or(self.service, "(unknown)"),
            Dimension::Region => or(self.region, "(unknown)"),
            Dimension::Team => or(self.person.map(|_| "crew"), "(nobody)"),
            Dimension::Person => or(self.person, "(nobody)"),
            Dimension::Referral => or(self.referral.as_deref(), "(none)"),
        }
    }
}

/// A cost as it truly was entered.
pub struct TrueCost {
    pub source: Option<String>,
    pub campaign: Option<&'static str>,
    pub from: Date,
    pub to: Date,
    pub amount: i64,
    pub currency: &'static str,
    pub credit: bool,
    pub superseded: bool,
    pub platform: bool,
    pub as_of: i64,
}

/// All of it.
pub struct World {
    pub leads: Vec<Truth>,
    pub costs: Vec<TrueCost>,
    pub now: i64,
    pub corrected_at: i64,
    pub correction: i64,
    zone: TimeZone,
}

impl World {
    pub fn day(&self, at: i64) -> Date {
        Timestamp::from_microsecond(at).unwrap().to_zoned(self.zone.clone()).date()
    }

    /// A roof earns a fifth of its value, solar 900 EUR each; of gutters nobody said.
    pub fn margin(lead: &Truth) -> Option<i64> {
        match lead.service? {
            "roof" => lead.value.map(|value| value / 5),
            "solar" => Some(90_000),
            _ => None,
        }
    }

    pub fn entered(&self, source: &str, since: Date, until: Date) -> bool {
        let of = |cost: &&TrueCost| cost.source.as_deref() == Some(source) && cost.from <= until && cost.to >= since;
        self.costs.iter().filter(of).count() > 0
    }
}

pub fn config() -> Arc<Config> {
    let mut draft =
        Draft::new("Europe/Berlin", "Mo-Fr 09:00-17:00; PH off").service("roof").service("solar").service("gutter");
    for n in 0..12 {
        draft = draft.source(&format!("s{n:02}"));
    }
    draft =
        draft.team("crew", &["roof", "solar", "gutter"], "").person("anna", "crew", "", 1).person("ben", "crew", "", 1);
    draft = super::capacity::caps(draft);
    draft.0.services.get_mut("roof").unwrap().margin = Some(Margin::Share(Decimal::new(20, 2)));
    draft.0.services.get_mut("solar").unwrap().margin = Some(Margin::Each(Money::from_minor(90_000, "EUR")));
    draft.done()
}

/// A small generator with a fixed seed: the same business every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len() as u64) as usize]
    }
}

const CAMPAIGNS: [&str; 3] = ["autumn", "<script>alert(1)</script>", "=cmd|' /C calc'!A0"];

fn lead(dice: &mut Dice, now: i64, zone: &TimeZone) -> Truth {
    let begin = now - 364 * DAY;
    let mut received = begin + (dice.roll(364 * 24 * 60) as i64) * MINUTE + dice.roll(60_000_000) as i64;
    if dice.one_in(8) {
        // The very edge of a month, in local time, on either side.
        let month = date(2025, 12, 1).checked_add(jiff::Span::new().months(dice.roll(12) as i64)).unwrap();
        received = month.to_zoned(zone.clone()).unwrap().timestamp().as_microsecond() - dice.roll(2) as i64;
    }
    received = received.min(now - MINUTE);
    let n = dice.roll(11);
    let campaign = (n < 10 && !dice.one_in(5)).then(|| dice.pick(&CAMPAIGNS).to_owned());
    let timing = dice.pick(&["met", "met", "met", "unmet", "unknown"]);
    let budget = dice.pick(&["met", "met", "unmet", "unknown"]);
    let overridden = timing == "met" && dice.one_in(20);
    let qualified = timing == "met" && budget != "unmet";
    let mut truth = Truth {
        source: format!("s{n:02}"),
        campaign,
        referral: dice.one_in(15).then(|| "ANNA".to_owned()),
        service: dice.pick(&[Some("roof"), Some("roof"), Some("solar"), Some("gutter"), None]),
        region: dice.pick(&[Some("DE-BE"), Some("DE 14"), Some("AT"), None]),
        person: None,
        received,
        qualified,
        timing,
        budget,
        overridden,
        accepted: None,
        first: None,
        reached: None,
        taken_back: false,
        confirmed: n == 10,
        end: None,
        closed: None,
        value: None,
        other: None,
    };
    if qualified && !dice.one_in(6) {
        go_on(&mut truth, dice, now);
    }
    if dice.one_in(10) {
        let at = received + dice.roll(5 * 24) as i64 * HOUR;
        let source = format!("s{:02}", dice.roll(10));
        if at < now && source != truth.source && (truth.accepted.is_none() || truth.accepted != Some(at)) {
            truth.other = Some((source, "autumn".into(), at));
        }
    }
    truth
}

/// Handed off, answered, ended: as far as there was time.
fn go_on(truth: &mut Truth, dice: &mut Dice, now: i64) {
    let upto = |at: i64| (at < now).then_some(at);
    truth.accepted = upto(truth.received + dice.roll(72) as i64 * HOUR + MINUTE);
    let Some(accepted) = truth.accepted else { return };
    truth.person = Some(dice.pick(&["anna", "ben"]));
    if !dice.one_in(7) {
        let wait = dice.pick(&[2 * MINUTE, 3 * MINUTE, 40 * MINUTE, 5 * HOUR, 2 * DAY]);
        truth.first = upto(accepted + wait);
        truth.reached = truth.first.filter(|_| !dice.one_in(3));
        truth.taken_back = truth.reached.is_some() && dice.one_in(25);
    }
    let end = dice.pick(&[
        None,
        Some("O-WON"),
        Some("O-PRICE"),
        Some("O-NOANSWER:3"),
        Some("R-FAKE"),
        Some("R-LATE"),
        Some("R-AREA"),
    ]);
    let at = truth.first.unwrap_or(accepted) + dice.pick(&[HOUR, 3 * DAY, 13 * DAY, 14 * DAY, 40 * DAY, 70 * DAY]);
    if let (Some(code), Some(at)) = (end, upto(at)) {
        (truth.end, truth.closed) = (Some(code), Some(at));
        truth.value = (code == "O-WON" && !dice.one_in(4)).then(|| (dice.roll(2_000) as i64 + 1) * 1_000);
    }
}

fn costs(dice: &mut Dice, now: i64, corrected_at: i64) -> (Vec<TrueCost>, i64) {
    let mut all = Vec::new();
    let mut correction = 0;
    let earlier = corrected_at - DAY;
    let cost = |source: Option<String>, from: Date, to: Date, amount: i64| TrueCost {
        source,
        campaign: None,
        from,
        to,
        amount,
        currency: "EUR",
        credit: false,
        superseded: false,
        platform: false,
        as_of: earlier,
    };
    for n in 0..10 {
        let source = Some(format!("s{n:02}"));
        for month in 0..12 {
            let first = date(2025, 11, 23).checked_add(jiff::Span::new().months(month)).unwrap();
            // What a platform says of a day, later corrected downwards for some.
            let mut said = cost(source.clone(), first, first, 5_000 + dice.roll(40_000) as i64);
            (said.campaign, said.platform) = (Some("autumn"), true);
            if dice.one_in(3) {
                let less = TrueCost {
                    amount: said.amount - 1_234,
                    as_of: corrected_at,
                    ..cost(source.clone(), first, first, 0)
                };
                all.push(TrueCost { campaign: said.campaign, platform: true, ..less });
                said.superseded = true;
                correction += 1_234;
            }
            all.push(said);
        }
    }
    // Fees over month ends, one in dollars; what was credited for returns; a refund; what is of no source.
    all.push(cost(Some("s00".into()), date(2026, 1, 31), date(2026, 3, 1), 100_001));
    all.push(TrueCost { currency: "USD", ..cost(Some("s01".into()), date(2026, 6, 15), date(2026, 7, 16), 77_777) });
    all.push(TrueCost { credit: true, ..cost(Some("s01".into()), date(2026, 5, 31), date(2026, 5, 31), 12_345) });
    all.push(cost(Some("s03".into()), date(2026, 2, 28), date(2026, 2, 28), -2_500));
    all.push(cost(None, date(2025, 11, 23), date(2026, 11, 22), 365_007));
    all.push(cost(Some("s11".into()), date(2026, 4, 30), date(2026, 5, 1), 90_001));
    assert!(now > corrected_at);
    (all, correction)
}

/// Rolls the dice and writes all of it into the database.
pub async fn world(bench: &Bench) -> World {
    let (zone, now) = (TimeZone::get("Europe/Berlin").unwrap(), start().as_microsecond());
    let mut dice = Dice(7);
    let mut leads: Vec<Truth> = (0..LEADS).map(|_| lead(&mut dice, now, &zone)).collect();
    // Ids come in the order of time.
    leads.sort_by_key(|lead| lead.received);
    let corrected_at = now - 10 * DAY;
    let (costs, correction) = costs(&mut dice, now, corrected_at);
    let world = World { leads, costs, now, corrected_at, correction, zone };
    let mut sql = String::from("begin;");
    let source = |name: &str| format!("(select id from endpoint where kind = 'source' and name = '{name}')");
    for (place, lead) in world.leads.iter().enumerate() {
        write_lead(&mut sql, place as i64 + 1, lead, &source);
    }
    for (place, cost) in world.costs.iter().enumerate() {
        let id = cost.source.as_deref().map_or_else(|| "0".to_owned(), source);
        let (until, kind) = (
            if cost.to > cost.from { format!("'{}'", cost.to) } else { "null".into() },
            if cost.credit { "credit" } else { "spend" },
        );
        let campaign = cost.campaign.map_or_else(|| "null".to_owned(), |name| format!("'{name}'"));
        let who = if cost.platform { "leadgate" } else { "anna" };
        let shown = match (cost.platform, cost.source.as_deref()) {
            (true, Some("s02")) => "100, 101",
            (true, _) => "1000, 40",
            _ => "null, null",
        };
        write!(
            sql,
            "insert into cost (id, source_id, campaign, day, until, amount, currency, kind, impressions, clicks, as_of, who) \
             values ({}, {id}, {campaign}, '{}', {until}, {}, '{}', '{kind}', {shown}, {}, '{who}');",
            place + 1,
            cost.from,
            cost.amount,
            cost.currency,
            cost.as_of
        )
        .unwrap();
    }
    for (id, day, rate) in [(1, "2025-01-01", "0.90"), (2, "2026-07-01", "0.95")] {
        let as_of = now - 300 * DAY;
        write!(sql, "insert into rate values ({id}, 'USD', '{day}', '{rate}', {as_of}, 'anna');").unwrap();
    }
    super::capacity::write(&mut sql, &world);
    sql.push_str("commit;");
    bench.sql(&sql).await;
    world
}

fn null<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn quoted(value: Option<&str>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| format!("'{}'", value.replace('\'', "''")))
}

fn write_lead(sql: &mut String, id: i64, lead: &Truth, source: &impl Fn(&str) -> String) {
    let region = match lead.region {
        Some("DE-BE") => r#"{"country":"DE","subdivision":"DE-BE"}"#,
        Some("DE 14") => r#"{"country":"DE","postal_code":"14059"}"#,
        Some(_) => r#"{"country":"AT"}"#,
        None => "{}",
    };
    let mark = |name: &str, answer: &str, code: &str| {
        let code = if answer == "unmet" { format!("\"{code}\"") } else { "null".into() };
        format!("[\"{name}\",\"{answer}\",{code}]")
    };
    let marks = [mark("timing", lead.timing, "Q-TIMING"), mark("budget", lead.budget, "Q-BUDGET-LOW")].join(",");
    let decided = if lead.overridden { r#","decided":{"timing":"met"}"# } else { "" };
    let facts = format!("{{\"facts\":{{\"region\":{region}}},\"marks\":[{marks}]{decided}}}");
    let (verdict, stage) = match (lead.qualified, lead.closed, lead.accepted) {
        (_, Some(_), _) => (1, 4),
        (true, _, Some(_)) => (1, 3),
        (true, ..) => (1, 2),
        _ => (3, 5),
    };
    let (at, from) = (lead.received, source(&lead.source));
    write!(
        sql,
        "insert into lead (id, received_at, submitted_at, stage, source_id, service, verdict, config_id, decided_at, end_code, \
         closed_at, facts) values ({id}, {at}, {at}, {stage}, {from}, {}, {verdict}, 1, {at}, {}, {}, '{facts}');",
        quoted(lead.service),
        quoted(lead.end),
        null(lead.closed)
    )
    .unwrap();
    let mut inquiry = |number: i64,
                       from: &str,
                       at: i64,
                       consent: i64,
                       campaign: Option<&str>,
                       referral: Option<&str>,
                       code: &str| {
        write!(
            sql,
            "insert into inquiry values ({number}, {from}, {number}, 0, {at}, {at}, {id}, '{code}', {consent}, {}, {}, 1, 1);",
            quoted(campaign),
            quoted(referral)
        )
        .unwrap();
    };
    let consent = if lead.confirmed { 2 } else { 1 };
    inquiry(id, &from, at, consent, lead.campaign.as_deref(), lead.referral.as_deref(), "I-OK");
    if let Some((other, campaign, at)) = &lead.other {
        inquiry(1_000_000 + id, &source(other), *at, 1, Some(campaign), None, "I-DUP-OPEN");
    }
    write_handoff(sql, id, lead);
}

fn write_handoff(sql: &mut String, id: i64, lead: &Truth) {
    let (Some(accepted), Some(person)) = (lead.accepted, lead.person) else { return };
    let state = if lead.closed.is_some() { 5 } else { 3 };
    write!(
        sql,
        "insert into handoff (id, lead_id, destination_id, route, hop, round, token, person, team, state, due_at, deadline_at, \
         decided_at, accepted_at, answer_by, first_at, closed_at, config_id) values ({id}, {id}, \
         (select id from endpoint where kind = 'destination' and name = 'desk'), 'default', 0, 1, 't{id}', '{person}', 'crew', \
         {state}, 0, 0, {accepted}, {accepted}, {}, {}, {}, 1);",
        accepted + HOUR,
        null(lead.first),
        null(lead.closed)
    )
    .unwrap();
    let mut mark = |number: i64, kind: &str, at: i64, amount: Option<i64>, voids: Option<i64>| {
        write!(
            sql,
            "insert into mark (id, handoff_id, lead_id, kind, at, seen_at, quality, origin, amount, voids) \
             values ({number}, {id}, {id}, '{kind}', {at}, {at}, 1, 'console', {}, {});",
            null(amount),
            null(voids)
        )
        .unwrap();
    };
    if let Some(first) = lead.first {
        mark(id * 10, "first", first, None, None);
    }
    if lead.taken_back {
        mark(id * 10 + 1, "void", accepted, None, Some(id * 10));
    }
    if let (Some("O-WON"), Some(at)) = (lead.end, lead.closed) {
        // Entered wrongly first, taken back, entered again.
        mark(id * 10 + 2, "won", at, Some(999_999_999), None);
        mark(id * 10 + 3, "void", at, None, Some(id * 10 + 2));
        mark(id * 10 + 4, "won", at, lead.value, None);
    }
    if let Some(at) = lead.reached {
        let body = format!("{{\"undo\":{{\"mark\":{}}}}}", id * 10);
        write!(
            sql,
            "insert into journal (proc_id, n, at, who, kind, lead_id, count, body, hash) \
             values (999, {id}, {at}, 'anna', 'contacted', {id}, 1, '{body}', x'00');"
        )
        .unwrap();
    }
}
