//! Plays one case of a destination: hands a lead over, looks for it, asks how it stands.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::SignedDuration;
use leadgate::clock::{Clock as _, StubClock};
use leadgate::config::checked::{self, Transport};
use leadgate::handoff::{self, Card, Delivery, Destination, Found, LeaseLost, Phases, Polled, Reference};
use leadgate::lead::outcome::Failure;
use leadgate::lead::{Class, LeadId, Phase, Token};
use leadgate::net::http::Http;
use leadgate::preset::{Direction, Library};
use serde_json::json;

use crate::case::{Act, Case, Folder, Step};
use crate::play;
use crate::server::Server;
use crate::told;

/// The key of every lead handed over here.
const KEY: &str = "LG7K3Q9V2MX4ZT";

/// The lease always holds.
struct Held;

impl Phases for Held {
    fn enter(&self, _phase: Phase) -> BoxFuture<'_, Result<(), LeaseLost>> {
        Box::pin(async { Ok(()) })
    }
}

/// The case as text, and what is wrong with it besides.
pub async fn case(folder: &Folder, case: &Case) -> (String, Vec<String>) {
    let mut text = format!("# {}\n\n", case.name);
    let server = Server::start();
    let clock = StubClock::at(folder.now);
    let dir = tempfile::tempdir().unwrap();
    let destination = checked::Destination {
        id: "desk".to_owned(),
        by: Transport::Preset { preset: folder.preset.clone(), vars: play::vars(folder, case, &server, dir.path()) },
        ask_every: SignedDuration::from_mins(1),
        grace: SignedDuration::from_mins(1),
    };
    let destination = match handoff::build(&destination, &library(folder), &Http::new(clock.clone()).unwrap()) {
        Ok(destination) => destination,
        Err(failure) => return (text + &told::failure(&failure), vec![format!("it cannot be set up: {failure}")]),
    };
    let (mut faults, mut failures) = (Vec::new(), Vec::new());
    for step in &case.steps {
        step_of(&*destination, folder, &server, &clock, step, &mut text, &mut faults, &mut failures).await;
    }
    faults.extend(play::held(case, &play::secrets(folder, case), &failures, unread(case)));
    (play::told_without_address(&text, &server, &folder.elide), faults)
}

/// The built-in presets; the folder's own `preset.toml`, or else the checked-in file of this one, wins: it can be
/// changed and played again without building the program anew.
fn library(folder: &Folder) -> Library {
    let mut library = Library::built_in();
    let checked_in = format!("{}/config/presets/destinations/{}.toml", env!("CARGO_MANIFEST_DIR"), folder.preset);
    let text =
        std::fs::read_to_string(folder.path.join("preset.toml")).or_else(|_| std::fs::read_to_string(checked_in));
    if let Ok(text) = text {
        library.insert(Direction::Destination, &folder.preset, "preset.toml", &text);
    }
    library
}

/// What an answer is that cannot be read: the ticket may have been made, a question taught nothing.
fn unread(case: &Case) -> Class {
    if case.steps.last().is_some_and(|step| step.act == Act::Walk) { Class::Unknown } else { Class::Retry }
}

#[allow(clippy::too_many_arguments)] // one place, and each of them says what it is
async fn step_of(
    destination: &dyn Destination,
    folder: &Folder,
    server: &Server,
    clock: &Arc<StubClock>,
    step: &Step,
    text: &mut String,
    faults: &mut Vec<String>,
    failures: &mut Vec<Failure>,
) {
    if let Some(now) = step.now {
        clock.set(now);
    }
    server.expect(step.replies.iter().map(|reply| play::answer(folder, server, reply)).collect());
    let reference = Reference { id: step.id.clone().unwrap_or_default(), ..Reference::default() };
    let came = match step.act {
        Act::Walk => deliver(destination, step.plain).await,
        Act::Find => destination.find(&Token::parse(KEY).unwrap()).await.map(|found| found_words(&found)),
        Act::Poll => destination.poll(&reference).await.map(|polled| polled_words(&polled)),
        Act::Probe => destination.probe().await.map(|said| format!("said {said}\n")),
        Act::Recheck | Act::Pause | Act::Resume | Act::Discover => Ok("not something a destination does\n".to_owned()),
    };
    let what = if step.act == Act::Walk { "hand off".to_owned() } else { play::name(step) };
    text.push_str(&format!("## {what} at {}\n\n", clock.now()));
    text.push_str(&play::conversation(server, faults));
    text.push_str(&came.unwrap_or_else(|failure| {
        let words = told::failure(&failure);
        failures.push(failure);
        words
    }));
    text.push('\n');
}

