//! Stretches of a period, for lines over time: days for a month, weeks for half a year, else months.

use jiff::ToSpan as _;
use jiff::civil::Date;

/// Up to so many days are shown one by one …
const DAYS_MAX: i32 = 31;
/// … and up to so many by weeks.
const WEEKS_MAX: i32 = 183;
/// Most stretches: eighty years of months.
const STRETCHES_MAX: usize = 1_000;

/// The first days of the stretches of `[since, until]`, ascending; the first is `since` itself, weeks begin on
/// Mondays, months on their first.
pub fn starts(since: Date, until: Date) -> Vec<Date> {
    let length = (until - since).get_days() + 1;
    let mut found = vec![since];
    let mut at = since;
    while found.len() < STRETCHES_MAX {
        let next = if length <= DAYS_MAX {
            at.checked_add(1.day())
        } else if length <= WEEKS_MAX {
            at.checked_add((7 - i64::from(at.weekday().to_monday_zero_offset())).days())
        } else {
            at.first_of_month().checked_add(1.month())
        };
        match next {
            Ok(next) if next <= until => {
                found.push(next);
                at = next;
            }
            _ => break,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_weeks_and_months_begin_where_people_begin_them() {
        assert_eq!(starts(date(2026, 2, 1), date(2026, 2, 28)).len(), 28);
        let weeks = starts(date(2026, 1, 1), date(2026, 2, 28));
        assert_eq!(weeks[..3], [date(2026, 1, 1), date(2026, 1, 5), date(2026, 1, 12)]);
        let months = starts(date(2025, 12, 31), date(2026, 12, 30));
        assert_eq!(months[..3], [date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 1)]);
        assert_eq!(months.len(), 13);
    }
}
