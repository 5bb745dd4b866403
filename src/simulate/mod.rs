//! What would have happened under other rules: the past decided again, released again and answered again, by
//! the very functions that do it every day (`domain-rules` 9). Pure: leads of the past go in page by page
//! ([`Replay::take`]), two outcomes that can be compared come out.
//!
//! Assumed, and printed with every outcome: the queue was empty at the beginning; each person answers one lead
//! after another, as fast as they did ([`pace`]); nobody was away but as the config says, and nobody was a
//! known customer.

mod flow;
mod outcome;
pub mod pace;
mod run;
pub mod sweep;
mod verdicts;

pub use flow::Wanted;
pub use outcome::{Difference, Outcome, Part};
pub use run::{Progress, Question, SimulateError, curve, draft_rules, simulate};
pub use verdicts::{Done, Flip, Replay};
