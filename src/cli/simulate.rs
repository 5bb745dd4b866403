//! `leadgate simulate`: the past under a draft, before anything is saved.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::args::Args;
use super::session::{self, Session};
use super::{CliError, json};
use crate::config::{self, Config, Loaded};
use crate::engine::rules;
use crate::lead::VerdictKind;
use crate::simulate::sweep::{Point, Sweep, knee, words};
use crate::simulate::{Done, Outcome, Part, Progress, Question, SimulateError, draft_rules, simulate};
use crate::store::ProcKind;
use crate::text::fit;

/// Between two lines of progress.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// Rows of one table.
const ROWS: usize = 30;

/// The past under other rules. The draft is what --config and --set say; it is compared with the
/// configuration an engine or console last worked with.
#[derive(Debug, ClapArgs)]
pub struct SimulateArgs {
    /// How far back, e.g. 30d, "4 weeks" or 2027-01-31
    #[arg(long, default_value = "30d")]
    pub since: String,
    /// Compare with this file instead of the configuration in force
    #[arg(long, value_name = "FILE")]
    pub live: Option<PathBuf>,
    /// Try a setting over a range: cap.berlin-day.max=5..30, or …=5..30/5 in steps
    #[arg(long, value_name = "KEY=FROM..TO")]
    pub sweep: Option<String>,
    /// Print at most this many of the leads whose verdict changes
    #[arg(long, default_value_t = 20)]
    pub leads: usize,
}

