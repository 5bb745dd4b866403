//! What screens and reports read. Lists page by key, never by offset; counts come from indexes.

mod changes;
mod demand;
pub(super) mod figures;
mod gauges;
mod handoffs;
mod invariants;
mod journeys;
mod kept;
mod lists;
mod packed;
mod past;
mod review;
mod story;

pub use changes::ChangeRow;
pub use demand::ConfigPast;
pub use figures::SpeedRow;
pub use gauges::Gauges;
pub use handoffs::{DestinationLoad, StoredHandoff};
pub use journeys::JourneyAsk;
pub use lists::{Filter, ListHandoff, ListRow};
pub use packed::{JourneyRow, Touch};
pub use past::PastLead;
pub use story::Told;
