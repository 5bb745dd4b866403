//! A desk that is made up, the same every time, and a console driven by keys against a test screen.
#![allow(dead_code, clippy::pedantic, clippy::unwrap_used, missing_docs)] // each test file uses its own part of this

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt as _};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use leadgate::console::effect::{self, Effect};
use leadgate::console::input::{Input, Key};
use leadgate::console::message::{Message, Outcome, PreviewRequest, Reply};
use leadgate::console::model::{Fixed, Model, Screen};
use leadgate::console::theme::{Colours, Theme};
use leadgate::console::{update, view};
use leadgate::desk::view::*;
use leadgate::desk::{
    Act, Calls, Desk, DeskError, Done, EngineState, ExplainAsk, FiguresAsk, PreviewAsk, Progress, Pulse, Refused, Seat,
};
use leadgate::health::{Band, Notice, Phase, Weight};
use leadgate::lead::*;
use leadgate::report::Report;
use leadgate::response::ClockState;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::sync::watch;

#[path = "figures.rs"]
pub mod figures;

pub const NOW: &str = "2026-11-23T08:06:00Z"; // Monday 09:06 in Berlin

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn after(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

pub const HOSTILE: &str = "\u{1b}]0;pwn\u{7}\u{1b}[31mEve\u{202e}evil\u{200b}\u{2066}\u{e0041}\u{9b}2J\r\nnext\u{2028}z\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}";

const NAMES: [&str; 20] = [
    "Jürgen Müller",
    "Clara Becker",
    "Sören Yilmaz",
    "Ida Keller",
    "Mia Otto",
    "Felix Engel",
    "Greta Fischer",
    "田中 花子 (日本語の長い名前)",
    "Łukasz Żółć",
    "Anne-Marie von der Hohenstein-Oberndorff",
    "Omar Haddad",
    "Zoë Çelik",
    HOSTILE,
    "O'Brien, Pat",
    "Ένα Όνομα",
    "Имя Фамилия",
    "=cmd|' /C calc'!A0",
    "محمد علي",
    "Tom",
    "Núria Puig",
];
const SERVICES: [&str; 4] = ["Roof", "Heat pump", "Solar", "?"];
const OWNERS: [&str; 3] = ["Anna", "Bela", "Chris"];

pub struct FakeDesk {
    pub seat: Seat,
    pub pulse: watch::Sender<Pulse>,
    pub acts: Mutex<Vec<Act>>,
    pub rows: Mutex<Vec<(List, LeadRow)>>,
    pub refuse: Mutex<Option<Refused>>,
    pub down: AtomicBool,
    pub hang: AtomicBool,
    /// Previews come to no end.
    pub slow: AtomicBool,
    pub previews: Mutex<Vec<(PreviewAsk, Progress)>>,
    pub empty: bool,
}

impl FakeDesk {
    pub fn new() -> Arc<Self> {
        Arc::new(Self::build(false))
    }

    pub fn empty() -> Arc<Self> {
        Arc::new(Self::build(true))
    }

    fn build(empty: bool) -> Self {
        let pulse = Pulse {
            version: 1,
            engine: if empty { EngineState::None } else { EngineState::Here },
            heard_at: Some(now()),
            troubles: Vec::new(),
            alarms: Vec::new(),
            last: (!empty).then(|| "Sent ticket #4711 to zammad in 0.4 s".to_owned()),
            calls: Calls::default(),
        };
        Self {
            seat: Seat {
                who: "anna".into(),
                title: "Anna · rep".into(),
                person: Some("anna".into()),
                zone: TimeZone::get("Europe/Berlin").unwrap(),
                business: "Dachwerk".into(),
                people: OWNERS
                    .iter()
                    .map(|name| (name.to_lowercase(), (*name).to_owned(), "Berlin".to_owned()))
                    .collect(),
                services: vec![("roof".into(), "Roof".into()), ("heat".into(), "Heat pump".into())],
                demo: false,
            },
            pulse: watch::channel(pulse).0,
            acts: Mutex::default(),
            rows: Mutex::new(if empty { Vec::new() } else { leads() }),
            refuse: Mutex::default(),
            down: AtomicBool::new(false),
            hang: AtomicBool::new(false),
            slow: AtomicBool::new(false),
            previews: Mutex::default(),
            empty,
        }
    }

    /// The store goes away or comes back.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// A lead arrives in the open list, due in so many minutes.
    pub fn arrive(&self, id: i64, minutes: i64) {
        let mut row = row(id, Stage::Out);
        row.answer_by = Some(after(minutes));
        row.at_risk_from = Some(after(minutes - 12));
        self.rows.lock().unwrap().push((List::Open, row));
        self.pulse.send_modify(|pulse| pulse.version += 1);
    }

    pub fn remove(&self, id: i64) {
        self.rows.lock().unwrap().retain(|(_, row)| row.lead != Some(LeadId(id)));
        self.pulse.send_modify(|pulse| pulse.version += 1);
    }

    pub fn acts(&self) -> Vec<Act> {
        self.acts.lock().unwrap().clone()
    }

    fn answer<T: Send + 'static>(
        &self,
        value: impl FnOnce() -> Result<T, DeskError>,
    ) -> BoxFuture<'_, Result<T, DeskError>> {
        if self.hang.load(Ordering::SeqCst) {
            return futures::future::pending().boxed();
        }
        let answer =
            if self.down.load(Ordering::SeqCst) { Err(DeskError::Store("disk I/O error".into())) } else { value() };
        futures::future::ready(answer).boxed()
    }
}

