//! `leadgate source try NAME`: the first page of a configured source, looked at and not stored.

use std::io::Write;
use std::sync::Arc;

use serde_json::json;

use super::args::Args;
use super::sampled::{self, Privacy};
use super::source_args::TryAsk;
use super::{CliError, check, session};
use crate::clock::{Clock, SystemClock};
use crate::config::Secret;
use crate::lead::outcome::Failure;
use crate::preset::fault::did_you_mean;

/// A failure as a person reads it: what failed and how to fix it.
pub fn failed(failure: &Failure) -> CliError {
    let hint = failure.hint.as_ref().map(|hint| format!("\n  {hint}")).unwrap_or_default();
    CliError::Failed(format!("{}{hint}", failure.message))
}

/// Reads and shows. The exit status: 0 something could be read or nothing was there, 1 no record could be.
pub async fn run(args: &Args, ask: &TryAsk, out: &mut dyn Write) -> Result<u8, CliError> {
    let loaded = session::load(args)?;
    let Some(source) = loaded.config.sources.get(&ask.name).cloned() else {
        let near = did_you_mean(&ask.name, loaded.config.sources.keys().map(String::as_str));
        return Err(CliError::Failed(format!("there is no source {:?} in the configuration{near}", ask.name)));
    };
    let privacy = Privacy::of(ask.show);
    if ask.raw && privacy == Privacy::Veiled {
        let why = "records as received hold personal data, and standard output is no terminal: add --show";
        return Err(CliError::Failed(why.into()));
    }
    let library = check::library(&loaded).map_err(|failure| failed(&failure))?;
    let http = session::http(&loaded)?;
    let sample = crate::source::look(&source, &library, &http, &Secret::resolve).await;
    let sample = sample.map_err(|failure| failed(&failure))?;
    let config = Arc::new(loaded.config);
    let first = sample.readable().next().map(|(_, record)| record);
    let verdict = first.map(|record| sampled::judge(&config, &source.id, record, SystemClock.now()));
    let status = u8::from(!sample.records.is_empty() && sample.unreadable().count() == sample.records.len());
    if args.json {
        let mut told = sampled::told(&sample, ask.records, ask.raw, privacy, verdict.as_ref());
        if let Some(told) = told.as_object_mut() {
            told.insert("source".into(), json!(source.id));
            told.insert("preset".into(), json!(source.preset));
        }
        super::json(out, &told)?;
        return Ok(status);
    }
    writeln!(out, "{} ({}): {}", source.title, source.preset, sampled::headline(&sample))?;
    for (at, seen) in sample.records.iter().take(ask.records).enumerate() {
        writeln!(out, "\nRecord {} of {}", at + 1, sample.on_page)?;
        sampled::record(out, seen, privacy)?;
        if ask.raw {
            writeln!(out, "  as received: {}", crate::text::clean(&seen.raw, RAW_MAX, true))?;
        }
    }
    writeln!(out)?;
    sampled::troubles(out, &sample, privacy)?;
    if let Some(verdict) = &verdict {
        sampled::judged(out, &config, verdict)?;
    }
    if privacy == Privacy::Veiled {
        writeln!(out, "Of personal data only the form is shown here; --show shows it.")?;
    }
    Ok(status)
}

/// Longest raw record printed, in characters.
const RAW_MAX: usize = 16 * 1024;
