//! `leadgate due` and `leadgate elapsed`: when an answer is due, and how much working time lies between two
//! moments. They call [`Calendar::add`] and [`Calendar::elapsed`], which every response clock runs on, so that
//! a due time can be checked by hand against the hours of a team or any others.

use std::io::Write;

use clap::Args as ClapArgs;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::args::Args;
use super::{CliError, session};
use crate::calendar::{Calendar, HOLIDAY_YEARS, HolidayChanges, YEARS, zone_by_place};
use crate::config::checked::Team;
use crate::config::mistake::nearest;
use crate::config::{Config, units};

/// Whose hours count: a team's, some written here, or else the business's.
#[derive(Debug, ClapArgs)]
pub struct HoursAsk {
    /// Team of the configuration whose hours count (else the business's)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["hours", "zone", "country", "extra_holiday", "not_holiday"])]
    pub team: Option<String>,
    /// Opening hours as in OpenStreetMap, e.g. 'Mo-Fr 09:00-17:00; PH off'; needs no configuration
    #[arg(long, requires = "zone")]
    pub hours: Option<String>,
    /// Time zone of the hours by its place, e.g. Europe/Berlin
    #[arg(long, requires = "hours")]
    pub zone: Option<String>,
    /// Country whose public holidays are PH, ISO 3166-1, e.g. DE
    #[arg(long, requires = "hours")]
    pub country: Option<String>,
    /// A public holiday here that the country does not have, e.g. 2027-03-08 (repeatable)
    #[arg(long, requires = "hours", value_name = "DATE")]
    pub extra_holiday: Vec<Date>,
    /// A public holiday of the country that is none here (repeatable)
    #[arg(long, requires = "hours", value_name = "DATE")]
    pub not_holiday: Vec<Date>,
}

/// From when on, and how much.
#[derive(Debug, ClapArgs)]
pub struct DueArgs {
    /// Where the clock starts, e.g. 2027-01-29T16:30:00+01:00
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    pub from: Timestamp,
    /// Working time until the answer is due, e.g. 90m or "1h 30m"; 0 is due at once
    #[arg(long, value_name = "TIME", value_parser = within)]
    pub within: SignedDuration,
    /// Whose hours
    #[command(flatten)]
    pub whose: HoursAsk,
}

/// Between which moments.
#[derive(Debug, ClapArgs)]
pub struct ElapsedArgs {
    /// The first moment, e.g. 2027-01-29T16:30:00+01:00
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    pub from: Timestamp,
    /// The second moment; where it is not later no time has passed
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    pub to: Timestamp,
    /// Whose hours
    #[command(flatten)]
    pub whose: HoursAsk,
}

/// `leadgate due`.
pub fn due(args: &Args, ask: &DueArgs, out: &mut dyn Write) -> Result<u8, CliError> {
    let calendar = calendar(args, &ask.whose)?;
    within_years(&calendar, &[ask.from])?;
    let due = calendar.add(ask.from, ask.within).ok_or_else(|| {
        CliError::Failed(match calendar.next_open(ask.from) {
            None => format!("the hours {:?} do not open within three years of {}", calendar.text(), ask.from),
            Some(_) => format!(
                "the hours {:?} do not give {} of working time within three years of {}: ask for less, or for longer hours",
                calendar.text(),
                length(ask.within),
                ask.from
            ),
        })
    })?;
    let written = local(due, calendar.zone()).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string();
    if args.json {
        writeln!(out, "{}", serde_json::json!({ "due": written }))?;
    } else {
        let (start, within) = (shown(ask.from, &calendar), length(ask.within));
        writeln!(out, "due {}: {within} of working time after {start} ({})", shown(due, &calendar), named(&calendar))?;
    }
    Ok(0)
}

/// `leadgate elapsed`. A second moment that is not later than the first has no time before it, on neither clock:
/// an answer before the handoff was accepted counts 0 s.
pub fn elapsed(args: &Args, ask: &ElapsedArgs, out: &mut dyn Write) -> Result<u8, CliError> {
    let calendar = calendar(args, &ask.whose)?;
    within_years(&calendar, &[ask.from, ask.to])?;
    let business = calendar.elapsed(ask.from, ask.to);
    let wall = ask.from.duration_until(ask.to).max(SignedDuration::ZERO);
    if args.json {
        let told = serde_json::json!({ "business_seconds": business.as_secs(), "wall_seconds": wall.as_secs() });
        writeln!(out, "{told}")?;
    } else {
        let (first, last) = (shown(ask.from, &calendar), shown(ask.to, &calendar));
        let rule =
            if ask.to < ask.from { "; the second moment is before the first, which counts as no time" } else { "" };
        writeln!(
            out,
            "{} of working time from {first} to {last} ({}), {} by the wall clock{rule}",
            length(business),
            named(&calendar),
            length(wall)
        )?;
    }
    Ok(0)
}

