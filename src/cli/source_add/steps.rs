//! The steps, asked for at a terminal or taken from flags: the same draft comes out of both.

use std::io::Write;

use super::discover;
use super::draft::Draft;
use super::sample::{self, Taken};
use super::{CliError, Ground, order, vars};
use crate::cli::check::{Look, mistakes};
use crate::cli::sampled::Privacy;
use crate::cli::source_args::AddAsk;
use crate::cli::source_login::{self, How};
use crate::cli::talk::{Talk, matching};
use crate::preset::document::PresetKind;
use crate::preset::{Direction, SourcePreset};

/// Kinds of channel, with what each means.
const CHANNELS: [(&str, &str); 3] = [
    ("campaign", "paid advertising: costs money for each click"),
    ("network", "your own network and newsletter"),
    ("referral", "the referral programme"),
];

/// Where the browser comes back to, where the vendor knows no other address.
const REDIRECT: &str = "http://127.0.0.1:8765/callback";

/// What the person decided about a sample.
enum Decided {
    Good,
    Again,
    Stop,
}

/// Everything by flags. `None` never comes.
pub async fn given(ground: &Ground, ask: &AddAsk, out: &mut dyn Write) -> Result<Option<Draft>, CliError> {
    let Some(preset) = &ask.preset else {
        return Err(lacking(ask, &["PRESET  (see `leadgate source presets`)".into()]));
    };
    let presets = presets(ground);
    let found = matching(&presets, preset);
    let [only] = found.as_slice() else { return Err(which_preset(&presets, &found, preset)) };
    let id = presets.get(*only).map(|(id, _)| id.clone()).unwrap_or_default();
    let mut draft = begin(ground, ask, &id)?;
    draft.name = match &ask.name {
        Some(name) => name.clone(),
        None => ground.free_name(&id),
    };
    if let Some(why) = ground.unfit_name(&draft.name) {
        return Err(CliError::Failed(why));
    }
    let services: Vec<&String> = ground.loaded.config.services.keys().collect();
    let paid = ground.paid();
    if let (Some(""), [only]) = (draft.pays_for.as_deref(), paid.as_slice()) {
        draft.pays_for = Some(only.0.clone());
    }
    if let (None, [], [only]) = (&draft.pays_for, draft.services.as_slice(), services.as_slice()) {
        draft.services = vec![(*only).clone()];
    }
    let mut missing = vars::missing(&draft);
    if draft.pays_for.as_deref() == Some("") {
        let ids: Vec<&str> = paid.iter().map(|(id, _)| id.as_str()).collect();
        missing.push(format!("--pays-for …  (whose campaigns: one of {})", ids.join(", ")));
    }
    let people = draft.pays_for.is_none();
    if people && draft.channel.is_empty() {
        missing.push("--channel campaign|network|referral".into());
    }
    if people && draft.goal.is_empty() {
        missing.push("--goal …  (what it is for, in words, e.g. \"40 actionable a month\")".into());
    }
    if people && draft.services.is_empty() {
        let ids: Vec<&str> = services.iter().map(|id| id.as_str()).collect();
        missing.push(format!("--service …  (one of {})", ids.join(", ")));
    }
    if !missing.is_empty() || !ask.yes {
        return Err(lacking(ask, &missing));
    }
    if !ask.no_sample && ground.preset(&id)?.way_in() != Ok("push") {
        let told = |error: CliError| match error {
            CliError::Failed(why) => CliError::Failed(format!(
                "{why}\n  Nothing was written; --no-sample writes it without asking the source."
            )),
            other => other,
        };
        let taken = sample::take(ground, &draft).await.map_err(told)?;
        writeln!(out, "{}", taken.words(Privacy::of(false))?)?;
    }
    ground.with(&draft)?;
    Ok(Some(draft))
}

/// What is missing where nobody can be asked.
fn lacking(ask: &AddAsk, missing: &[String]) -> CliError {
    let why = if ask.yes { "not everything is given" } else { "nobody can be asked here: this is no terminal" };
    let yes = if ask.yes { vec![] } else { vec!["--yes".to_owned()] };
    let list: Vec<String> = missing.iter().chain(&yes).map(|flag| format!("\n  {flag}")).collect();
    CliError::Failed(format!("{why}; add{}", list.concat()))
}

