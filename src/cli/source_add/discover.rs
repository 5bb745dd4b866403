//! Variables whose values the far side can name: a person chooses their list or form by its name.

use super::draft::Draft;
use super::vars::{self, Choice};
use super::{CliError, Ground, sample};
use crate::cli::source_try::failed;
use crate::cli::talk::Talk;
use crate::config::Secret;
use crate::preset::vars::VarDoc;
use crate::source::choices;

/// Can the far side say what this may be?
pub const fn offers(doc: &VarDoc) -> bool {
    doc.discover.is_some()
}

/// What the far side offers for a variable; what is known of the others must be right by now.
async fn found(ground: &Ground, draft: &Draft, name: &str) -> Result<Vec<Choice>, CliError> {
    let (source, _) = sample::source(ground, draft)?;
    let resolve = |secret: &Secret| draft.resolve(secret);
    let offered = choices::discover(&source, name, &ground.library, &ground.http, &resolve).await;
    let offered = offered.map_err(|failure| failed(&failure))?.unwrap_or_default();
    Ok(offered.into_iter().map(|choice| (choice.value, choice.label)).collect())
}

/// Asks for the variables the far side can name, those that are not given yet, in their order.
///
/// # Errors
/// The conversation ended; what cannot be discovered is asked for as any other.
pub async fn ask(talk: &mut Talk, ground: &Ground, draft: &mut Draft, order: &[String]) -> Result<(), CliError> {
    for name in order {
        let Some(doc) = draft.asked.get(name).filter(|doc| offers(doc)).cloned() else { continue };
        if draft.vars.contains_key(name) || !vars::asked_now(draft, &doc) {
            continue;
        }
        talk.say("\nAsking what there is …")?;
        let found = match found(ground, draft, name).await {
            Ok(found) => {
                if found.is_empty() {
                    talk.say("  nothing is there to choose from yet")?;
                }
                found
            }
            Err(error) => {
                talk.say(&format!("  ✗ {error}"))?;
                Vec::new()
            }
        };
        vars::one(talk, draft, name, &doc, &found).await?;
    }
    Ok(())
}
