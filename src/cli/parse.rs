//! `leadgate parse`: how a text is understood, one object a line; no configuration needed.

use std::io::{BufRead, Write};

use clap::Args as ClapArgs;
use jiff::civil::Date;
use jiff::fmt::temporal::Pieces;
use serde_json::Value;

use super::CliError;
use super::args::Args;
use crate::clock::{Clock, SystemClock};
use crate::intake;
use crate::places;
use crate::qualify;
use crate::qualify::lexicon::Lexicon;

/// Languages texts are read in when none is named.
const LANGUAGES: [&str; 5] = ["en", "de", "fr", "it", "es"];
/// Longest line read, in bytes; the rest of a longer one is not looked at.
const LINE_MAX: usize = 64 * 1024;

/// What to understand, and how.
#[derive(Debug, ClapArgs)]
pub struct ParseArgs {
    /// timing, budget, region, phone or email
    #[arg(value_parser = ["timing", "budget", "region", "phone", "email"])]
    pub what: String,
    /// Texts; lines of standard input when there are none
    pub texts: Vec<String>,
    /// When the text was written (RFC 3339); now when absent
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<String>,
    /// Language it is written in, ISO 639-1 (repeatable); when absent, the one that knows most of its words
    #[arg(long)]
    pub lang: Vec<String>,
    /// Country it comes from, ISO 3166-1
    #[arg(long, default_value = "DE")]
    pub country: String,
}

/// Reads texts from the arguments, or else lines from standard input.
pub fn run(args: &Args, ask: &ParseArgs, out: &mut dyn Write) -> Result<u8, CliError> {
    let country = country(&ask.country)?;
    let today = ask.now.as_deref().map_or_else(|| Ok(here_today()), written_on)?;
    let lexicon = Lexicon::new(&languages(&ask.lang)?);
    let read = |text: &str| match ask.what.as_str() {
        "timing" => qualify::parse::timing(text, today, &country, &lexicon),
        "budget" => qualify::parse::budget(text, &country),
        "region" => qualify::parse::region(text, &country),
        "phone" => intake::parse::phone(text, &country),
        _ => intake::parse::email(text),
    };
    for text in &ask.texts {
        tell(out, args.json, &read(text))?;
    }
    if ask.texts.is_empty() {
        let mut input = std::io::stdin().lock();
        while let Some(line) = next_line(&mut input)? {
            let line = String::from_utf8_lossy(&line);
            tell(out, args.json, &read(line.trim_end_matches('\r')))?;
        }
    }
    Ok(0)
}

/// The next line without its end, at most [`LINE_MAX`] bytes of it; what is longer is passed over without
/// being kept.
fn next_line(input: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut seen = false;
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(seen.then_some(line));
        }
        seen = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let text = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
        line.extend(text.iter().take(LINE_MAX - line.len()));
        let taken = text.len() + usize::from(end.is_some());
        input.consume(taken);
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

fn country(written: &str) -> Result<String, CliError> {
    let short = written.len() == 2;
    short.then(|| places::country(written)).flatten().map(str::to_owned).ok_or_else(|| {
        CliError::Failed(format!("--country {written:?} is not a country: two letters, ISO 3166-1, like DE"))
    })
}

/// The languages named; none where all are to be tried, each for texts it knows most words of, as a business that
/// names none has it. All tables joined in one would take the Italian "due" for the English one.
fn languages(named: &[String]) -> Result<Vec<String>, CliError> {
    let read = |written: &String| {
        let code = written.to_ascii_lowercase();
        LANGUAGES.contains(&code.as_str()).then_some(code).ok_or_else(|| {
            let known = LANGUAGES.join(", ");
            CliError::Failed(format!("--lang {written:?} is not a language texts are read in: one of {known}"))
        })
    };
    named.iter().map(read).collect()
}

fn here_today() -> Date {
    SystemClock.now().to_zoned(jiff::tz::TimeZone::system()).date()
}

/// The day on the clock of whoever wrote the instant: the date as written, whatever its offset.
fn written_on(now: &str) -> Result<Date, CliError> {
    let bad = |error: jiff::Error| CliError::Failed(format!("--now {now:?} is not an instant (RFC 3339): {error}"));
    now.parse::<jiff::Timestamp>().map_err(bad)?;
    Ok(Pieces::parse(now).map_err(bad)?.date())
}

fn tell(out: &mut dyn Write, as_json: bool, read: &Value) -> Result<(), CliError> {
    if as_json {
        // The documented fields and no others; what was taken by habit is told to people only.
        let mut read = read.clone();
        if let Some(fields) = read.as_object_mut() {
            fields.retain(|name, _| name != "ambiguous" && name != "assumed_country");
        }
        writeln!(out, "{read}")?;
        return Ok(());
    }
    let fields = read.as_object().into_iter().flatten().filter(|(name, _)| *name != "input").map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name} {}", if value.is_null() { "–" } else { &text })
    });
    let input = read.get("input").and_then(Value::as_str).unwrap_or_default();
    writeln!(out, "{}: {}", crate::text::clean_line(input, 200), fields.collect::<Vec<_>>().join(", "))?;
    Ok(())
}
