//! The short configuration `leadgate init` begins with. It never overwrites: what is there is somebody's.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::paths::private_dir;

/// Loads as it is; every name in it is to be replaced.
pub const STARTER: &str = r#"# leadgate: what you offer, who answers, where interest comes from, where handoffs go.
# Fill it in from top to bottom, then run `leadgate check`: it reads this back in plain words and tells every mistake.
# All further keys: docs/config.md. Times, amounts and rates are written with their unit: "2m", "5000 EUR", "5 per day".

[business]
name = "Your company"
zone = "Europe/Berlin"                  # every time below is on this clock
country = "DE"                          # phone numbers, public holidays
hours = "Mo-Fr 08:00-17:00; PH off"     # PH: public holidays

# What you offer, and the words people use for it. One table for each service.
[service.roof]
title = "Roof renovation"
words = ["dach", "dachsanierung", "roof"]

# What a lead must fit. Not said: "pass" lets it through, "review" asks you, "fail" turns it down.
[service.roof.criteria]
timing = { within = "6 months", unknown = "review" }
region = { postal_codes = ["10000-14199", "144*"], unknown = "review" }
budget = { at_least = "5000 EUR", unknown = "pass" }

# Who answers.
[team.berlin]
services = ["roof"]
fallback = "anna"                       # takes what nobody else can
at_most = "20 per day"                  # 0 closes; without this line: unlimited

[person.anna]
team = "berlin"
name = "Anna"
email = "anna@example.com"
new_at_most = "5 per day"
open_at_most = 12

# Where interest comes from. docs/presets.md lists the vendors and what each needs.
[source.newsletter]
preset = "mailchimp"
dc = "us19"
list_id = "a1b2c3"
api_key = { env = "MAILCHIMP_KEY" }     # never the key itself: { env }, { file } or { command }
channel = "network"                     # or "campaign" (paid), "referral"
goal = "10 actionable a month"
services = ["roof"]

# Where handoffs go.
[destination.mail]
smtp = "smtps://leads@mail.example.com:465"
password = { env = "SMTP_PASSWORD" }
from = "Leads <leads@example.com>"

# What is promised, in working time.
[route.default]
to = ["mail"]
acknowledge_within = "20m"
answer_within = "1h"
"#;

/// Why no starter was written.
#[derive(Debug, thiserror::Error)]
pub enum StarterError {
    /// Something is there already.
    #[error("{0} exists already and stays as it is")]
    Exists(PathBuf),
    /// It could not be written.
    #[error("{path} cannot be written")]
    Write {
        /// Where to.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Writes the starter to `path`, for its owner only (0600), with the directories above it (0700).
///
/// # Errors
/// Something is there already, or it cannot be written.
pub fn write_starter(path: &Path) -> Result<(), StarterError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => StarterError::Exists(path.to_owned()),
        _ => StarterError::Write { path: path.to_owned(), source },
    };
    if let Some(dir) = path.parent() {
        private_dir(dir).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(STARTER.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}
