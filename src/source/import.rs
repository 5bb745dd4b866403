//! A file that a person brings in once: the same decoding and mapping as a file source, the columns guessed
//! where nobody says what they are.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Chain, Cursor, Read};

use super::columns::Guess;
use super::decode::{Item, Items, Layout, SAMPLE, Settings};
use super::mapping::Mapping;
use super::sample::FieldSeen;
use super::{Unreadable, page, reach};
use crate::config::checked::{self, Var};
use crate::lead::Record;
use crate::preset::file::DecodeDoc;
use crate::preset::reshape::Tables;
use crate::preset::vars::VarKind;
use crate::preset::{Library, SourcePreset, Values};
use crate::text::clean_line;

/// Rows looked at to guess what the columns are.
const ROWS: usize = 50;

/// What a person says about a file.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// What it is made of; found out where absent.
    pub format: Option<DecodeDoc>,
    /// Field and column.
    pub columns: Vec<(String, String)>,
    /// Between two cells.
    pub delimiter: Option<String>,
    /// The characters.
    pub encoding: Option<String>,
    /// Time zone of moments that name none.
    pub zone: Option<String>,
}

/// Where a field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// The field.
    pub field: String,
    /// Its column, or its path.
    pub column: String,
    /// The person said so; it was guessed otherwise.
    pub said: bool,
}

/// A file on its way in.
pub struct Import {
    layout: Layout,
    mapping: Mapping,
    items: Items<Opened>,
    /// Which field is read from which column.
    pub mapped: Vec<Mapped>,
    /// Columns that fill no field of their own and are kept beside the lead.
    pub others: Vec<String>,
}

type Opened = BufReader<Chain<Cursor<Vec<u8>>, Box<dyn Read + Send>>>;

/// One record as it was read.
pub struct Row {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The record, as JSON or as received.
    pub raw: String,
    /// What it is; `None` where the preset passes it over.
    pub record: Option<Result<Record, Unreadable>>,
}

