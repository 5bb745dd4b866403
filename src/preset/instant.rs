//! Moments in the notations vendors use (`sources` 10h). What has no zone is no moment unless the preset
//! says which zone it means.

use jiff::Timestamp;
use jiff::civil::DateTime;
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
    /// `strftime` notation, read as UTC unless it holds an offset.
    Utc(String),
}

impl Notation {
    /// Reads `rfc3339`, `epoch_s`, `epoch_ms` or `utc:FORMAT`; `None` where it is none of these.
    ///
    /// # Errors
    /// A format that no date can be written in.
    pub fn parse(name: &str) -> Result<Option<Self>, Fault> {
        Ok(Some(match name {
            "rfc3339" => Self::Rfc3339,
            "epoch_s" => Self::EpochSeconds,
            "epoch_ms" => Self::EpochMillis,
            other => match other.strip_prefix("utc:") {
                None => return Ok(None),
                Some(format) => {
                    jiff::fmt::strtime::format(format, Timestamp::UNIX_EPOCH)
                        .map_err(|error| Fault::about(name, format!("`{format}` is not a date format: {error}")))?;
                    Self::Utc(format.to_owned())
                }
            },
        }))
    }

    /// Reads a moment.
    pub fn read(&self, text: &str) -> Option<Timestamp> {
        let text = text.trim();
        match self {
            Self::Rfc3339 => parse(text),
            Self::EpochSeconds => number(text, 1_000).or_else(|| Timestamp::from_second(text.parse().ok()?).ok()),
            Self::EpochMillis => Timestamp::from_millisecond(text.parse().ok()?).ok(),
            Self::Utc(format) => {
                let broken = jiff::fmt::strtime::parse(format, text).ok()?;
                if broken.offset().is_some() {
                    return broken.to_timestamp().ok();
                }
                let civil: DateTime =
                    broken.to_datetime().or_else(|_| broken.to_date().map(|date| date.at(0, 0, 0, 0))).ok()?;
                TimeZone::UTC.to_timestamp(civil).ok()
            }
        }
    }

    /// What it is called in messages.
    pub fn name(&self) -> String {
        match self {
            Self::Rfc3339 => "a moment with its zone (RFC 3339, like 2026-01-31T09:00:00Z)".to_owned(),
            Self::EpochSeconds => "seconds since 1970".to_owned(),
            Self::EpochMillis => "milliseconds since 1970".to_owned(),
            Self::Utc(format) => format!("a moment written as {format}"),
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
            let read = Notation::parse(notation).unwrap().unwrap().read(text);
            assert_eq!(read, Some(expected), "{notation} {text}");
        }
        let day = Notation::Utc("%Y-%m-%d".into()).read("2026-09-14");
        assert_eq!(day, "2026-09-14T00:00:00Z".parse().ok());
    }

    #[test]
    fn what_has_no_zone_is_no_moment() {
        assert_eq!(Notation::Rfc3339.read("2026-09-14T08:21:07"), None);
        assert_eq!(Notation::Rfc3339.read("yesterday"), None);
        assert_eq!(Notation::EpochSeconds.read("99999999999999999999"), None);
        assert!(Notation::parse("utc:%!").is_err());
        assert_eq!(Notation::parse("text"), Ok(None));
        assert_eq!(duration("7 days").unwrap().as_hours(), 168);
        assert!(duration("-5m").is_err());
        assert!(duration("soon").is_err());
    }
}
