//! A source while it is being set up: nothing of it is on disk until the end, its typed secrets least of all.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;

use crate::config::Secret;
use crate::preset::vars::{VarDoc, VarKind};

/// Folder of typed secrets, beside the configuration.
const SECRETS: &str = "secrets";
/// Most files of one secret a free name is found for.
const NUMBERS: u32 = 1_000;

/// A variable as it was given.
#[derive(Debug, Clone)]
pub enum Given {
    /// As text.
    Text(String),
    /// Where the secret is.
    At(Secret),
    /// A secret somebody typed, and the file it will be kept in.
    Typed(SecretString, PathBuf),
}

/// A source in the making.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Folder of the configuration.
    pub dir: PathBuf,
    /// Its id.
    pub name: String,
    /// Preset id.
    pub preset: String,
    /// What the preset asks.
    pub asked: BTreeMap<String, VarDoc>,
    /// Variables that differ from their defaults.
    pub vars: BTreeMap<String, Given>,
    /// Fields read elsewhere.
    pub map: BTreeMap<String, String>,
    /// `campaign`, `network` or `referral`.
    pub channel: String,
    /// In words; empty while unknown.
    pub goal: String,
    /// Service ids.
    pub services: Vec<String>,
    /// Length of time, as written.
    pub every: String,
    /// It reads figures and not people, and these are of that source; empty while unknown.
    pub pays_for: Option<String>,
    /// It is not read, but told by its vendor.
    pub told: bool,
}

impl Draft {
    /// The fragment's file.
    pub fn file(&self) -> PathBuf {
        self.dir.join("conf.d").join(format!("{}.toml", self.name))
    }

    /// A file for a typed secret that is not there yet.
    pub fn free_secret(&self, var: &str) -> PathBuf {
        let folder = self.dir.join(SECRETS);
        let numbered = (2..NUMBERS).map(|number| format!("{}-{var}-{number}", self.name));
        let mut names = std::iter::once(format!("{}-{var}", self.name)).chain(numbered).map(|name| folder.join(name));
        names.find(|file| !file.exists()).unwrap_or(folder)
    }

    /// The typed secrets and where each goes.
    pub fn typed(&self) -> Vec<(PathBuf, SecretString)> {
        let typed = self.vars.values().filter_map(|given| match given {
            Given::Typed(secret, file) => Some((file.clone(), secret.clone())),
            _ => None,
        });
        typed.collect()
    }

    /// Reads a secret of the configuration this draft is part of: the typed ones are not on disk yet.
    ///
    /// # Errors
    /// As [`Secret::resolve`].
    pub fn resolve(&self, secret: &Secret) -> Result<SecretString, String> {
        if let Secret::File(path) = secret {
            let beside = |(file, _): &(PathBuf, SecretString)| path.file_name() == file.file_name() && !path.exists();
            if let Some((_, typed)) = self.typed().into_iter().find(beside) {
                return Ok(typed);
            }
        }
        secret.resolve()
    }

    /// The fragment as it will be written. Holds no secret.
    pub fn text(&self) -> String {
        let mut lines = vec![
            "# Added by `leadgate source add`; yours to change. docs/config.md tells every key.".to_owned(),
            format!("[source.{}]", self.name),
            format!("preset = {}", quoted(&self.preset)),
        ];
        lines.extend(self.vars.iter().map(|(name, given)| format!("{name} = {}", self.value(name, given))));
        match &self.pays_for {
            Some(paid) => lines.push(format!("pays_for = {}", quoted(paid))),
            None => lines.push(format!("channel = {}", quoted(&self.channel))),
        }
        if !self.told {
            lines.push(format!("every = {}", quoted(&self.every)));
        }
        if !self.goal.is_empty() {
            lines.push(format!("goal = {}", quoted(&self.goal)));
        }
        if !self.services.is_empty() {
            let services: Vec<String> = self.services.iter().map(|id| quoted(id)).collect();
            lines.push(format!("services = [{}]", services.join(", ")));
        }
        if !self.map.is_empty() {
            lines.push(format!("\n# Read elsewhere than the preset says.\n[source.{}.map]", self.name));
            lines.extend(self.map.iter().map(|(field, path)| format!("{field} = {}", quoted(path))));
        }
        lines.push(String::new());
        lines.join("\n")
    }

    fn value(&self, name: &str, given: &Given) -> String {
        let kind = self.asked.get(name).map(|doc| doc.kind);
        match given {
            Given::Text(text) if matches!(kind, Some(VarKind::Integer | VarKind::Boolean)) => text.trim().to_owned(),
            Given::Text(text) => quoted(text),
            Given::At(Secret::Env(name)) => format!("{{ env = {} }}", quoted(name)),
            Given::At(Secret::File(path)) => format!("{{ file = {} }}", quoted(&path.display().to_string())),
            Given::At(Secret::Command(line)) => format!("{{ command = {} }}", quoted(line)),
            // Relative to the fragment in conf.d.
            Given::Typed(_, file) => {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                format!("{{ file = {} }}", quoted(&format!("../{SECRETS}/{name}")))
            }
        }
    }
}

/// A text as TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_fragment_is_toml_and_holds_no_secret() {
        let draft = Draft {
            dir: "/nowhere".into(),
            name: "news".into(),
            preset: "listmonk".into(),
            asked: toml::from_str("list_id = { prompt = \"x\", kind = \"integer\" }").unwrap(),
            vars: BTreeMap::from([
                ("list_id".to_owned(), Given::Text("3".into())),
                ("user".to_owned(), Given::Text("a \"b\"\\".into())),
                ("token".to_owned(), Given::Typed(SecretString::from("canary"), "/nowhere/secrets/news-token".into())),
                ("other".to_owned(), Given::At(Secret::Command("pass show x".into()))),
            ]),
            map: BTreeMap::from([("phone".to_owned(), "$['a b']".to_owned())]),
            channel: "network".into(),
            goal: "10 a month".into(),
            services: vec!["roof".into()],
            every: "5m".into(),
            pays_for: None,
            told: false,
        };
        let text = draft.text();
        assert!(!text.contains("canary") && !format!("{draft:?}").contains("canary"), "{text}");
        let read: toml::Table = toml::from_str(&text).unwrap();
        let source = &read["source"]["news"];
        assert_eq!(source["list_id"].as_integer(), Some(3));
        assert_eq!(source["user"].as_str(), Some("a \"b\"\\"));
        assert_eq!(source["token"]["file"].as_str(), Some("../secrets/news-token"));
        assert_eq!(source["map"]["phone"].as_str(), Some("$['a b']"));
        assert_eq!(draft.free_secret("token"), Path::new("/nowhere/secrets/news-token"));
        let typed = Secret::File("/nowhere/conf.d/../secrets/news-token".into());
        assert_eq!(secrecy::ExposeSecret::expose_secret(&draft.resolve(&typed).unwrap()), "canary");
    }
}
