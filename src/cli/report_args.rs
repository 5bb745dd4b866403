//! The calls about figures and money.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use jiff::civil::Date;

use super::report_export::{ExportTo, export_to};
use crate::config::units;
use crate::report::model::Dimension;

/// How figures are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal.
    #[default]
    Table,
    /// The whole report.
    Json,
    /// One line a figure's line, for spreadsheets.
    Csv,
    /// One page that opens from disk.
    Html,
}

/// Which figures.
#[derive(Debug, ClapArgs)]
pub struct ReportArgs {
    /// First day, e.g. 2026-11-01, or how far back, e.g. 30d or "4 weeks" (28 days ago when absent)
    #[arg(long, value_parser = since)]
    pub since: Option<String>,
    /// Last day (today when absent)
    #[arg(long)]
    pub until: Option<Date>,
    /// Split by source, campaign, service, region, team, person, referral (several with commas; `all`)
    #[arg(long, value_delimiter = ',', value_parser = dimension, default_value = "source")]
    pub by: Vec<By>,
    /// Leads by the day they were received, whatever became of them since (the default)
    #[arg(long, conflicts_with = "calendar")]
    pub cohort: bool,
    /// What happened in the period, whenever the lead was received
    #[arg(long)]
    pub calendar: bool,
    /// Costs as they were known then, e.g. 2026-11-30T18:00:00+01:00
    #[arg(long)]
    pub as_of: Option<jiff::Timestamp>,
    /// How
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write it there instead
    #[arg(long, short)]
    pub output: Option<PathBuf>,
    /// The leads behind a figure, e.g. won, won@source=meta, alone:timing, returned:R-FAKE
    #[arg(long, value_name = "FIGURE", conflicts_with_all = ["format", "output"])]
    pub leads: Option<String>,
    /// Every lead of the period, one row each and without personal data, into a file that ends in .parquet or .csv
    #[arg(long, value_name = "FILE", value_parser = export_to,
        conflicts_with_all = ["format", "output", "leads", "mail", "by", "as_of"])]
    pub export: Option<ExportTo>,
    /// Replace that file where it is there already
    #[arg(long, requires = "export")]
    pub force: bool,
    /// Send it by mail now, to whom report.mail_to names (of as many days as report.over says, where no day is given)
    #[arg(long, conflicts_with_all = ["format", "output", "leads"])]
    pub mail: bool,
    /// Whom to send it to instead; several with commas
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', requires = "mail")]
    pub to: Vec<String>,
}

/// One split, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// This one.
    One(Dimension),
    /// Every one.
    All,
}

/// Refused at once, as every wrong call is; what day it is is worked out where the clock is.
fn since(text: &str) -> Result<String, String> {
    let read = text.parse::<Date>().is_ok() || units::duration(text).is_ok();
    read.then(|| text.to_owned()).ok_or_else(|| "a day like 2026-11-01, or a length like 30d or \"4 weeks\"".to_owned())
}

fn dimension(text: &str) -> Result<By, String> {
    if text == "all" {
        return Ok(By::All);
    }
    Dimension::parse(text).map(By::One).ok_or_else(|| {
        let all: Vec<&str> = Dimension::ALL.into_iter().map(Dimension::word).collect();
        format!("split by {} or all", all.join(", "))
    })
}

/// What to do about costs.
#[derive(Debug, Subcommand)]
pub enum CostAct {
    /// Enter what a source cost; a negative amount corrects an earlier one
    Add(CostAdd),
    /// Enter the costs of a CSV file, all or none: source,amount,currency,from,to,campaign,kind
    Import {
        /// The file; `-` reads standard input
        file: PathBuf,
        /// Only say what would be entered
        #[arg(long)]
        dry_run: bool,
    },
    /// Book what one unit of a currency is worth from a day on
    Rate {
        /// ISO 4217, e.g. USD
        currency: String,
        /// In the business's currency, e.g. 0.92
        rate: rust_decimal::Decimal,
        /// From this day on (today when absent)
        #[arg(long)]
        from: Option<Date>,
    },
}

/// A cost.
#[derive(Debug, ClapArgs)]
pub struct CostAdd {
    /// Source id; `none` for a cost of no source
    pub source: String,
    /// Amount and currency, e.g. "320 EUR" or 320
    #[arg(allow_hyphen_values = true)]
    pub amount: String,
    /// Day it belongs to (today when absent)
    #[arg(long, alias = "from")]
    pub day: Option<Date>,
    /// Last day of several over which it is spread evenly
    #[arg(long)]
    pub to: Option<Date>,
    /// Campaign
    #[arg(long)]
    pub campaign: Option<String>,
    /// A fixed fee
    #[arg(long, conflicts_with = "credit")]
    pub fee: bool,
    /// Given back for returned leads: counted against the cost
    #[arg(long)]
    pub credit: bool,
}

/// What to do about notes.
#[derive(Debug, Subcommand)]
pub enum NoteAct {
    /// Note that something was changed outside of leadgate: the text of an ad, a landing page
    Add {
        /// What was changed
        text: String,
        /// The source it is about (else all)
        #[arg(long)]
        source: Option<String>,
    },
}