impl From<SimulateError> for CliError {
    fn from(error: SimulateError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// `leadgate simulate`.
pub async fn run(args: &Args, ask: &SimulateArgs, out: &mut dyn Write) -> Result<u8, CliError> {
    let sweep = ask.sweep.as_deref().map(Sweep::parse).transpose().map_err(CliError::Failed)?;
    let draft = session::load(args)?;
    let data_dir = draft.data_dir.clone();
    let draft_config = Arc::new(draft.config.clone());
    let session =
        Session::of(draft, ProcKind::Command, &session::who(args), Arc::new(crate::clock::SystemClock)).await?;
    let told = compare(args, ask, sweep, &session, &draft_config, &data_dir, out).await;
    session.store.close().await?;
    told
}

async fn compare(
    args: &Args,
    ask: &SimulateArgs,
    sweep: Option<Sweep>,
    session: &Session,
    draft: &Arc<Config>,
    data_dir: &std::path::Path,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let (config_id, live) = live(args, ask, session, data_dir).await?;
    let now = session.clock.now();
    let since = since(&ask.since, &live, now)?;
    let live_rules = rules::in_force(&session.store, &live).await?;
    let ask_about = |draft| Question { live: live_rules.clone(), config_id, draft, since, until: now };
    if let Some(sweep) = sweep {
        let mut points = Vec::new();
        for value in &sweep.values {
            let draft = with_value(args, &sweep.key, *value)?;
            let draft = draft_rules(&session.store, &live, &Arc::new(draft.config)).await?;
            let done = watched(session, ask_about(draft), args.json).await?;
            points.push(Point::of(*value, &done.difference.draft));
        }
        return curve(&sweep, &points, args.json, out);
    }
    let draft = draft_rules(&session.store, &live, draft).await?;
    let mut done = watched(session, ask_about(draft), args.json).await?;
    if args.json {
        json(out, &serde_json::json!({ "since": since, "until": now, "result": done }))?;
        return Ok(0);
    }
    done.flips.truncate(ask.leads);
    tell(&done, &live, since, now, out)?;
    Ok(0)
}

/// The configuration to compare with: a named file, else the one in force.
async fn live(
    args: &Args,
    ask: &SimulateArgs,
    session: &Session,
    data_dir: &std::path::Path,
) -> Result<(i64, Arc<Config>), CliError> {
    let in_force = session.store.config_in_force().await?;
    let id = in_force.as_ref().map_or(0, |(id, ..)| *id);
    if let Some(file) = &ask.live {
        let sources =
            config::Sources { file: Some(file.clone()), data_dir: args.data_dir.clone(), ..config::Sources::default() };
        let loaded = config::load(&sources).map_err(Box::new)?;
        let same = in_force.is_some_and(|(_, hash, _)| hash == loaded.config.hash);
        return Ok((if same { id } else { 0 }, Arc::new(loaded.config)));
    }
    let Some((id, _, body)) = in_force else {
        return Err(CliError::Failed("there is no history yet: start the engine once, or name --live FILE".into()));
    };
    let loaded = config::load_kept(&body, data_dir).map_err(|_| {
        CliError::Failed("the configuration in force was kept by another version of leadgate; name --live FILE".into())
    })?;
    Ok((id, Arc::new(loaded.config)))
}

fn with_value(args: &Args, key: &str, value: u32) -> Result<Loaded, CliError> {
    let mut set = args.set.clone();
    set.push(format!("{key}={value}"));
    let sources =
        config::Sources { file: session::file(args), data_dir: args.data_dir.clone(), sets: set, env: Vec::new() };
    Ok(config::load(&sources.with_process_env()).map_err(Box::new)?)
}

/// Simulates and says how far it is; Ctrl-C stops it.
async fn watched(session: &Session, ask: Question, quiet: bool) -> Result<Done, CliError> {
    let progress = Progress::default();
    let mut work = std::pin::pin!(simulate(&session.store, ask, &progress));
    let quiet = quiet || !io::stderr().is_terminal();
    let mut told = false;
    loop {
        tokio::select! {
            done = &mut work => {
                if told {
                    write!(io::stderr(), "\r\x1b[K")?;
                }
                return Ok(done?);
            }
            _ = tokio::signal::ctrl_c() => progress.cancel(),
            () = tokio::time::sleep(TELL_EVERY), if !quiet => {
                write!(io::stderr(), "\r{} leads decided again …", progress.decided())?;
                told = true;
            }
        }
    }
}

/// `30d`, `4 weeks`, or a local day.
fn since(text: &str, config: &Config, now: Timestamp) -> Result<Timestamp, CliError> {
    let bad = || CliError::Failed(format!("--since {text:?} is not like 30d, \"4 weeks\" or 2027-01-31"));
    let zone = &config.business.zone;
    let midnight = |day: Date| day.to_zoned(zone.clone()).map(|day| day.timestamp()).map_err(|_| bad());
    if let Ok(day) = text.parse::<Date>() {
        return midnight(day);
    }
    let length = config::duration(text).map_err(|_| bad())?;
    let days = i64::from(length.as_hours() > 0) * length.as_hours().div_euclid(24);
    if days == 0 {
        return now.checked_sub(length).map_err(|_| bad());
    }
    midnight(zone.to_datetime(now).date().checked_sub(days.days()).map_err(|_| bad())?)
}

fn curve(sweep: &Sweep, points: &[Point], as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let knee = knee(points);
    if as_json {
        json(out, &serde_json::json!({ "key": sweep.key, "points": points, "knee": knee }))?;
        return Ok(0);
    }
    let most = points.iter().map(|point| point.in_time).max().unwrap_or(0).max(1);
    writeln!(out, "{:>8}  {:>10}  {:>8}  {:>6}  {:>9}", sweep.key, "handed off", "in time", "late", "left over")?;
    for point in points {
        let bar = "#".repeat(usize::try_from(point.in_time * 40 / most).unwrap_or(0));
        let mark = if knee == Some(point.value) { " <- knee" } else { "" };
        let Point { value, handed_off, late, left_over, in_time } = point;
        writeln!(out, "{value:>8}  {handed_off:>10}  {in_time:>8}  {late:>6}  {left_over:>9}  {bar}{mark}")?;
    }
    writeln!(out, "\n{}", words(points))?;
    Ok(0)
}

fn tell(done: &Done, config: &Config, since: Timestamp, until: Timestamp, out: &mut dyn Write) -> Result<(), CliError> {
    let day = |at: Timestamp| config.business.zone.to_datetime(at).date();
    let (now, draft) = (&done.difference.now, &done.difference.draft);
    writeln!(out, "{} leads received {} to {}, decided again.", done.leads, day(since), day(until))?;
    if done.leads == 0 {
        writeln!(out, "Nothing was received in this time: choose an earlier --since.")?;
        return Ok(());
    }
    for note in notes(done) {
        writeln!(out, "{note}")?;
    }
    writeln!(out, "\n{:<24}{:>12}{:>12}{:>12}", "", "in force", "draft", "change")?;
    for (name, before, after) in figures(now, draft) {
        let change = i128::from(after) - i128::from(before);
        let change = if change == 0 { "=".to_owned() } else { format!("{change:+}") };
        writeln!(out, "{name:<24}{before:>12}{after:>12}{change:>12}")?;
    }
    let cost = |part: &Part| part.cost_per_qualified.map_or("—".to_owned(), |minor| money(minor, config));
    writeln!(out, "{:<24}{:>12}{:>12}", "cost per qualified", cost(&now.all), cost(&draft.all))?;
    for (title, before, after) in [
        ("source", &now.sources, &draft.sources),
        ("region", &now.regions, &draft.regions),
        ("person", &now.people, &draft.people),
    ] {
        parts(title, before, after, out)?;
    }
    flips(done, config, out)
}

fn figures(now: &Outcome, draft: &Outcome) -> [(&'static str, u64, u64); 8] {
    let wait = |outcome: &Outcome| outcome.wait_median_secs.unwrap_or(0).unsigned_abs() / 60;
    [
        ("qualified", now.all.qualified, draft.all.qualified),
        ("a person must look", now.review, draft.review),
        ("disqualified", now.disqualified, draft.disqualified),
        ("handed off", now.all.handed_off, draft.all.handed_off),
        ("answered late", now.all.late, draft.all.late),
        ("expired waiting", now.all.expired, draft.all.expired),
        ("held at most", now.held_most, draft.held_most),
        ("median wait, minutes", wait(now), wait(draft)),
    ]
}

fn notes(done: &Done) -> Vec<String> {
    let mut notes = vec![format!(
        "Assumed: an empty queue at the beginning; people answer one after another at the pace of {} answers.",
        done.answers
    )];
    if done.older_rules > 0 {
        notes.push(format!(
            "{} were decided by older rules; they are compared with what today's rules say.",
            done.older_rules
        ));
    }
    if done.astray > 0 {
        notes.push(format!(
            "{} stored verdicts are not what the same rules say again: run `leadgate doctor` and report this.",
            done.astray
        ));
    }
    if done.words_gone > 0 {
        notes.push(format!("The words of {} are gone: they keep what was read of them.", done.words_gone));
    }
    notes
}

fn parts(
    title: &str,
    before: &std::collections::BTreeMap<String, Part>,
    after: &std::collections::BTreeMap<String, Part>,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Ok(());
    }
    let none = Part::default();
    names.sort_by_key(|name| std::cmp::Reverse(before.get(*name).unwrap_or(&none).leads));
    writeln!(out, "\n{title:<24}{:>12}{:>18}{:>18}{:>14}", "leads", "qualified", "handed off", "late")?;
    for name in names.iter().take(ROWS) {
        let (a, b) = (before.get(*name).unwrap_or(&none), after.get(*name).unwrap_or(&none));
        let pair = |a: u64, b: u64| if a == b { format!("{a}") } else { format!("{a} -> {b}") };
        writeln!(
            out,
            "{:<24}{:>12}{:>18}{:>18}{:>14}",
            fit(name, 23),
            a.leads.max(b.leads),
            pair(a.qualified, b.qualified),
            pair(a.handed_off, b.handed_off),
            pair(a.late, b.late)
        )?;
    }
    if names.len() > ROWS {
        writeln!(out, "… and {} more (--json has them all)", names.len() - ROWS)?;
    }
    Ok(())
}

fn flips(done: &Done, config: &Config, out: &mut dyn Write) -> Result<(), CliError> {
    if done.flipped == 0 {
        writeln!(out, "\nNo verdict changes.")?;
        return Ok(());
    }
    writeln!(out, "\n{} verdicts change:", done.flipped)?;
    for flip in &done.flips {
        let day = config.business.zone.to_datetime(flip.received_at).date();
        let dropped = flip.no_longer.iter().map(|code| format!("-{code}"));
        let reasons: Vec<String> = dropped.chain(flip.now.iter().map(|code| format!("+{code}"))).collect();
        let reasons = reasons.join(" ");
        let (from, to) = (word(flip.from), word(flip.to));
        writeln!(out, "  {}  {day}  {:<16} {from} -> {to}  {reasons}", flip.lead, fit(&flip.source, 16))?;
    }
    let shown = u64::try_from(done.flips.len()).unwrap_or(u64::MAX);
    if done.flipped > shown {
        writeln!(out, "  … and {} more (--leads N, or --json)", done.flipped - shown)?;
    }
    Ok(())
}

const fn word(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Qualified => "qualified",
        VerdictKind::Review => "review",
        VerdictKind::Disqualified => "disqualified",
    }
}

fn money(minor: i64, config: &Config) -> String {
    crate::lead::Money::from_minor(minor, &config.business.currency).to_string()
}
