//! Precision and recall of a set of rules, by what people won and sent back.

use serde::Serialize;

use crate::lead::VerdictKind;
use crate::store::{Ended, ShadowTally};

/// Below so many nothing is said but that it is too few (`domain-rules` 7).
pub const TOO_FEW: u64 = 5;
/// Half the width of the middle 95 % of a normal distribution, in standard deviations.
const Z: f64 = 1.959_963_984_540_054;

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Share {
    /// Hits.
    pub hits: u64,
    /// Of how many.
    pub n: u64,
    /// Hits / n, 0 to 1; `None` where n is 0.
    pub share: Option<f64>,
    /// Lower end of the 95 % interval, by Wilson's score (E. B. Wilson, 1927).
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// n is below [`TOO_FEW`]: no conclusion.
    pub too_few: bool,
}

impl Share {
    /// `hits` of `n`.
    pub fn of(hits: u64, n: u64) -> Self {
        let too_few = n < TOO_FEW;
        if n == 0 {
            return Self { hits, n, too_few, ..Self::default() };
        }
        let (count, share) = (n as f64, hits as f64 / n as f64);
        let spread = Z * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt();
        let (middle, scale) = (share + Z * Z / (2.0 * count), 1.0 + Z * Z / count);
        let end = |value: f64| Some((value / scale).clamp(0.0, 1.0));
        Self { hits, n, share: Some(share), low: end(middle - spread), high: end(middle + spread), too_few }
    }
}

impl Share {
    /// For people: `80 % (49–94, n 10)`, `too few (n 3)`, `— (n 0)`.
    pub fn words(&self) -> String {
        let percent = |value: f64| format!("{:.0}", value * 100.0);
        match (self.share, self.low, self.high) {
            (Some(value), Some(low), Some(high)) if !self.too_few => {
                format!("{} % ({}–{}, n {})", percent(value), percent(low), percent(high), self.n)
            }
            (Some(_), ..) => format!("too few (n {})", self.n),
            _ => "— (n 0)".to_owned(),
        }
    }
}

/// How one set of rules did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Score {
    /// Leads it qualified.
    pub qualified: u64,
    /// Leads it gave to a person to look at.
    pub review: u64,
    /// Leads it turned down.
    pub disqualified: u64,
    /// Of those it qualified and that were won or sent back through the source's fault: won.
    pub precision: Share,
    /// Of those that were won: qualified by it.
    pub recall: Share,
}

/// How leads ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ends {
    /// Won.
    pub won: u64,
    /// Sent back through the source's fault.
    pub returned: u64,
    /// Sent back through our own fault; not counted for or against a rule.
    pub our_fault: u64,
    /// Lost; not counted for or against a rule.
    pub lost: u64,
    /// Not ended yet, or never handed to anybody.
    pub open: u64,
}

/// The score of one side, which `side` picks out of a tally.
pub fn score(tallies: &[ShadowTally], side: impl Fn(&ShadowTally) -> VerdictKind) -> Score {
    let sum = |wanted: &dyn Fn(&ShadowTally) -> bool| -> u64 {
        tallies.iter().filter(|tally| wanted(tally)).map(|tally| tally.leads).sum()
    };
    let kind = |kind: VerdictKind| sum(&|tally| side(tally) == kind);
    let taken = |ended: Ended| sum(&|tally| side(tally) == VerdictKind::Qualified && tally.ended == ended);
    let (won, returned) = (taken(Ended::Won), taken(Ended::Returned));
    Score {
        qualified: kind(VerdictKind::Qualified),
        review: kind(VerdictKind::Review),
        disqualified: kind(VerdictKind::Disqualified),
        precision: Share::of(won, won + returned),
        recall: Share::of(won, sum(&|tally| tally.ended == Ended::Won)),
    }
}

/// How all of them ended.
pub fn ends(tallies: &[ShadowTally]) -> Ends {
    let mut ends = Ends::default();
    for tally in tallies {
        let place = match tally.ended {
            Ended::Won => &mut ends.won,
            Ended::Returned => &mut ends.returned,
            Ended::OurFault => &mut ends.our_fault,
            Ended::Lost => &mut ends.lost,
            Ended::Open => &mut ends.open,
        };
        *place += tally.leads;
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use VerdictKind::{Disqualified, Qualified, Review};

    fn tally(live: VerdictKind, draft: VerdictKind, ended: Ended, leads: u64) -> ShadowTally {
        ShadowTally { live, draft, ended, leads }
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        let score = score(&[], |tally| tally.live);
        assert_eq!((score.precision.share, score.precision.low, score.precision.too_few), (None, None, true));
        assert_eq!(score.recall.n, 0);
    }

    #[test]
    fn intervals_are_those_of_wilson() {
        // R: binom.confint(k, n, method = "wilson")
        for (hits, n, low, high) in
            [(8, 10, 0.4902, 0.9433), (0, 5, 0.0, 0.4345), (5, 5, 0.5655, 1.0), (50, 100, 0.4038, 0.5962)]
        {
            let share = Share::of(hits, n);
            let near = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-4;
            assert!(near(share.low, low) && near(share.high, high), "{hits} of {n}: {share:?}");
            assert!(!share.too_few);
        }
        assert!(Share::of(4, 4).too_few);
    }

    #[test]
    fn both_sides_are_measured_by_the_same_ends() {
        let tallies = [
            tally(Qualified, Qualified, Ended::Won, 6),
            tally(Qualified, Disqualified, Ended::Returned, 4),
            tally(Review, Qualified, Ended::Won, 2),
            tally(Qualified, Qualified, Ended::Lost, 9),
            tally(Qualified, Review, Ended::OurFault, 3),
            tally(Disqualified, Qualified, Ended::Open, 5),
        ];
        let (live, draft) = (score(&tallies, |one| one.live), score(&tallies, |one| one.draft));
        assert_eq!((live.precision.hits, live.precision.n), (6, 10));
        assert_eq!((draft.precision.hits, draft.precision.n), (8, 8));
        assert_eq!((live.recall.hits, live.recall.n), (6, 8));
        assert_eq!((draft.recall.hits, draft.recall.n), (8, 8));
        assert_eq!((live.qualified, live.review, live.disqualified), (22, 2, 5));
        let ends = ends(&tallies);
        assert_eq!((ends.won, ends.returned, ends.our_fault, ends.lost, ends.open), (8, 4, 3, 9, 5));
    }
}