pub fn row(id: i64, stage: Stage) -> LeadRow {
    let pick = id as usize;
    LeadRow {
        lead: Some(LeadId(id)),
        inquiry: id,
        stage: Some(stage),
        name: NAMES[pick % NAMES.len()].into(),
        service: SERVICES[pick % 3].into(),
        place: format!("{:05}", 10_000 + id * 37),
        budget: if id % 3 == 1 { "–".into() } else { format!("{}k EUR", 5 + id % 40) },
        score: Some((40 + id % 60) as u8),
        source: "meta-roof".into(),
        received_at: after(-60 - id),
        owner: Some(OWNERS[pick % 3].into()),
        handoff: (stage == Stage::Out).then_some(HandoffId(id)),
        state: (stage == Stage::Out).then_some(HandoffState::Accepted),
        answer_by: None,
        at_risk_from: None,
        first_at: None,
        acknowledged: id % 2 == 0,
        snoozed_until: None,
        codes: Vec::new(),
        forecast: None,
    }
}

fn leads() -> Vec<(List, LeadRow)> {
    let mut out = Vec::new();
    for id in 1..=30 {
        let mut row = row(id, Stage::Out);
        match id {
            1..=2 => row.answer_by = Some(after(-id * 25)),
            3..=4 => row.answer_by = Some(after(id * 3)),
            5..=14 => row.answer_by = Some(after(id * 9)),
            15..=19 => {
                row.stage = Some(Stage::Review);
                (row.handoff, row.state, row.owner) = (None, None, None);
                row.service = "?".into();
            }
            20..=22 => {
                row.state =
                    Some([HandoffState::Queued, HandoffState::Unknown, HandoffState::NeedsPerson][(id - 20) as usize])
            }
            23..=27 => (row.answer_by, row.first_at) = (Some(after(-id)), Some(after(-2 * id))),
            _ => (row.answer_by, row.snoozed_until) = (Some(after(600)), Some(after(id * 120))),
        }
        row.at_risk_from = row.answer_by.map(|by| by - SignedDuration::from_mins(12));
        out.push((List::Open, row));
    }
    for id in 31..=40 {
        let mut row = row(id, Stage::Held);
        (row.owner, row.forecast) = (None, Some(after(id * 8)));
        row.codes = vec![Code::Cap("team.berlin.day".into())];
        out.push((List::Held, row));
    }
    for id in 41..=50 {
        let mut row = row(id, Stage::Disqualified);
        row.owner = None;
        row.codes = vec![Code::Region, Code::BudgetLow];
        out.push((List::Rejected, row));
    }
    for id in 51..=54 {
        let mut row = row(id, Stage::Review);
        (row.lead, row.stage, row.owner, row.score) = (None, None, None, None);
        (row.service, row.place) = ("?".into(), "?".into());
        row.codes = vec![Code::Missing("e-mail or phone".into())];
        out.push((List::Quarantine, row));
    }
    for id in 55..=60 {
        let mut row = row(id, Stage::Closed);
        row.codes = vec![if id % 2 == 0 { Code::Won } else { Code::Price }];
        out.push((List::Closed, row));
    }
    out
}

fn mark(criterion: Criterion, answer: Answer, read: &str, rule: &str) -> Mark {
    let code = (answer == Answer::Unknown).then(|| Code::UnknownField(criterion.name().into()));
    let passes_if = (answer == Answer::Unmet).then(|| format!("{} were within the rule", criterion.name()));
    Mark { criterion, answer, read: read.into(), rule: rule.into(), code, passes_if, straddles: false }
}

fn clock(by: Option<Timestamp>, risk: Option<Timestamp>, first: Option<Timestamp>) -> ClockState {
    let days = leadgate::calendar::HolidayChanges::default();
    let always = leadgate::calendar::Calendar::parse("24/7", &TimeZone::UTC, "DE", &days).unwrap();
    leadgate::response::clock_state(&always, by, risk, first, now())
}

fn destinations() -> Vec<DestinationLine> {
    let stopped = DestinationLine {
        waiting: 12,
        needs_you: 1,
        standing: Standing::LeftAlone,
        fails: 5,
        why: Some("it fails again and again, and is asked every minute whether it is back: connection refused".into()),
        again_at: Some(after(1)),
        oldest_at: Some(after(-190)),
        next_at: Some(after(1)),
        ..DestinationLine::of("mail")
    };
    let busy = DestinationLine {
        waiting: 1,
        sending: 2,
        unknown: 1,
        sent: 1_204,
        oldest_at: Some(after(-4)),
        next_at: Some(after(2)),
        ..DestinationLine::of("zammad")
    };
    vec![stopped, busy, DestinationLine::of("crm-hook")]
}

fn days() -> Vec<Day> {
    let first: jiff::civil::Date = "2026-10-27".parse().unwrap();
    let day = |at: i64| {
        let n = [9, 12, 3, 0, 14, 22][at as usize % 6];
        let mut speed = Speed { n, answered: n, ..Speed::default() };
        if n > 0 {
            speed.median_secs = Some(120 + at * at * 30);
            speed.p90_secs = Some(3_000 + at * 2_000);
        }
        if at == 27 {
            (speed.median_secs, speed.median_over_secs) = (None, Some(4_000));
        }
        Day { day: (first + jiff::Span::new().days(at)).to_string(), speed }
    };
    (0..28).map(day).collect()
}

