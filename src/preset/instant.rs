//! Moments in the notations vendors use (`sources` 10h). What has no zone is no moment unless the preset
//! says which zone it means.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::fault::Fault;

/// How a moment is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notation {
    /// RFC 3339; the offset may lack its colon (`+0000`), the `T` may be a space.
    Rfc3339,
    /// Seconds since 1970, as number or text.
    EpochSeconds,
    /// Milliseconds since 1970, as number or text.
    EpochMillis,
    /// A day, like `2026-01-31`: its first moment in this zone.
    Day(TimeZone),
    /// `strftime` notation, read in this zone (UTC for `utc:`) unless it holds an offset. An hour that the end
    /// of daylight saving repeats is read as its first pass, so that a cursor rather reads again than skips;
    /// one that its beginning leaves out is read as if the clock had not been moved.
    Local(String, TimeZone),
}

impl Notation {
    /// Reads `rfc3339` (or `iso`), `date`, `epoch_s`, `epoch_ms`, `utc:FORMAT` or `naive:FORMAT`; `None` where
    /// it is none of these. `zone` is where days and naive moments are; UTC where there is none.
    ///
    /// # Errors
    /// A format that no date can be written in; a naive one without a zone.
    pub fn parse(name: &str, zone: Option<&TimeZone>) -> Result<Option<Self>, Fault> {
        let here = || zone.cloned().unwrap_or(TimeZone::UTC);
        let format = |format: &str| {
            jiff::fmt::strtime::format(format, &Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC))
                .map_err(|error| Fault::about(name, format!("`{format}` is not a date format: {error}")))?;
            Ok(format.to_owned())
        };
        Ok(Some(match (name, name.split_once(':')) {
            ("rfc3339" | "iso", _) => Self::Rfc3339,
            ("date", _) => Self::Day(here()),
            ("epoch_s", _) => Self::EpochSeconds,
            ("epoch_ms", _) => Self::EpochMillis,
            (_, Some(("utc", text))) => Self::Local(format(text)?, TimeZone::UTC),
            (_, Some(("naive", _))) if zone.is_none() => {
                return Err(Fault::about(name, "a moment without zone needs to know where: cursor.zone"));
            }
            (_, Some(("naive", text))) => Self::Local(format(text)?, here()),
            _ => return Ok(None),
        }))
    }

    /// Reads a moment.
    pub fn read(&self, text: &str) -> Option<Timestamp> {
        let text = text.trim();
        match self {
            Self::Rfc3339 => parse(text),
            Self::EpochSeconds => number(text, 1_000).or_else(|| Timestamp::from_second(text.parse().ok()?).ok()),
            Self::EpochMillis => Timestamp::from_millisecond(text.parse().ok()?).ok(),
            Self::Day(zone) => text.parse::<Date>().ok()?.to_zoned(zone.clone()).ok().map(|day| day.timestamp()),
            Self::Local(format, zone) => {
                let broken = jiff::fmt::strtime::parse(format, text).ok()?;
                if broken.offset().is_some() {
                    return broken.to_timestamp().ok();
                }
                let civil: DateTime =
                    broken.to_datetime().or_else(|_| broken.to_date().map(|date| date.at(0, 0, 0, 0))).ok()?;
                zone.to_ambiguous_zoned(civil).compatible().ok().map(|at| at.timestamp())
            }
        }
    }

    /// What it is called in messages.
    pub fn name(&self) -> String {
        match self {
            Self::Rfc3339 => "a moment with its zone (RFC 3339, like 2026-01-31T09:00:00Z)".to_owned(),
            Self::EpochSeconds => "seconds since 1970".to_owned(),
            Self::EpochMillis => "milliseconds since 1970".to_owned(),
            Self::Day(_) => "a day like 2026-01-31".to_owned(),
            Self::Local(format, _) => format!("a moment written as {format}"),
        }
    }
}

