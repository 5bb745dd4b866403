//! What a person can do. Every act is one value: it can be confirmed, repeated, undone and replayed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Seat;
use super::words::when;
use crate::lead::{Answer, Code, Criterion, HandoffId, LeadId, Waits};

/// One act of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// "I take this": stops the acknowledge clock.
    Accept(LeadId),
    /// First human attempt made, at `at` (now when absent); stops the response clock.
    Contacted {
        /// Which lead.
        lead: LeadId,
        /// When; now when absent.
        at: Option<Timestamp>,
    },
    /// Tried, nobody answered: also a first response.
    NoAnswer(LeadId),
    /// Won, with its value in minor units of the business's currency where known.
    Won {
        /// Which lead.
        lead: LeadId,
        /// Minor units.
        value: Option<i64>,
    },
    /// Lost, with an `O-` code.
    Lost {
        /// Which lead.
        lead: LeadId,
        /// Why.
        code: Code,
    },
    /// Returned, with an `R-` code.
    Return {
        /// Which lead.
        lead: LeadId,
        /// Why.
        code: Code,
        /// In their own words.
        note: String,
    },
    /// Out of sight until then; the clocks go on.
    Snooze {
        /// Which lead.
        lead: LeadId,
        /// Until when; `None` wakes it.
        until: Option<Timestamp>,
    },
    /// An answered lead waits for something outside: its work is paused, never the clock to the first answer.
    PauseClock {
        /// Which lead.
        lead: LeadId,
        /// For what.
        waits: Waits,
        /// Until when at the latest.
        until: Timestamp,
        /// In their own words.
        reason: String,
    },
    /// It goes on.
    ResumeClock(LeadId),
    /// Fills or corrects a field; the verdict is decided again at once.
    Edit {
        /// Which lead.
        lead: LeadId,
        /// `name`, `email`, `phone`, `company`, `need`, `timing`, `budget`, `country`, `postal-code`,
        /// `city`, `service`, or a field's own name.
        field: String,
        /// New text.
        value: String,
    },
    /// Says something to the open question of a lead in review: yes, no, or what they said, which goes into the
    /// field that it is about.
    Answer {
        /// Which lead.
        lead: LeadId,
        /// What was asked about.
        criterion: Criterion,
        /// What was said.
        text: String,
    },
    /// Answers the open question of a lead in review.
    Decide {
        /// Which lead.
        lead: LeadId,
        /// Which criterion.
        criterion: Criterion,
        /// A person's word: met or unmet.
        answer: Answer,
    },
    /// Adds a note.
    Note {
        /// Which lead.
        lead: LeadId,
        /// The note.
        text: String,
    },
    /// Gives it to another person: a new round.
    Reassign {
        /// Which lead.
        lead: LeadId,
        /// Person id.
        person: String,
    },
    /// Send again, now: after `needs you`, or a waiting retry brought forward.
    Retry(HandoffId),
    /// To another destination, where it surely is in none.
    Reroute {
        /// Which handoff.
        handoff: HandoffId,
        /// Destination id.
        destination: String,
    },
    /// Once more as it reads now, under a new key, although the first one is there or may be.
    Resend(HandoffId),
    /// "It is there": settles an unknown or stuck handoff as sent.
    MarkSent(HandoffId),
    /// Gives up on a handoff that was not sent; the lead goes back to the queue.
    Drop(HandoffId),
    /// Stops reading a source until resumed.
    PauseSource {
        /// Source id.
        source: String,
        /// Why.
        reason: String,
        /// Until when; until resumed by hand when absent.
        #[serde(default)]
        until: Option<Timestamp>,
    },
    /// Reads a source again from an earlier moment on; what is known already makes nothing twice.
    Backfill {
        /// Source id.
        source: String,
        /// From when on.
        since: Timestamp,
    },
    /// Reads it again.
    ResumeSource(String),
    /// Reads it now.
    PollNow(String),
    /// Sets a cap's maximum above the config until `until` (for good when absent).
    SetCap {
        /// Cap id.
        cap: String,
        /// New maximum; 0 closes.
        max: u32,
        /// Until when.
        until: Option<Timestamp>,
        /// Why.
        reason: String,
    },
    /// Back to the config's value.
    ResetCap(String),
    /// Somebody is away: nothing new goes to them until then (until they are back when absent).
    Leave {
        /// Person id.
        person: String,
        /// Until when.
        until: Option<Timestamp>,
        /// Why.
        reason: String,
    },
    /// Calls somebody in, or sends them off shift, whatever their hours say.
    Shift {
        /// Person id.
        person: String,
        /// At work.
        on: bool,
        /// Until when; the local midnight when absent.
        until: Option<Timestamp>,
        /// Why.
        reason: String,
    },
    /// Somebody is back: their hours count again.
    Back(String),
    /// Gives every lead somebody has not answered to the others, within everybody's caps.
    HandOver(String),
    /// Lets a draft of the rules decide every new lead beside the rules in force; nothing is done by what it says.
    StartShadow {
        /// Its file; a relative one begins at the folder of the configuration.
        draft: String,
        /// Why.
        reason: String,
    },
    /// Ends the draft that decides beside the rules; its scores stay.
    StopShadow,
    /// Erases the person of this lead, in all their leads, for good.
    Forget(LeadId),
    /// Takes this person's last act back, where it can be.
    Undo,
}