pub fn handoff(id: i64, name: &str, state: HandoffState) -> HandoffRow {
    let next = match state {
        HandoffState::Unknown => "zammad may have it; looking for key at 09:08",
        HandoffState::NeedsPerson => "refused: group 12 does not exist · set group in the config, then R",
        HandoffState::Queued => "tried again at 09:10",
        HandoffState::Tracking => "answered; the ticket is asked every 5 min",
        _ => "you call (acknowledged 08:31)",
    };
    HandoffRow {
        id: HandoffId(id),
        lead: LeadId(id),
        name: name.into(),
        token: Token::from_entropy(id as u64 * 7_919),
        destination: "zammad".into(),
        team: "berlin".into(),
        person: OWNERS[id as usize % 3].to_lowercase(),
        round: 1,
        state,
        code: None,
        last_text: "201 Created".into(),
        attempt: 1,
        due_at: None,
        decided_at: after(-70),
        accepted_at: Some(after(-60)),
        answer_by: None,
        at_risk_from: None,
        clock: ClockState::NoPolicy,
        paused: None,
        ack_at: None,
        first_at: None,
        first_quality: None,
        first_business_secs: None,
        number: Some(format!("{}", 4_700 + id)),
        url: Some(format!("https://desk.example.org/ticket/{}", 4_700 + id)),
        next: next.into(),
    }
}

fn detail(row: &LeadRow) -> LeadDetail {
    let lead = row.lead.unwrap();
    let review = row.stage == Some(Stage::Review);
    let timing = if review { Answer::Unknown } else { Answer::Met };
    let mut contact = Contact {
        name: row.name.clone(),
        email: Some("juergen.mueller@example.com".into()),
        phone: Some("+4930901820".into()),
        company: (lead.0 % 4 == 0).then(|| "Müller & Söhne GmbH".to_owned()),
        need: "Flachdach, ca. 120 m², seit dem Frühjahr undicht. Möglichst noch dieses Jahr, Budget um die 12.000."
            .into(),
        timing: if review { "irgendwann".into() } else { "noch dieses Jahr".into() },
        budget: "um die 12.000".into(),
        ..Contact::default()
    };
    contact.place.postal_code = row.place.clone();
    contact.place.city = "Berlin".into();
    if row.name == HOSTILE {
        contact.need = format!("{HOSTILE}{HOSTILE}");
        contact.extra.insert(HOSTILE.into(), HOSTILE.into());
        contact.phone = None;
        contact.phone_raw = Some(HOSTILE.into());
    }
    let factor = |criterion, weight, points| Factor { criterion, weight, points };
    let event =
        |minutes, who: &str, text: &str| Event { at: after(minutes), who: who.into(), text: text.into(), lead: None };
    LeadDetail {
        assumed: Vec::new(),
        lead,
        row: row.clone(),
        contact,
        region: Region {
            country: Some("DE".into()),
            subdivision: Some("DE-BE".into()),
            postal_code: Some(row.place.clone()),
        },
        verdict: Verdict {
            kind: match row.stage {
                Some(Stage::Review) => VerdictKind::Review,
                Some(Stage::Disqualified) => VerdictKind::Disqualified,
                _ => VerdictKind::Qualified,
            },
            marks: vec![
                mark(Criterion::Need, Answer::Met, "Roof: matched \"Flachdach\"", "one of our services"),
                mark(Criterion::Timing, timing, if review { "" } else { "by 31 Dec" }, "within 6 months"),
                mark(
                    Criterion::Region,
                    if row.stage == Some(Stage::Disqualified) { Answer::Unmet } else { Answer::Met },
                    &row.place,
                    "Berlin: 10xxx to 14xxx",
                ),
                mark(Criterion::Budget, Answer::Met, "about 12,000 EUR", "at least 5,000 EUR"),
            ],
            score: row.score,
            factors: vec![
                factor(Criterion::Need, 40, 30),
                factor(Criterion::Timing, 30, 22),
                factor(Criterion::Region, 20, 20),
                factor(Criterion::Budget, 10, 10),
            ],
        },
        config_hash: "3f9a12c4".into(),
        source: "Meta roof autumn".into(),
        campaign: Some("roof-autumn".into()),
        question: review.then(|| Question {
            lead,
            name: row.name.clone(),
            reach: Some("+4930901820".into()),
            criterion: Some(match lead.0 {
                18 => Criterion::Need,
                17 => Criterion::Field("owner".into()),
                _ => Criterion::Timing,
            }),
            ask: match lead.0 {
                18 => "What do they want: Roof or Heat pump?".into(),
                17 => "Does this hold: field.owner == 'yes'? Yes or no.".into(),
                _ => "When do they want it (within 6 months)?".into(),
            },
            written: "irgendwann".into(),
            rule: "within 6 months".into(),
            passes_if: Some("the start is by 23 May 2027".into()),
            takes_text: lead.0 != 17,
            open: 1 + (lead.0 % 2) as usize,
        }),
        referral: (lead.0 % 5 == 0).then(|| "ANNA-7Q2M".to_owned()),
        handoffs: row.state.map(|state| handoff(lead.0, &row.name, state)).into_iter().collect(),
        timeline: vec![
            event(-51, "leadgate", "handed to Anna, ticket #4711 (zammad)"),
            event(-54, "leadgate", "qualified"),
            event(-54, "leadgate", "arrived: meta \"roof autumn\""),
            event(-1_600, "leadgate", "first touch: newsletter, confirmed"),
        ],
        next: if review {
            "you answer one question: does the timing fit?".into()
        } else {
            "you call (acknowledged 08:31)".into()
        },
    }
}

