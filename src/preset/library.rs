//! Every preset there is: those compiled into the program, and those of the operator's directory, which
//! win over a built-in one of the same name.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::document::{DestinationPreset, FORMAT, SourcePreset};
use super::fault::{Fault, PresetError, did_you_mean};

/// Largest preset file, in bytes.
const FILE_MAX: u64 = 256 * 1024;

/// Which way a preset goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Reads leads.
    Source,
    /// Hands leads over.
    Destination,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Source, Self::Destination];

    /// The folder's name.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Source => "sources",
            Self::Destination => "destinations",
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }
}

macro_rules! built_in {
    ($folder:literal: $($id:literal),* $(,)?) => {
        &[ $( ($id, include_str!(concat!("../../config/presets/", $folder, "/", $id, ".toml"))) ),* ]
    };
}

const SOURCES: &[(&str, &str)] = built_in!("sources":
    "activecampaign",
    "brevo",
    "calendly",
    "csv",
    "ghost-members",
    "google-ads-leads",
    "google-ads-metrics",
    "google-lead-form-webhook",
    "gravity-forms",
    "hubspot-contacts",
    "hubspot-forms",
    "jotform",
    "json",
    "jsonl",
    "kit",
    "klaviyo",
    "linkedin-analytics",
    "linkedin-lead-sync",
    "listmonk",
    "mailbox",
    "mailchimp",
    "mailerlite",
    "mailman",
    "meta-insights",
    "meta-lead-ads",
    "standard-webhook",
    "tally",
    "tiktok-leads",
    "tiktok-report",
    "typeform",
    "web-form",
    "webflow"
);
const DESTINATIONS: &[(&str, &str)] = built_in!("destinations":
    "espocrm",
    "frappe-crm",
    "freshdesk",
    "freshsales",
    "front",
    "github",
    "gitlab",
    "help-scout",
    "hubspot-tickets",
    "intercom",
    "jira-service-management",
    "linear",
    "odoo",
    "osticket",
    "osticket-mail",
    "pipedrive",
    "redmine",
    "request-tracker",
    "roundup",
    "salesforce",
    "token-api",
    "webhook",
    "zammad",
    "zendesk",
);

/// A kind of preset document.
pub trait Preset: DeserializeOwned {
    /// Which way it goes.
    const DIRECTION: Direction;

    /// The format it was written in.
    fn format(&self) -> u32;

    /// Its own id.
    fn id(&self) -> &str;
}

impl Preset for SourcePreset {
    const DIRECTION: Direction = Direction::Source;

    fn format(&self) -> u32 {
        self.format
    }

    fn id(&self) -> &str {
        &self.id
    }
}

impl Preset for DestinationPreset {
    const DIRECTION: Direction = Direction::Destination;

    fn format(&self) -> u32 {
        self.format
    }

    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Debug, Clone)]
struct Entry {
    file: String,
    text: String,
}

/// The presets by direction and id.
#[derive(Debug, Clone, Default)]
pub struct Library {
    entries: BTreeMap<(Direction, String), Entry>,
}

impl Library {
    /// The built-in presets.
    pub fn built_in() -> Self {
        let mut library = Self::default();
        for (direction, presets) in [(Direction::Source, SOURCES), (Direction::Destination, DESTINATIONS)] {
            for (id, text) in presets {
                library.insert(direction, id, &format!("built-in {}/{id}.toml", direction.folder()), text);
            }
        }
        library
    }

    /// The built-in presets and those of `dir/sources/*.toml` and `dir/destinations/*.toml`. A missing
    /// directory is an empty one.
    ///
    /// # Errors
    /// A directory or file that is there and cannot be read.
    pub fn load(dir: &Path) -> Result<Self, PresetError> {
        let mut library = Self::built_in();
        for direction in Direction::ALL {
            library.load_folder(direction, &dir.join(direction.folder()))?;
        }
        Ok(library)
    }

    /// Adds or replaces one preset.
    pub fn insert(&mut self, direction: Direction, id: &str, file: &str, text: &str) {
        let entry = Entry { file: file.to_owned(), text: text.to_owned() };
        self.entries.insert((direction, id.to_owned()), entry);
    }

    /// The ids of one direction, sorted.
    pub fn ids(&self, direction: Direction) -> impl Iterator<Item = &str> {
        self.entries.keys().filter(move |key| key.0 == direction).map(|key| key.1.as_str())
    }

    /// Reads a preset.
    ///
    /// # Errors
    /// There is none of this id (with the nearest), or its file is wrong (with line and column).
    pub fn get<T: Preset>(&self, id: &str) -> Result<T, PresetError> {
        let entry = self.entry(T::DIRECTION, id)?;
        let preset: T = toml::from_str(&entry.text).map_err(|error| {
            wrong_format(entry).unwrap_or_else(|| PresetError::from_toml(&entry.file, &entry.text, &error))
        })?;
        if preset.format() != FORMAT {
            return Err(
                wrong_format(entry).unwrap_or_else(|| self.place(T::DIRECTION, id, Fault::new("unknown format")))
            );
        }
        if preset.id() != id {
            let message = format!("id is `{}`, but the file is named `{id}`", preset.id());
            return Err(self.place(T::DIRECTION, id, Fault::about(preset.id(), message)));
        }
        Ok(preset)
    }

