//! `[file]`, and how `[extract]` says that an answer or a file is written in something else than one JSON
//! document.

use serde::Deserialize;

/// `[file]`: where the files are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDoc {
    /// A file, a pattern (`*`, `?`, `[…]`, `**`) or a folder; a template over `vars`.
    pub path: String,
    /// `keep`, or `move:FOLDER` for files that were read; a template over `vars`.
    pub after: Option<String>,
    /// How long a file must have rested before its unfinished last line is taken as it is, or the file moved.
    pub settle: Option<String>,
}

/// `extract.decode`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecodeDoc {
    /// One JSON document.
    #[default]
    Json,
    /// A JSON document a line.
    Jsonl,
    /// Rows of cells; each becomes an object of texts, by the columns' names.
    Csv,
}

impl DecodeDoc {
    /// What it is called in messages.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Jsonl => "JSON lines",
            Self::Csv => "CSV",
        }
    }
}

/// `[extract.csv]`: every text is a template over `vars`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvDoc {
    /// Between two cells: one character, `tab` or `auto`.
    pub delimiter: Option<String>,
    /// `auto`, or a name like `utf-8`, `windows-1252`, `utf-16le`.
    pub encoding: Option<String>,
    /// Does the first row hold the names? `true`, `false`, or the names.
    pub header: Option<HeaderDoc>,
    /// `,` where numbers are written `1.234,56`; they become `1234.56`.
    pub decimal: Option<String>,
}

/// `header` of `[extract.csv]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum HeaderDoc {
    /// Yes or no.
    Flag(bool),
    /// The names; the first row holds data.
    Names(Vec<String>),
    /// A template that gives `true`, `false`, or the names with commas between them.
    Text(String),
}
