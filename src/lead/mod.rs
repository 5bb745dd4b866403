//! The nouns every room shares. Nothing here knows a database, a network or a screen, and nothing here
//! imports another folder of this crate but [`crate::text`].

pub mod code;
pub mod id;
pub mod metric;
pub mod money;
pub mod outcome;
mod pause;
pub mod person;
pub mod reading;
pub mod stage;
pub mod verdict;

pub use code::Code;
pub use id::{HandoffId, LeadId, Token};
pub use metric::Metric;
pub use money::Money;
pub use outcome::{Class, Quality};
pub use pause::Waits;
pub use person::{Consent, Contact, Record};
pub use reading::{Budget, Facts, FieldRead, Qualifier, Region, Timing, Urgency};
pub use stage::{HandoffState, Phase, Stage};
pub use verdict::{Answer, Criterion, Factor, Mark, Verdict, VerdictKind};