impl Import {
    /// Looks at the beginning of a file and settles what its columns are.
    ///
    /// # Errors
    /// It is no such file, or what was said about it does not fit; for people.
    pub fn open(
        mut reader: Box<dyn Read + Send>,
        name: &str,
        source: &checked::Source,
        presets: &Library,
        said: &Said,
    ) -> Result<Self, String> {
        let mut sample = Vec::new();
        let taken = reader.by_ref().take(SAMPLE as u64).read_to_end(&mut sample);
        taken.map_err(|error| format!("it cannot be read: {error}"))?;
        let format = said.format.unwrap_or_else(|| format_of(name, &sample));
        let (preset, mut vars) = preset(source, presets, format)?;
        let mut settings = Settings { format, ..Settings::default() };
        if preset.extract.decode == format
            && let Ok(values) = Values::check(&preset.vars, &filled(&preset, &vars), &no_secret)
        {
            settings = Settings::compile(&preset.extract, &values).map_err(|fault| fault.message)?;
        }
        said.delimiter.as_ref().map_or(Ok(()), |text| settings.set_delimiter(text)).map_err(|fault| fault.message)?;
        said.encoding.as_ref().map_or(Ok(()), |text| settings.set_encoding(text)).map_err(|fault| fault.message)?;
        let layout = Layout::of(&sample, sample.len() < SAMPLE, &settings)?.ok_or("it is empty")?;
        let mapped = choose(&layout, &sample, &preset, said, &mut vars)?;
        let values = Values::check(&preset.vars, &filled(&preset, &vars), &no_secret)
            .map_err(|faults| faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; "))?;
        let zone = reach::zone(&preset.cursor, &values).map_err(|fault| fault.message)?;
        let mapping = Mapping::compile(&preset, &values.in_zone(zone)).map_err(|fault| fault.message)?;
        let mut reader = BufReader::with_capacity(64 * 1024, Cursor::new(sample).chain(reader));
        io::copy(&mut reader.by_ref().take(layout.start().offset), &mut io::sink())
            .map_err(|error| error.to_string())?;
        let items = Items::new(&layout, reader, layout.start(), true);
        let taken = |column: &&String| !mapped.iter().any(|one| one.column == **column);
        let others = layout.names().iter().filter(taken).cloned().collect();
        Ok(Self { layout, mapping, items, mapped, others })
    }

    /// How the file is written, for people.
    pub fn told(&self) -> String {
        self.layout.told()
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// The file cannot be read on.
    pub fn next_row(&mut self) -> io::Result<Option<Row>> {
        let Some(Item { line, body }) = self.items.next_item()? else { return Ok(None) };
        Ok(Some(match body {
            Ok(raw) => Row { line, record: self.mapping.map(&raw, &Tables::default()).record, raw },
            Err(broken) => {
                let unreadable = Unreadable { id: page::hash(&broken.raw), why: broken.why, raw: broken.raw.clone() };
                Row { line, raw: broken.raw, record: Some(Err(unreadable)) }
            }
        }))
    }

    /// Bytes of the file that were read and understood.
    pub fn bytes(&self) -> u64 {
        self.items.settled().offset
    }

    /// Each field of a record beside its column.
    pub fn explain(&self, raw: &str) -> Vec<FieldSeen> {
        let tables = Tables::default();
        self.mapping.open(raw, &tables).map(|opened| self.mapping.explain(&opened)).unwrap_or_default()
    }
}

#[allow(clippy::unnecessary_wraps)] // the signature of every resolver
fn no_secret(_: &crate::config::Secret) -> Result<secrecy::SecretString, String> {
    Ok(secrecy::SecretString::from(String::new()))
}

/// The kind of a file by its name, else by how it begins.
fn format_of(name: &str, sample: &[u8]) -> DecodeDoc {
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    match (end.as_deref(), sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample).trim_ascii_start().first()) {
        (Some("csv" | "tsv" | "tab" | "txt"), _) => DecodeDoc::Csv,
        (Some("jsonl" | "ndjson"), _) => DecodeDoc::Jsonl,
        (_, Some(b'[' | b'{')) => DecodeDoc::Json,
        _ => DecodeDoc::Csv,
    }
}

/// The preset that reads it: the source's own where that reads files of this kind, else the common one.
fn preset(
    source: &checked::Source,
    presets: &Library,
    format: DecodeDoc,
) -> Result<(SourcePreset, BTreeMap<String, Var>), String> {
    let own: SourcePreset = presets.get(&source.preset).map_err(|error| error.to_string())?;
    if own.file.is_some() && own.extract.decode == format {
        return Ok((own, source.vars.clone()));
    }
    let common = if format == DecodeDoc::Csv { "csv" } else { "jsonl" };
    Ok((Library::built_in().get(common).map_err(|error| error.to_string())?, BTreeMap::new()))
}

/// The variables, with stand-ins for those that say where the file is.
fn filled(preset: &SourcePreset, vars: &BTreeMap<String, Var>) -> BTreeMap<String, Var> {
    let mut vars = vars.clone();
    for (name, doc) in &preset.vars {
        if doc.default.is_none() && !doc.optional && matches!(doc.kind, VarKind::Text | VarKind::File) {
            vars.entry(name.clone()).or_insert_with(|| Var::Text("/".to_owned()));
        }
    }
    vars
}

/// Settles which column each field is read from, as variables of the preset.
fn choose(
    layout: &Layout,
    sample: &[u8],
    preset: &SourcePreset,
    said: &Said,
    vars: &mut BTreeMap<String, Var>,
) -> Result<Vec<Mapped>, String> {
    let mut mapped = Vec::new();
    for (field, column) in &said.columns {
        let takes = preset.vars.get(field).is_some_and(|doc| doc.kind == VarKind::Path);
        if !takes {
            let paths = preset.vars.iter().filter(|(_, doc)| doc.kind == VarKind::Path).map(|(name, _)| name.as_str());
            let near = crate::preset::fault::did_you_mean(field, paths);
            return Err(format!("--column {field}: there is no such field{near}"));
        }
        if !layout.names().is_empty() && !layout.names().contains(column) {
            let near = crate::preset::fault::did_you_mean(column, layout.names().iter().map(String::as_str));
            let all: Vec<String> = layout.names().iter().map(|name| clean_line(name, 60)).collect();
            return Err(format!(
                "--column {field}: there is no column `{column}`{near}; there are: {}",
                all.join(", ")
            ));
        }
        vars.insert(field.clone(), Var::Text(path_of(column)));
        mapped.push(Mapped { field: field.clone(), column: column.clone(), said: true });
    }
    let guess = Guess::of(layout.names(), &rows(layout, sample));
    if let Some(zone) = said.zone.as_ref().filter(|_| preset.vars.contains_key("zone")) {
        vars.entry("zone".to_owned()).or_insert_with(|| Var::Text(zone.clone()));
    }
    for (field, column) in guess.fields {
        let takes = preset.vars.get(field).is_some_and(|doc| doc.kind == VarKind::Path);
        if !takes || vars.contains_key(field) || mapped.iter().any(|one| one.column == column) {
            continue;
        }
        vars.insert(field.to_owned(), Var::Text(path_of(&column)));
        mapped.push(Mapped { field: field.to_owned(), column, said: false });
        if let (true, Some(time)) = (field == "created_at" && preset.vars.contains_key("time"), guess.time) {
            vars.entry("time".to_owned()).or_insert_with(|| Var::Text(time.to_owned()));
        }
    }
    Ok(mapped)
}

/// A column's name as a JSONPath; one that begins with `$` is one already.
fn path_of(column: &str) -> String {
    if column.starts_with("$.") || column.starts_with("$[") {
        return column.to_owned();
    }
    format!("$['{}']", column.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Cells of the first rows.
fn rows(layout: &Layout, sample: &[u8]) -> Vec<Vec<String>> {
    let from = usize::try_from(layout.start().offset).unwrap_or(usize::MAX);
    let mut items = Items::new(layout, sample.get(from..).unwrap_or_default(), layout.start(), false);
    let mut rows = Vec::new();
    while rows.len() < ROWS
        && let Ok(Some(item)) = items.next_item()
    {
        let Some(row) = item.body.ok().and_then(|raw| serde_json::from_str::<BTreeMap<String, String>>(&raw).ok())
        else {
            continue;
        };
        rows.push(layout.names().iter().map(|name| row.get(name).cloned().unwrap_or_default()).collect());
    }
    rows
}