async fn deliver(destination: &dyn Destination, plain: bool) -> Result<String, Failure> {
    let frozen = destination.freeze(&card(plain))?;
    let Delivery { class, reference, message, hint, wait_secs } = destination.deliver(&frozen, &Held).await;
    if !matches!(class, Class::Ok | Class::Exists) {
        return Err(Failure { class, message, hint, wait_secs });
    }
    let hint = hint.map(|hint| format!("  hint: {hint}\n")).unwrap_or_default();
    Ok(format!("{} · {message}\n{hint}{}", class.name(), reference.as_ref().map(reference_words).unwrap_or_default()))
}

fn reference_words(reference: &Reference) -> String {
    let number = reference.number.as_ref().map(|number| format!(" · number {number}")).unwrap_or_default();
    let url = reference.url.as_ref().map(|url| format!(" · {url}")).unwrap_or_default();
    format!("ticket {}{number}{url}\n", reference.id)
}

fn found_words(found: &Found) -> String {
    match found {
        Found::Here(references) => references.iter().map(reference_words).collect(),
        Found::Absent => "absent\n".to_owned(),
        Found::CannotAsk => "cannot be asked\n".to_owned(),
    }
}

fn polled_words(polled: &Polled) -> String {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".to_owned());
    let first = polled.first_response.map_or("—".to_owned(), |(at, quality)| format!("{at} ({quality:?})"));
    format!(
        "state {} · means {} · owner {} · first response {first}\n",
        or_dash(&polled.state),
        or_dash(&polled.meaning),
        or_dash(&polled.owner)
    )
}

/// A lead that tries everything: headers, markup of every kind, commands, templates, forged keys.
fn card(plain: bool) -> Card {
    let evil =
        "Ann\r\nBcc: all@evil.test <script>alert(1)</script>{{ 7*7 }}{% for x in y %}\u{202e}\u{0}\u{1b}[2J\"',;";
    let need = "/close\n/assign @root\n@all {code}{noformat}</pre></td><img src=http://evil.test/x>\n```\n~~~\n\
                Key: LGFORGED00000\nANSWER BY: never\n.\n[click](javascript:alert(1)) !image! LGFILL.LG000000000000.person.";
    let (name, need, city) =
        if plain { ("Ada Beispiel", "40 kW on the barn roof", "Berlin") } else { (evil, need, evil) };
    let value = json!({
        "token": KEY, "lead": LeadId(271), "round": 1,
        "contact": {
            "name": name, "email": "ada@example.org", "phone": "+4930901820", "phone_raw": null,
            "company": if plain { "Beispiel GmbH" } else { evil }, "need": need, "timing": "by the end of the year",
            "budget": "=1+1", "place": { "country": "DE", "subdivision": "", "postal_code": "10405", "city": city },
            "extra": { "roof": need },
        },
        "service": "Solar roof", "marks": [], "score": 87, "source": "Website form", "campaign": "autumn",
        "referral": null, "submitted_at": "2026-11-20T15:04:05Z",
        "owner": { "id": "ben", "name": "Ben Roe", "email": "ben@own.test" }, "team": "Roof team",
        "decided_at": "2026-11-20T15:30:00Z", "answer_by": "Mon 23 Nov 09:30 (Europe/Berlin)",
        "acknowledge_by": "Fri 20 Nov 17:00", "business": "Own Roofs",
    });
    serde_json::from_value(value).unwrap()
}
