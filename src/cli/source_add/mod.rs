//! `leadgate source add`: from a vendor account to a source that is read, step by step or by flags alone. What
//! is being made stays in memory until everything is known and holds; then one new file is written.

mod discover;
mod draft;
mod keep;
mod sample;
mod steps;
mod vars;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Args;
use super::source_args::AddAsk;
use super::talk::{Ended, Talk};
use super::{CliError, check, session};
use crate::clock::SystemClock;
use crate::config::{self, ConfigErrors, Loaded};
use crate::net::http::Http;
use crate::net::tokens::{FileTokens, MemoryTokens, TokenStore};
use crate::preset::vars::VarDoc;
use crate::preset::{Library, SourcePreset};
use draft::Draft;

/// By custom the status of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

impl From<Ended> for CliError {
    fn from(ended: Ended) -> Self {
        Self::Failed(ended.to_string())
    }
}

/// What a new source is set up against.
struct Ground {
    /// Layers of the configuration, without the preset's variables among the flags.
    layers: config::Sources,
    /// The configuration as it is.
    loaded: Loaded,
    /// Folder of the main file.
    dir: PathBuf,
    library: Library,
    /// Keeps a sign-in in memory until the source is written.
    http: Http,
    tokens: Arc<MemoryTokens>,
    /// Variables given by `--set`.
    sets: Vec<(String, String)>,
}

impl Ground {
    fn open(args: &Args) -> Result<Self, CliError> {
        let (sets, layered): (Vec<&String>, Vec<&String>) = args.set.iter().partition(|set| is_variable(set));
        let sets = sets.into_iter().filter_map(|set| set.split_once('='));
        let sets = sets.map(|(name, value)| (name.trim().to_owned(), value.to_owned())).collect();
        let layers = config::Sources {
            file: session::file(args),
            data_dir: args.data_dir.clone(),
            sets: layered.into_iter().cloned().collect(),
            env: Vec::new(),
        };
        let layers = layers.with_process_env();
        let loaded = config::load(&layers).map_err(Box::new)?;
        let dir = loaded.files.first().and_then(|file| file.parent()).unwrap_or(Path::new("")).to_owned();
        let library = check::library(&loaded).map_err(|failure| CliError::Failed(failure.message))?;
        let tokens = Arc::new(MemoryTokens::default());
        let http = Http::new(Arc::new(SystemClock)).map_err(CliError::Failed)?;
        let http = http.keeping(Arc::clone(&tokens) as Arc<dyn TokenStore>);
        Ok(Self { layers, loaded, dir, library, http, tokens, sets })
    }

    /// The sources that bring people, whose campaigns may cost something: id and title.
    pub fn paid(&self) -> Vec<(String, String)> {
        let people = self.loaded.config.sources.values().filter(|source| source.pays_for.is_none());
        people.map(|source| (source.id.clone(), source.title.clone())).collect()
    }

    /// The whole configuration as it would be with the draft.
    fn with(&self, draft: &Draft) -> Result<Loaded, Box<ConfigErrors>> {
        config::load_with(&self.layers, (&draft.file(), &draft.text())).map_err(Box::new)
    }

    /// Why a source cannot have this name.
    fn unfit_name(&self, name: &str) -> Option<String> {
        let letters =
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
        if name.is_empty() || name.len() > NAME_MAX || !letters {
            return Some(format!("{name:?} cannot be a name: lower-case letters, digits, - and _, at most {NAME_MAX}"));
        }
        if self.loaded.config.sources.contains_key(name) {
            return Some(format!("there is a source {name} already"));
        }
        let file = Draft { name: name.to_owned(), dir: self.dir.clone(), ..Draft::default() }.file();
        file.exists().then(|| format!("{} exists already and stays as it is", file.display()))
    }

    /// A name that is free: the preset's, or that with a number.
    fn free_name(&self, preset: &str) -> String {
        let numbered = (2..NAMES_MAX).map(|number| format!("{preset}-{number}"));
        let mut names = std::iter::once(preset.to_owned()).chain(numbered);
        names.find(|name| self.unfit_name(name).is_none()).unwrap_or_default()
    }

    /// Does the vendor want a person's consent that nobody has given yet?
    fn wants_sign_in(&self, draft: &Draft) -> bool {
        let auth = self.preset(&draft.preset).map(|preset| preset.auth);
        let asks = auth.is_ok_and(|auth| auth.kind == "oauth2" && auth.authorize_url.is_some());
        let given = draft.vars.contains_key(REFRESH_TOKEN) || matches!(self.tokens.load(&draft.name), Ok(Some(_)));
        asks && !given
    }