fn explanation(row: &LeadRow) -> Explanation {
    let detail = detail(row);
    let written = [&detail.contact.need, &detail.contact.timing, &row.place, &detail.contact.budget];
    let criterion = |(at, mark): (usize, &Mark)| {
        let key = ["service.roof.words", "timing.within", "region", "budget.at_least"][at % 4];
        let short = mark.answer == Answer::Unmet;
        ExplainedCriterion {
            criterion: mark.criterion.clone(),
            answer: mark.answer,
            written: written[at % 4].clone(),
            read: mark.read.clone(),
            rule: mark.rule.clone(),
            key: Some(if at == 0 { key.into() } else { format!("service.roof.criteria.{key}") }),
            written_at: (at % 2 == 1).then(|| format!("leadgate.toml:{}", 12 + at)),
            code: short.then_some(Code::Region),
            sentence: short.then(|| Code::Region.sentence()),
            passes_if: short.then(|| "the place is in 10000-14199".to_owned()),
            points: Some((25, 20)),
            weight_key: None,
            weight_at: None,
        }
    };
    Explanation {
        lead: row.lead,
        verdict: detail.verdict.kind,
        service: Some("roof".into()),
        score: row.score,
        criteria: detail.verdict.marks.iter().enumerate().map(criterion).collect(),
        assumed: vec!["A number without a currency is taken as EUR.".into()],
        config_hash: "3f9a12c4".into(),
        config_in_force: true,
        readers: 3,
        stage: row.stage,
        held_by: row
            .codes
            .iter()
            .filter(|_| row.stage == Some(Stage::Held))
            .map(|code| Holds { code: code.clone(), sentence: code.sentence(), frees_at: Some(after(9 * 60 + 54)) })
            .collect(),
        leaves_at: row.forecast,
        next: detail.next,
    }
}

fn preview(ask: &PreviewAsk, empty: bool) -> Preview {
    let figure = |name: &str, now: &str, draft: &str, change: &str, better| FigureLine {
        name: name.into(),
        now: now.into(),
        draft: draft.into(),
        change: change.into(),
        better,
    };
    let cap = matches!(ask, PreviewAsk::Cap { .. });
    let title = match ask {
        PreviewAsk::Cap { cap, max, .. } => format!("{cap} from 20 to {max}"),
        PreviewAsk::Sweep { cap, .. } => cap.clone(),
        PreviewAsk::Draft { file, .. } => file.clone(),
    };
    let mut figures = vec![
        figure("handed off", "200", "231", "+31", Some(true)),
        figure("answered late", "12", "28", "+16", Some(false)),
        figure("expired waiting", "9", "0", "-9", Some(true)),
        figure("held at most", "37", "6", "-31", Some(true)),
        figure("held at the end", "0", "0", "=", None),
        figure("median wait", "3 h 10", "22 min", "-2 h 48", Some(true)),
        figure("cost per qualified", "41 EUR", "39 EUR", "-2 EUR", Some(true)),
    ];
    if !cap {
        figures.insert(0, figure("qualified", "240", "262", "+22", None));
    }
    let flip = |id: i64| FlippedLead {
        lead: LeadId(id),
        name: NAMES[id as usize % NAMES.len()].into(),
        received_at: after(-id * 700),
        source: "Meta roof autumn".into(),
        from: VerdictKind::Disqualified,
        to: if id % 3 == 0 { VerdictKind::Review } else { VerdictKind::Qualified },
        no_longer: vec![Code::Timing],
        now: Vec::new(),
    };
    let part = |name: &str, now, draft| PartLine {
        name: name.into(),
        qualified: (now, draft),
        handed_off: (now, now),
        late: (1, draft / 20),
        cost: ("41 EUR".into(), if draft == now { "41 EUR".into() } else { "39 EUR".into() }),
    };
    let today = |leaves, fills: &str| Today {
        leaves,
        stays: 37 - leaves,
        first: (leaves > 0).then(|| ("Ida Keller".to_owned(), after(12))),
        last_at: (leaves > 0).then(|| after(234)),
        fills: fills.into(),
    };
    Preview {
        title,
        since: after(-i64::from(ask.days()) * 24 * 60 - 546),
        until: now(),
        leads: if empty { 0 } else { 412 },
        flipped: if cap { 0 } else { 22 },
        flips: if cap { Vec::new() } else { (1..=20).map(flip).collect() },
        figures,
        parts: vec![
            ("source".into(), vec![part("Meta roof autumn", 180, 200), part(HOSTILE, 60, 62)]),
            ("region".into(), vec![part("DE-BE", 200, 222), part("?", 40, 40)]),
            ("person".into(), vec![part("Anna", 100, 110), part("Bela", 100, 121)]),
        ],
        today: cap.then(|| (today(0, "full"), today(4, "full about 16:50"))),
        notes: vec!["Assumed: an empty queue at the beginning; people answer one after another.".into()],
        curve: curve(ask),
    }
}

fn curve(ask: &PreviewAsk) -> Option<Curve> {
    let PreviewAsk::Sweep { values, .. } = ask else { return None };
    let point = |value: &u32| {
        let (handed_off, n) = (u64::from(*value).min(24) * 10, u64::from(*value));
        Point { value: *value, handed_off, late: n, left_over: 240 - handed_off, in_time: handed_off.saturating_sub(n) }
    };
    Some(Curve {
        max: Some(20),
        points: values.iter().map(point).collect(),
        knee: Some(24),
        says: "Beyond 24, more brings little: people cannot answer more in time.".into(),
    })
}

