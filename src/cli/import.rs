//! `leadgate import`: a file by hand, through the same door as everything a source brings. Says what it took
//! each column for before anything is stored, and afterwards which lines it could not read.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args as ClapArgs;

use super::args::Args;
use super::session::{Session, who};
use super::{CliError, json};
use crate::engine::import::{Imported, Importing, PAGE};
use crate::preset::Library;
use crate::preset::file::DecodeDoc;
use crate::source::Unreadable;
use crate::source::import::{Import, Row, Said};
use crate::source::sample::FieldSeen;
use crate::text::{Shown, clean_line};

/// Unreadable lines that are listed; all are counted, and with `--rejected` all are written.
const LISTED: usize = 20;
/// Tries to get hold of a source that is just being read, a second apart.
const TRIES: u32 = 20;
/// Records between two lines of progress.
const PROGRESS: usize = 10_000;

/// What to bring in, and what is known about it.
#[derive(Debug, ClapArgs)]
pub struct ImportArgs {
    /// CSV, JSON lines or JSON; - reads standard input
    pub file: PathBuf,
    /// Source of the configuration its people count for
    #[arg(long, value_name = "NAME")]
    pub source: String,
    /// Which column a field is read from, e.g. --column email="E-Mail" (repeatable; others are guessed by their names)
    #[arg(long = "column", value_name = "FIELD=COLUMN", value_parser = pair)]
    pub columns: Vec<(String, String)>,
    /// What stands between two cells: one character or tab (found out when absent)
    #[arg(long)]
    pub delimiter: Option<String>,
    /// Characters, e.g. utf-8 or windows-1252 (found out when absent)
    #[arg(long)]
    pub encoding: Option<String>,
    /// csv, jsonl or json (by the file's name when absent)
    #[arg(long, value_parser = ["csv", "jsonl", "json"])]
    pub format: Option<String>,
    /// Write the lines that cannot be read, with their reasons, to this CSV file
    #[arg(long, value_name = "FILE")]
    pub rejected: Option<PathBuf>,
    /// Show what would be read; store nothing
    #[arg(long)]
    pub dry_run: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((field, column)) if !field.trim().is_empty() && !column.is_empty() => {
            Ok((field.trim().to_owned(), column.to_owned()))
        }
        _ => Err("expected FIELD=COLUMN, e.g. email=\"E-Mail\"".to_owned()),
    }
}

/// A line that could not be read.
#[derive(serde::Serialize)]
struct Rejected {
    line: u64,
    why: String,
}

