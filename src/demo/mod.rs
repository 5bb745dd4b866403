//! The demo's world: a campaign, a newsletter, a ticket desk and a mail catcher, spoken to over real HTTP
//! and SMTP on loopback, so that `leadgate demo` runs the very engine a business would run, with nothing
//! to install and nothing leaving the machine.
//!
//! What happens is a function of a seed and of the time since the start: two runs with one seed tell the
//! same story. Nothing in here is known to any other room; the command line puts the pieces together:
//!
//! ```text
//! World::start ──▶ addresses + secrets ──▶ scene::lay_out ──▶ config text ──▶ engine, console
//!                                             Cast ──▶ Desk::perform (what simulated people do)
//! ```

pub mod arrivals;
pub mod campaign;
pub mod cast;
mod desk_agents;
pub mod desk_server;
pub mod mail_catcher;
pub mod newsletter;
pub mod scene;
mod serving;
pub mod smtp;
pub mod tally;
mod ticket_sql;
mod wishes;
pub mod world;

pub use arrivals::{DemoLead, arrivals};
pub use cast::Cast;
pub use tally::Tally;
pub use world::{World, WorldError};

/// The seed of a demo nobody chose one for.
pub const DEFAULT_SEED: u64 = 20;

/// A number that depends on `seed` and `index` only: what makes a thing happen to the n-th one.
pub(crate) fn dice(seed: u64, index: u64) -> fastrand::Rng {
    // The odd constant spreads neighbouring indices over the whole state (Knuth's multiplicative hash).
    fastrand::Rng::with_seed(seed ^ index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}