    /// Reads a preset with the paths of a source laid over its `[map]`.
    ///
    /// # Errors
    /// As [`Library::get`]; a field the preset language does not know, or a path that is none.
    pub fn get_mapped<T: Preset>(&self, id: &str, map: &BTreeMap<String, toml::Value>) -> Result<T, PresetError> {
        let preset = self.get(id)?;
        if map.is_empty() {
            return Ok(preset);
        }
        let entry = self.entry(T::DIRECTION, id)?;
        let wrong = |error: &toml::de::Error| PresetError::from_toml("map", "", error);
        let mut document: toml::Table = toml::from_str(&entry.text).map_err(|error| wrong(&error))?;
        let own = document.entry("map").or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let toml::Value::Table(own) = own {
            own.extend(map.iter().map(|(field, path)| (field.clone(), path.clone())));
        }
        document.try_into().map_err(|error| wrong(&error))
    }

    /// The names of a preset's variables in the order they are written: people are asked in that order.
    pub fn var_order(&self, direction: Direction, id: &str) -> Vec<String> {
        let Ok(entry) = self.entry(direction, id) else { return Vec::new() };
        let (root, _) = toml::de::DeTable::parse_recoverable(&entry.text);
        let vars = root.get_ref().get("vars").and_then(|vars| vars.get_ref().as_table());
        let mut names: Vec<_> =
            vars.into_iter().flatten().map(|(name, _)| (name.span().start, name.get_ref().to_string())).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// A fault of a preset, with its place in the file.
    pub fn place(&self, direction: Direction, id: &str, fault: Fault) -> PresetError {
        match self.entry(direction, id) {
            Ok(entry) => fault.place(&entry.file, &entry.text),
            Err(error) => error,
        }
    }

    fn entry(&self, direction: Direction, id: &str) -> Result<&Entry, PresetError> {
        self.entries.get(&(direction, id.to_owned())).ok_or_else(|| {
            let near = did_you_mean(id, self.ids(direction));
            let message = format!("there is no {} preset `{id}`{near}", direction.noun());
            PresetError { file: "presets".to_owned(), at: None, message }
        })
    }

    fn load_folder(&mut self, direction: Direction, folder: &Path) -> Result<(), PresetError> {
        let failed = |path: &Path, why: &dyn std::fmt::Display| PresetError {
            file: path.display().to_string(),
            at: None,
            message: format!("cannot be read: {why}"),
        };
        let files = match std::fs::read_dir(folder) {
            Ok(files) => files,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(folder, &error)),
        };
        for file in files {
            let path = file.map_err(|error| failed(folder, &error))?.path();
            let (Some("toml"), Some(id)) =
                (path.extension().and_then(|e| e.to_str()), path.file_stem().and_then(|stem| stem.to_str()))
            else {
                continue;
            };
            let size = std::fs::metadata(&path).map_err(|error| failed(&path, &error))?.len();
            if size > FILE_MAX {
                return Err(failed(&path, &format!("larger than {FILE_MAX} bytes")));
            }
            let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, &error))?;
            self.insert(direction, id, &path.display().to_string(), &text);
        }
        Ok(())
    }
}

/// A preset of another format is told so first: its other keys may well be unknown here.
fn wrong_format(entry: &Entry) -> Option<PresetError> {
    #[derive(serde::Deserialize)]
    struct Head {
        format: Option<toml::Value>,
    }
    let head: Head = toml::from_str(&entry.text).ok()?;
    let message = match head.format {
        Some(toml::Value::Integer(format)) if format == i64::from(FORMAT) => return None,
        Some(format) => format!("format = {format} is not known to this version, which reads format = {FORMAT}"),
        None => format!("format = {FORMAT} is missing"),
    };
    Some(Fault::about("format", message).place(&entry.file, &entry.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> PresetError {
        let mut library = Library::default();
        library.insert(Direction::Source, "x", "x.toml", text);
        library.get::<SourcePreset>("x").unwrap_err()
    }

    #[test]
    fn a_preset_that_cannot_be_read_says_where_and_what_was_meant() {
        let missing = Library::built_in().get::<SourcePreset>("mailchip").unwrap_err();
        assert!(missing.message.contains("did you mean `mailchimp`"), "{missing}");
        assert_eq!(with("id = \"x\"\n").to_string(), "x.toml: format = 1 is missing");
        assert!(with("format = 2\nnew = 1\n").to_string().starts_with("x.toml:1:1: format = 2 is not known"));
        let text = Library::built_in().entry(Direction::Source, "json").unwrap().text.clone();
        assert!(with(&text).to_string().contains("id is `json`"));
        let broken = text.replace("id = \"json\"", "id = \"x\"");
        let typo = with(&broken.replace("[paging]\nkind", "[paging]\nkidn"));
        assert!(typo.message.contains("unknown key `kidn` (did you mean `kind`?)"), "{typo}");
        assert!(typo.at.is_some());
        let word = with(&broken.replace("kind = \"next_url\"", "kind = \"next_uri\""));
        assert!(word.message.contains("unknown word `next_uri` (did you mean `next_url`?)"), "{word}");
    }

    #[test]
    fn a_directory_adds_and_replaces() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Library::load(dir.path()).unwrap().ids(Direction::Source).count(), SOURCES.len());
        let folder = dir.path().join("sources");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("json.toml"), "format = 1\nid = 7\n").unwrap();
        std::fs::write(folder.join("own.toml"), "format = 1\n").unwrap();
        std::fs::write(folder.join("notes.txt"), "x").unwrap();
        let library = Library::load(dir.path()).unwrap();
        assert!(library.ids(Direction::Source).any(|id| id == "own"));
        let error = library.get::<SourcePreset>("json").unwrap_err();
        assert!(error.file.ends_with("sources/json.toml"), "{error}");
        assert_eq!(error.at, Some((2, 6)));
    }
}