/// `leadgate import`: 0 when every record was read, 1 when some were not or nothing was done.
pub async fn run(args: &Args, ask: &ImportArgs, session: &Session, out: &mut dyn Write) -> Result<u8, CliError> {
    let source = session.config.sources.get(&ask.source).ok_or_else(|| {
        let ids: Vec<&str> = session.config.sources.keys().map(String::as_str).collect();
        CliError::Failed(format!("{:?} is not one of the sources {}", ask.source, ids.join(", ")))
    })?;
    let gaps = session.config.setup_gaps(&ask.source);
    if !gaps.is_empty() {
        return Err(CliError::Failed(format!("source {} is not set up: {}", ask.source, gaps.join("; "))));
    }
    let library = session.presets.as_deref().map_or_else(|| Ok(Library::built_in()), Library::load);
    let library = library.map_err(|error| CliError::Failed(error.to_string()))?;
    let name = if is_stdin(&ask.file) { "standard input".to_owned() } else { shown(&ask.file) };
    let failed = |why: String| CliError::Failed(format!("{name}: {why}"));
    let size = std::fs::metadata(&ask.file).map_or(0, |about| about.len());
    let zone = session.config.business.zone.iana_name();
    let reader = open(&ask.file).map_err(failed)?;
    let file_name = ask.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut import = Import::open(reader, &file_name, source, &library, &said(ask, zone)).map_err(failed)?;
    let mut rejects = ask.rejected.as_deref().map(Rejects::create).transpose()?;
    let mut rejected = Vec::new();
    let mut first = read(&mut import, &mut rejected, &mut rejects).map_err(|error| failed(error.to_string()))?;
    if !args.json {
        tell_mapping(out, &name, &import, &first)?;
    }
    let mut importing = begin(session, ask).await?;
    let (mut told_at, mut progress) = (PROGRESS, std::io::stderr());
    while !first.is_empty() {
        importing.page(first.into_iter().filter_map(|row| row.record).collect()).await?;
        if importing.told.records >= told_at && !args.json {
            told_at += PROGRESS;
            let part = (import.bytes() * 100).checked_div(size).map_or_else(String::new, |part| format!(" ({part} %)"));
            writeln!(progress, "… {} records{part}", importing.told.records)?;
        }
        first = read(&mut import, &mut rejected, &mut rejects).map_err(|error| failed(error.to_string()))?;
    }
    rejects.map_or(Ok(()), Rejects::close)?;
    let told = importing.end(&who(args), &file_name).await?;
    finish(args, ask, &told, &rejected, &import, out)?;
    Ok(u8::from(told.unreadable > 0))
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn shown(file: &Path) -> String {
    clean_line(&file.display().to_string(), 400)
}

fn open(file: &Path) -> Result<Box<dyn Read + Send>, String> {
    if is_stdin(file) {
        return Ok(Box::new(std::io::stdin()));
    }
    let about = std::fs::metadata(file).map_err(|error| error.to_string())?;
    if about.is_dir() {
        return Err("it is a folder; to read what is dropped there, set up a source with the preset csv".to_owned());
    }
    File::open(file).map(|file| Box::new(file) as Box<dyn Read + Send>).map_err(|error| error.to_string())
}

fn said(ask: &ImportArgs, zone: Option<&str>) -> Said {
    Said {
        format: ask.format.as_deref().map(|format| match format {
            "csv" => DecodeDoc::Csv,
            "jsonl" => DecodeDoc::Jsonl,
            _ => DecodeDoc::Json,
        }),
        columns: ask.columns.clone(),
        delimiter: ask.delimiter.clone(),
        encoding: ask.encoding.clone(),
        zone: zone.map(str::to_owned),
    }
}

/// Waits for a source that is being read at this moment.
async fn begin(session: &Session, ask: &ImportArgs) -> Result<Importing, CliError> {
    for _ in 0..TRIES {
        let (store, config, clock) = (&session.store, &session.config, &session.clock);
        if let Some(importing) = Importing::begin(store, config, clock, &ask.source, ask.dry_run).await? {
            return Ok(importing);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let message = format!("source {} is being read at this moment; nothing was imported: try again later", ask.source);
    Err(CliError::Failed(message))
}

/// Up to a page of rows; lines that cannot be read are kept for the end.
fn read(import: &mut Import, rejected: &mut Vec<Rejected>, rejects: &mut Option<Rejects>) -> std::io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    while rows.len() < PAGE {
        let Some(mut row) = import.next_row()? else { break };
        if let Some(Err(unreadable)) = &mut row.record {
            if let Some(rejects) = rejects {
                rejects.add(row.line, unreadable)?;
            }
            if rejected.len() < LISTED {
                rejected.push(Rejected { line: row.line, why: clean_line(&unreadable.why, 300) });
            }
            unreadable.why = format!("line {}: {}", row.line, unreadable.why);
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The file of rejected lines.
struct Rejects(csv::Writer<File>);

impl Rejects {
    fn create(path: &Path) -> Result<Self, CliError> {
        let failed = |error: &dyn std::fmt::Display| CliError::Failed(format!("{}: {error}", shown(path)));
        let file = File::create_new(path).map_err(|error| failed(&error))?;
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(["line", "reason", "as received"]).map_err(|error| failed(&error))?;
        Ok(Self(writer))
    }

    fn add(&mut self, line: u64, unreadable: &Unreadable) -> std::io::Result<()> {
        let row = [line.to_string(), no_formula(&unreadable.why), no_formula(&unreadable.raw)];
        self.0.write_record(row).map_err(std::io::Error::other)
    }

    fn close(mut self) -> Result<(), CliError> {
        Ok(self.0.flush()?)
    }
}

/// Somebody opens this with a spreadsheet: what a stranger wrote must stay text there.
fn no_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// What each column was taken for, with the first record that can be read.
fn tell_mapping(out: &mut dyn Write, name: &str, import: &Import, rows: &[Row]) -> Result<(), CliError> {
    writeln!(out, "{name}: {}", import.told())?;
    let sample = rows.iter().find(|row| matches!(row.record, Some(Ok(_))));
    if let Some(row) = sample {
        writeln!(out, "line {} is read as:", row.line)?;
        for FieldSeen { name: field, path, text: value } in import.explain(&row.raw) {
            let column = import
                .mapped
                .iter()
                .find(|one| one.field == field || (one.field == "created_at" && field == "submitted_at"));
            let from = match column {
                Some(one) if one.said => format!("column {}", one.column),
                Some(one) => format!("column {}, guessed", one.column),
                None => path,
            };
            let value = match value {
                Ok(Some(value)) => value,
                Ok(None) => continue,
                Err(why) => format!("! {why}"),
            };
            writeln!(out, "  {field:<13} {}  ← {}", Shown::line(&value, 50), Shown::line(&from, 60))?;
        }
    }
    if !import.others.is_empty() {
        let others: Vec<String> = import.others.iter().map(|name| Shown::line(name, 40).to_string()).collect();
        writeln!(out, "  kept beside:  {}", Shown::line(&others.join(", "), 200))?;
    }
    out.flush()?;
    Ok(())
}

fn finish(
    args: &Args,
    ask: &ImportArgs,
    told: &Imported,
    rejected: &[Rejected],
    import: &Import,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    if args.json {
        let columns: Vec<_> = import
            .mapped
            .iter()
            .map(|one| serde_json::json!({ "field": one.field, "column": one.column, "guessed": !one.said }))
            .collect();
        return json(
            out,
            &serde_json::json!({
                "ok": told.unreadable == 0, "dry_run": ask.dry_run, "source": ask.source, "layout": import.told(),
                "columns": columns, "kept_beside": import.others, "counts": told, "rejected": rejected,
            }),
        );
    }
    match told.would {
        Some([fits, review, not]) => writeln!(
            out,
            "{} records: {fits} fit, {review} to decide by hand, {not} do not fit, {} would be kept aside, {} of all unreadable. Nothing was stored.",
            told.records, told.aside, told.unreadable
        )?,
        None => writeln!(
            out,
            "{} records: {} new leads ({} held), {} further touches, {} known already, {} kept aside, {} of all unreadable",
            told.records, told.leads, told.held, told.touches, told.known, told.aside, told.unreadable
        )?,
    }
    for one in rejected {
        writeln!(out, "  line {}: {}", one.line, Shown::line(&one.why, 160))?;
    }
    let more = told.unreadable.saturating_sub(rejected.len());
    if more > 0 {
        writeln!(
            out,
            "  and {more} more{}",
            if ask.rejected.is_none() { "; --rejected FILE writes them all" } else { "" }
        )?;
    }
    Ok(())
}