/// `1789374067.25` seconds.
fn number(text: &str, scale: i64) -> Option<Timestamp> {
    let (whole, part) = text.split_once('.')?;
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let millis = whole.parse::<i64>().ok()?.checked_mul(scale)?.checked_add(part.parse().ok()?)?;
    Timestamp::from_millisecond(millis).ok()
}

/// Reads RFC 3339, leniently: an offset without colon, a space for the `T`.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok()
}

/// Reads a length of time as presets write it: `30s`, `5m`, `2 days`. A day has 24 hours; nothing longer
/// than a week is a fixed length.
///
/// # Errors
/// Says what was expected.
pub fn duration(text: &str) -> Result<jiff::SignedDuration, Fault> {
    let bad = || Fault::about(text, format!("`{text}` is not a length of time like `30s`, `5m`, `2h` or `7 days`"));
    let span: jiff::Span = text.parse().map_err(|_| bad())?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let length = span.to_duration(days).map_err(|_| bad())?;
    if length.is_negative() { Err(bad()) } else { Ok(length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_the_notations_vendors_use() {
        let expected: Timestamp = "2026-09-14T08:21:07Z".parse().unwrap();
        for (notation, text) in [
            ("rfc3339", "2026-09-14T08:21:07+0000"),
            ("rfc3339", "2026-09-14T10:21:07.000000+02:00"),
            ("rfc3339", "2026-09-14 10:21:07+02:00"),
            ("epoch_s", "1789374067"),
            ("epoch_s", "1789374067.0"),
            ("epoch_ms", "1789374067000"),
            ("utc:%Y-%m-%d %H:%M:%S", "2026-09-14 08:21:07"),
            ("utc:%Y-%m-%d.%H:%M:%S", "2026-09-14.08:21:07"),
            ("utc:%Y-%m-%dT%H:%M:%S%.f", "2026-09-14T08:21:07.000000"),
        ] {
            let read = Notation::parse(notation, None).unwrap().unwrap().read(text);
            assert_eq!(read, Some(expected), "{notation} {text}");
        }
        let day = Notation::parse("utc:%Y-%m-%d", None).unwrap().unwrap().read("2026-09-14");
        assert_eq!(day, "2026-09-14T00:00:00Z".parse().ok());
    }

    #[test]
    fn a_moment_without_zone_is_read_where_it_was_written() {
        let oslo = TimeZone::get("Europe/Oslo").unwrap();
        let read = |notation: &str, text: &str| {
            let at = Notation::parse(notation, Some(&oslo)).unwrap().unwrap().read(text);
            at.map(|at| at.to_string())
        };
        let naive = "naive:%Y-%m-%d %H:%M:%S";
        assert_eq!(read(naive, "2026-09-14 10:21:07").unwrap(), "2026-09-14T08:21:07Z");
        assert_eq!(read("date", "2026-09-14").unwrap(), "2026-09-13T22:00:00Z");
        assert_eq!(read("iso", "2026-09-14T10:21:07+0200").unwrap(), "2026-09-14T08:21:07Z");
        // Clocks go back at 3:00: 2:30 comes twice and is read as the first.
        assert_eq!(read(naive, "2026-10-25 02:30:00").unwrap(), "2026-10-25T00:30:00Z");
        // Clocks go forward at 2:00: 2:30 is left out and is read as 3:30.
        assert_eq!(read(naive, "2026-03-29 02:30:00").unwrap(), "2026-03-29T01:30:00Z");
    }

    #[test]
    fn what_has_no_zone_is_no_moment() {
        assert_eq!(Notation::Rfc3339.read("2026-09-14T08:21:07"), None);
        assert_eq!(Notation::Rfc3339.read("yesterday"), None);
        assert_eq!(Notation::EpochSeconds.read("99999999999999999999"), None);
        assert!(Notation::parse("utc:%!", None).is_err());
        assert!(Notation::parse("naive:%Y", None).unwrap_err().message.contains("cursor.zone"));
        assert_eq!(Notation::parse("text", None), Ok(None));
        assert_eq!(duration("7 days").unwrap().as_hours(), 168);
        assert!(duration("-5m").is_err());
        assert!(duration("soon").is_err());
    }
}
