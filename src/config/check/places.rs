//! `[places]`: the postal file that a radius is measured with.

use std::path::absolute;
use std::sync::Arc;

use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::node::{Table, Value};
use crate::config::paths::meant;
use crate::config::raw;
use crate::places::gazetteer::Gazetteer;

const FILE: &str = "the path of a postal file of GeoNames, like \"DE.txt\"";
/// Where such files are.
pub const FROM: &str = "GeoNames has one for each country: https://download.geonames.org/export/zip/";

/// The postal file.
#[derive(Debug, Clone, Default)]
pub enum Postal {
    /// None is named.
    #[default]
    None,
    /// It is named and cannot be used; that is told.
    Broken,
    /// It is read.
    Read(Arc<Gazetteer>),
}

impl Postal {
    /// A line for the text that stands for the configuration: another file is another version of the rules.
    pub fn line(&self) -> String {
        match self {
            Self::Read(file) => format!("# places.postal_file holds {} codes, {}\n", file.len(), file.hash()),
            _ => String::new(),
        }
    }
}

/// Writes the file's path in full, so that a text that is kept can be read from anywhere.
pub fn anchor(root: &mut Table) {
    let Some(Value::Table(places)) = root.get_mut("places").map(|entry| &mut entry.node.value) else { return };
    let Some(node) = places.get_mut("postal_file").map(|entry| &mut entry.node) else { return };
    if let Value::Text(text) = &mut node.value
        && !text.trim().is_empty()
        && let Ok(path) = absolute(meant(text.trim(), &node.place.sheet.dir))
    {
        *text = path.display().to_string();
    }
}

/// Reads the postal file.
pub fn check(field: Option<&Field>, mistakes: &mut Mistakes) -> Postal {
    let raw = field.map(|field| raw::Places::read(field, mistakes)).unwrap_or_default();
    let Some(field) = &raw.postal_file else { return Postal::None };
    let Some(text) = field.text(FILE, mistakes) else { return Postal::Broken };
    match Gazetteer::load(&meant(&text, &field.place().sheet.dir)) {
        Ok(file) => Postal::Read(Arc::new(file)),
        Err(error) => {
            mistakes.add(field.mistake(error.to_string()).allowed(FILE).hint(FROM));
            Postal::Broken
        }
    }
}