fn which_preset(presets: &[(String, String)], found: &[usize], typed: &str) -> CliError {
    let names: Vec<&str> = found.iter().filter_map(|at| presets.get(*at)).map(|(id, _)| id.as_str()).collect();
    CliError::Failed(if names.is_empty() {
        let near = crate::preset::fault::did_you_mean(typed, presets.iter().map(|(id, _)| id.as_str()));
        format!("there is no preset for sources called {typed:?}{near}")
    } else {
        format!("{typed:?} means several presets: {}", names.join(", "))
    })
}

/// Every preset for sources with its title.
fn presets(ground: &Ground) -> Vec<(String, String)> {
    let title = |id: &str| {
        ground.library.get::<SourcePreset>(id).map_or_else(|error| format!("✗ {error}"), |preset| preset.title)
    };
    ground.library.ids(Direction::Source).map(|id| (id.to_owned(), title(id))).collect()
}

/// A draft of a preset with what the flags say.
fn begin(ground: &Ground, ask: &AddAsk, preset: &str) -> Result<Draft, CliError> {
    let doc = ground.preset(preset)?;
    let told = doc.way_in() == Ok("push");
    let figures = doc.kind == PresetKind::Metrics;
    if figures && ground.paid().is_empty() {
        let why = "reads what the campaigns of another source cost, and there is no source yet: add that one first";
        return Err(CliError::Failed(format!("{preset} {why}")));
    }
    let mut draft = Draft {
        dir: ground.dir.clone(),
        preset: preset.to_owned(),
        asked: doc.vars,
        told,
        pays_for: figures.then(|| ask.pays_for.clone().unwrap_or_default()),
        channel: ask.channel.clone().unwrap_or_default(),
        goal: ask.goal.clone().unwrap_or_default(),
        services: ask.services.clone(),
        every: ask.every.clone(),
        ..Draft::default()
    };
    let known = &ground.loaded.config.services;
    let mut wrong = vars::from_flags(&mut draft, &ground.sets).err().unwrap_or_default();
    for service in ask.services.iter().filter(|id| !known.contains_key(*id)) {
        let near = crate::preset::fault::did_you_mean(service, known.keys().map(String::as_str));
        wrong.push(format!("--service {service}: there is no such service{near}"));
    }
    for map in &ask.map {
        match map.split_once('=') {
            Some((field, path)) => drop(draft.map.insert(field.trim().to_owned(), path.trim().to_owned())),
            None => wrong.push(format!("--map {map}: a field and a path, like phone=$.mobile")),
        }
    }
    if wrong.is_empty() { Ok(draft) } else { Err(CliError::Failed(wrong.join("\n  "))) }
}

/// Step by step with somebody at a terminal. `None`: they stopped.
pub async fn talked(talk: &mut Talk, ground: &Ground, ask: &AddAsk) -> Result<Option<Draft>, CliError> {
    let preset = preset(talk, ground, ask).await?;
    let doc = ground.preset(&preset)?;
    talk.say(&format!("\n{}{}", doc.title, doc.docs.map(|docs| format!(" – {docs}")).unwrap_or_default()))?;
    let mut draft = begin(ground, ask, &preset)?;
    draft.name = name(talk, ground, ask, &preset).await?;
    if draft.pays_for.as_deref() == Some("") {
        let paid = ground.paid();
        let at = talk.choose("Whose campaigns does it read the cost of", &paid, None).await?;
        draft.pays_for = paid.get(at).map(|(id, _)| id.clone());
    }
    let order = order(ground, &preset, &draft.asked);
    vars::ask(talk, &mut draft, &order).await?;
    // The address of the API may be among them, and signing in already needs it.
    vars::offer(talk, &mut draft, &order).await?;
    let signed_in = !ground.wants_sign_in(&draft) || sign_in(talk, ground, &draft).await?;
    discover::ask(talk, ground, &mut draft, &order).await?;
    let asked = ground.preset(&preset)?.way_in() != Ok("push");
    if !asked {
        talk.say("\nThere is no first page: the vendor tells leadgate. `leadgate check` says the address to give it.")?;
    }
    if asked && signed_in && !ask.no_sample {
        loop {
            match looked(talk, ground, &mut draft).await? {
                Decided::Good => break,
                Decided::Stop => return Ok(None),
                Decided::Again => {}
            }
        }
    }
    purpose(talk, ground, &mut draft).await?;
    loop {
        talk.show(&format!("\n{}", draft.text()))?;
        match ground.with(&draft) {
            Ok(loaded) => {
                for gap in loaded.config.setup_gaps(&draft.name) {
                    talk.say(&format!("  It cannot start yet: {gap}"))?;
                }
                break;
            }
            Err(errors) => {
                mistakes(&mut std::io::stderr().lock(), &errors, Look::default())?;
                talk.say("This does not hold. What shall be different?")?;
                draft.every = talk.line_or("How often it is read", &draft.every).await?;
                vars::change(talk, &mut draft, &order).await?;
            }
        }
    }
    let file = draft.file();
    Ok(talk.yes(&format!("Write it to {}?", file.display()), true).await?.then_some(draft))
}

