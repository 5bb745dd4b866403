//! The calls leadgate takes.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

/// Poll lead sources, keep what fits, hand over only as many as the team can answer, measure the first
/// human response. Without a command: the console, with the engine inside.
#[derive(Debug, Parser)]
#[command(name = "leadgate", version, max_term_width = 100)]
pub struct Args {
    /// Configuration file (else yours, see `leadgate init`)
    #[arg(long, global = true, value_name = "FILE", env = "LEADGATE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Folder for the data (else yours)
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// One setting above the file, e.g. --set business.zone=Europe/Vienna (repeatable)
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Who you are: a person's id of the config, or any name
    #[arg(long = "as", global = true, value_name = "WHO", env = "LEADGATE_AS")]
    pub who: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Draw with ASCII only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Poll and hand off without a screen
    Engine {
        /// Read every source, hand off what there is room for, then exit; non-zero if anything failed or waits for a person
        #[arg(long)]
        once: bool,
    },
    /// Write a short commented configuration to start from (never overwrites)
    Init {
        /// Where (else your configuration file)
        path: Option<PathBuf>,
    },
    /// Check the configuration and read it back in plain words; --connect also asks everybody named in it
    Check {
        /// Also check the presets and ask every source and destination, changing nothing
        #[arg(long)]
        connect: bool,
        /// Only compile every preset, built-in and own; needs no configuration and no network
        #[arg(long, conflicts_with = "connect")]
        presets: bool,
    },
    /// List leads
    Leads(LeadsAsk),
    /// List handoffs, those that need you first
    Handoffs {
        /// At most this many
        #[arg(long, default_value_t = 1_000)]
        limit: u32,
    },
    /// List sources and how they are
    Sources,
    /// Show caps, their use and people's load
    Capacity,
    /// Show what happened lately
    Journal {
        /// At most this many entries
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one lead, or do something about it
    #[command(subcommand)]
    Lead(LeadAct),
    /// Why a lead was decided as it was, and what holds it; with JSON on standard input, what would be decided
    Explain(ExplainArgs),
    /// Do something about a handoff
    #[command(subcommand)]
    Handoff(super::handoff::HandoffAct),
    /// What handoff mails say: the template, and a mail as it would go out
    #[command(subcommand)]
    Mail(super::mail::MailAct),
    /// Do something about a source
    #[command(subcommand)]
    Source(SourceAct),
    /// Bring the people of a CSV or JSON file in
    Import(super::import::ImportArgs),
    /// Change a cap while running
    #[command(subcommand)]
    Cap(CapAct),
    /// Who is there, and say who is not
    #[command(subcommand)]
    Person(super::person_args::PersonAct),
    /// Erase a person, by lead id, e-mail address or phone number, and show that they are gone
    Forget(super::forget::ForgetArgs),
    /// Take your last act back
    Undo,
    /// What each source brings, costs and is worth
    Report(super::report_args::ReportArgs),
    /// What a draft of the configuration would have done to the leads of the past; saves nothing
    Simulate(super::simulate::SimulateArgs),
    /// Let a draft decide new leads beside the rules in force, never acted upon, and see which was right
    #[command(subcommand)]
    Shadow(super::shadow::ShadowAct),
    /// Enter costs and rates
    #[command(subcommand)]
    Cost(super::report_args::CostAct),
    /// Note what was changed, so that the report can tell before from after
    #[command(subcommand)]
    Note(super::report_args::NoteAct),
    /// Tell how a text is understood; reads lines from standard input when none is given
    Parse(super::parse::ParseArgs),
    /// When an answer is due: working time after a moment, as every response clock counts it
    Due(super::clocks::DueArgs),
    /// The working time between two moments, as every response clock counts it, and the wall clock's
    Elapsed(super::clocks::ElapsedArgs),
    /// Check that the data is sound
    Doctor,
    /// An invented business on loopback: nothing leaves this machine, nothing stays without --data-dir
    Demo(super::demo::DemoArgs),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of all or of one command: `leadgate man source add`
    Man {
        /// Which command
        command: Vec<String>,
    },
}

/// Which leads.
#[derive(Debug, ClapArgs)]
pub struct LeadsAsk {
    /// open, held, rejected, quarantine, closed or all
    #[arg(default_value = "all", value_parser = ["open", "held", "rejected", "quarantine", "closed", "all"])]
    pub list: String,
    /// Only mine (see --as)
    #[arg(long)]
    pub mine: bool,
    /// Only those in review, each with the one question whose answer decides
    #[arg(long, conflicts_with_all = ["mine", "text"])]
    pub needs_answer: bool,
    /// Only those whose name, service, place or id contain this
    #[arg(long, default_value = "")]
    pub text: String,
    /// At most this many of each list
    #[arg(long, default_value_t = 10_000)]
    pub limit: u32,
}

/// What is to be explained.
#[derive(Debug, ClapArgs)]
pub struct ExplainArgs {
    /// Lead id; absent or `-`: a record as a JSON object on standard input (need, timing, budget, postal_code, …)
    pub lead: Option<String>,
    /// Source the record would come from (else its own "source", or the only one)
    #[arg(long)]
    pub source: Option<String>,
}

/// What to do about a lead.
#[derive(Debug, Subcommand)]
pub enum LeadAct {
    /// All about it
    Show {
        /// Lead id
        id: String,
    },
    /// "I take this": stops the acknowledge clock
    Accept {
        /// Lead id
        id: String,
    },
    /// First human attempt was made: stops the response clock
    Contacted {
        /// Lead id
        id: String,
        /// When, e.g. 2027-01-31T09:00:00+01:00; now when absent
        #[arg(long)]
        at: Option<jiff::Timestamp>,
    },
    /// Tried, nobody answered
    NoAnswer {
        /// Lead id
        id: String,
    },
    /// Won
    Won {
        /// Lead id
        id: String,
        /// Value in the business's currency, e.g. 12500
        #[arg(long)]
        value: Option<rust_decimal::Decimal>,
    },
    /// Lost, with a reason code
    Lost {
        /// Lead id
        id: String,
        /// O-NOINTEREST, O-PRICE, O-COMPETITOR, O-NOANSWER:3, O-LATER:2027-03-01
        #[arg(long)]
        reason: String,
    },
    /// Returned, with a reason code
    Return {
        /// Lead id
        id: String,
        /// R-BADCONTACT, R-NOREQUEST, R-DUPLICATE, R-AREA, R-SERVICE, R-NOCONSENT, R-FAKE, R-CAPACITY, R-LATE
        #[arg(long)]
        reason: String,
        /// In your own words
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Out of sight until then; the clocks go on
    Snooze {
        /// Lead id
        id: String,
        /// Until when, e.g. "4h", 2027-01-31 or 2027-01-31T09:00:00+01:00; wakes it when absent
        #[arg(long)]
        until: Option<String>,
    },
    /// It waits for something outside: pause its work; only once it was answered
    Pause {
        /// Lead id
        id: String,
        /// For what
        #[arg(long = "for", value_parser = ["customer", "appointment", "papers", "others"])]
        waits: String,
        /// Until when at the latest, e.g. "3 days" or 2027-01-31; at most 90 days
        #[arg(long)]
        until: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// It goes on
    Resume {
        /// Lead id
        id: String,
    },
    /// Fill or correct a field; the verdict is decided again at once
    Edit {
        /// Lead id
        id: String,
        /// name, email, phone, company, need, timing, budget, country, postal-code, city, service or a field's own name
        field: String,
        /// New text
        value: String,
    },
    /// Answer the open question of a lead in review
    Decide {
        /// Lead id
        id: String,
        /// need, timing, region, budget
        criterion: String,
        /// Does it fit?
        #[arg(value_parser = ["yes", "no"])]
        fits: String,
    },
    /// Answer the question of `leads --needs-answer`: yes, no, or what they said; the verdict follows
    Answer {
        /// Lead id
        id: String,
        /// yes, no, or the answer: "in 3 weeks", 10115, "8000 EUR"
        text: String,
    },
    /// Add a note
    Note {
        /// Lead id
        id: String,
        /// The note
        text: String,
    },
    /// Give it to another person
    Reassign {
        /// Lead id
        id: String,
        /// Person id
        person: String,
    },
}

/// What to do about a source.
#[derive(Debug, Subcommand)]
pub enum SourceAct {
    /// List sources and how they are
    List,
    /// Stop reading it until resumed
    Pause {
        /// Source id
        name: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// Read it again by itself then, e.g. "4h", 2027-01-31 or 2027-01-31T18:00:00+01:00
        #[arg(long)]
        until: Option<String>,
    },
    /// Read it again
    Resume {
        /// Source id
        name: String,
    },
    /// Let the running engine read it now
    Now {
        /// Source id
        name: String,
    },
    /// List the presets there are, and what each needs
    Presets,
    /// Set up a new source, step by step; writes it to a new file
    Add(super::source_args::AddAsk),
    /// Read the first page of a source without storing it, each field beside its path
    Try(super::source_args::TryAsk),
    /// Sign in where the vendor wants a person's consent (OAuth 2)
    Login(super::source_args::LoginAsk),
    /// Read it again from an earlier moment on; who is known already becomes no lead twice
    Backfill {
        /// Source id
        name: String,
        /// From when on, e.g. "7 days", 2027-01-31 or 2027-01-31T18:00:00+01:00
        #[arg(long)]
        since: String,
        /// Stay and tell how far it is, until it is done
        #[arg(long)]
        follow: bool,
    },
}

/// What to do about a cap.
#[derive(Debug, Subcommand)]
pub enum CapAct {
    /// Set its maximum above the config; 0 closes. Tells what the last fortnight would have been, and asks
    Set {
        /// Cap id
        id: String,
        /// New maximum
        max: u32,
        /// Why
        #[arg(long)]
        reason: String,
        /// Until when, e.g. tonight, "4h", 2027-01-31 or 2027-01-31T18:00:00+01:00; for good when absent
        #[arg(long)]
        until: Option<String>,
        /// Do not ask; the effect is told all the same
        #[arg(long, short)]
        yes: bool,
    },
    /// Back to the config's value
    Reset {
        /// Cap id
        id: String,
    },
    /// Show every cap, its use and where its value comes from
    Show,
}