impl Act {
    /// What will happen, asked before an act that cannot simply be undone; `None` needs no question. People are
    /// called by their names and times are those of `seat`.
    pub fn question(&self, seat: &Seat, now: Timestamp) -> Option<String> {
        let name =
            |id: &String| seat.people.iter().find(|one| one.0 == *id).map_or_else(|| id.clone(), |one| one.1.clone());
        let moment = |at: &Timestamp| when(*at, now, &seat.zone);
        match self {
            Self::Return { code, .. } => Some(format!("Return this lead? {}", code.sentence())),
            Self::Drop(_) => Some("Give this handoff up? The lead goes back to the queue.".into()),
            Self::MarkSent(_) => Some("Take it as delivered? leadgate will not send it again.".into()),
            Self::Retry(_) => Some("Send it again now? If the first one arrived, it will be there twice.".into()),
            Self::Reroute { destination, .. } => {
                Some(format!("Send this handoff to {destination} instead? It is in no other place yet."))
            }
            Self::Resend(_) => Some(
                "Send it anew, as it reads now? What is there already stays: there will be two, and somebody has to close one."
                    .into(),
            ),
            Self::Reassign { person, .. } => {
                Some(format!("Give this lead to {}? They get a new handoff.", name(person)))
            }
            Self::PauseSource { source, until: None, .. } => {
                Some(format!("Stop reading {source}? Nothing new comes in until it is resumed."))
            }
            Self::PauseSource { source, until: Some(until), .. } => {
                Some(format!("Stop reading {source} until {}? Nothing new comes in before.", moment(until)))
            }
            Self::Backfill { source, .. } => Some(format!(
                "Read {source} again from then on? Nobody who is known becomes a lead twice; whoever was missed does."
            )),
            Self::Leave { person, until: None, .. } => {
                Some(format!("Is {} away? Nothing new goes to them until they are back.", name(person)))
            }
            Self::Leave { person, until: Some(until), .. } => {
                Some(format!("Is {} away until {}? Nothing new goes to them before.", name(person), moment(until)))
            }
            Self::HandOver(person) => Some(format!(
                "Give every lead {} has not answered to the others? Where nobody has room they wait, in front.",
                name(person)
            )),
            Self::Forget(lead) => Some(format!(
                "Forget the person of lead {lead} for good? All that is known of them is erased and never taken again; no undo."
            )),
            Self::StopShadow => {
                Some("End the draft beside the rules? Its scores stay, but another start begins to count anew.".into())
            }
            Self::SetCap { cap, max: 0, .. } => Some(format!("Close {cap}? No lead passes it until it is raised.")),
            _ => None,
        }
    }
}

/// What was done, for the status line and the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// One sentence.
    pub sentence: String,
    /// [`Act::Undo`] would take it back.
    pub can_undo: bool,
}

/// Why an act was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not apply (any more).
    #[error("{0}")]
    NotNow(String),
    /// What was typed cannot be read.
    #[error("{0}")]
    BadValue(String),
    /// The store could not be reached; nothing was changed.
    #[error("nothing was changed: {0}")]
    Store(String),
}
