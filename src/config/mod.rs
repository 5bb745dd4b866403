//! What the operator wrote, checked. [`checked::Config`] is the only form the rest of the crate sees.
//!
//! ```text
//! files, environment, --set ─▶ layers (one table of values with places) ─▶ raw ─▶ check ─▶ Config
//! ```
//!
//! Every mistake of every layer is told at once, with its place; nobody's file is ever written.

mod canonical;
mod check;
pub mod checked;
mod conflicts;
mod field;
mod layers;
mod mask;
pub mod mistake;
mod node;
mod origins;
pub mod paths;
mod raw;
pub mod readback;
pub mod reference;
pub mod secret;
pub mod starter;
pub mod units;
mod warnings;

use std::path::{Path, PathBuf};

pub use checked::Config;
pub use mistake::{ConfigErrors, Mistake};
pub use origins::Origins;
pub use secret::Secret;
pub use units::duration;

use mistake::Mistakes;
use node::{Sheet, Table};

/// Where a configuration comes from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The main file; the person's own where absent.
    pub file: Option<PathBuf>,
    /// The data directory; `LEADGATE_DATA_DIR`, else the person's own where absent.
    pub data_dir: Option<PathBuf>,
    /// `path=value`, each beats all that is written elsewhere.
    pub sets: Vec<String>,
    /// Environment variables whose names begin with `LEADGATE_`.
    pub env: Vec<(String, String)>,
}

impl Sources {
    /// Takes the variables of leadgate from the environment of this process.
    #[must_use]
    pub fn with_process_env(mut self) -> Self {
        let ours = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            name.starts_with(layers::PREFIX).then(|| (name, value.to_string_lossy().into_owned()))
        });
        self.env = ours.collect();
        self
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A configuration that holds, and what to know about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The files it was read from, in order.
    pub files: Vec<PathBuf>,
    /// The data directory; not created yet.
    pub data_dir: PathBuf,
    /// What works but is probably not meant, a sentence each.
    pub warnings: Vec<String>,
}

/// Reads and checks a configuration from all its layers. Creates and writes nothing.
///
/// # Errors
/// Every mistake of every layer.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigErrors> {
    load_all(sources, None)
}

/// As [`load`], with one more file that is not written yet: what would hold if it were.
///
/// # Errors
/// As [`load`].
pub fn load_with(sources: &Sources, draft: (&Path, &str)) -> Result<Loaded, ConfigErrors> {
    load_all(sources, Some(draft))
}

fn load_all(sources: &Sources, draft: Option<(&Path, &str)>) -> Result<Loaded, ConfigErrors> {
    let mut mistakes = Mistakes::default();
    let file = sources.file.clone().map_or_else(paths::config_file, Ok);
    let data_dir = paths::data_dir(sources.data_dir.as_deref(), sources.variable(paths::DATA_DIR));
    let (Ok(file), Ok(data_dir)) = (&file, &data_dir) else {
        mistakes.add(Mistake::of("", paths::NoHome.to_string()));
        return Err(mistakes.into_errors());
    };
    let (mut root, files) = layers::files(file, draft, &mut mistakes);
    if files.is_empty() {
        // Every further mistake would only say that nothing is there.
        return Err(mistakes.into_errors());
    }
    let env = sources.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    layers::environment(&mut root, env, &mut mistakes);
    layers::flags(&mut root, &sources.sets, &mut mistakes);
    finish(root, files, data_dir, mistakes)
}

/// Reads and checks one text, called `name` in messages; relative paths in it start at `data_dir`.
///
/// # Errors
/// Every mistake in it.
pub fn load_text(name: &str, text: &str, data_dir: &Path) -> Result<Loaded, ConfigErrors> {
    let mut mistakes = Mistakes::default();
    let sheet = Sheet::new(name, data_dir, text);
    let root = node::document(&sheet, text, &mut mistakes);
    finish(root, Vec::new(), data_dir, mistakes)
}

/// Reads a kept text of a configuration ([`Config::body`]) again: what was in force then. Its secrets are gone;
/// whatever needs one finds it empty.
///
/// # Errors
/// It was written by another version of leadgate, and this one cannot read it any more.
pub fn load_kept(body: &str, data_dir: &Path) -> Result<Loaded, ConfigErrors> {
    load_text("the configuration in force", &body.replace(" = \"***\"", " = { env = \"GONE\" }"), data_dir)
}

fn finish(
    mut root: Table,
    files: Vec<PathBuf>,
    data_dir: &Path,
    mut mistakes: Mistakes,
) -> Result<Loaded, ConfigErrors> {
    let origins = Origins::of(&root);
    layers::defaults(&mut root);
    match check::check(root, data_dir, &mut mistakes) {
        Some(mut config) => {
            config.origins = origins;
            let warnings = warnings::of(&config);
            Ok(Loaded { config, files, data_dir: data_dir.to_owned(), warnings })
        }
        None => Err(mistakes.into_errors()),
    }
}
