//! What the screens and lists show: plain data, cleaned, with instants instead of ages so that a screen
//! can count down without asking again. All of it serialises, because `--json` prints the same.

mod capacity;
mod explain;
mod inbox;
mod lead;
mod mail;
mod preview;
mod question;
mod report;
mod response;
mod shadow;
mod sources;

pub use crate::simulate::sweep::Point;
pub use capacity::{CapLine, Capacity, Outlook, PersonLine, TeamCapacity};
pub use explain::{ExplainedCriterion, Explanation, Holds};
pub use inbox::{Ask, LeadRow, List, Need, Rows};
pub use lead::{Event, HandoffRow, LeadDetail};
pub use mail::MailPreview;
pub use preview::{Curve, FigureLine, FlippedLead, PartLine, Preview, Today};
pub use question::{Question, WouldBe};
pub use report::{BEHIND_MAX, Behind, Beside, MailStands};
pub use response::{Day, DestinationLine, Response, Speed, Standing};
pub use shadow::ShadowRun;
pub use sources::{BackfillLine, SourceLine, SourceState};
