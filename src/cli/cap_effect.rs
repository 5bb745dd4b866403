//! What a change of a cap would have done, said before it is made: the same figures the console shows.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::CliError;
use super::talk::{Ended, Talk};
use crate::desk::view::{Preview, Today};
use crate::desk::words::when;
use crate::desk::{Desk, DeskError, PreviewAsk, Progress, StoreDesk};

/// Said where nobody can be asked.
const NEEDS_YES: &str = "nothing was changed: nobody can be asked here, so add --yes to do it";

/// How far it got with the question.
pub enum Agreed {
    /// It is to be done; the effect, where it is known.
    Yes(Option<Box<Preview>>),
    /// It is not to be done, for this reason.
    No(Option<Box<Preview>>, &'static str),
}

/// Says what `max` would have done and asks whether to go on; with `yes` it asks nobody, with `quiet` it says
/// nothing.
///
/// # Errors
/// There is no such cap, the database did not answer, or the output is gone.
pub async fn agree(
    desk: &StoreDesk,
    (cap, max): (&str, u32),
    yes: bool,
    quiet: bool,
    out: &mut dyn Write,
) -> Result<Agreed, CliError> {
    let preview = match desk.preview(PreviewAsk::cap(cap, max), Progress::default()).await {
        Ok(preview) => Some(Box::new(preview)),
        Err(error @ (DeskError::Store(_) | DeskError::NotFound(_))) => return Err(error.into()),
        Err(error) => {
            writeln!(io::stderr().lock(), "leadgate: what it would have done is not known: {error}")?;
            None
        }
    };
    if let (Some(preview), false) = (&preview, quiet) {
        // Before a question it is part of the conversation; output is what was done.
        let (now, zone) = (desk.now_for_lists(), &desk.seat().zone);
        if yes { tell(preview, now, zone, out) } else { tell(preview, now, zone, &mut io::stderr().lock()) }?;
    }
    if yes {
        return Ok(Agreed::Yes(preview));
    }
    let Some(mut talk) = Talk::open().filter(|_| !quiet) else { return Ok(Agreed::No(preview, NEEDS_YES)) };
    match talk.yes(&format!("Set {cap} to {max}?"), false).await {
        Ok(true) => Ok(Agreed::Yes(preview)),
        Ok(false) | Err(Ended::Input) => Ok(Agreed::No(preview, "nothing was changed")),
        Err(error) => Err(CliError::Failed(error.to_string())),
    }
}

fn tell(preview: &Preview, now: Timestamp, zone: &TimeZone, out: &mut dyn Write) -> Result<(), CliError> {
    writeln!(out, "{}", preview.title)?;
    let day = zone.to_datetime(preview.since).date();
    if preview.leads == 0 {
        writeln!(out, "No lead came since {day}: there is nothing to try it on.")?;
    } else {
        writeln!(out, "\n{:<36}{:>12}{:>12}{:>12}", format!("{} leads since {day}", preview.leads), "now", "then", "")?;
        for one in &preview.figures {
            writeln!(out, "{:<36}{:>12}{:>12}{:>12}", one.name, one.now, one.draft, one.change)?;
        }
        for note in &preview.notes {
            writeln!(out, "{note}")?;
        }
    }
    if let Some((before, after)) = &preview.today {
        writeln!(out, "\ntoday now:  {}", today(before, now, zone))?;
        writeln!(out, "today then: {}", today(after, now, zone))?;
    }
    writeln!(out)?;
    Ok(())
}

fn today(today: &Today, now: Timestamp, zone: &TimeZone) -> String {
    let waits = match (&today.first, today.last_at) {
        (Some((name, first)), Some(last)) => format!(
            "{} leave the queue ({name} first, about {}, the last about {}), {} stay",
            today.leaves,
            when(*first, now, zone),
            when(last, now, zone),
            today.stays
        ),
        _ if today.stays == 0 => "nobody waits".to_owned(),
        _ => format!("nobody leaves the queue, {} stay", today.stays),
    };
    format!("{waits}; the cap: {}", today.fills)
}
