//! Which report goes out when: moments on the business's clock, and the days each one speaks of. Pure, so that a
//! report that was missed is the same one later.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan as _};

use crate::config::checked::{Every, OwnerMail};

/// One report of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// `week-2026-11-23`: how often, and the day it goes out. Its mail's name comes from it.
    pub name: String,
    /// For people: `week`.
    pub word: &'static str,
    /// First local day it speaks of, inclusive.
    pub first: Date,
    /// Last one: the day before it goes out.
    pub last: Date,
    /// When it goes out.
    pub due_at: Timestamp,
    /// When the next one does: until then this one is tried.
    pub until: Timestamp,
}

/// The latest report that is due at `now`; `None` only at the ends of time.
pub fn latest(mail: &OwnerMail, zone: &TimeZone, now: Timestamp) -> Option<Period> {
    let today = now.to_zoned(zone.clone()).date();
    let mut day = on_or_before(mail.every, today)?;
    if moment(day, mail, zone)? > now {
        day = on_or_before(mail.every, day.yesterday().ok()?)?;
    }
    let next = match mail.every {
        Every::Day => day.tomorrow(),
        Every::Week(_) => day.checked_add(1.week()),
        Every::Month => day.checked_add(1.month()),
    };
    let last = day.yesterday().ok()?;
    Some(Period {
        name: format!("{}-{day}", mail.every.word()),
        word: mail.every.word(),
        first: on_or_before(mail.every, last)?,
        last,
        due_at: moment(day, mail, zone)?,
        until: moment(next.ok()?, mail, zone)?,
    })
}

/// The latest day not after `day` on which one goes out.
fn on_or_before(every: Every, day: Date) -> Option<Date> {
    match every {
        Every::Day => Some(day),
        Every::Week(weekday) => {
            let back = day.weekday().since(weekday);
            day.checked_sub(i64::from(back).days()).ok()
        }
        Every::Month => Some(day.first_of_month()),
    }
}

/// The instant of a local time: the earlier one where it comes twice, the end of the gap where it does not come.
fn moment(day: Date, mail: &OwnerMail, zone: &TimeZone) -> Option<Timestamp> {
    let local = DateTime::from_parts(day, mail.at);
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(local).ok()
        }
        AmbiguousOffset::Gap { after, .. } => {
            // By the offset after the gap a time within it lies before the gap; the next change of the zone is its end.
            let before = after.to_timestamp(local).ok()?;
            zone.following(before).next().map(|change| change.timestamp())
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Weekday, time};

    use super::*;

    fn mail(every: Every, hour: i8, minute: i8) -> OwnerMail {
        OwnerMail { to: vec!["owner@own.test".into()], every, at: time(hour, minute, 0, 0), over: 91 }
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse::<DateTime>().unwrap().to_zoned(berlin()).unwrap().timestamp()
    }

    fn told(mail: &OwnerMail, now: &str) -> [String; 4] {
        let found = latest(mail, &berlin(), at(now)).unwrap();
        let local = |at: Timestamp| at.to_zoned(berlin()).strftime("%m-%d %H:%M").to_string();
        [found.name, format!("{} {}", found.first, found.last), local(found.due_at), local(found.until)]
    }

    #[test]
    fn a_weeks_goes_out_on_its_day_and_speaks_of_the_seven_before() {
        let monday = mail(Every::Week(Weekday::Monday), 7, 0);
        let this = ["week-2026-11-23", "2026-11-16 2026-11-22", "11-23 07:00", "11-30 07:00"];
        assert_eq!(told(&monday, "2026-11-23T07:00"), this);
        assert_eq!(told(&monday, "2026-11-29T23:59"), this);
        assert_eq!(told(&monday, "2026-11-23T06:59")[0], "week-2026-11-16");
        let sunday = mail(Every::Week(Weekday::Sunday), 18, 30);
        assert_eq!(
            told(&sunday, "2026-11-23T00:00"),
            ["week-2026-11-22", "2026-11-15 2026-11-21", "11-22 18:30", "11-29 18:30"]
        );
    }

    #[test]
    fn a_months_speaks_of_the_whole_month_however_long_it_was() {
        let month = mail(Every::Month, 7, 0);
        let march = ["month-2027-03-01", "2027-02-01 2027-02-28", "03-01 07:00", "04-01 07:00"];
        assert_eq!(told(&month, "2027-03-31T12:00"), march);
        assert_eq!(told(&month, "2027-04-01T06:59"), march);
        assert_eq!(told(&month, "2027-01-01T07:00")[1], "2026-12-01 2026-12-31");
        assert_eq!(told(&month, "2028-03-01T07:00")[1], "2028-02-01 2028-02-29");
    }

    #[test]
    fn a_time_that_does_not_come_moves_to_the_end_of_the_gap_and_one_that_comes_twice_is_the_first() {
        let night = mail(Every::Day, 2, 30);
        let spring = latest(&night, &berlin(), "2027-03-28T01:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(spring.due_at.to_string(), "2027-03-28T01:00:00Z", "03:00, when the clock moved on");
        assert_eq!(spring.name, "day-2027-03-28");
        let autumn = latest(&night, &berlin(), "2026-10-25T00:30:00Z".parse().unwrap()).unwrap();
        assert_eq!(
            (autumn.due_at.to_string().as_str(), autumn.name.as_str()),
            ("2026-10-25T00:30:00Z", "day-2026-10-25")
        );
        // The hour that comes again is the same period: nothing goes out twice.
        let again = latest(&night, &berlin(), "2026-10-25T01:30:00Z".parse().unwrap()).unwrap();
        assert_eq!(again, autumn);
    }

    proptest::proptest! {
        #[test]
        fn each_moment_has_one_period_that_has_begun_and_not_ended(secs in 1_577_836_800_i64..2_208_988_800, which in 0..9_usize) {
            let days = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday,
                Weekday::Saturday, Weekday::Sunday];
            let every = days.get(which).map_or(if which == 7 { Every::Day } else { Every::Month }, |day| Every::Week(*day));
            let mail = mail(every, 2, 15);
            let now = Timestamp::from_second(secs).unwrap();
            let one = latest(&mail, &berlin(), now).unwrap();
            proptest::prop_assert!(one.due_at <= now && now < one.until && one.first <= one.last);
            let next = latest(&mail, &berlin(), one.until).unwrap();
            proptest::prop_assert_eq!((next.due_at, next.first), (one.until, one.last.tomorrow().unwrap()));
        }
    }
}
