//! Every key of the configuration, once: `config/leadgate.example.toml`, `docs/config.md`, the lowest
//! layer of values and the reading of `--set` all come from this one table, and a test holds it against
//! the keys the reader knows.

mod caps;
mod criteria;
mod flow;
mod generate;
mod housekeeping;
mod keys;

pub use generate::{example, manual};
pub use keys::SECTIONS;

/// A table of the configuration, or one way to write it.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Dotted path, `ID` for the operator's own name: `service.ID.criteria`.
    pub path: &'static str,
    /// The name that stands for `ID` in the example.
    pub id: &'static str,
    /// What it is, for people; one sentence or two.
    pub meaning: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// A key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name inside the section, with dots where it lies deeper; `*` for a preset's own variables.
    pub name: &'static str,
    /// What may stand there, unit included.
    pub form: &'static str,
    /// What counts when it is absent.
    pub absent: Absent,
    /// What it decides.
    pub meaning: &'static str,
    /// An example, as TOML; for `*` whole lines.
    pub example: &'static str,
    /// It is written out in the example; otherwise it stands there behind a `#`.
    pub on: bool,
}

/// What counts when a key is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// It must be there.
    Required,
    /// This value, as TOML.
    Is(&'static str),
    /// Something that depends on others, in words.
    Like(&'static str),
}

impl Key {
    /// Is its value a text?
    pub fn is_text(&self) -> bool {
        self.example.starts_with('"')
    }
}

/// Every key with its section.
pub fn keys() -> impl Iterator<Item = (&'static Section, &'static Key)> {
    SECTIONS.iter().flat_map(|section| section.keys.iter().map(move |key| (section, key)))
}

/// Is `name` a family of tables, `[name.ID]`?
pub fn is_family(name: &str) -> bool {
    SECTIONS.iter().any(|section| section.path.split_once('.').is_some_and(|(first, _)| first == name))
}

/// The key at a written path like `source.meta.every`.
pub fn find(path: &str) -> Option<&'static Key> {
    let matches = |(section, key): &(&Section, &Key)| {
        let mut written = path.split('.');
        let mut known = section.path.split('.').chain(key.name.split('.'));
        loop {
            match (written.next(), known.next()) {
                (None, None) => return true,
                (Some(_), Some("ID" | "CUR")) => {}
                (Some(written), Some(known)) if written == known => {}
                _ => return false,
            }
        }
    };
    keys().find(matches).map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::raw;

    /// Every key the reader knows, as the table writes it.
    fn read() -> BTreeSet<String> {
        let tables: [(&str, &[&str]); 37] = [
            ("business", raw::Business::KEYS),
            ("service.ID", raw::Service::KEYS),
            ("service.ID.criteria", raw::Criteria::KEYS),
            ("service.ID.criteria.need", raw::Need::KEYS),
            ("service.ID.criteria.timing", raw::Timing::KEYS),
            ("service.ID.criteria.region", raw::Region::KEYS),
            ("service.ID.criteria.budget", raw::Budget::KEYS),
            ("service.ID.criteria.weights", raw::Weights::KEYS),
            ("minimum.ID", raw::Minimum::KEYS),
            ("exception.ID", raw::Exception::KEYS),
            ("exception.ID.region", raw::Territory::KEYS),
            ("exception.ID.criteria", raw::Changed::KEYS),
            ("exception.ID.criteria.need", raw::Need::KEYS),
            ("exception.ID.criteria.timing", raw::Timing::KEYS),
            ("exception.ID.criteria.region", raw::Region::KEYS),
            ("exception.ID.criteria.budget", raw::Budget::KEYS),
            ("exception.ID.criteria.weights", raw::Weights::KEYS),
            ("team.ID", raw::Team::KEYS),
            ("team.ID.region", raw::Territory::KEYS),
            ("person.ID", raw::Person::KEYS),
            ("person.ID.region", raw::Territory::KEYS),
            ("cap.ID", raw::Cap::KEYS),
            ("cap.ID.on_full", raw::OnFull::KEYS),
            ("cap.ID.stop_loss", raw::StopLoss::KEYS),
            ("source.ID", raw::Source::KEYS),
            ("source.ID.assume", raw::Assume::KEYS),
            ("destination.ID", raw::Mail::KEYS),
            ("destination.ID", raw::Desk::KEYS),
            ("route.ID", raw::Route::KEYS),
            ("alerts", raw::Alerts::KEYS),
            ("listen", raw::Listen::KEYS),
            ("places", raw::Places::KEYS),
            ("keep", raw::Keep::KEYS),
            ("report", raw::Report::KEYS),
            ("store", raw::Store::KEYS),
            ("rates", &["CUR"]),
            ("", &[]),
        ];
        // A key that is itself a table is told by its parts.
        let inner: BTreeSet<&str> = tables.iter().map(|(path, _)| *path).collect();
        let paths = tables.iter().flat_map(|(path, keys)| keys.iter().map(move |key| format!("{path}.{key}")));
        paths.filter(|path| !inner.contains(path.as_str())).collect()
    }

    #[test]
    fn the_table_and_the_reader_know_the_same_keys() {
        let told: BTreeSet<String> = keys()
            .filter(|(_, key)| key.name != "*")
            .map(|(section, key)| format!("{}.{}", section.path, key.name))
            .collect();
        assert_eq!(told, read());
        let tables: BTreeSet<&str> = SECTIONS.iter().filter_map(|section| section.path.split('.').next()).collect();
        assert_eq!(tables, raw::Root::KEYS.iter().copied().collect());
    }

    #[test]
    fn a_written_path_finds_its_key() {
        assert!(find("source.meta.every").is_some_and(Key::is_text));
        assert!(find("business.languages").is_some_and(|key| !key.is_text()));
        assert!(find("service.roof.criteria.budget.unknown").is_some_and(Key::is_text));
        assert!(find("rates.CHF").is_some_and(|key| !key.is_text()));
        assert!(find("source.meta.page_id").is_none() && find("business").is_none() && find("keep.a.b").is_none());
        assert!(is_family("team") && !is_family("keep"));
    }
}
