//! From the bytes of a file to raw JSON records: CSV, JSON lines, and JSON documents. A record is read by
//! itself, so that one broken line costs one record and a file of any length needs the memory of one record.
//! What a file's author left open (delimiter, encoding, line ends) is found out from its beginning.

mod csv;
mod json;
mod lines;
mod sniff;
mod text;

use std::io::{self, BufRead};

use crate::preset::Values;
use crate::preset::document::ExtractDoc;
use crate::preset::fault::Fault;
use crate::preset::file::{CsvDoc, DecodeDoc, HeaderDoc};
use crate::preset::template::{Context, Scope, Template};

pub use self::csv::distinct;
use self::lines::Text;
pub use self::text::{charset, text};

/// Longest record, in bytes as received.
pub const RECORD_MAX: usize = 1024 * 1024;
/// How much of a record that cannot be read is kept to look at, in bytes.
pub const KEPT_MAX: usize = 64 * 1024;
/// Most columns of a row.
pub const COLUMNS_MAX: usize = 1_000;
/// Bytes at the beginning of a file from which its layout is found out; a header must end within them.
pub const SAMPLE: usize = 256 * 1024;

/// How the operator says a file is written; what is not said is found out.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What it is made of.
    pub format: DecodeDoc,
    /// Between two cells; found out where absent.
    pub delimiter: Option<u8>,
    /// The characters.
    pub encoding: Encoding,
    /// Where the columns' names are.
    pub header: Header,
    /// `1.234,56` is a number.
    pub decimal_comma: bool,
}

/// The characters of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// By its byte order mark or its bytes; a line that is not UTF-8 is read as Windows-1252.
    #[default]
    Auto,
    /// This one.
    Fixed(&'static encoding_rs::Encoding),
}

/// Where the columns' names are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Header {
    /// In the first row.
    #[default]
    Row,
    /// Nowhere: `column 1`, `column 2`, …
    None,
    /// Here; the first row holds data.
    Names(Vec<String>),
}

impl Settings {
    /// Compiles `decode` and `csv` of `[extract]`; every text is a template over `vars`.
    ///
    /// # Errors
    /// Names the key and what is wrong with it.
    pub fn compile(extract: &ExtractDoc, values: &Values) -> Result<Self, Fault> {
        let none = CsvDoc::default();
        let csv = extract.csv.as_ref().unwrap_or(&none);
        let (scope, context) = (values.scope(Scope::new(), false), values.context());
        let within = |key: &'static str| move |fault: Fault| fault.within(key);
        let text = |key: &'static str, written: &Option<String>| {
            filled(written.as_deref(), &scope, &context).map_err(within(key))
        };
        let mut settings = Self { format: extract.decode, ..Self::default() };
        settings.set_delimiter(&text("extract.csv.delimiter", &csv.delimiter)?).map_err(within("extract.csv"))?;
        settings.set_encoding(&text("extract.csv.encoding", &csv.encoding)?).map_err(within("extract.csv"))?;
        settings.decimal_comma = match text("extract.csv.decimal", &csv.decimal)?.as_str() {
            "" | "." => false,
            "," => true,
            other => return Err(Fault::about(other, format!("decimal is `,` or `.`, not `{other}`"))),
        };
        settings.header = match &csv.header {
            None | Some(HeaderDoc::Flag(true)) => Header::Row,
            Some(HeaderDoc::Flag(false)) => Header::None,
            Some(HeaderDoc::Names(names)) => Header::Names(names.clone()),
            Some(HeaderDoc::Text(written)) => match text("extract.csv.header", &Some(written.clone()))?.trim() {
                "" | "true" => Header::Row,
                "false" => Header::None,
                names => Header::Names(names.split(',').map(|name| name.trim().to_owned()).collect()),
            },
        };
        Ok(settings)
    }

    /// Sets the delimiter: one ASCII character, `tab`, or `auto`.
    ///
    /// # Errors
    /// It is none of these.
    pub fn set_delimiter(&mut self, written: &str) -> Result<(), Fault> {
        self.delimiter = match (written, written.as_bytes()) {
            ("" | "auto", _) => None,
            ("tab" | "\\t", _) => Some(b'\t'),
            (_, [byte]) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Some(*byte),
            _ => {
                return Err(Fault::about(
                    written,
                    format!("delimiter `{written}` is not one character, `tab` or `auto`"),
                ));
            }
        };
        Ok(())
    }

    /// Sets the encoding by one of its usual names, or `auto`.
    ///
    /// # Errors
    /// It is unknown, or one that cannot be read line by line.
    pub fn set_encoding(&mut self, written: &str) -> Result<(), Fault> {
        self.encoding = match written {
            "" | "auto" => Encoding::Auto,
            label => match encoding_rs::Encoding::for_label(label.as_bytes()) {
                Some(found) if found.is_single_byte() || lines::is_unicode(found) => Encoding::Fixed(found),
                _ => {
                    let known = "auto, utf-8, utf-16le, utf-16be, windows-1252, iso-8859-15 or the like";
                    return Err(Fault::about(label, format!("encoding `{label}` is unknown here: {known}")));
                }
            },
        };
        Ok(())
    }
}

