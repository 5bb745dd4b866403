//! es.

use crate::qualify::lexicon::Row;

/// The table.
pub const ROWS: &[Row] = &[];