fn shadow_run() -> ShadowRun {
    let figure = |name: &str, now: &str, draft: &str| FigureLine {
        name: name.into(),
        now: now.into(),
        draft: draft.into(),
        change: String::new(),
        better: None,
    };
    let flip = |id: i64| FlippedLead {
        lead: LeadId(id),
        name: NAMES[id as usize % NAMES.len()].into(),
        received_at: after(-id * 700),
        source: "Meta roof autumn".into(),
        from: VerdictKind::Disqualified,
        to: VerdictKind::Qualified,
        no_longer: vec![Code::Timing],
        now: Vec::new(),
    };
    ShadowRun {
        name: "leadgate.draft.toml".into(),
        who: "Anna".into(),
        reason: "half a year instead of three months".into(),
        since: after(-14 * 24 * 60),
        ended_at: None,
        trouble: None,
        leads: 240,
        differ: 31,
        ends: "18 won, 4 sent back, 60 lost, 158 open".into(),
        figures: vec![
            figure("qualified", "120", "151"),
            figure("a person must look", "20", "20"),
            figure("disqualified", "100", "69"),
            figure("precision", "82 % (61–93, n 22)", "82 % (61–93, n 22)"),
            figure("recall", "100 % (82–100, n 18)", "100 % (82–100, n 18)"),
        ],
        notes: vec![
            "31 more only the draft would qualify, but nobody was handed them: whether it is right is not known."
                .into(),
        ],
        differing: (10..16).map(|id| (flip(id), "open".to_owned())).collect(),
    }
}

fn speed(n: u64) -> Speed {
    Speed {
        n,
        answered: n * 9 / 10,
        median_secs: (n > 0).then_some(22 * 60),
        median_over_secs: None,
        p90_secs: None,
        p90_over_secs: (n > 0).then_some(5 * 3_600),
        within: [(n / 8, n), (n * 7 / 10, n), (n * 9 / 10, n)],
        never: n / 20,
        target: (n * 88 / 100, n),
    }
}

