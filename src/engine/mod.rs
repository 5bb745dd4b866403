//! What never sleeps: the stages, each woken by a timer and by changes, each taking no input: it reads
//! what is true from the store, takes one idempotent step and writes what it did. The happy path and
//! recovery are the same code. Losing a nudge only delays (`style-anchors` rule 5).

mod alert;
pub(crate) mod card;
pub mod decide;
pub mod deliver;
pub mod driver;
pub mod import;
mod inbox;
mod keep;
pub mod ladder;
pub mod lock;
pub mod notify;
pub mod once;
pub mod owner;
mod place;
pub mod poll;
pub mod pressure;
pub mod reconcile;
pub mod release;
pub mod rules;
pub mod shadow;
mod stop_loss;
pub(crate) mod succession;
pub mod tell;
pub mod tend;
pub mod track;
pub mod wiring;

pub use decide::Decider;
pub use driver::{Report, Stage};
pub use wiring::{Engine, Parts, StartError};
