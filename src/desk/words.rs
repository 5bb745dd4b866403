//! Sentences about what happened and what happens next.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::destinations::held_up;
use super::view::LeadRow;
use crate::config::Config;
use crate::config::checked::Unit;
use crate::health::{Avoided, Usual, about};
use crate::lead::{Code, HandoffState, Money, Stage, Waits};
use crate::response::rung_words;
use crate::store::{NextRung, Relieved, StoredHandoff, Told};

/// An instant for people: weekday and time; the date when it is not within a week.
pub fn when(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let far = now.duration_until(at).as_hours().abs() > 6 * 24;
    let format = if far { "%-d %b %H:%M" } else { "%a %H:%M" };
    at.to_zoned(zone.clone()).strftime(format).to_string()
}

/// As [`when`], without the weekday where it is today.
pub fn clock(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let local = |at: Timestamp| at.to_zoned(zone.clone());
    if local(at).date() == local(now).date() { local(at).strftime("%H:%M").to_string() } else { when(at, now, zone) }
}

/// `1 record`, `2 records`.
pub fn records(count: i64) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{count} records") }
}

fn figures(source: &str, new: i64, restated: i64) -> String {
    let corrected = if restated == 0 { String::new() } else { format!(", {restated} corrected") };
    format!("read what the campaigns of {source} cost: {new} new campaign days{corrected}")
}

