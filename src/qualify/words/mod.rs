//! The tables of phrases, one file a language. A row is what the phrases mean and the phrases, divided by `|`;
//! accents, case and dots inside a phrase do not matter, the longest phrase wins.

#![allow(clippy::wildcard_imports)] // `short` is the tables' alphabet

use super::lexicon::Row;

mod de;
mod en;
mod es;
mod fr;
mod it;
mod short;

/// ISO 639-1 code and rows of every language leadgate reads.
pub const TABLES: &[(&str, &[Row])] =
    &[("en", en::ROWS), ("de", de::ROWS), ("fr", fr::ROWS), ("it", it::ROWS), ("es", es::ROWS)];