    fn preset(&self, id: &str) -> Result<SourcePreset, CliError> {
        self.library.get(id).map_err(|error| CliError::Failed(error.to_string()))
    }
}

/// Most sources of one preset a name is found for.
const NAMES_MAX: u32 = 10_000;
/// The variable of a preset that makes a sign-in unnecessary.
const REFRESH_TOKEN: &str = "refresh_token";
/// Longest name of a source.
const NAME_MAX: usize = 64;

/// `--set NAME=VALUE` without a dot in its name is a variable of the preset; with one, a key of the configuration.
fn is_variable(set: &str) -> bool {
    set.split_once('=').is_some_and(|(name, _)| !name.contains('.'))
}

/// `leadgate source add`. The exit status: 0 written, 1 not, 130 ended by Ctrl-C.
pub async fn run(args: &Args, ask: &AddAsk, out: &mut dyn Write) -> Result<u8, CliError> {
    let ground = Ground::open(args)?;
    let mut talk = if ask.yes { None } else { Talk::open() };
    let made = async {
        match &mut talk {
            Some(talk) => Box::pin(steps::talked(talk, &ground, ask)).await,
            None => Box::pin(steps::given(&ground, ask, out)).await,
        }
    };
    let draft = tokio::select! {
        // First, so that Ctrl-C is waited for before the first question is asked.
        biased;
        stopped = tokio::signal::ctrl_c() => {
            stopped?;
            writeln!(std::io::stderr().lock(), "\nStopped; nothing was written.")?;
            return Ok(INTERRUPTED);
        }
        draft = made => draft?,
    };
    let Some(draft) = draft else {
        return Err(CliError::Failed("nothing was written".into()));
    };
    finish(&ground, &draft, args.json, out)
}

/// Writes the source, reads the whole configuration again, and says what comes next.
fn finish(ground: &Ground, draft: &Draft, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let file = draft.file();
    let mut written = keep::Written::nothing();
    for (path, secret) in draft.typed() {
        written.secret(&path, &secret).map_err(CliError::Failed)?;
    }
    written.file(&file, draft.text().as_bytes()).map_err(CliError::Failed)?;
    // What is on disk now decides; if it does not hold, it is taken away again.
    let loaded = config::load(&ground.layers).map_err(Box::new)?;
    if let Some(grant) = ground.tokens.load(&draft.name).map_err(|error| CliError::Failed(error.to_string()))? {
        let kept = FileTokens::within(session::home(&loaded.config, &loaded.data_dir)).save(&draft.name, &grant);
        kept.map_err(|error| CliError::Failed(format!("the sign-in cannot be kept: {error}")))?;
    }
    written.keep();
    let gaps = loaded.config.setup_gaps(&draft.name);
    if as_json {
        let secrets: Vec<_> = draft.typed().into_iter().map(|(path, _)| path).collect();
        super::json(
            out,
            &serde_json::json!({
                "ok": true, "source": draft.name, "file": file, "secrets": secrets, "gaps": gaps, "hash": loaded.config.hash,
            "wants_sign_in": ground.wants_sign_in(draft),
            }),
        )?;
        return Ok(0);
    }
    writeln!(out, "Wrote {}. The configuration holds (version {}).", file.display(), loaded.config.hash)?;
    for (path, _) in draft.typed() {
        writeln!(out, "Wrote {}, readable by you only.", path.display())?;
    }
    if ground.wants_sign_in(draft) {
        writeln!(out, "Next: `leadgate source login {}`: the vendor wants a person's consent.", draft.name)?;
    } else if gaps.is_empty() {
        writeln!(out, "Next: `leadgate engine --once` reads it now; a running engine reads it after its next start.")?;
    } else {
        writeln!(out, "It cannot start yet:")?;
        for gap in gaps {
            writeln!(out, "  – {gap}")?;
        }
        writeln!(out, "Next: add that, then `leadgate check`.")?;
    }
    Ok(0)
}

/// The variables of a preset in the order it names them.
fn order(ground: &Ground, preset: &str, asked: &std::collections::BTreeMap<String, VarDoc>) -> Vec<String> {
    let order = ground.library.var_order(crate::preset::Direction::Source, preset);
    order.into_iter().filter(|name| asked.contains_key(name)).collect()
}
