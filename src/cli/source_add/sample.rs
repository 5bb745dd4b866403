//! A first page for a source that is not in the configuration yet, and the places in a record a field may be read.

use std::sync::Arc;

use serde_json::Value;

use super::draft::Draft;
use super::{CliError, Ground};
use crate::cli::sampled::{self, Judged, Privacy};
use crate::cli::source_try::failed;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, checked};
use crate::source::sample::Sample;

/// Most places of a record that are offered.
const PLACES_MAX: usize = 200;
/// Deepest place that is offered.
const DEPTH_MAX: usize = 6;

/// A sample and the configuration it was read under.
pub struct Taken {
    /// The first page.
    pub sample: Sample,
    config: Arc<Config>,
    source: String,
}

/// The draft as a source of the whole configuration. What is not known yet has a stand-in that changes nothing in
/// what is read.
pub fn source(ground: &Ground, draft: &Draft) -> Result<(checked::Source, Config), CliError> {
    let mut whole = draft.clone();
    if whole.channel.is_empty() {
        "campaign".clone_into(&mut whole.channel);
    }
    let loaded = ground.with(&whole)?;
    let missing = || CliError::Failed(format!("source {} is not in the configuration", draft.name));
    let source = loaded.config.sources.get(&draft.name).cloned().ok_or_else(missing)?;
    Ok((source, loaded.config))
}

/// Asks the far side for its first page as the draft says.
pub async fn take(ground: &Ground, draft: &Draft) -> Result<Taken, CliError> {
    let (source, config) = source(ground, draft)?;
    let resolve = |secret: &_| draft.resolve(secret);
    let looked = crate::source::look(&source, &ground.library, &ground.http, &resolve).await;
    let sample = looked.map_err(|failure| failed(&failure))?;
    Ok(Taken { sample, source: draft.name.clone(), config: Arc::new(config) })
}

impl Taken {
    /// The sample in words: the first record in full, what was never found, what the qualifier says.
    pub fn words(&self, privacy: Privacy) -> Result<String, CliError> {
        let mut text = Vec::new();
        let sample = &self.sample;
        text.extend_from_slice(format!("{}\n", sampled::headline(sample)).as_bytes());
        if let Some(seen) = sample.readable().next().map(|(seen, _)| seen).or_else(|| sample.records.first()) {
            sampled::record(&mut text, seen, privacy)?;
        }
        sampled::troubles(&mut text, sample, privacy)?;
        if let Some((_, record)) = sample.readable().next() {
            let judged: Judged = sampled::judge(&self.config, &self.source, record, SystemClock.now());
            sampled::judged(&mut text, &self.config, &judged)?;
        }
        Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
    }

    /// The places of the first record that hold something: JSONPath and value.
    pub fn places(&self) -> Vec<(String, String)> {
        let first = self.sample.readable().next().map(|(seen, _)| seen).or_else(|| self.sample.records.first());
        let body = first.and_then(|seen| serde_json::from_str(&seen.raw).ok()).unwrap_or(Value::Null);
        let mut places = Vec::new();
        leaves(&body, "$", 0, &mut places);
        places
    }
}

fn leaves(value: &Value, path: &str, depth: usize, into: &mut Vec<(String, String)>) {
    if into.len() >= PLACES_MAX || depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, &format!("{path}{}", step(name)), depth + 1, into);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                leaves(item, &format!("{path}[{at}]"), depth + 1, into);
            }
        }
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => into.push((path.to_owned(), Privacy::Open.shown("", text))),
        other => into.push((path.to_owned(), other.to_string())),
    }
}

/// A member as JSONPath writes it.
fn step(name: &str) -> String {
    let plain = name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
        && name.chars().next().is_some_and(|first| !first.is_ascii_digit());
    if plain { format!(".{name}") } else { format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offered_place_is_a_path_that_finds_its_value() {
        let body = serde_json::json!({"a": {"b c": "x", "it's": 1, "2": true}, "l": [{"k": "v"}], "n": null, "e": ""});
        let mut places = Vec::new();
        leaves(&body, "$", 0, &mut places);
        assert_eq!(places.len(), 4, "{places:?}");
        for (path, value) in places {
            let path = serde_json_path::JsonPath::parse(&path).unwrap();
            let found = path.query(&body).exactly_one().unwrap();
            assert_eq!(found.as_str().map_or_else(|| found.to_string(), str::to_owned), value);
        }
    }
}
