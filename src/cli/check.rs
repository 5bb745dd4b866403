//! `leadgate check`: reads the configuration aloud, or tells every mistake at once. Offline; with
//! `--connect` each source and destination is asked, too, changing nothing.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use miette::{GraphicalReportHandler, GraphicalTheme};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::args::Args;
use super::{CliError, session};
use crate::clock::SystemClock;
use crate::config::checked::Transport;
use crate::config::readback::read_aloud;
use crate::config::{ConfigErrors, Loaded, Secret};
use crate::handoff::email::Inbox;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::Http;
use crate::net::tokens::FileTokens;
use crate::preset::document::{DestinationPreset, SourcePreset};
use crate::preset::{Library, Values};

/// Probes asked at the same time.
const AT_ONCE: usize = 8;
/// No probe takes longer.
const PROBE_TIME: Duration = Duration::from_secs(30);

/// How the answer looks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// JSON instead of words.
    pub json: bool,
    /// Colours and box drawing.
    pub fancy: bool,
}

impl Look {
    /// How these arguments want it: colours only on a terminal.
    pub fn of(args: &Args) -> Self {
        let fancy = std::env::var_os("NO_COLOR").is_none() && std::io::IsTerminal::is_terminal(&io::stdout());
        Self { json: args.json, fancy }
    }
}

/// `leadgate check [--connect]`.
///
/// # Errors
/// `out` cannot be written to.
pub async fn run(args: &Args, with_probes: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let look = Look::of(args);
    let mut loaded = session::load(args).map_err(|errors| *errors);
    let unfit = loaded.as_ref().map(unfit_presets).unwrap_or_default();
    if !unfit.is_empty() {
        return not_fitting(out, &unfit, look);
    }
    if let Ok(loaded) = &mut loaded {
        for paragraph in ways_in(loaded) {
            loaded.warnings.extend(paragraph.err());
        }
    }
    let status = check(out, &loaded, look)?;
    match loaded {
        Ok(loaded) if with_probes => Ok(connect(out, probes(&loaded), look).await?),
        _ => Ok(status),
    }
}

/// Tells what does not fit the presets; nothing is read aloud that could not run. The exit status: 1.
fn not_fitting(out: &mut dyn Write, unfit: &[String], look: Look) -> Result<u8, CliError> {
    if look.json {
        let mistakes: Vec<Value> = unfit.iter().map(|words| json!({ "message": words })).collect();
        writeln!(out, "{}", json!({ "ok": false, "mistakes": mistakes }))?;
        return Ok(1);
    }
    for words in unfit {
        writeln!(out, "✗ {words}")?;
    }
    writeln!(out, "The configuration does not fit its presets; docs/presets.md says what each asks for.")?;
    Ok(1)
}

/// What does not fit between the configuration and the presets it names: unknown presets, missing,
/// misspelt or wrong variables. Reads no secret.
fn unfit_presets(loaded: &Loaded) -> Vec<String> {
    let library = match library(loaded) {
        Ok(library) => library,
        Err(failure) => return vec![failure.message],
    };
    let stand_in = |_: &Secret| Ok(SecretString::from("stand-in"));
    let (mut unfit, mut misfits) = (Vec::new(), Vec::new());
    let mut told = |path: String, asked: Result<_, _>, vars| match asked {
        Err(error) => unfit.push(format!("{path}: {error}")),
        Ok(asked) => {
            let faults = Values::check(&asked, vars, &stand_in).err().unwrap_or_default();
            unfit.extend(faults.into_iter().map(|fault| format!("{path}: {fault}")));
        }
    };
    for (id, source) in &loaded.config.sources {
        let preset = library.get_mapped::<SourcePreset>(&source.preset, &source.map);
        if let Some(why) = preset.as_ref().ok().and_then(|preset| crate::source::fits(source, preset).err()) {
            misfits.push(format!("source.{id}: {why}"));
        }
        told(format!("source.{id}"), preset.map(|preset| preset.vars), &source.vars);
    }
    for (id, destination) in &loaded.config.destinations {
        if let Transport::Preset { preset, vars } = &destination.by {
            let asked = library.get::<DestinationPreset>(preset).map(|preset| preset.vars);
            told(format!("destination.{id}"), asked, vars);
        }
    }
    unfit.append(&mut misfits);
    unfit.extend(crate::handoff::check_templates(loaded.config.destinations.values()));
    unfit
}