/// Offers the consent the vendor wants. `false`: it is for later.
async fn sign_in(talk: &mut Talk, ground: &Ground, draft: &Draft) -> Result<bool, CliError> {
    talk.say("\nThe vendor wants the consent of a person who may give it.")?;
    while talk.yes("Sign in now, in a browser?", true).await? {
        let registered = talk.line_or("Redirect address registered with the vendor", REDIRECT).await?;
        let redirect = match url::Url::parse(&registered) {
            Ok(redirect) => redirect,
            Err(error) => {
                talk.say(&format!("  ✗ {registered:?} is not an address: {error}"))?;
                continue;
            }
        };
        let how = How::to(redirect);
        let (source, _) = sample::source(ground, draft)?;
        let resolve = |secret: &_| draft.resolve(secret);
        let consent = tokio::task::block_in_place(|| source_login::consent(&source, &ground.library, &resolve))?;
        let Some(consent) = consent else { return Ok(true) };
        match source_login::sign_in(&consent, &ground.http, &how).await {
            Ok(()) => {
                talk.say("Signed in.")?;
                return Ok(true);
            }
            Err(error) => talk.say(&format!("  ✗ {error}"))?,
        }
    }
    talk.say(&format!("Later, then: `leadgate source login {}`; no sample can be read before.", draft.name))?;
    Ok(false)
}

async fn preset(talk: &mut Talk, ground: &Ground, ask: &AddAsk) -> Result<String, CliError> {
    let all = presets(ground);
    let found = ask.preset.as_deref().map_or_else(|| (0..all.len()).collect(), |typed| matching(&all, typed));
    let some: Vec<(String, String)> = found.iter().filter_map(|at| all.get(*at)).cloned().collect();
    let at = match (some.as_slice(), &ask.preset) {
        ([_], _) => 0,
        ([], typed) => return Err(which_preset(&all, &found, typed.as_deref().unwrap_or_default())),
        _ => {
            talk.say("Where does interest come from? A number, a name or a part of it:")?;
            talk.choose("Preset", &some, None).await?
        }
    };
    Ok(some.get(at).map(|(id, _)| id.clone()).unwrap_or_default())
}

async fn name(talk: &mut Talk, ground: &Ground, ask: &AddAsk, preset: &str) -> Result<String, CliError> {
    let mut name = ask.name.clone();
    loop {
        let given = match name.take() {
            Some(given) => given,
            None => talk.line_or("Name of the source", &ground.free_name(preset)).await?,
        };
        match ground.unfit_name(&given) {
            None => return Ok(given),
            Some(why) => talk.say(&format!("  ✗ {why}"))?,
        }
    }
}

/// Takes a sample, shows it, and asks what to make of it.
async fn looked(talk: &mut Talk, ground: &Ground, draft: &mut Draft) -> Result<Decided, CliError> {
    talk.say("\nReading the first page (nothing is stored) …")?;
    match sample::take(ground, draft).await {
        Ok(taken) => {
            talk.say(&taken.words(Privacy::Open)?)?;
            remap(talk, draft, &taken).await
        }
        Err(error) => {
            match &error {
                CliError::Config(errors) => mistakes(&mut std::io::stderr().lock(), errors, Look::default())?,
                error => talk.say(&format!("  ✗ {error}"))?,
            }
            let ways = [
                ("again", "ask once more"),
                ("change", "change what was given"),
                ("keep", "go on without a sample"),
                ("stop", "write nothing"),
            ];
            let ways = ways.map(|(name, words)| (name.to_owned(), words.to_owned()));
            match talk.choose("What now", &ways, Some(0)).await? {
                0 => Ok(Decided::Again),
                1 => {
                    let order: Vec<String> = order(ground, &draft.preset, &draft.asked);
                    draft.map.clear();
                    vars::change(talk, draft, &order).await?;
                    Ok(Decided::Again)
                }
                2 => Ok(Decided::Good),
                _ => Ok(Decided::Stop),
            }
        }
    }
}

