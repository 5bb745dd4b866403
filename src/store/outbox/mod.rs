//! The outbox (`data-model` 7): claim under a lease, freeze and mark the phase before the first byte,
//! settle once. Every change names the state and the claim it comes from; a lost claim changes nothing.

mod circuit;
mod claim;
mod due;
mod mail;
mod settle;
mod step;
mod track;
mod unknown;

pub use circuit::{DestinationQueue, Overdue};
pub use claim::{Claimed, HandoffFacts, LEASE};
pub use mail::{Heard, Returned};
pub use settle::{Clocks, Settle};
pub(crate) use settle::{apply, drop_to_queue};
pub(super) use step::OutboxStep;
pub use track::Tracked;
pub(crate) use track::{add_mark, first_response, free_open_slots};
pub use unknown::UnknownHandoff;