/// The hours that count.
fn calendar(args: &Args, whose: &HoursAsk) -> Result<Calendar, CliError> {
    if let (Some(hours), Some(zone)) = (&whose.hours, &whose.zone) {
        return written(hours, zone, whose).map_err(CliError::Failed);
    }
    let config = session::load(args)?.config;
    match &whose.team {
        None => Ok(config.business.hours),
        Some(name) => Ok(team(&config, name).map_err(CliError::Failed)?.hours.clone()),
    }
}

/// Hours as written on the command line.
fn written(hours: &str, zone: &str, whose: &HoursAsk) -> Result<Calendar, String> {
    let zone = zone_by_place(zone).ok_or_else(|| not_a_zone(zone))?;
    let country = match &whose.country {
        Some(country) => country.to_ascii_uppercase(),
        None if names_holidays(hours) => {
            return Err("the hours name public holidays (PH): say whose, like --country DE".into());
        }
        // Without PH no holiday is looked at, whosever they are.
        None => "DE".into(),
    };
    let days = HolidayChanges { extra: whose.extra_holiday.clone(), not: whose.not_holiday.clone() };
    Calendar::parse(hours, &zone, &country, &days).map_err(|error| error.to_string())
}

/// A team by its id or title.
fn team<'a>(config: &'a Config, name: &str) -> Result<&'a Team, String> {
    let titled = || config.teams.values().find(|team| team.title.eq_ignore_ascii_case(name));
    config.teams.get(name).or_else(titled).ok_or_else(|| {
        let ids = || config.teams.keys().map(String::as_str);
        match nearest(name, ids()) {
            Some(near) => format!("there is no team {name:?}; did you mean {near:?}?"),
            None => format!("there is no team {name:?}; there are {}", ids().collect::<Vec<_>>().join(", ")),
        }
    })
}

fn not_a_zone(name: &str) -> String {
    let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("{name:?} is not a time zone; did you mean {near:?}?"),
        None => format!("{name:?} is not a time zone: name it by its place, like Europe/Berlin"),
    }
}

/// Do the hours depend on public holidays?
fn names_holidays(hours: &str) -> bool {
    hours.split(|char: char| !char.is_ascii_alphanumeric()).any(|word| word.eq_ignore_ascii_case("PH"))
}

/// Outside the years the calendar knows a figure would look right and be wrong.
fn within_years(calendar: &Calendar, moments: &[Timestamp]) -> Result<(), CliError> {
    let (years, what) = if names_holidays(calendar.text()) {
        (HOLIDAY_YEARS, "public holidays are known")
    } else {
        (YEARS, "hours can be worked out")
    };
    for at in moments {
        let day = local(*at, calendar.zone());
        if !years.contains(&day.year()) {
            let (first, last) = (years.start(), years.end());
            return Err(CliError::Failed(format!(
                "{at} is outside the years from {first} to {last}, for which {what}"
            )));
        }
    }
    Ok(())
}

fn moment(text: &str) -> Result<Timestamp, String> {
    text.trim().parse().map_err(|_| {
        "not a moment with its offset (RFC 3339), like 2027-01-29T16:30:00+01:00 or 2027-01-29T15:30:00Z".to_owned()
    })
}

fn within(text: &str) -> Result<SignedDuration, String> {
    let text = text.trim();
    if text == "0" {
        return Ok(SignedDuration::ZERO);
    }
    units::working_time_or_none(text).map_err(|why| format!("it {why}; write {}", units::WORKING_TIME))
}

fn local(at: Timestamp, zone: &TimeZone) -> jiff::Zoned {
    at.to_zoned(zone.clone())
}

/// A moment on the local clock of the hours: `Mon 2027-02-01 09:30 +01:00`.
fn shown(at: Timestamp, calendar: &Calendar) -> String {
    let at = local(at, calendar.zone());
    let format = if at.second() == 0 { "%a %Y-%m-%d %H:%M %:z" } else { "%a %Y-%m-%d %H:%M:%S %:z" };
    at.strftime(format).to_string()
}

fn named(calendar: &Calendar) -> String {
    let zone = calendar.zone().iana_name().unwrap_or("UTC");
    format!("{}, {zone}", crate::text::clean_line(calendar.text(), 200))
}

/// A length of time in hours: a day of work has no fixed length. `41 h 30 min`.
fn length(time: SignedDuration) -> String {
    let secs = time.as_secs();
    let parts = [(secs / 3_600, "h"), (secs / 60 % 60, "min"), (secs % 60, "s")];
    let said: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if said.is_empty() { "0 min".into() } else { said.join(" ") }
}
