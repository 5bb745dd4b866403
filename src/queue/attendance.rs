//! Who is there: absences written in the config, and what was said of somebody while running, which stands above
//! the config until it ends (`domain-rules` 4). Pure, and asked for any instant: a forecast runs ahead of today.

use jiff::Timestamp;

/// What was said of somebody while running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Away: gets nothing.
    Leave,
    /// At work, whatever their hours and absences say.
    On,
    /// Not at work, whatever their hours say; what only they can take waits.
    Off,
    /// Back from an absence the config still names: their hours count again.
    Back,
}

impl Said {
    /// The value it is stored as.
    pub const fn number(self) -> i64 {
        match self {
            Self::Leave => 0,
            Self::On => 1,
            Self::Off => 2,
            Self::Back => 3,
        }
    }

    /// Do they get nothing while this is in force?
    pub const fn keeps_away(self) -> bool {
        matches!(self, Self::Leave | Self::Off)
    }

    /// Reads a stored value; what is not known keeps somebody away rather than flooding them.
    pub const fn from_number(number: i64) -> Self {
        match number {
            1 => Self::On,
            2 => Self::Off,
            3 => Self::Back,
            _ => Self::Leave,
        }
    }
}

/// How somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Away: not asked at all, others step in.
    Absent,
    /// Sent off shift: theirs waits.
    Off,
    /// Called in.
    On,
    /// As their hours say.
    ByHours,
}

/// How somebody is there at an instant, and until when; `None` is until further notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct There {
    /// How.
    pub presence: Presence,
    /// When that changes.
    pub until: Option<Timestamp>,
}

/// When somebody is away, and what was said of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attendance {
    /// Half-open, in any order; may overlap.
    pub absent: Vec<(Timestamp, Timestamp)>,
    /// In force now, until then.
    pub said: Option<(Said, Option<Timestamp>)>,
    /// When that was said; before it counts for nothing. `None`: it counted always.
    pub said_at: Option<Timestamp>,
}

impl Attendance {
    /// How they are there at `now`.
    pub fn at(&self, now: Timestamp) -> There {
        let counts =
            |until: Option<Timestamp>| until.is_none_or(|until| until > now) && self.said_at.is_none_or(|at| at <= now);
        if let Some((said, until)) = self.said.filter(|(_, until)| counts(*until)) {
            let presence = match said {
                Said::Leave => Presence::Absent,
                Said::Off => Presence::Off,
                Said::On => Presence::On,
                Said::Back => Presence::ByHours,
            };
            return There { presence, until };
        }
        if let Some(end) = self.absent_until(now) {
            return There { presence: Presence::Absent, until: Some(end) };
        }
        let begins = self.absent.iter().map(|(from, _)| *from).filter(|from| *from > now).min();
        There { presence: Presence::ByHours, until: begins }
    }

    /// The end of the absences in a row that `now` lies in.
    fn absent_until(&self, now: Timestamp) -> Option<Timestamp> {
        let covers = |at: Timestamp| {
            let ends = self.absent.iter().filter(|(from, until)| *from <= at && at < *until).map(|(_, until)| *until);
            ends.max()
        };
        let mut end = covers(now)?;
        while let Some(later) = covers(end) {
            end = later;
        }
        Some(end)
    }

    /// The latest moment since `since` at which an absence of the config ended before `now`.
    pub fn returned(&self, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let ended = self.absent.iter().map(|(_, until)| *until).filter(|until| *until > since && *until <= now);
        ended.max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i8) -> Timestamp {
        format!("2026-11-{number:02}T00:00:00Z").parse().unwrap()
    }

    #[test]
    fn absences_in_a_row_are_one_and_the_next_one_ends_a_presence() {
        let who = Attendance {
            absent: vec![(day(10), day(12)), (day(12), day(15)), (day(20), day(21))],
            ..Attendance::default()
        };
        assert_eq!(who.at(day(9)), There { presence: Presence::ByHours, until: Some(day(10)) });
        assert_eq!(who.at(day(11)), There { presence: Presence::Absent, until: Some(day(15)) });
        assert_eq!(who.at(day(15)), There { presence: Presence::ByHours, until: Some(day(20)) });
        assert_eq!(who.at(day(21)), There { presence: Presence::ByHours, until: None });
        assert_eq!(who.returned(day(14), day(16)), Some(day(15)));
        assert_eq!(who.returned(day(15), day(16)), None);
    }

    #[test]
    fn what_was_said_stands_above_the_config_until_it_ends() {
        let absent = vec![(day(10), day(20))];
        for (said, presence) in
            [(Said::Back, Presence::ByHours), (Said::On, Presence::On), (Said::Leave, Presence::Absent)]
        {
            let who = Attendance { absent: absent.clone(), said: Some((said, Some(day(12)))), said_at: Some(day(11)) };
            assert_eq!(who.at(day(10)), There { presence: Presence::Absent, until: Some(day(20)) }, "not said yet");
            assert_eq!(who.at(day(11)), There { presence, until: Some(day(12)) });
            assert_eq!(who.at(day(12)), There { presence: Presence::Absent, until: Some(day(20)) });
            assert_eq!(Said::from_number(said.number()), said);
        }
    }
}
