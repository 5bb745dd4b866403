//! Moments as one writes them on the command line.

use jiff::Timestamp;
use jiff::civil::Date;

use super::CliError;
use crate::config::units;

/// A moment that is so far ahead (`direction` 1) or back (-1), `tonight` (the local midnight), a local day's beginning,
/// or an instant.
pub fn moment(text: &str, now: Timestamp, zone: &jiff::tz::TimeZone, direction: i32) -> Result<Timestamp, CliError> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let day = match text {
        "tonight" => now.to_zoned(zone.clone()).date().tomorrow(),
        text => text.parse::<Date>(),
    };
    if let Ok(day) = day {
        let start = day.to_zoned(zone.clone()).map_err(|error| CliError::Failed(format!("{text}: {error}")))?;
        return Ok(start.timestamp());
    }
    let bad = |why: &str| {
        let forms = "write a length like \"4h\" or \"7 days\", a day like 2027-01-31, or an instant like 2027-01-31T18:00:00+01:00";
        CliError::Failed(format!("{text:?} {why}: {forms}"))
    };
    let length = units::duration(text).map_err(|why| bad(&why))?;
    now.checked_add(length * direction).map_err(|_| bad("is too far away"))
}
