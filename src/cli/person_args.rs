//! What one says of a person.

use clap::Subcommand;

/// What to say of a person.
#[derive(Debug, Subcommand)]
pub enum PersonAct {
    /// Show who is there, what they have and how much room they have left
    Show {
        /// Person id; everybody when absent
        id: Option<String>,
    },
    /// They are away: nothing new goes to them
    Leave {
        /// Person id
        id: String,
        /// Back on that day or at that moment, e.g. 2027-01-31, "3 days" or 2027-01-31T13:00:00+01:00; until `person back` when absent
        #[arg(long)]
        until: Option<String>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Call them in, or send them off shift, whatever their hours say
    Shift {
        /// Person id
        id: String,
        /// At work?
        #[arg(value_parser = ["on", "off"])]
        at_work: String,
        /// Until when, as above; the end of the day when absent
        #[arg(long)]
        until: Option<String>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// They are back: their hours count again
    Back {
        /// Person id
        id: String,
    },
    /// Give every lead they have not answered to the others, within everybody's caps
    HandOver {
        /// Person id
        id: String,
    },
}
