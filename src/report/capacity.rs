//! Flood index and utilisation: how much more came than could be taken, and how much of what could be taken was
//! (`domain-rules` 7). A capacity of 0 is "closed", an absent one "no cap"; neither has a ratio.

use serde::{Deserialize, Serialize};

use super::model::Maybe;
use super::terms::Dimension;

/// Why a line has no ratio, where its capacity is 0.
pub const CLOSED: &str = "closed";
/// Why it has none, where nothing limits it.
pub const NO_CAP: &str = "no cap";

/// The figures about capacity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CapacityFigures {
    /// All together, the teams, then sources and services that a cap is on.
    pub lines: Vec<CapacityLine>,
    /// What the figures are based on, for people.
    pub notes: Vec<String>,
}

/// The figures of all together, a team, a source or a service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CapacityLine {
    /// By what; absent for all together.
    pub by: Option<Dimension>,
    /// Its id; `all` for all together.
    pub key: String,
    /// For people.
    pub title: String,
    /// Leads qualified in the period that it could take.
    pub demand: u64,
    /// Places its caps had in the period; why there is no such number.
    pub capacity: Maybe<u64>,
    /// Leads handed off in the period.
    pub handed_off: u64,
    /// demand / capacity; above 1 more came than could be taken.
    pub flood_index: Maybe<f64>,
    /// handed off / capacity.
    pub utilisation: Maybe<f64>,
    /// Handed off and waiting for a first response, now.
    pub open: Maybe<u64>,
    /// Most that may be, now.
    pub open_at_most: Maybe<u64>,
    /// open / most.
    pub backlog: Maybe<f64>,
    /// What the capacity was added up from.
    pub basis: String,
}

/// What a line is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// Leads qualified.
    pub demand: u64,
    /// Leads handed off.
    pub handed_off: u64,
    /// Places.
    pub capacity: Maybe<u64>,
    /// What they were added up from.
    pub basis: String,
    /// Open, and most of them, now.
    pub open: (Maybe<u64>, Maybe<u64>),
}

impl CapacityLine {
    /// The line with its ratios.
    pub fn new(by: Option<Dimension>, key: &str, title: &str, known: Known) -> Self {
        let (open, open_at_most) = known.open;
        let backlog = match open.value {
            Some(open) => ratio(open, &open_at_most),
            None => Maybe { value: None, why: open.why.clone() },
        };
        Self {
            by,
            key: key.to_owned(),
            title: title.to_owned(),
            demand: known.demand,
            flood_index: ratio(known.demand, &known.capacity),
            utilisation: ratio(known.handed_off, &known.capacity),
            capacity: known.capacity,
            handed_off: known.handed_off,
            backlog,
            open,
            open_at_most,
            basis: known.basis,
        }
    }

    /// The leads behind one of its figures, as `--leads` takes it: `demand@team=north`.
    pub fn wanted(&self, figure: &str) -> String {
        self.by.map_or_else(|| figure.to_owned(), |by| format!("{figure}@{}={}", by.word(), self.key))
    }
}

fn ratio(part: u64, whole: &Maybe<u64>) -> Maybe<f64> {
    match whole.value {
        Some(0) => Maybe::none(CLOSED),
        Some(whole) => Maybe::some(part as f64 / whole as f64),
        None => Maybe { value: None, why: whole.why.clone() },
    }
}

/// A figure about capacity whose leads are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Leads qualified in the period.
    Demand,
    /// Leads handed off in the period.
    Given,
    /// Leads that wait for a first response now.
    Open,
}

/// The leads of which figure of which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapacityWanted {
    /// Figure.
    pub figure: Figure,
    /// Its line; absent for all together.
    pub line: Option<(Dimension, String)>,
}

/// What a capacity figure can be asked by.
pub const BY: [Dimension; 3] = [Dimension::Team, Dimension::Source, Dimension::Service];

impl CapacityWanted {
    /// Reads `demand@team=north`; `None` where it is another figure.
    ///
    /// # Errors
    /// What it can be asked by.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let (figure, line) = text.split_once('@').map_or((text, None), |(figure, line)| (figure, Some(line)));
        let figure = match figure {
            "demand" => Figure::Demand,
            "given" => Figure::Given,
            "open" => Figure::Open,
            _ => return None,
        };
        let Some(line) = line else { return Some(Ok(Self { figure, line: None })) };
        let parsed = line.split_once('=').and_then(|(by, key)| Some((Dimension::parse(by)?, key.to_owned())));
        Some(match parsed.filter(|(by, _)| BY.contains(by)) {
            Some(line) => Ok(Self { figure, line: Some(line) }),
            None => Err(format!(
                "{line:?} names no line of the capacity; write e.g. demand@team=north (team, source, service)"
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(demand: u64, capacity: Maybe<u64>) -> CapacityLine {
        CapacityLine::new(Some(Dimension::Team), "north", "North", Known { demand, capacity, ..Known::default() })
    }

    #[test]
    fn a_zero_denominator_says_why() {
        assert_eq!(line(30, Maybe::some(20)).flood_index.value, Some(1.5));
        assert_eq!(line(30, Maybe::some(0)).flood_index, Maybe::none(CLOSED));
        assert_eq!(line(30, Maybe::none(NO_CAP)).utilisation, Maybe::none(NO_CAP));
    }

    #[test]
    fn leads_are_asked_for_by_the_line() {
        let north = line(1, Maybe::some(1));
        let wanted = CapacityWanted::parse(&north.wanted("demand")).unwrap().unwrap();
        assert_eq!(wanted.line, Some((Dimension::Team, "north".to_owned())));
        assert!(CapacityWanted::parse("won@team=north").is_none());
        assert!(CapacityWanted::parse("demand@region=DE").unwrap().unwrap_err().contains("team, source, service"));
    }
}