impl Desk for FakeDesk {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn rows(&self, ask: Ask) -> BoxFuture<'_, Result<Rows, DeskError>> {
        self.answer(|| {
            let text = ask.text.to_lowercase();
            let rows = self.rows.lock().unwrap();
            let fits = |row: &LeadRow| {
                let mine = ask.person.is_none()
                    || row.owner.is_none()
                    || row.owner.as_deref().is_some_and(|owner| ask.person.as_deref() == Some(&owner.to_lowercase()));
                mine && (row.name.to_lowercase().contains(&text)
                    || row.service.to_lowercase().contains(&text)
                    || row.place.contains(&text))
            };
            let all: Vec<LeadRow> =
                rows.iter().filter(|(list, row)| *list == ask.list && fits(row)).map(|(_, row)| row.clone()).collect();
            let from: usize = ask.after.as_deref().map_or(0, |after| after.parse().unwrap());
            let end = (from + ask.limit as usize).min(all.len());
            let next = (end < all.len()).then(|| end.to_string());
            Ok(Rows { total: all.len() as u64, rows: all[from.min(end)..end].to_vec(), next })
        })
    }

    fn lead(&self, lead: LeadId) -> BoxFuture<'_, Result<LeadDetail, DeskError>> {
        self.answer(|| {
            let rows = self.rows.lock().unwrap();
            let row = rows.iter().find(|(_, row)| row.lead == Some(lead));
            row.map(|(_, row)| detail(row)).ok_or_else(|| DeskError::NotFound(format!("there is no lead {lead}")))
        })
    }

    fn foresee(&self, lead: LeadId, text: String) -> BoxFuture<'_, Result<WouldBe, DeskError>> {
        self.answer(|| {
            let (read, answer, stage) = match text.as_str() {
                "yes" | "heat" => ("", Answer::Met, Stage::Held),
                "no" => ("", Answer::Unmet, Stage::Disqualified),
                "hm" => return Err(DeskError::NotFound("answer yes or no: does this hold?".into())),
                "in 3 weeks" => ("14 Dec 2026", Answer::Met, Stage::Held),
                _ => ("", Answer::Unknown, Stage::Review),
            };
            let next = (stage == Stage::Review).then(|| "When do they want it (within 6 months)?".to_owned());
            Ok(WouldBe { lead, text, read: read.into(), answer, stage, next })
        })
    }

    fn explain(&self, ask: ExplainAsk) -> BoxFuture<'_, Result<Explanation, DeskError>> {
        let ExplainAsk::Lead(lead) = ask else { panic!("the console explains leads") };
        self.answer(|| {
            let rows = self.rows.lock().unwrap();
            let row = rows.iter().find(|(_, row)| row.lead == Some(lead));
            row.map(|(_, row)| explanation(row)).ok_or_else(|| DeskError::NotFound(format!("there is no lead {lead}")))
        })
    }

    fn preview(&self, ask: PreviewAsk, progress: Progress) -> BoxFuture<'_, Result<Preview, DeskError>> {
        self.previews.lock().unwrap().push((ask.clone(), progress.clone()));
        if self.slow.load(Ordering::SeqCst) {
            return futures::future::pending().boxed();
        }
        if let PreviewAsk::Draft { file, .. } = &ask
            && file.contains("broken")
        {
            let words =
                "leadgate.draft.toml:17:8: cap.day.max: \"many\" is not a whole number\n  write 20, or 0 to close";
            return futures::future::ready(Err(DeskError::Draft(words.into()))).boxed();
        }
        self.answer(|| Ok(preview(&ask, self.empty)))
    }

    fn shadow(&self) -> BoxFuture<'_, Result<Option<ShadowRun>, DeskError>> {
        self.answer(|| Ok((!self.empty).then(shadow_run)))
    }

    fn drafts(&self, typed: String) -> BoxFuture<'_, Result<Vec<String>, DeskError>> {
        self.answer(|| {
            let all = ["/etc/leadgate/leadgate.draft.toml", "/etc/leadgate/leadgate.summer.toml"];
            let found = all.iter().filter(|file| file.starts_with(&typed)).take(if typed.is_empty() { 1 } else { 9 });
            Ok(found.map(|file| (*file).to_owned()).collect())
        })
    }

    fn record(&self, inquiry: i64) -> BoxFuture<'_, Result<(String, String), DeskError>> {
        self.answer(|| {
            Ok((
                format!("{{\"id\":\"{inquiry}\",\"note\":\"{HOSTILE}\"}}"),
                "The record has no e-mail or phone, so nobody could be contacted.".into(),
            ))
        })
    }

    fn capacity(&self) -> BoxFuture<'_, Result<Capacity, DeskError>> {
        self.answer(|| {
            if self.empty {
                return Ok(Capacity::default());
            }
            let cap = |id: &str, title: &str, used, reserved, max, forecast: &str| CapLine {
                id: id.into(),
                title: title.into(),
                used,
                reserved,
                max,
                config_max: None,
                written_at: None,
                overridden: None,
                held: if forecast == "full" { 31 } else { 0 },
                frees_at: Some(after(9 * 60 + 54)),
                forecast: forecast.into(),
                stop_loss: None,
            };
            let person = |id: &str, new, open, on_shift| PersonLine {
                id: id.to_lowercase(),
                name: id.into(),
                on_shift,
                absent: false,
                there: if on_shift { "till 16:00" } else { "from Tue 09:00" }.into(),
                said: None,
                unanswered: open / 3,
                new,
                new_max: Some(5),
                caps: Vec::new(),
                open,
                open_max: Some(12),
                median_first_secs: Some(22 * 60),
            };
            let mut changed = cap("team.berlin.roof", "roof: 10 per day", 10, 0, Some(10), "full");
            (changed.config_max, changed.overridden) = (Some(8), Some("raised by Bela until tonight: storm".into()));
            let berlin = TeamCapacity {
                team: "berlin".into(),
                title: "Berlin".into(),
                open: true,
                changes_at: Some(after(474)),
                held: 37,
                ownerless: 2,
                outlook: Some(Outlook { to_come: 6, next_answered_at: Some(after(52)), answers: 118 }),
                caps: vec![
                    cap("team.berlin.day", "20 per day", 14, 1, Some(20), "full about 16:50"),
                    changed,
                    cap("team.berlin.meta", "meta: 5 per hour", 3, 0, Some(5), "ok"),
                    cap("team.berlin.open", "open", 40, 0, None, "no cap"),
                ],
                people: vec![person("Anna", 4, 11, true), person("Bela", 5, 12, true), person("Chris", 0, 3, false)],
            };
            let mut south = berlin.clone();
            (south.team, south.title, south.open, south.held) = ("south".into(), "Süd".into(), false, 0);
            (south.ownerless, south.outlook) = (0, Some(Outlook::default()));
            south.caps = vec![
                cap("team.south.day", "12 per day", 0, 0, Some(12), "ok"),
                cap("team.south.solar", "solar: 0 per day", 0, 0, Some(0), "closed"),
            ];
            Ok(Capacity { teams: vec![berlin, south], held: 37 })
        })
    }

    fn mail(&self, lead: LeadId, _: Option<String>) -> BoxFuture<'_, Result<MailPreview, DeskError>> {
        self.answer(|| {
            let text = format!("Who:       Jürgen Müller\nANSWER BY: Mon 23 Nov 2026 09:15\n\n{HOSTILE}\n");
            Ok(MailPreview {
                lead,
                destination: "mail".into(),
                to: "Anna <anna@example.com>".into(),
                subject: "[LG7K3Q9V2MX4ZT] Lead: Jürgen Müller – Roof".into(),
                html: format!("<pre>{text}</pre>"),
                message: text.clone(),
                text,
                note: "As it would be written now. The key is invented.".into(),
            })
        })
    }

    fn response(&self) -> BoxFuture<'_, Result<Response, DeskError>> {
        self.answer(|| {
            if self.empty {
                return Ok(Response::default());
            }
            let rows = self.rows.lock().unwrap();
            let mut handoffs: Vec<HandoffRow> = rows
                .iter()
                .filter_map(|(_, row)| {
                    let mut handoff = handoff(row.lead?.0, &row.name, row.state?);
                    (handoff.answer_by, handoff.first_at) = (row.answer_by, row.first_at);
                    handoff.at_risk_from = row.at_risk_from;
                    handoff.clock = clock(handoff.answer_by, handoff.at_risk_from, handoff.first_at);
                    if row.first_at.is_some() {
                        (handoff.state, handoff.first_business_secs) = (HandoffState::Tracking, Some(18 * 60));
                        handoff.paused = (row.lead == Some(LeadId(24))).then(|| (Waits::Customer, after(1_500)));
                    }
                    Some(handoff)
                })
                .collect();
            handoffs.push(handoff(59, "Ended", HandoffState::Closed));
            let by = |kind: &str, id: &str, n| (kind.to_owned(), id.to_owned(), speed(n));
            Ok(Response {
                counts: vec![(HandoffState::Unknown, 1), (HandoffState::NeedsPerson, 1)],
                destinations: destinations(),
                days: days(),
                handoffs,
                all: speed(120),
                by: vec![
                    by("person", "anna", 50),
                    by("person", "bela", 40),
                    by("person", "chris", 3),
                    by("team", "berlin", 93),
                    by("source", "meta-roof", 80),
                    by("destination", "zammad", 93),
                ],
            })
        })
    }

    fn sources(&self) -> BoxFuture<'_, Result<Vec<SourceLine>, DeskError>> {
        self.answer(|| {
            if self.empty {
                return Ok(Vec::new());
            }
            let states = [
                SourceState::Ok,
                SourceState::Reading,
                SourceState::New,
                SourceState::Failing,
                SourceState::Stopped,
                SourceState::Paused,
                SourceState::Setup,
                SourceState::Slowed,
            ];
            let line = |(at, state): (usize, &SourceState)| SourceLine {
                id: format!("source-{at}"),
                title: [
                    "Meta roof autumn",
                    "Newsletter",
                    "Website form",
                    "Fair 2026",
                    "Portal",
                    "Google Ads",
                    "Referral box",
                    "Solar calculator",
                ][at]
                    .into(),
                preset: "meta-lead-ads".into(),
                told: at == 2,
                state: *state,
                channel: "ads".into(),
                last_ok_at: (*state != SourceState::New).then(|| after(-2 - at as i64 * 7)),
                due_at: (*state != SourceState::Paused).then(|| after(3)),
                fails: if matches!(state, SourceState::Failing | SourceState::Stopped) { 4 } else { 0 },
                error: match state {
                    SourceState::Failing => Some("the list API answered 503 · it is tried again".into()),
                    SourceState::Stopped => {
                        Some("the list API answered 401: token expired · make a new token and set META_TOKEN".into())
                    }
                    _ => None,
                },
                gaps: if *state == SourceState::Setup {
                    vec!["fields: map budget, or say it is not asked".into()]
                } else {
                    Vec::new()
                },
                today: at as u64 * 3,
                days: (0..14).map(|day| (day * (at as u64 + 2)) % 11).collect(),
                quarantined: if at == 0 { 4 } else { 0 },
                pays_for: None,
                paused: (*state == SourceState::Paused)
                    .then(|| "Bela until Tue 09:00: too many out-of-area leads".into()),
                phase: match at {
                    2 | 7 => Phase::Start,
                    6 => Phase::Setup,
                    _ => [Phase::Stabilise, Phase::Optimise][at % 2],
                },
                usual: (at < 3).then_some(Band { low: 2, high: 9 }),
                spend: (at == 0 || at == 5).then(|| "48.50 EUR".into()),
                notices: if at == 0 {
                    let notice = |weight, kind: &str, what: &str, fix: &str| Notice {
                        weight,
                        kind: kind.into(),
                        what: what.into(),
                        fix: fix.into(),
                    };
                    let (token, login) =
                        ("its sign-in ends in 9 days", "sign in again: `leadgate source login source-0`");
                    let late = "4 records came late in 7 days, by up to 2 hours";
                    vec![
                        notice(Weight::Warn, "token", token, login),
                        notice(Weight::Warn, "late", late, "raise the overlap of its preset to 5 hours (now 1 hour)"),
                    ]
                } else {
                    Vec::new()
                },
                slowed: (*state == SourceState::Slowed).then(|| "read more rarely: 140 % full until Tue 14:00".into()),
                avoided: (*state == SourceState::Slowed).then(|| {
                    "about 12 leads and 96.00 EUR avoided while it was told to pause for 3 days, by 112 leads and \
                     896.00 EUR in the 28 days before; about 640 reads left out"
                        .into()
                }),
                pending: if at == 1 { 12 } else { 0 },
                lapsed: if at == 1 { 3 } else { 0 },
                backfill: (*state == SourceState::Reading).then(|| BackfillLine {
                    open: true,
                    text: "from 9 Nov 00:00 on (Anna): 42 %, 1280 records read, 3 of them new".into(),
                    percent: Some(42),
                }),
            };
            Ok(states.iter().enumerate().map(line).collect())
        })
    }

    fn report(&self, ask: FiguresAsk) -> BoxFuture<'_, Result<Report, DeskError>> {
        let empty = self.empty;
        self.answer(move || Ok(figures::report(&ask, empty, &self.seat, speed)))
    }

    fn beside(&self, _: FiguresAsk) -> BoxFuture<'_, Result<Beside, DeskError>> {
        self.answer(|| Ok(if self.empty { Beside::default() } else { figures::beside() }))
    }

    fn behind(&self, _: FiguresAsk, figure: String) -> BoxFuture<'_, Result<Behind, DeskError>> {
        self.answer(move || {
            let rows = (1..=6).map(|at| row(at, Stage::Out)).collect();
            Ok(Behind { figure, total: 6, rows })
        })
    }

    fn journal(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Event>, DeskError>> {
        self.answer(|| {
            let count = if self.empty { 0 } else { limit.min(60) };
            let event = |at: u32| Event {
                at: after(-i64::from(at) * 11),
                who: if at.is_multiple_of(3) { "Anna".into() } else { "leadgate".into() },
                text: format!(
                    "{}: {}",
                    NAMES[at as usize % NAMES.len()],
                    ["handed to Anna, ticket #4711", "qualified", "held: the cap berlin-day is full"][at as usize % 3]
                ),
                lead: (at % 4 != 3).then_some(LeadId(i64::from(at % 30) + 1)),
            };
            Ok((0..count).map(event).collect())
        })
    }

    fn perform(&self, act: Act) -> BoxFuture<'_, Result<Done, Refused>> {
        if let Some(refused) = self.refuse.lock().unwrap().clone() {
            return futures::future::ready(Err(refused)).boxed();
        }
        let sentence = format!(
            "Done: {}",
            serde_json::to_value(&act)
                .unwrap()
                .as_object()
                .and_then(|map| map.keys().next().cloned())
                .unwrap_or_else(|| "undo".into())
        );
        self.acts.lock().unwrap().push(act);
        futures::future::ready(Ok(Done { sentence, can_undo: true })).boxed()
    }

    fn pulse(&self) -> watch::Receiver<Pulse> {
        self.pulse.subscribe()
    }
}