fn filled(written: Option<&str>, scope: &Scope, context: &Context) -> Result<String, Fault> {
    let Some(written) = written else { return Ok(String::new()) };
    Template::compile(written, scope)?.text(context)
}

/// How a file is written: what was said, and what its beginning showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    format: DecodeDoc,
    text: Text,
    delimiter: u8,
    decimal_comma: bool,
    names: Vec<String>,
    start: Position,
}

/// Where a record begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it.
    pub offset: u64,
    /// Lines before it.
    pub lines: u64,
}

impl Layout {
    /// Finds out how a file is written from its first [`SAMPLE`] bytes; `last`: nothing will be added to them.
    /// `None` while there is too little to tell.
    ///
    /// # Errors
    /// It is no text of this kind; completes "FILE: …".
    pub fn of(sample: &[u8], last: bool, settings: &Settings) -> Result<Option<Self>, String> {
        sniff::layout(sample, last || sample.len() >= SAMPLE, settings)
    }

    /// The names of the columns; none for JSON.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Where the first record begins.
    pub const fn start(&self) -> Position {
        self.start
    }

    /// In words, for people: `CSV with ; as UTF-8`.
    pub fn told(&self) -> String {
        let text = self.text.told();
        match self.format {
            DecodeDoc::Json => "JSON".to_owned(),
            DecodeDoc::Jsonl => format!("JSON lines, {text}"),
            DecodeDoc::Csv => {
                let delimiter = match self.delimiter {
                    b'\t' => "tab".to_owned(),
                    byte => format!("`{}`", char::from(byte)),
                };
                format!("CSV with {delimiter} between {} columns, {text}", self.names.len())
            }
        }
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The line it begins in, from 1.
    pub line: u64,
    /// The record as JSON text, or why there is none.
    pub body: Result<String, Broken>,
}

/// A piece of a file that is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What is wrong, for people; completes "line 17: …".
    pub why: String,
    /// As received, cut to [`KEPT_MAX`].
    pub raw: String,
}

impl Broken {
    fn new(why: impl Into<String>, raw: &str) -> Self {
        Self { why: why.into(), raw: head(raw, KEPT_MAX).to_owned() }
    }
}

/// At most `most` bytes of a text.
fn head(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// The records of a file, one after the other.
pub struct Items<R> {
    by: By<R>,
}

enum By<R> {
    Lines(lines::Lines<R>),
    Rows(Box<csv::Rows<R>>),
    Document(json::Document<R>),
}

impl<R: BufRead> Items<R> {
    /// Goes on in `reader`, which stands at `from`. `last`: nothing will be added to the file, so that its end
    /// is the end of a record, too; otherwise an unfinished last record waits.
    pub fn new(layout: &Layout, reader: R, from: Position, last: bool) -> Self {
        let by = match layout.format {
            DecodeDoc::Json => By::Document(json::Document::new(reader, from, from != layout.start, last)),
            DecodeDoc::Jsonl => By::Lines(lines::Lines::new(reader, layout.text, from, last)),
            DecodeDoc::Csv => {
                let lines = lines::Lines::new(reader, layout.text, from, last);
                By::Rows(Box::new(csv::Rows::new(lines, layout)))
            }
        };
        Self { by }
    }

    /// The next record; `None` at the end, or where an unfinished one begins.
    ///
    /// # Errors
    /// The file cannot be read on.
    pub fn next_item(&mut self) -> io::Result<Option<Item>> {
        match &mut self.by {
            By::Rows(rows) => rows.next(),
            By::Document(document) => document.next(),
            By::Lines(lines) => loop {
                let Some(line) = lines.next()? else { return Ok(None) };
                match line.text {
                    Ok(text) if text.trim().is_empty() => {}
                    text => return Ok(Some(Item { line: line.number, body: text.map(|text| text.trim().to_owned()) })),
                }
            },
        }
    }

    /// After the last record given out that cannot change any more.
    pub fn settled(&self) -> Position {
        match &self.by {
            By::Lines(lines) => lines.settled(),
            By::Rows(rows) => rows.settled(),
            By::Document(document) => document.settled(),
        }
    }

    /// Is there an unfinished record at the end?
    pub fn waits(&self) -> bool {
        match &self.by {
            By::Lines(lines) => lines.waits(),
            By::Rows(rows) => rows.waits(),
            By::Document(document) => document.waits(),
        }
    }
}

/// All records of a text that is here as a whole: of a downloaded report.
///
/// # Errors
/// It is no text of this kind.
pub fn whole(bytes: &[u8], settings: &Settings) -> Result<Vec<Item>, String> {
    let sample = bytes.get(..SAMPLE.min(bytes.len())).unwrap_or(bytes);
    let Some(layout) = Layout::of(sample, sample.len() == bytes.len(), settings)? else { return Ok(Vec::new()) };
    let from = usize::try_from(layout.start.offset).unwrap_or(usize::MAX);
    let mut items = Items::new(&layout, bytes.get(from..).unwrap_or_default(), layout.start, true);
    let mut all = Vec::new();
    while let Some(item) = items.next_item().map_err(|error| error.to_string())? {
        all.push(item);
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
