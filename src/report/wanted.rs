//! Which leads a figure counts: every number of the report can be asked for the leads behind it, by the words it
//! is printed with (`--leads won@source=meta`).

use super::journey::Journey;
use super::model::{Dimension, STEPS};
use super::tally::{Hits, key_of};
use crate::lead::Answer;

/// A figure, perhaps of one line of a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    figure: Figure,
    line: Option<(Dimension, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Figure {
    Step(usize),
    Returned(Option<String>),
    ReturnedFault,
    Mature,
    WonMature,
    Answered,
    Unanswered,
    Never,
    Met(String),
    Unmet(String),
    Unknown(String),
    Alone(String),
    Overridden(String),
}

/// What can be asked for, for the help and for mistakes.
pub const FIGURES: &str = "inquiries, qualified, handed-off, contacted, actionable, won, returned, returned:CODE, \
    returned-fault, mature, won-mature, answered, unanswered, never, met:CRITERION, unmet:CRITERION, \
    unknown:CRITERION, alone:CRITERION, overridden:CRITERION; of the capacity: demand, given, open";

impl Wanted {
    /// Reads `won`, `won@source=meta`, `alone:timing@service=roof`.
    ///
    /// # Errors
    /// What can be asked for, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (figure, line) = match text.split_once('@') {
            None => (text, None),
            Some((figure, line)) => {
                let parsed = line.split_once('=').and_then(|(by, key)| Some((Dimension::parse(by)?, key.to_owned())));
                let Some(parsed) = parsed else {
                    let all: Vec<&str> = Dimension::ALL.into_iter().map(Dimension::word).collect();
                    return Err(format!(
                        "{line:?} names no line of a split; write e.g. won@source=meta (by {})",
                        all.join(", ")
                    ));
                };
                (figure, Some(parsed))
            }
        };
        let of = |name: &str| figure.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')).map(str::to_owned);
        let found = if let Some(step) = STEPS.iter().position(|step| *step == figure) {
            Figure::Step(step)
        } else if let Some(code) = of("returned") {
            Figure::Returned(Some(code))
        } else if let Some(name) = of("met") {
            Figure::Met(name)
        } else if let Some(name) = of("unmet") {
            Figure::Unmet(name)
        } else if let Some(name) = of("unknown") {
            Figure::Unknown(name)
        } else if let Some(name) = of("alone") {
            Figure::Alone(name)
        } else if let Some(name) = of("overridden") {
            Figure::Overridden(name)
        } else {
            match figure {
                "returned" => Figure::Returned(None),
                "returned-fault" => Figure::ReturnedFault,
                "mature" => Figure::Mature,
                "won-mature" => Figure::WonMature,
                "answered" => Figure::Answered,
                "unanswered" => Figure::Unanswered,
                "never" => Figure::Never,
                _ => return Err(format!("there is no figure {figure:?}; ask for one of {FIGURES}")),
            }
        };
        Ok(Self { figure: found, line })
    }

    /// The split that must be counted for it.
    pub fn by(&self) -> Option<Dimension> {
        self.line.as_ref().map(|(by, _)| *by)
    }

    /// Does the figure count this lead?
    pub fn takes(&self, journey: &Journey, hits: &Hits) -> bool {
        if self.line.as_ref().is_some_and(|(by, key)| key_of(journey, *by) != *key) {
            return false;
        }
        let said = |name: &str, answer: Answer| {
            hits.cohort && journey.marks.iter().any(|(one, found, _)| one.name() == name && *found == answer)
        };
        match &self.figure {
            Figure::Step(step) => hits.steps[*step],
            Figure::Returned(None) => hits.returned,
            Figure::Returned(Some(code)) => {
                hits.returned && journey.returned.as_ref().is_some_and(|(_, found)| found.to_string() == *code)
            }
            Figure::ReturnedFault => hits.fault,
            Figure::Mature => hits.mature,
            Figure::WonMature => hits.mature && journey.won_at().is_some(),
            Figure::Answered => hits.steps[2] && journey.first_at.is_some(),
            Figure::Unanswered => hits.steps[2] && journey.first_at.is_none(),
            Figure::Never => hits.steps[2] && journey.first_at.is_none() && journey.closed_at.is_some(),
            Figure::Met(name) => said(name, Answer::Met),
            Figure::Unmet(name) => said(name, Answer::Unmet),
            Figure::Unknown(name) => said(name, Answer::Unknown),
            Figure::Alone(name) => {
                let mut against = journey.marks.iter().filter(|(_, _, against)| *against);
                let first = against.next();
                hits.cohort && against.next().is_none() && first.is_some_and(|(one, ..)| one.name() == name)
            }
            Figure::Overridden(name) => hits.cohort && journey.overridden.iter().any(|one| one.name() == name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_or_refused_with_what_there_is() {
        assert_eq!(Wanted::parse("won@source=meta").unwrap().by(), Some(Dimension::Source));
        assert_eq!(Wanted::parse("alone:timing").unwrap().figure, Figure::Alone("timing".into()));
        assert!(Wanted::parse("wins").unwrap_err().contains("won-mature"));
        assert!(Wanted::parse("won@colour=red").unwrap_err().contains("campaign"));
    }
}