/// The sources that tell by themselves, as far as the presets can be read.
fn told_sources(loaded: &Loaded) -> BTreeSet<&str> {
    let Ok(library) = library(loaded) else { return BTreeSet::new() };
    let told = loaded.config.sources.values().filter(|source| crate::source::pushed::is_pushed(source, &library));
    told.map(|source| source.id.as_str()).collect()
}

/// Where each source that tells by itself sends, or, as an error, that it cannot.
fn ways_in(loaded: &Loaded) -> Vec<Result<String, String>> {
    let Ok(library) = library(loaded) else { return Vec::new() };
    let told = loaded.config.sources.values().filter(|source| crate::source::pushed::is_pushed(source, &library));
    let way = |source: &crate::config::checked::Source| match &loaded.config.listen {
        Some(listen) => Ok(format!("{} is told by POST to {}.", source.title, listen.address_of(&source.id))),
        None => Err(format!(
            "source {} tells by itself, but nothing listens: say bind = \"127.0.0.1:8787\" under [listen]",
            source.id
        )),
    };
    told.map(way).collect()
}

/// The presets this configuration may name: the built-in ones and those beside its file.
pub fn library(loaded: &Loaded) -> Result<Library, Failure> {
    let presets = loaded.files.first().and_then(|file| file.parent()).map(|dir| dir.join("presets"));
    let library = presets.map_or_else(|| Ok(Library::built_in()), |dir| Library::load(&dir));
    library.map_err(|error| Failure::new(Class::Config, error.to_string()))
}

/// One probe for every source and destination of a configuration.
fn probes(loaded: &Loaded) -> Vec<Probe> {
    let library = Arc::new(library(loaded));
    let http = Http::new(Arc::new(SystemClock)).map_err(|words| Failure::new(Class::Config, words));
    let http = Arc::new(
        http.map(|http| http.keeping(Arc::new(FileTokens::within(session::home(&loaded.config, &loaded.data_dir))))),
    );
    let mut probes = Vec::new();
    for (id, source) in &loaded.config.sources {
        let (source, library, http) = (source.clone(), Arc::clone(&library), Arc::clone(&http));
        let ask = Box::pin(async move {
            let (library, http) =
                (library.as_ref().as_ref().map_err(Clone::clone)?, http.as_ref().as_ref().map_err(Clone::clone)?);
            let built = tokio::task::block_in_place(|| crate::source::build(&source, library, http))?;
            built.probe().await
        });
        probes.push(Probe { name: format!("source {id}"), ask });
    }
    for (id, destination) in &loaded.config.destinations {
        let (destination, library, http) = (destination.clone(), Arc::clone(&library), Arc::clone(&http));
        let ask = Box::pin(async move {
            let (library, http) =
                (library.as_ref().as_ref().map_err(Clone::clone)?, http.as_ref().as_ref().map_err(Clone::clone)?);
            let built = tokio::task::block_in_place(|| crate::handoff::build(&destination, library, http))?;
            built.probe().await
        });
        probes.push(Probe { name: format!("destination {id}"), ask });
    }
    for (id, destination) in loaded.config.destinations.iter().filter(|(_, one)| one.has_mailbox()) {
        let destination = destination.clone();
        let ask = Box::pin(async move {
            match tokio::task::block_in_place(|| Inbox::of(&destination)).transpose()? {
                Some(inbox) => inbox.probe().await,
                None => Ok("none".to_owned()),
            }
        });
        probes.push(Probe { name: format!("mailbox of {id}"), ask });
    }
    probes
}

/// Something that can be asked whether it is there and takes our credentials.
pub struct Probe {
    /// `source meta`, `destination desk`.
    pub name: String,
    /// What it found, for people, or what failed.
    pub ask: BoxFuture<'static, Result<String, Failure>>,
}