/// The true update loop, driven by keys, its effects answered at once by a desk.
pub struct Bench {
    pub model: Model,
    pub desk: Arc<FakeDesk>,
    pub asked: usize,
    pub gone: Vec<Effect>,
    /// Answers are kept back until [`Bench::release`].
    pub hold: bool,
    held: Vec<Effect>,
    pulse: watch::Receiver<Pulse>,
}

impl Bench {
    pub fn new(size: (u16, u16)) -> Self {
        Self::on(FakeDesk::new(), Screen::Inbox, size)
    }

    pub fn on(desk: Arc<FakeDesk>, screen: Screen, size: (u16, u16)) -> Self {
        let fixed = Fixed { theme: Theme { colours: Colours::Full, ascii: false }, currency: "EUR".into() };
        let mut model = Model::new(desk.seat.clone(), fixed, screen, now(), size);
        let mut pulse = desk.pulse();
        model.pulse = pulse.borrow_and_update().clone();
        let mut bench = Self { model, desk, asked: 0, gone: Vec::new(), hold: false, held: Vec::new(), pulse };
        let first = update::start(&mut bench.model);
        bench.effects(first);
        bench
    }

    fn effects(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                effect if self.hold => self.held.push(effect),
                Effect::Ask(request) => {
                    self.asked += 1;
                    assert!(self.asked < 20_000, "the console asks for ever");
                    let (ticket, kind) = (request.ticket, request.load.kind());
                    let Some(data) = effect::question(&*self.desk, request.load).now_or_never() else { continue };
                    self.send(Message::Reply(Reply::Loaded { ticket, kind, data }));
                }
                Effect::Preview(PreviewRequest { ticket, ask }) => {
                    let answer = self.desk.preview(ask, Progress::default()).now_or_never();
                    let Some(answer) = answer else { continue };
                    self.send(Message::Reply(Reply::Previewed { ticket, answer: answer.map(Box::new) }));
                }
                Effect::Perform(act) => {
                    let outcome = match self.desk.perform(act.clone()).now_or_never() {
                        Some(Ok(done)) => Outcome::Done(done),
                        Some(Err(refused)) => Outcome::Refused(refused),
                        None => continue,
                    };
                    self.send(Message::Reply(Reply::Acted { act, outcome }));
                }
                other => self.gone.push(other),
            }
        }
    }

    pub fn release(&mut self) {
        self.hold = false;
        let held = std::mem::take(&mut self.held);
        self.effects(held);
    }

    pub fn send(&mut self, message: Message) {
        let effects = update::update(&mut self.model, message);
        self.effects(effects);
    }

    pub fn key(&mut self, key: Key) -> &mut Self {
        self.send(Message::Input(Input::Key(key)));
        self
    }

    pub fn keys(&mut self, text: &str) -> &mut Self {
        for char in text.chars() {
            self.key(Key::Char(char));
        }
        self
    }

    pub fn enter(&mut self) -> &mut Self {
        self.key(Key::Enter)
    }

    pub fn esc(&mut self) -> &mut Self {
        self.key(Key::Esc)
    }

    pub fn wait(&mut self, secs: i64) -> &mut Self {
        let to = self.model.now + SignedDuration::from_secs(secs);
        self.send(Message::Tick(to));
        self
    }

    /// Takes whatever the pulse says now.
    pub fn pulse(&mut self) -> &mut Self {
        let pulse = self.pulse.borrow_and_update().clone();
        self.send(Message::Pulse(pulse));
        self
    }

    pub fn resize(&mut self, size: (u16, u16)) -> &mut Self {
        self.send(Message::Input(Input::Resize(size.0, size.1)));
        self
    }

    pub fn terminal(&self) -> Terminal<TestBackend> {
        let mut terminal = Terminal::new(TestBackend::new(self.model.size.0, self.model.size.1)).unwrap();
        terminal.draw(|frame| view::draw(&self.model, frame)).unwrap();
        terminal
    }

    /// The picture as text, one line a row.
    pub fn screen(&self) -> String {
        let terminal = self.terminal();
        let buffer = terminal.backend().buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let mut skip = 0;
            let mut line = String::new();
            for x in 0..buffer.area.width {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let symbol = buffer[(x, y)].symbol();
                skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
                line.push_str(symbol);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    pub fn status(&self) -> String {
        self.model.status.as_ref().map_or_else(String::new, |status| status.text.clone())
    }
}
