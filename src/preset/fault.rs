//! What is wrong with a preset, told with the place and the nearest right name, so that somebody who
//! writes one never has to guess (`sources` 7.16).

use std::fmt;

use crate::names::nearest;

/// Something a preset says that cannot be meant. Its place in the file is added by [`Fault::place`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, for people.
    pub message: String,
    /// The very text that is wrong, as written: finds the line.
    pub snippet: Option<String>,
}

impl Fault {
    /// A fault.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), snippet: None }
    }

    /// A fault about a text written in the preset.
    pub fn about(snippet: &str, message: impl Into<String>) -> Self {
        Self { message: message.into(), snippet: Some(snippet.to_owned()) }
    }

    /// The same, saying in which part of the preset it is.
    #[must_use]
    pub fn within(mut self, part: &str) -> Self {
        self.message = format!("{part}: {}", self.message);
        self
    }

    /// The same with its place in `text`, the content of `file`.
    pub fn place(self, file: &str, text: &str) -> PresetError {
        let at = self.snippet.as_deref().and_then(|snippet| locate(text, snippet));
        PresetError { file: file.to_owned(), at: at.map(|byte| line_column(text, byte)), message: self.message }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A preset that cannot be used: `config/presets/sources/x.toml:12:3: unknown key …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresetError {
    /// The file, or `built-in …`.
    pub file: String,
    /// Line and column, both from 1, where they are known.
    pub at: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for PresetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for PresetError {}

impl PresetError {
    /// Reads what the TOML reader found wrong; an unknown name gets the nearest right one.
    pub fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map(|span| line_column(text, span.start));
        Self { file: file.to_owned(), at, message: suggest(error.message()) }
    }
}

/// ` (did you mean x?)`, or ` (known: …)` where nothing is near.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => format!(" (did you mean `{near}`?)"),
        None if known.is_empty() => String::new(),
        None => format!(" (known: {})", known.join(", ")),
    }
}

/// serde says ``unknown field `x`, expected one of `a`, `b` ``; people want the one they meant.
fn suggest(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let (true, Some(name)) = (unknown, names.next()) else { return message.to_owned() };
    let known: Vec<&str> = names.collect();
    let what = if message.starts_with("unknown field") { "key" } else { "word" };
    format!("unknown {what} `{name}`{}", did_you_mean(name, known))
}

/// Where `snippet` stands in the text; as written, or as TOML escapes it in a basic string.
fn locate(text: &str, snippet: &str) -> Option<usize> {
    if snippet.is_empty() {
        return None;
    }
    let escaped = || snippet.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    text.find(snippet).or_else(|| text.find(&escaped()))
}

fn line_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_told_with_its_place_and_the_nearest_name() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Doc {
            #[allow(dead_code)]
            query: Option<String>,
            #[allow(dead_code)]
            headers: Option<String>,
        }
        let text = "# a\nquerry = \"x\"\n";
        let error = PresetError::from_toml("x.toml", text, &toml::from_str::<Doc>(text).unwrap_err());
        assert_eq!(error.to_string(), "x.toml:2:1: unknown key `querry` (did you mean `query`?)");
        let far = toml::from_str::<Doc>("zzz = 1").unwrap_err();
        assert!(PresetError::from_toml("x", "zzz = 1", &far).message.contains("(known: query, headers)"));
    }

    #[test]
    fn a_fault_finds_its_line() {
        let fault = Fault::about("{{ vras.x }}", "unknown name").within("request.query.a");
        let placed = fault.place("p.toml", "a = 1\nb = \"{{ vras.x }}\"\n");
        assert_eq!(placed.to_string(), "p.toml:2:6: request.query.a: unknown name");
    }
}
