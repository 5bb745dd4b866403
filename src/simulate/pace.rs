//! How fast people answer, measured: the one thing of the past that other rules would have changed and that
//! must be assumed. A person is taken for somebody who answers one lead after another in their working time.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::config::Config;

/// Fewest answers a person's own pace is taken from; below it counts that of everybody.
const ANSWERS_LEAST: usize = 5;
/// Most answers looked at for one person, the newest.
const ANSWERS_MOST: usize = 200;
/// Handling time where nothing is known.
const HANDLING: SignedDuration = SignedDuration::from_mins(15);

/// How fast somebody answers, in working time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between taking the lead and the first response, when nothing else waits.
    pub reaction: SignedDuration,
    /// Between one answer and the next while more wait.
    pub handling: SignedDuration,
}

/// One answered handoff of the past.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Person id.
    pub person: Arc<str>,
    /// When they had it.
    pub accepted_at: Timestamp,
    /// When they answered.
    pub first_at: Timestamp,
}

/// Everybody's pace.
#[derive(Debug, Clone)]
pub struct Paces {
    of: BTreeMap<String, Pace>,
    everybody: Pace,
    /// Answers it was measured from.
    pub answers: usize,
}

impl Paces {
    /// Measures. Reaction is the lower quartile of the response times (the lead met a free person), handling
    /// the median of the gaps between two answers where the second lead already waited at the first answer.
    pub fn measure(config: &Config, answered: &[Answered]) -> Self {
        let mut by_person: BTreeMap<&str, Vec<&Answered>> = BTreeMap::new();
        for one in answered {
            by_person.entry(&one.person).or_default().push(one);
        }
        let mut all = Times::default();
        let mut of = BTreeMap::new();
        for (person, mut own) in by_person {
            own.sort_by_key(|one| one.first_at);
            let own = own.get(own.len().saturating_sub(ANSWERS_MOST)..).unwrap_or_default();
            let times = Times::of(config, person, own);
            all.add(&times);
            if times.reactions.len() >= ANSWERS_LEAST {
                of.insert(person.to_owned(), times);
            }
        }
        let everybody = all.pace(None);
        let of = of.into_iter().map(|(person, times)| (person, times.pace(Some(everybody)))).collect();
        Self { of, everybody, answers: answered.len() }
    }

    /// A person's pace; everybody's where too little is known of them.
    pub fn of(&self, person: &str) -> Pace {
        self.of.get(person).copied().unwrap_or(self.everybody)
    }
}

#[derive(Default)]
struct Times {
    reactions: Vec<SignedDuration>,
    gaps: Vec<SignedDuration>,
}

impl Times {
    fn of(config: &Config, person: &str, own: &[&Answered]) -> Self {
        let hours = config.people.get(person).map_or(&config.business.hours, |person| &person.hours);
        let reactions = own.iter().map(|one| hours.elapsed(one.accepted_at, one.first_at)).collect();
        let busy = own.windows(2).filter_map(|pair| {
            let [before, after] = pair else { return None };
            (after.accepted_at <= before.first_at).then(|| hours.elapsed(before.first_at, after.first_at))
        });
        Self { reactions, gaps: busy.collect() }
    }

    fn add(&mut self, other: &Self) {
        self.reactions.extend(&other.reactions);
        self.gaps.extend(&other.gaps);
    }

    fn pace(mut self, else_as: Option<Pace>) -> Pace {
        let enough = self.gaps.len() >= ANSWERS_LEAST;
        let handling = quantile(&mut self.gaps, 50).filter(|_| enough || else_as.is_none());
        let handling = handling.or(else_as.map(|pace| pace.handling)).unwrap_or(HANDLING);
        let reaction = quantile(&mut self.reactions, 25).or(else_as.map(|pace| pace.reaction));
        Pace { reaction: reaction.unwrap_or(HANDLING), handling }
    }
}

fn quantile(times: &mut [SignedDuration], percent: usize) -> Option<SignedDuration> {
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100).max(1) - 1;
    times.get(rank).copied()
}
