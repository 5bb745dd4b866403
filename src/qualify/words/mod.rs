//! The tables of phrases, one file a language. A row is what the phrases mean and the phrases, divided by `|`;
//! accents, case and dots inside a phrase do not matter, the longest phrase wins.

#![allow(clippy::wildcard_imports)] // `short` is the tables' alphabet

use super::lexicon::Row;

mod de;
mod de_counted;
mod en;
mod es;
mod fr;
mod it;
mod short;

/// ISO 639-1 code of a language and its table, in parts.
pub type Table = (&'static str, &'static [&'static [Row]]);

/// Every language leadgate reads.
pub const TABLES: &[Table] = &[
    ("en", &[en::ROWS]),
    ("de", &[de::ROWS, de_counted::ROWS]),
    ("fr", &[fr::ROWS]),
    ("it", &[it::ROWS]),
    ("es", &[es::ROWS]),
];
