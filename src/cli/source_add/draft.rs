//! A source while it is being set up: nothing of it is on disk until the end, its typed secrets least of all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::config::Secret;
use crate::preset::vars::{VarDoc, VarKind};

/// Folder of typed secrets, beside the configuration.
const SECRETS: &str = "secrets";

/// A variable as it was given.
#[derive(Debug, Clone)]
pub enum Given {
    /// As text.
    Text(String),
    /// Where the secret is.
    At(Secret),
    /// A secret somebody typed.
    Typed(SecretString),
}

/// A source in the making.
#[derive(Debug, Clone, Default)]
pub struct Draft {
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
}

impl Draft {
    /// The fragment's file.
    pub fn file(&self, dir: &Path) -> PathBuf {
        dir.join("conf.d").join(format!("{}.toml", self.name))
    }

    /// Where a typed secret goes.
    pub fn secret_file(&self, dir: &Path, var: &str) -> PathBuf {
        dir.join(SECRETS).join(format!("{}-{var}", self.name))
    }

    /// The typed secrets and where each goes.
    pub fn typed(&self, dir: &Path) -> Vec<(PathBuf, SecretString)> {
        let typed = self.vars.iter().filter_map(|(name, given)| match given {
            Given::Typed(secret) => Some((self.secret_file(dir, name), secret.clone())),
            _ => None,
        });
        typed.collect()
    }

    /// Reads a secret of the configuration this draft is part of: the typed ones are not on disk yet.
    ///
    /// # Errors
    /// As [`Secret::resolve`].
    pub fn resolve(&self, dir: &Path, secret: &Secret) -> Result<SecretString, String> {
        if let Secret::File(path) = secret {
            let beside = |(file, _): &(PathBuf, SecretString)| path.file_name() == file.file_name() && !path.exists();
            if let Some((_, typed)) = self.typed(dir).into_iter().find(beside) {
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
        lines.push(format!("channel = {}", quoted(&self.channel)));
        lines.push(format!("every = {}", quoted(&self.every)));
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
            Given::Typed(_) => format!("{{ file = {} }}", quoted(&format!("../{SECRETS}/{}-{name}", self.name))),
        }
    }
}

/// A text as TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_is_toml_and_holds_no_secret() {
        let draft = Draft {
            name: "news".into(),
            preset: "listmonk".into(),
            asked: toml::from_str("list_id = { prompt = \"x\", kind = \"integer\" }").unwrap(),
            vars: BTreeMap::from([
                ("list_id".to_owned(), Given::Text("3".into())),
                ("user".to_owned(), Given::Text("a \"b\"\\".into())),
                ("token".to_owned(), Given::Typed(SecretString::from("canary"))),
                ("other".to_owned(), Given::At(Secret::Command("pass show x".into()))),
            ]),
            map: BTreeMap::from([("phone".to_owned(), "$['a b']".to_owned())]),
            channel: "network".into(),
            goal: "10 a month".into(),
            services: vec!["roof".into()],
            every: "5m".into(),
        };
        let text = draft.text();
        assert!(!text.contains("canary") && !format!("{draft:?}").contains("canary"), "{text}");
        let read: toml::Table = toml::from_str(&text).unwrap();
        let source = &read["source"]["news"];
        assert_eq!(source["list_id"].as_integer(), Some(3));
        assert_eq!(source["user"].as_str(), Some("a \"b\"\\"));
        assert_eq!(source["token"]["file"].as_str(), Some("../secrets/news-token"));
        assert_eq!(source["map"]["phone"].as_str(), Some("$['a b']"));
        let dir = Path::new("/x");
        let typed = Secret::File(dir.join("conf.d/../secrets/news-token"));
        assert_eq!(secrecy::ExposeSecret::expose_secret(&draft.resolve(dir, &typed).unwrap()), "canary");
    }
}
