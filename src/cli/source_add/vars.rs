//! The variables of a preset: from flags, or asked for one by one, each checked the moment it is given.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use secrecy::ExposeSecret;

use super::discover;
use super::draft::{Draft, Given};
use crate::cli::presets::is_required;
use crate::cli::talk::{Ended, Talk};
use crate::config::Secret;
use crate::config::checked::Var;
use crate::preset::Values;
use crate::preset::fault::did_you_mean;
use crate::preset::vars::{VarDoc, VarKind};

/// How a secret is given on the command line.
const SECRET_FORM: &str = "env:NAME, file:PATH or command:LINE";

/// A choice the far side offers for a variable: what is written, and what people call it.
pub type Choice = (String, String);

/// Takes `name=value` flags. Every mistake at once, none quoting a secret.
pub fn from_flags(draft: &mut Draft, sets: &[(String, String)]) -> Result<(), Vec<String>> {
    let mut wrong = Vec::new();
    for (name, value) in sets {
        let Some(doc) = draft.asked.get(name) else {
            let near = did_you_mean(name, draft.asked.keys().map(String::as_str));
            wrong.push(format!("the preset {} knows no {name}{near}", draft.preset));
            continue;
        };
        let given = match doc.kind {
            VarKind::Secret => {
                secret_at(value).ok_or_else(|| format!("{name} is a secret: say where it is, {name}={SECRET_FORM}"))
            }
            _ => checked(name, doc, value),
        };
        match given {
            Ok(given) => drop(draft.vars.insert(name.clone(), given)),
            Err(why) => wrong.push(why),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// What must be given and is not, as flags with what each means.
pub fn missing(draft: &Draft) -> Vec<String> {
    let missing = draft.asked.iter().filter(|(name, doc)| is_required(doc) && !draft.vars.contains_key(*name));
    let flag = |(name, doc): (&String, &VarDoc)| {
        let form = if doc.kind == VarKind::Secret { SECRET_FORM } else { "…" };
        format!("--set {name}={form}  ({})", doc.prompt)
    };
    missing.map(flag).collect()
}

/// `env:NAME`, `file:PATH`, `command:LINE`.
fn secret_at(text: &str) -> Option<Given> {
    let (way, rest) = text.split_once(':')?;
    let rest = rest.trim();
    if rest.is_empty() {
        return None;
    }
    let at = match way {
        "env" => Secret::Env(rest.to_owned()),
        "file" => Secret::File(std::path::absolute(PathBuf::from(rest)).ok()?),
        "command" => Secret::Command(rest.to_owned()),
        _ => return None,
    };
    Some(Given::At(at))
}

/// A plain value, if it is what the preset asks.
fn checked(name: &str, doc: &VarDoc, text: &str) -> Result<Given, String> {
    let asked = BTreeMap::from([(name.to_owned(), doc.clone())]);
    let given = BTreeMap::from([(name.to_owned(), Var::Text(text.to_owned()))]);
    match Values::check(&asked, &given, &|_: &Secret| Err(String::new())) {
        Ok(_) => Ok(Given::Text(text.to_owned())),
        Err(faults) => Err(faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; ")),
    }
}

/// Is it asked for by itself? Required ones are, choices are, and those that a choice made needed; the prompt of
/// such a one says so: `User (auth = basic)`.
pub fn asked_now(draft: &Draft, doc: &VarDoc) -> bool {
    match condition(doc) {
        Some((of, value)) => said(draft, &of) == value,
        None => is_required(doc) || !doc.choices.is_empty(),
    }
}

fn condition(doc: &VarDoc) -> Option<(String, String)> {
    static CONDITION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\((\w+) = (\w+)\)").ok());
    let found = CONDITION.as_ref()?.captures(&doc.prompt)?;
    Some((found.get(1)?.as_str().to_owned(), found.get(2)?.as_str().to_owned()))
}

/// The value a variable has now; its default where nobody said another.
fn said(draft: &Draft, name: &str) -> String {
    match draft.vars.get(name) {
        Some(Given::Text(text)) => text.clone(),
        Some(_) => "***".to_owned(),
        None => draft.asked.get(name).map(default).unwrap_or_default(),
    }
}

fn default(doc: &VarDoc) -> String {
    match &doc.default {
        Some(toml::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// Asks for everything that must be given and is not yet, in the order the preset names it. What the far side can
/// name comes later.
pub async fn ask(talk: &mut Talk, draft: &mut Draft, order: &[String]) -> Result<(), Ended> {
    for name in order {
        let Some(doc) = draft.asked.get(name).filter(|doc| !discover::offers(doc)).cloned() else { continue };
        if !draft.vars.contains_key(name) && asked_now(draft, &doc) {
            one(talk, draft, name, &doc, &[]).await?;
        }
    }
    Ok(())
}

/// Offers to set what has a value already or may be left out.
pub async fn offer(talk: &mut Talk, draft: &mut Draft, order: &[String]) -> Result<(), Ended> {
    let other =
        |name: &&String| draft.asked.get(*name).is_some_and(|doc| condition(doc).is_none() && !asked_now(draft, doc));
    let left: Vec<String> = order.iter().filter(other).cloned().collect();
    if left.is_empty() { Ok(()) } else { change(talk, draft, &left).await }
}

/// Lets the person set any of `names`, by name, until they are content.
pub async fn change(talk: &mut Talk, draft: &mut Draft, names: &[String]) -> Result<(), Ended> {
    let width = names.iter().map(String::len).max().unwrap_or(0);
    talk.say("These have a value already or may be left out:")?;
    for name in names {
        let prompt = draft.asked.get(name).map_or("", |doc| doc.prompt.as_str());
        talk.say(&format!("  {name:width$} = {:<24} {prompt}", said(draft, name)))?;
    }
    loop {
        let name = talk.line("Name of one to set (Enter: go on):").await?;
        if name.is_empty() {
            return Ok(());
        }
        if let Some(doc) = draft.asked.get(&name).cloned() {
            one(talk, draft, &name, &doc, &[]).await?;
        } else {
            let near = did_you_mean(&name, names.iter().map(String::as_str));
            talk.say(&format!("  there is no {name}{near}"))?;
        }
    }
}

/// Asks for one variable until what is given is right. `choices` are those the far side offers.
pub async fn one(
    talk: &mut Talk,
    draft: &mut Draft,
    name: &str,
    doc: &VarDoc,
    choices: &[Choice],
) -> Result<(), Ended> {
    if doc.kind == VarKind::Secret {
        if let Some(given) = secret(talk, doc, &draft.free_secret(name)).await? {
            draft.vars.insert(name.to_owned(), given);
        }
        return Ok(());
    }
    let own: Vec<Choice> = doc.choices.iter().map(|choice| (choice.clone(), String::new())).collect();
    let choices = if own.is_empty() { choices } else { &own };
    loop {
        let present = said(draft, name);
        let text = if choices.is_empty() {
            talk.line_or(&doc.prompt, &present).await?
        } else {
            talk.say(&format!("{}:", doc.prompt))?;
            let default = choices.iter().position(|(value, _)| *value == present);
            let at = talk.choose(name, choices, default).await?;
            choices.get(at).map(|(value, _)| value.clone()).unwrap_or_default()
        };
        if text.is_empty() && !is_required(doc) {
            draft.vars.remove(name);
            return Ok(());
        }
        match checked(name, doc, &text) {
            Ok(_) if text == default(doc) => {
                draft.vars.remove(name);
                return Ok(());
            }
            Ok(given) => {
                draft.vars.insert(name.to_owned(), given);
                return Ok(());
            }
            Err(why) => talk.say(&format!("  ✗ {why}"))?,
        }
    }
}

/// Asks where a secret is, or for the secret itself.
async fn secret(talk: &mut Talk, doc: &VarDoc, file: &Path) -> Result<Option<Given>, Ended> {
    let ways = [
        ("type".to_owned(), format!("it, hidden; it is kept in {}, readable by you only", file.display())),
        ("env".to_owned(), "name of an environment variable that holds it".to_owned()),
        ("file".to_owned(), "path of a file that holds it (several lines, like a key)".to_owned()),
        ("command".to_owned(), "that prints it, like `pass show name`".to_owned()),
        ("none".to_owned(), "leave it out".to_owned()),
    ];
    let ways = if is_required(doc) { ways.split_last().map_or(&ways[..], |(_, rest)| rest) } else { &ways[..] };
    talk.say(&format!("{} (a secret: it is never written into the configuration):", doc.prompt))?;
    loop {
        let way = talk.choose("How do you give it", ways, Some(0)).await?;
        let given = match ways.get(way).map(|(way, _)| way.as_str()) {
            Some("type") => match talk.secret("Type or paste it (not shown):").await? {
                None => {
                    talk.say("  ✗ what is typed cannot be hidden here: choose another way")?;
                    continue;
                }
                Some(typed) if typed.expose_secret().is_empty() => {
                    talk.say("  ✗ nothing was typed")?;
                    continue;
                }
                Some(typed) => {
                    talk.say(&format!("  {} characters.", typed.expose_secret().chars().count()))?;
                    Some(Given::Typed(typed, file.to_owned()))
                }
            },
            Some("none") => return Ok(None),
            Some(way) => {
                let rest = talk.line(&format!("{way}:")).await?;
                secret_at(&format!("{way}:{rest}"))
            }
            None => None,
        };
        let Some(given) = given else { continue };
        if let Given::At(at) = &given
            && let Err(why) = tokio::task::block_in_place(|| at.resolve())
        {
            talk.say(&format!("  ✗ {why}"))?;
            if !talk.yes("  Take it all the same?", false).await? {
                continue;
            }
        }
        return Ok(Some(given));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        let asked = toml::from_str(
            "url = { prompt = \"Where\", kind = \"url\" }\nkey = { prompt = \"Key\", kind = \"secret\" }\n\
             auth = { prompt = \"How\", choices = [\"none\", \"basic\"], default = \"none\" }\n\
             user = { prompt = \"User (auth = basic)\", optional = true }\nlist = { prompt = \"List\", default = \"$.data\" }",
        );
        Draft { preset: "p".into(), asked: asked.unwrap(), ..Draft::default() }
    }

    fn set(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn flags_are_checked_together_and_secrets_not_repeated() {
        let mut draft = draft();
        let wrong =
            from_flags(&mut draft, &set(&[("ulr", "x"), ("url", "nowhere"), ("key", "canary"), ("auth", "basci")]));
        let told = wrong.unwrap_err().join("\n");
        for part in ["did you mean `url`", "must be an address", "key is a secret", "did you mean `basic`"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains("canary"));
        assert_eq!(missing(&draft).len(), 2);
        from_flags(&mut draft, &set(&[("url", "http://x.org"), ("key", "env:KEY")])).unwrap();
        assert!(missing(&draft).is_empty());
        assert!(matches!(draft.vars.get("key"), Some(Given::At(Secret::Env(name))) if name == "KEY"));
        assert!(secret_at("env:").is_none() && secret_at("KEY").is_none());
    }

    #[test]
    fn only_what_matters_is_asked() {
        let mut draft = draft();
        let now = |draft: &Draft| -> Vec<String> {
            draft.asked.iter().filter(|(_, doc)| asked_now(draft, doc)).map(|(name, _)| name.clone()).collect()
        };
        assert_eq!(now(&draft), ["auth", "key", "url"]);
        from_flags(&mut draft, &set(&[("auth", "basic")])).unwrap();
        assert_eq!(now(&draft), ["auth", "key", "url", "user"]);
    }
}