/// One sentence for an entry of the journal.
#[allow(clippy::too_many_lines)] // one line a kind: split, it would only be harder to find
pub fn sentence(told: &Told, config: &Config) -> String {
    let body: Value = serde_json::from_str(&told.body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let code = || text("code").parse::<Code>().map_or_else(|_| text("code"), |code| code.sentence());
    let number = |key: &str| body.get(key).and_then(Value::as_i64).unwrap_or_default();
    let people = |count: i64| if count == 1 { "1 person".to_owned() } else { format!("{count} people") };
    let moment = |key: &str| {
        let at = text(key).parse::<Timestamp>().ok();
        at.map_or_else(|| text(key), |at| when(at, told.at, &config.business.zone))
    };
    let person = |id: &str| config.people.get(id).map_or_else(|| id.to_owned(), |person| person.name.clone());
    match told.kind.as_str() {
        "note" => format!("note: {}", told.body),
        "touch" => {
            let campaign = text("campaign");
            let campaign = if campaign.is_empty() { String::new() } else { format!(" ({campaign})") };
            let referral = text("referral");
            let referral = if referral.is_empty() { String::new() } else { format!(", referral code {referral}") };
            match text("code").as_str() {
                "I-OK" => format!("arrived from {}{campaign}{referral}", text("source")),
                _ => format!("heard of again from {}{campaign}{referral}: {}", text("source"), code()),
            }
        }
        "intake" => {
            let count = body.get("records").and_then(Value::as_array).map_or(0, Vec::len);
            format!("{count} {} read from {}", if count == 1 { "record" } else { "records" }, text("source"))
        }
        "config" => format!("config {} is in force", text("hash")),
        "released" => format!("left the queue, goes to {}", person(&text("person"))),
        "held-again" => "was not sent in its window and waits again, in front".into(),
        "expired" if text("code") == Code::OptInExpired.to_string() => {
            "was given up: never confirmed the sign-up".into()
        }
        "expired" => "expired in the queue".into(),
        "sent" => handed_off(&text("code"), &text("destination")),
        "retrying" => format!("not delivered yet: {}", code()),
        "unknown" => "the connection broke at the moment of delivery: being looked for".into(),
        "absent" => "surely not there: it is sent again".into(),
        "needs-person" => format!("needs a person: {}", code()),
        "next-destination" => format!("goes to the next destination: {}", code()),
        "first-response" if text("origin") == "ticket" => "first human response, seen at the ticket desk".into(),
        "first-response" if text("origin") == "mail" => "first human response, seen in the mailbox".into(),
        "first-response" => "first human response, told at the console".into(),
        "bounced" if text("acted") == "no" => "a mail came back, after somebody had answered".into(),
        "bounced" => "the mail came back: it is with nobody".into(),
        "delayed" => "the mail server has not delivered it yet, and goes on trying".into(),
        "accepted" => acknowledged(&text("origin")),
        "contacted" => "contacted".into(),
        "no-answer" => tried(number("attempt"), number("of")),
        "won" => "won".into(),
        "lost" => format!("lost: {}", code()),
        "returned" => format!("returned: {}", code()),
        "snoozed" => "put aside until later".into(),
        "clock-paused" => {
            let waits = Waits::parse(&text("waits")).map_or_else(|| text("waits"), |waits| waits.words().to_owned());
            format!("paused until {}: {waits}", moment("until"))
        }
        "clock-resumed" => "goes on".into(),
        "edited" => format!("{} changed", text("field")),
        "decided" => format!("a person decided: {} {}", text("criterion"), text("answer")),
        "noted" => "added a note".into(),
        "reassigned" => format!("given to {}", person(&text("person"))),
        "retried" => "sent again by hand".into(),
        "rerouted" => format!("goes to {} instead of {}", text("destination"), text("from")),
        "rewritten" => "written anew before it is sent".into(),
        "resent" => format!("sent anew to {}; the one under {} stays there", text("destination"), text("key")),
        "marked-sent" => "taken as delivered by hand".into(),
        "dropped" => "given up; the lead waits again".into(),
        "confirmed" => "confirmed the sign-up".into(),
        "withdrawn" => "withdrew consent".into(),
        "source-paused" => format!("paused {}: {}", text("source"), text("reason")),
        "backfill" => format!("asked to read {} again from {} on", text("source"), moment("since")),
        "backfilled" => format!(
            "{} was read again from {} on: {}, {} of them new",
            text("source"),
            moment("since"),
            records(number("records")),
            number("new")
        ),
        "source-gap" => {
            format!("nobody read {} for a while: it is read again from {} on", text("source"), moment("since"))
        }
        "departed" => format!("{} left {}", people(number("count")), text("source")),
        "departures-doubted" => format!(
            "{} missing from {} at once: nobody is withdrawn before it is seen for a day",
            people(number("missing")),
            text("source")
        ),
        "withdrawn-while-out" => "withdrew consent while somebody has the lead".into(),
        "source-slowed" => format!("{} is read more rarely: {} % full", text("source"), number("fill")),
        "source-held" => format!("{} is hardly read: {} % full", text("source"), number("fill")),
        "source-eased" => format!("{} is read as ever again{}", text("source"), relieved(&body)),
        "source-told-stop" => format!("{} was told to bring no more people: {}", text("source"), text("answer")),
        "source-told-go" => format!("{} was told to go on: {}", text("source"), text("answer")),
        "source-not-told" => format!("{} could not be told: {}", text("source"), text("why")),
        "source-resumed" => format!("resumed {}", text("source")),
        "poll-now" => format!("asked to read {} now", text("source")),
        "source-failing" => format!("reading {} fails ({})", text("source"), text("class")),
        "source-ok" => format!("reading {} works again", text("source")),
        "destination-well" => "a destination works again".to_owned(),
        "copies" => format!("it is there more than once: {}", text("copies")),
        "destination-paused" => format!("a destination is paused ({})", text("class")),
        "cap-set" => format!(
            "set {} to {}: {}",
            text("cap"),
            body.get("max").map(ToString::to_string).unwrap_or_default(),
            text("reason")
        ),
        "person-leave" => format!("{} is away: {}", person(&text("person")), text("reason")),
        "person-on" => format!("called {} in: {}", person(&text("person")), text("reason")),
        "person-off" => format!("sent {} off shift: {}", person(&text("person")), text("reason")),
        "person-back" => format!("{} is back", person(&text("person"))),
        "handed-over" => format!("taken from {}, waits again in front", person(&text("from"))),
        "cap-full" => cap_full(&body, told.at, config),
        "cap-free" => format!("the cap {} has room again", text("cap")),
        "caps-counted" => format!("{} counted anew from what was handed off", caps_counted(&body)),
        "alert-told" if number("count") == 1 => "the alerts' address was told of one that needs somebody".into(),
        "alert-told" => format!("the alerts' address was told of {} that need somebody", number("count")),
        "alert-failed" => format!("gave up telling the alerts' address: {}", text("why")),
        "hook-told" => format!("its address was told about the cap {}", text("cap")),
        "hook-failed" => format!("gave up telling about the cap {}: {}", text("cap"), text("why")),
        "overflow" => format!("more wait for the cap {} than it may hold: {}", text("cap"), code()),
        "replaced" => "those who wait were placed anew under the changed configuration".into(),
        "cap-reset" => format!("set {} back to the config", text("cap")),
        "figures" => figures(&text("source"), number("new"), number("restated")),
        "imported" => format!("imported {} into {}: {} new", text("file"), text("source"), number("leads")),
        "cost" if text("source").is_empty() => "entered a cost of no source".into(),
        "cost" => format!("entered a cost for {}", text("source")),
        "rate" => format!("booked 1 {} at {} from {} on", text("currency"), text("rate"), text("day")),
        "change-noted" => format!("noted a change: {}", text("text")),
        "shadow-started" => format!("lets the draft {} decide beside the rules: {}", text("name"), text("reason")),
        "shadow-stopped" => format!("stopped the draft {} that decided beside the rules", text("name")),
        "shadow-failed" => format!("the draft beside the rules cannot decide: {}", text("why")),
        "shadow-works" => "the draft beside the rules decides again".into(),
        "forgotten" => "erased, as they asked to be forgotten".into(),
        "forgotten-aside" => format!("erased {} records kept aside of somebody who is forgotten", number("records")),
        "erased-by-age" => format!("erased {} that ended long ago; the counts stay", people(number("leads"))),
        "undone" => format!("took back: {}", text("what").replace('-', " ")),
        _ => promise(told, &body, config),
    }
}

/// One sentence for an entry about a promise: what was done because nobody kept it.
fn promise(told: &Told, body: &Value, config: &Config) -> String {
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let person = |key: &str| config.people.get(&text(key)).map_or_else(|| text(key), |person| person.name.clone());
    match told.kind.as_str() {
        "rung" => rung(&text("rung"), &text("outcome"), &person("from"), &person("person")),
        "noticed" => format!("told {} by mail", person("person")),
        "notice-failed" => format!("{} could not be told by mail: {}", person("person"), text("why")),
        "stop-loss" if body.get("closes").and_then(Value::as_bool) == Some(false) => {
            format!("the stop-loss {} warns of {}: {}", text("cap"), text("source"), text("why"))
        }
        "stop-loss" => format!("the stop-loss {} holds the leads of {}: {}", text("cap"), text("source"), text("why")),
        "stop-loss-over" => format!("the stop-loss {} is over: {}", text("cap"), text("why")),
        "report-sent" => format!("mailed the report ({})", text("period")),
        "report-mailed" => format!("mailed the report by hand: {}", text("subject")),
        "report-waits" => format!("the report by mail has not gone out yet, and is tried again: {}", text("why")),
        "report-failed" => format!("the report by mail was refused: {}", text("why")),
        "report-missed" => format!("a report could not go out by mail before the next was due: {}", text("why")),
        "report-mail-unknown" => format!("the report by mail may have arrived: {}", text("why")),
        "ticket-ended" if text("as") == "lost" => "lost at the ticket desk: somebody has to say why".into(),
        "ticket-ended" => "won at the ticket desk".into(),
        other => other.to_owned(),
    }
}

fn tried(attempt: i64, of: i64) -> String {
    if attempt > 0 { format!("tried, no answer: try {attempt} of {of}") } else { "tried, no answer".into() }
}

/// What holding a source back left out, in words; `told`: seconds its vendor was told to bring no more people.
pub fn avoided_words(avoided: Avoided, usual: Usual, told: i64, currency: &str) -> String {
    let count = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let reads = format!("about {} left out", count(avoided.reads, "read"));
    if told <= 0 {
        return format!("{reads}; nobody is lost, they are read later");
    }
    let money = |minor: i64| Money::from_minor(minor, currency).to_string();
    let spend = |minor: Option<i64>| minor.map_or_else(String::new, |minor| format!(" and {}", money(minor)));
    let known = usual.spend.map_or(" (no cost is known)", |_| "");
    format!(
        "about {}{} avoided{known} while it was told to pause for {}, by {}{} in the {} before; {reads}",
        count(avoided.leads, "lead"),
        spend(avoided.spend),
        about(SignedDuration::from_secs(told)),
        count(usual.leads, "lead"),
        spend(usual.spend),
        count(u64::from(usual.days), "day"),
    )
}

/// A cap without room: how full, and when it has room again by the clock alone.
fn cap_full(body: &Value, now: Timestamp, config: &Config) -> String {
    let number = |key: &str| body.get(key).and_then(Value::as_i64).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let cap = text("cap").unwrap_or_default();
    let full =
        if body.get("soft").and_then(Value::as_bool) == Some(true) { "is full, and only warns" } else { "is full" };
    // Money is counted in hundredths; a lead or a weight is shown as it is counted.
    let money = config.caps.iter().any(|one| one.id == cap && matches!(one.unit, Unit::Money(_)));
    let of = if money { String::new() } else { format!(" ({} of {})", number("used"), number("max")) };
    let frees = text("frees_at").and_then(|at| at.parse::<Timestamp>().ok());
    let frees = frees.map_or_else(String::new, |at| format!(" until {}", when(at, now, &config.business.zone)));
    format!("the cap {cap} {full}{of}{frees}")
}

/// The caps an entry names, the first few of them.
fn caps_counted(body: &Value) -> String {
    let caps: Vec<&str> =
        body.get("caps").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    match caps.as_slice() {
        [] => "caps were".into(),
        [one] => format!("the cap {one} was"),
        [one, rest @ ..] => format!("the cap {one} and {} more were", rest.len()),
    }
}

/// The end of the sentence about a source that is read as ever again.
fn relieved(body: &Value) -> String {
    let currency = body.get("currency").and_then(Value::as_str).unwrap_or_default();
    match serde_json::from_value::<Relieved>(body.clone()) {
        Ok(last) => format!(": {}", avoided_words(last.avoided, last.usual, last.told, currency)),
        Err(_) => match body.get("reads").and_then(Value::as_i64) {
            Some(reads) => format!(": {reads} reads were left out"),
            None => String::new(),
        },
    }
}

/// How somebody said yes.
fn acknowledged(origin: &str) -> String {
    match origin {
        "link" => "acknowledged by the link in the handoff".into(),
        "mail" => "acknowledged by a reply".into(),
        "ticket" => "acknowledged: somebody took the ticket".into(),
        _ => "acknowledged".into(),
    }
}

/// What a rung of the ladder did.
fn rung(word: &str, outcome: &str, from: &str, to: &str) -> String {
    let why = match word {
        "pool" => "nobody accepted it in time",
        "outcome" => "nobody has said how it ended",
        _ => "it was not answered in time",
    };
    match outcome {
        "missed" => "the time to answer is over".into(),
        "given" => format!("{why}: taken from {from}, given to {to}"),
        "no room" => format!("{why}, and nobody else has room: it stays with {from}"),
        "nobody" => format!("{why}, and nobody is named to be told ({word})"),
        _ if word == "outcome" => format!("{why}: {to} is asked"),
        _ if word == "remind owner" => format!("{why}: {to} is reminded"),
        _ if word == "team lead" => format!("{why}: the team lead {to} is told"),
        _ => format!("{why}: operations are told"),
    }
}

/// What a delivery is told as; its entry may not name the destination.
fn handed_off(code: &str, destination: &str) -> String {
    match (code.parse(), destination) {
        (Ok(Code::Exists), "") => "was already there under our key".into(),
        (Ok(Code::Exists), destination) => format!("was already in {destination} under our key"),
        (_, "") => "handed off".into(),
        (_, destination) => format!("sent to {destination}"),
    }
}

/// What happens next to a handoff.
pub fn next_of(row: &StoredHandoff, now: Timestamp, zone: &TimeZone) -> String {
    let due = when(row.due_at, now, zone);
    match row.state {
        HandoffState::Queued if let Some(stopped) = row.stopped => held_up(&row.destination, stopped, now, zone),
        HandoffState::Queued if row.attempt > 0 => format!("tried again {due}"),
        HandoffState::Queued => "will be sent".into(),
        HandoffState::Sending => "being sent".into(),
        HandoffState::Unknown => format!("{} may have it: looking for {} {due}", row.destination, row.token),
        HandoffState::NeedsPerson if row.code.as_deref() == Some("D-UNKNOWN") => {
            format!(
                "may exist already: look for {} in {}, then M it is there, or R send again",
                row.token, row.destination
            )
        }
        HandoffState::NeedsPerson => "R send again, T to another destination, or D give up and queue again".into(),
        HandoffState::Accepted => {
            let answer = to_answer(row, now, zone);
            let next = |next: NextRung| {
                format!("{answer}; next: {} at {}", rung_words(next.rung, &row.person), when(next.at, now, zone))
            };
            row.rung.map_or(answer.clone(), next)
        }
        HandoffState::Tracking if let Some((waits, until)) = row.paused.filter(|(_, until)| *until > now) => {
            format!("paused until {}: {}", when(until, now, zone), waits.words())
        }
        HandoffState::Tracking if row.attempts > 0 => match row.try_at {
            Some(at) if at <= now => format!("try {} is due since {}", row.attempts + 1, when(at, now, zone)),
            Some(at) => format!("try {} at {}", row.attempts + 1, when(at, now, zone)),
            None => "not reached; outcome open".into(),
        },
        HandoffState::Tracking => match row.rung {
            Some(asked) => format!("answered; outcome by {}", when(asked.at, now, zone)),
            None => "answered; outcome open".into(),
        },
        HandoffState::Closed | HandoffState::Dropped => "ended".into(),
    }
}

fn to_answer(row: &StoredHandoff, now: Timestamp, zone: &TimeZone) -> String {
    let answer = match row.answer_by {
        None => "to be answered".into(),
        Some(by) if by <= now => format!("answer was due {}", when(by, now, zone)),
        Some(by) => format!("answer by {}", when(by, now, zone)),
    };
    if row.code.as_deref() == Some(Code::Retrying.stem()) {
        return format!("the mail server has not delivered it yet; {answer}");
    }
    answer
}

/// What happens next to a lead, one sentence.
pub fn next_for(row: &LeadRow, handoff: Option<&StoredHandoff>, now: Timestamp, zone: &TimeZone) -> String {
    match row.stage {
        Some(Stage::Review) => "you decide: does it fit?".into(),
        Some(Stage::Pending) => "waits for the person to confirm the sign-up; may not be contacted before".into(),
        Some(Stage::Held) => {
            let why: Vec<String> = row.codes.iter().map(Code::sentence).collect();
            let leaves = row.forecast.map_or_else(
                || "no release in sight".to_owned(),
                |at| format!("leaves the queue about {}", when(at, now, zone)),
            );
            if why.is_empty() { leaves } else { format!("{leaves}; {}", why.join(" ")) }
        }
        Some(Stage::Disqualified) => "nothing; edit a field to decide again".into(),
        Some(Stage::Closed) => row.codes.first().map_or_else(|| "ended".into(), Code::sentence),
        Some(Stage::Out) => match handoff {
            Some(handoff) if handoff.state == HandoffState::Accepted && row.acknowledged => {
                format!("{} calls; {}", row.owner.as_deref().unwrap_or("the owner"), next_of(handoff, now, zone))
            }
            Some(handoff) => next_of(handoff, now, zone),
            None => "being handed off".into(),
        },
        None => "kept aside with its raw record".into(),
    }
}