/// Reads the configuration aloud, or tells its mistakes. The exit status: 0 it holds, 1 it does not.
///
/// # Errors
/// `out` cannot be written to.
pub fn check(out: &mut dyn Write, loaded: &Result<Loaded, ConfigErrors>, look: Look) -> io::Result<u8> {
    match loaded {
        Ok(loaded) if look.json => writeln!(out, "{}", told(loaded))?,
        Ok(loaded) => {
            for paragraph in read_aloud(&loaded.config, &told_sources(loaded)) {
                writeln!(out, "{paragraph}\n")?;
            }
            for way in ways_in(loaded).into_iter().flatten() {
                writeln!(out, "{way}\n")?;
            }
            for warning in &loaded.warnings {
                writeln!(out, "! {warning}")?;
            }
            let files: Vec<String> = loaded.files.iter().map(|file| file.display().to_string()).collect();
            writeln!(out, "The configuration holds (version {}; {}).", loaded.config.hash, files.join(", "))?;
        }
        Err(errors) if look.json => writeln!(out, "{}", json!({ "ok": false, "mistakes": errors.json() }))?,
        Err(errors) => mistakes(out, errors, look)?,
    }
    Ok(u8::from(loaded.is_err()))
}

fn told(loaded: &Loaded) -> Value {
    json!({
        "ok": true,
        "hash": loaded.config.hash,
        "files": loaded.files,
        "warnings": loaded.warnings,
        "read_aloud": read_aloud(&loaded.config, &told_sources(loaded)),
        "ways_in": ways_in(loaded).into_iter().flatten().collect::<Vec<_>>(),
    })
}

/// Every mistake with its excerpt.
/// Tells every mistake at once.
///
/// # Errors
/// `out` cannot be written to.
pub fn mistakes(out: &mut dyn Write, errors: &ConfigErrors, look: Look) -> io::Result<()> {
    let theme = if look.fancy { GraphicalTheme::unicode() } else { GraphicalTheme::none() };
    let mut text = String::new();
    match GraphicalReportHandler::new_themed(theme).with_links(false).render_report(&mut text, errors) {
        Ok(()) => out.write_all(text.as_bytes()),
        // An excerpt could not be drawn: say it without.
        Err(_) => writeln!(out, "{errors}\n{}", errors.plain()),
    }
}

/// Asks every probe, a few at a time, and tells each answer in the order given, with its fix where it
/// failed. The exit status: 0 all answered well, 1 not all.
///
/// # Errors
/// `out` cannot be written to.
pub async fn connect(out: &mut dyn Write, probes: Vec<Probe>, look: Look) -> io::Result<u8> {
    let bounded = probes.into_iter().map(|Probe { name, ask }| async move {
        let answer = tokio::time::timeout(PROBE_TIME, ask).await;
        let late = || Failure::new(Class::Retry, format!("no answer within {} seconds", PROBE_TIME.as_secs()));
        (name, answer.unwrap_or_else(|_| Err(late())))
    });
    let mut answers = stream::iter(bounded).buffered(AT_ONCE);
    let mut list = Vec::new();
    let mut failed = 0_usize;
    while let Some((name, answer)) = answers.next().await {
        failed += usize::from(answer.is_err());
        if look.json {
            list.push(match &answer {
                Ok(found) => json!({ "name": name, "ok": true, "found": found }),
                Err(failure) => json!({ "name": name, "ok": false, "failure": failure }),
            });
            continue;
        }
        match answer {
            Ok(found) => writeln!(out, "ok      {name}: {found}")?,
            Err(failure) => {
                writeln!(out, "failed  {name}: {}", failure.message)?;
                if let Some(hint) = &failure.hint {
                    writeln!(out, "        {hint}")?;
                }
            }
        }
        out.flush()?;
    }
    if look.json {
        writeln!(out, "{}", json!({ "ok": failed == 0, "probes": list }))?;
    }
    Ok(u8::from(failed > 0))
}
