//! `case.toml`: what the operator configured, what is done in which order, and what the far side answers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;

/// A folder of `tests/fixtures/presets`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// The preset's id; the folder's name where absent. A `preset.toml` in the folder is used instead of a
    /// built-in one.
    #[serde(default)]
    pub preset: String,
    /// The present at the start of every case.
    pub now: Timestamp,
    /// How far back a first read goes, in hours (24).
    pub backfill_hours: Option<i64>,
    /// Variables of the preset. `{server}` is the loopback server's address, here, in headers and in bodies.
    #[serde(default)]
    pub vars: BTreeMap<String, toml::Value>,
    /// Variables that are secret. Made up, and different in each preset: the golden file shows them as sent.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Regular expressions of what differs from run to run in requests (a random signature): written as `…`.
    #[serde(default)]
    pub elide: Vec<String>,
    /// The cases.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
    /// Where it lies.
    #[serde(skip)]
    pub path: PathBuf,
}

/// One story: its steps share a source, its cursor and what is known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, in words.
    pub name: String,
    /// The failure it shows; its class is then checked, whatever the golden file says.
    pub shows: Option<Shows>,
    /// Variables that differ from the folder's; an empty text takes one away.
    #[serde(default)]
    pub vars: BTreeMap<String, toml::Value>,
    /// Secrets that differ from the folder's.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Ids of records stored before.
    #[serde(default)]
    pub known: Vec<String>,
    /// In order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One thing done to the source.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The present from here on.
    pub now: Option<Timestamp>,
    /// What is done; where absent a walk to its end, as the engine does it, or the handing off of a lead.
    #[serde(default)]
    pub act: Act,
    /// `recheck`: the id of the record. `poll`: of the ticket. `discover`: the variable.
    pub id: Option<String>,
    /// A destination gets a lead that tries everything; a harmless one where true.
    #[serde(default)]
    pub plain: bool,
    /// What the server answers, in order; every one must be asked for, and nothing else.
    #[serde(default)]
    pub replies: Vec<Reply>,
}

/// What is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Every page, then the cursor is kept for the next walk.
    #[default]
    Walk,
    /// `check --connect`.
    Probe,
    /// One record again.
    Recheck,
    /// The vendor is told to stop.
    Pause,
    /// The vendor is told to go on.
    Resume,
    /// What a variable may be is asked, as `leadgate source add` does.
    Discover,
    /// A destination is asked for our key.
    Find,
    /// A destination is asked how a ticket stands.
    Poll,
}

/// The failures every preset has to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// Wrong credentials, in the vendor's words.
    Credentials,
    /// Too many requests, in the vendor's notation.
    Throttle,
    /// The vendor's error envelope for something else.
    Envelope,
    /// A page for people with status 200.
    Html,
    /// JSON that ends too early.
    CutOff,
}

impl Shows {
    /// All.
    pub const ALL: [Self; 5] = [Self::Credentials, Self::Throttle, Self::Envelope, Self::Html, Self::CutOff];

    /// As written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Throttle => "throttle",
            Self::Envelope => "envelope",
            Self::Html => "html",
            Self::CutOff => "cut_off",
        }
    }
}

/// One answer. Its body is one of `body`, `text`, `html`, `cut`; none is an empty one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Answers the first request whose method and target begin so (`GET /forms/a/`), out of order: for requests
    /// that are under way at the same time. The next request, whatever it is, where absent.
    pub to: Option<String>,
    /// Status; 200 where absent.
    pub status: Option<u16>,
    /// Headers; the content type is guessed from the body where it is not among them.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A file of the folder.
    pub body: Option<String>,
    /// The body itself.
    pub text: Option<String>,
    /// A page for people.
    #[serde(default)]
    pub html: bool,
    /// The first half of a file of the folder.
    pub cut: Option<String>,
    /// The connection is closed without an answer.
    #[serde(default)]
    pub hang_up: bool,
}

impl Reply {
    /// Its status and what its body is.
    pub fn label(&self) -> String {
        let status = self.status.unwrap_or(200);
        match self {
            Self { hang_up: true, .. } => "(hangs up)".to_owned(),
            Self { body: Some(file), .. } => format!("{status} {file}"),
            Self { cut: Some(file), .. } => format!("{status} half of {file}"),
            Self { html: true, .. } => format!("{status} a page for people"),
            _ => status.to_string(),
        }
    }
}

impl Folder {
    /// Reads a folder's `case.toml`.
    pub fn read(path: &Path) -> Result<Self, String> {
        let file = path.join("case.toml");
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut folder: Self = toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        if folder.preset.is_empty() {
            folder.preset = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        }
        path.clone_into(&mut folder.path);
        Ok(folder)
    }

    /// The bytes of a reply's body, `{server}` not yet filled in.
    pub fn body_of(&self, reply: &Reply) -> Vec<u8> {
        const PAGE: &str =
            "<!doctype html>\n<html><head><title>Sign in</title></head><body>Please sign in.</body></html>\n";
        let file = |name: &str| {
            let path = self.path.join(name);
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        match reply {
            Reply { body: Some(name), .. } => file(name),
            Reply { text: Some(text), .. } => text.clone().into_bytes(),
            Reply { cut: Some(name), .. } => {
                let mut whole = file(name);
                whole.truncate(whole.len() / 2);
                whole
            }
            Reply { html: true, .. } => PAGE.into(),
            _ => Vec::new(),
        }
    }
}