/// Lets the person say where fields really are; after a change the page is looked at again.
async fn remap(talk: &mut Talk, draft: &mut Draft, taken: &Taken) -> Result<Decided, CliError> {
    if taken.sample.records.is_empty() {
        talk.say(&format!("Nothing is there yet: look again with `leadgate source try {}`.", draft.name))?;
        return Ok(Decided::Good);
    }
    let unmapped = taken.sample.unmapped();
    if !unmapped.is_empty() {
        talk.say(&format!("Read nowhere so far: {}", unmapped.join(", ")))?;
    }
    let places = taken.places();
    let mut field = talk.line("Field to read elsewhere, e.g. phone (Enter: it is right so):").await?;
    if field.is_empty() {
        return Ok(Decided::Good);
    }
    while !field.is_empty() {
        if let Some(path) = place(talk, &field, &places).await? {
            draft.map.insert(field, path);
        }
        field = talk.line("Another field (Enter: look again):").await?;
    }
    Ok(Decided::Again)
}

/// Asks for the place of a field. `None`: it stays where it is.
async fn place(talk: &mut Talk, field: &str, places: &[(String, String)]) -> Result<Option<String>, CliError> {
    talk.say(&format!("Where is {field}? A number, a part of a place or its value, or a JSONPath beginning with $:"))?;
    let mut shown = places.to_vec();
    loop {
        for (at, (path, value)) in shown.iter().enumerate() {
            talk.say(&format!("  {:>3}  {path}  {value}", at + 1))?;
        }
        let typed = talk.line(&format!("{field} (Enter: leave it):")).await?;
        let numbered = typed.parse::<usize>().ok().and_then(|number| shown.get(number.checked_sub(1)?));
        if typed.is_empty() {
            return Ok(None);
        }
        if let Some((path, _)) = numbered {
            return Ok(Some(path.clone()));
        }
        if typed.starts_with('$') {
            match crate::preset::place::Place::parse(&typed) {
                Ok(_) => return Ok(Some(typed)),
                Err(error) => talk.say(&format!("  ✗ {error}"))?,
            }
            continue;
        }
        let found: Vec<_> = matching(places, &typed).iter().filter_map(|at| places.get(*at)).cloned().collect();
        if let [(path, _)] = found.as_slice() {
            return Ok(Some(path.clone()));
        }
        shown = if found.is_empty() { places.to_vec() } else { found };
    }
}

/// Asks for what the setup gate wants to know.
async fn purpose(talk: &mut Talk, ground: &Ground, draft: &mut Draft) -> Result<(), CliError> {
    talk.say("")?;
    if draft.pays_for.is_some() {
        draft.every = talk.line_or("How often it is read", &draft.every).await?;
        return Ok(());
    }
    if draft.channel.is_empty() {
        let channels = CHANNELS.map(|(name, words)| (name.to_owned(), words.to_owned()));
        let at = talk.choose("Kind of channel", &channels, None).await?;
        draft.channel = channels.get(at).map(|(name, _)| name.clone()).unwrap_or_default();
    }
    while draft.goal.is_empty() {
        draft.goal = talk.line("What is it for, in words, e.g. 40 actionable a month:").await?;
    }
    let services = &ground.loaded.config.services;
    while draft.services.is_empty() && !services.is_empty() {
        for service in services.values() {
            talk.say(&format!("  {}  {}", service.id, service.title))?;
        }
        let default = if let (1, Some(only)) = (services.len(), services.keys().next()) { only.as_str() } else { "" };
        let line = talk.line_or("Services its people may want (several with commas)", default).await?;
        let ids: Vec<String> = line.split([',', ' ']).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        match ids.iter().find(|id| !services.contains_key(*id)) {
            Some(unknown) => {
                let near = crate::preset::fault::did_you_mean(unknown, services.keys().map(String::as_str));
                talk.say(&format!("  ✗ there is no service {unknown}{near}"))?;
            }
            None => draft.services = ids,
        }
    }
    if !draft.told {
        draft.every = talk.line_or("How often it is read", &draft.every).await?;
    }
    Ok(())
}
