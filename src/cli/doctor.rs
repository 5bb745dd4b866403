//! `leadgate doctor`: is the data sound? Its answer is meant to be pasted into a report; it names row
//! numbers, never people.

use std::collections::BTreeMap;
use std::io::Write;

use super::session::Session;
use super::{CliError, json};
use crate::config::Config;
use crate::engine::owner::trouble;

/// Checks the invariants and the journal's chains.
pub async fn run(session: &Session, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let broken = session.store.invariants().await?;
    let journal = session.store.verify_journal().await?;
    let sound = broken.is_empty() && journal.is_ok();
    let setup = unfinished(&session.config);
    let mails = session.store.report_mails().await?;
    let mails: Vec<String> = mails.iter().filter_map(trouble).collect();
    if as_json {
        let broken: Vec<_> =
            broken.iter().map(|(what, ids)| serde_json::json!({ "what": what, "rows": ids })).collect();
        let journal = match &journal {
            Ok(entries) => serde_json::json!({ "entries": entries }),
            Err(error) => serde_json::json!({ "error": error.to_string() }),
        };
        json(
            out,
            &serde_json::json!({ "sound": sound, "broken": broken, "journal": journal, "setup": setup, "report": mails }),
        )?;
    } else {
        for (what, ids) in &broken {
            let shown: Vec<String> = ids.iter().take(10).map(i64::to_string).collect();
            writeln!(out, "✗ {what}: {} (rows {})", ids.len(), shown.join(", "))?;
        }
        match &journal {
            Ok(entries) => writeln!(out, "✓ the journal holds: {entries} entries")?,
            Err(error) => writeln!(out, "✗ {error}")?,
        }
        if broken.is_empty() {
            writeln!(out, "✓ the data is sound")?;
        }
        for (source, gaps) in &setup {
            for gap in gaps {
                writeln!(out, "! source {source} cannot start yet: {gap}")?;
            }
        }
        for mail in &mails {
            writeln!(out, "! {mail}")?;
        }
    }
    Ok(u8::from(!sound))
}

/// The sources whose setup lacks something, with all of it. It does not make the data unsound.
fn unfinished(config: &Config) -> BTreeMap<&str, Vec<String>> {
    let gaps = config.sources.keys().map(|id| (id.as_str(), config.setup_gaps(id)));
    gaps.filter(|(_, gaps)| !gaps.is_empty()).collect()
}
