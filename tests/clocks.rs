//! When an answer is due and how much working time has passed: against a table worked out by hand, against a
//! reference that walks minute by minute, and as somebody at a shell asks (`leadgate due`, `leadgate elapsed`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests, in functions of their own

use std::process::Command;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use leadgate::calendar::{Calendar, HolidayChanges};
use serde_json::{Value, json};

const WEEK: &str = "Mo-Fr 09:00-17:00; PH off";
const NIGHT: &str = "Mo-Fr 22:00-06:00; PH off";

fn calendar(hours: &str) -> Calendar {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    Calendar::parse(hours, &zone, "DE", &HolidayChanges::default()).unwrap()
}

/// A moment of Berlin's clock; one that comes twice is named by its offset.
fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| {
        let local: jiff::civil::DateTime = text.parse().unwrap();
        local.to_zoned(TimeZone::get("Europe/Berlin").unwrap()).unwrap().timestamp()
    })
}

#[test]
fn due_times_at_the_edges() {
    for (hours, from, minutes, due) in [
        // The examples of the rules: Friday afternoon, and the weekend.
        (WEEK, "2026-11-20T16:30", 60, "2026-11-23T09:30"),
        (WEEK, "2026-11-21T10:00", 60, "2026-11-23T10:00"),
        // The earliest such moment: closing time itself, not the next opening.
        (WEEK, "2026-11-20T16:00", 60, "2026-11-20T17:00"),
        (WEEK, "2026-11-20T09:00", 480, "2026-11-20T17:00"),
        // At closing time, at opening time, before it.
        (WEEK, "2026-11-20T17:00", 1, "2026-11-23T09:01"),
        (WEEK, "2026-11-23T09:00", 1, "2026-11-23T09:01"),
        (WEEK, "2026-11-23T08:59", 1, "2026-11-23T09:01"),
        // Nothing is due at once, whatever the hours.
        (WEEK, "2026-11-21T10:00", 0, "2026-11-21T10:00"),
        // Christmas on Friday and Saturday; Easter; New Year; two breaks.
        (WEEK, "2026-12-24T16:30", 60, "2026-12-28T09:30"),
        (WEEK, "2026-04-02T16:59", 2, "2026-04-07T09:01"),
        (WEEK, "2026-12-31T17:00", 1, "2027-01-04T09:01"),
        ("Mo-Fr 09:00-12:00,13:00-17:00", "2026-11-23T11:30", 60, "2026-11-23T13:30"),
        // A shift belongs to the day it begins on.
        (NIGHT, "2026-11-20T22:00", 480, "2026-11-21T06:00"),
        (NIGHT, "2026-11-20T22:00", 481, "2026-11-23T22:01"),
        (NIGHT, "2025-12-31T23:00", 420, "2026-01-01T06:00"),
        (NIGHT, "2026-01-01T05:00", 90, "2026-01-02T22:30"),
        ("Mo-Fr 22:00-06:00; Sa 10:00-12:00", "2026-11-21T05:00", 90, "2026-11-21T10:30"),
        // The night the clock goes forward has an hour less, the night it goes back one more.
        ("22:00-06:00", "2026-03-28T22:00", 421, "2026-03-29T22:01"),
        ("22:00-06:00", "2026-10-24T22:00", 540, "2026-10-25T06:00"),
        ("24/7", "2026-03-29T01:30", 60, "2026-03-29T03:30"),
        ("24/7", "2026-10-25T02:30:00+02:00", 60, "2026-10-25T02:30:00+01:00"),
    ] {
        let calendar = calendar(hours);
        let found = calendar.add(at(from), SignedDuration::from_mins(minutes)).unwrap();
        assert_eq!(found, at(due), "{hours}: {minutes} min after {from}");
        assert_eq!(calendar.elapsed(at(from), found), SignedDuration::from_mins(minutes), "{hours}: back from {due}");
    }
    assert_eq!(calendar("Mo-Su off").add(at("2026-11-20T16:30"), SignedDuration::from_secs(1)), None);
}

#[test]
fn working_time_between_two_moments() {
    for (hours, from, to, minutes) in [
        (WEEK, "2026-11-20T16:30", "2026-11-23T09:30", 60),
        (WEEK, "2026-11-20T17:00", "2026-11-23T09:00", 0),
        (WEEK, "2026-11-23T09:30", "2026-11-20T16:30", 0),
        (WEEK, "2026-11-23T09:30", "2026-11-23T09:30", 0),
        (WEEK, "2026-12-21T00:00", "2026-12-28T00:00", 4 * 480),
        (NIGHT, "2025-12-31T12:00", "2026-01-01T12:00", 480),
        (NIGHT, "2026-01-01T12:00", "2026-01-02T12:00", 0),
        ("Mo-Fr 22:00-06:00; PH 20:00-02:00", "2026-01-01T12:00", "2026-01-02T12:00", 360),
        ("Mo-Fr 22:00-06:00; Sa,Su off", "2026-11-20T12:00", "2026-11-22T12:00", 480),
        ("Mo-Fr 22:00-06:00, Sa 10:00-12:00", "2026-11-20T12:00", "2026-11-22T12:00", 600),
        ("Mo-Fr 22:00-06:00; Sa 02:00-02:30 off", "2026-11-20T12:00", "2026-11-22T12:00", 450),
        ("Mo-Fr 09:00-17:00 || 22:00-06:00", "2026-11-20T12:00", "2026-11-22T12:00", 780),
        ("Fr 20:00-06:00, Sa 05:00-08:00", "2026-11-20T12:00", "2026-11-22T12:00", 720),
        ("22:00-02:30", "2026-10-24T12:00", "2026-10-25T12:00", 300),
        ("24/7", "2026-03-29T00:00", "2026-03-30T00:00", 23 * 60),
        ("24/7", "2026-10-25T00:00", "2026-10-26T00:00", 25 * 60),
    ] {
        let found = calendar(hours).elapsed(at(from), at(to));
        assert_eq!(found, SignedDuration::from_mins(minutes), "{hours}: {from} to {to}");
    }
}

/// Shifts of one kind on some weekdays, none beginning on a holiday: the rules told the long way.
struct Reference {
    days: &'static [Weekday],
    shift: (i64, i64),
    holidays: Vec<Date>,
}

impl Reference {
    /// Is the minute that begins at `at` worked, by the clock on the wall?
    fn works(&self, at: Timestamp) -> bool {
        let local = at.to_zoned(TimeZone::get("Europe/Berlin").unwrap()).datetime();
        let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
        let begins = |day: Date| self.days.contains(&day.weekday()) && !self.holidays.contains(&day);
        let (start, end) = self.shift;
        let today = begins(local.date()) && (start..end).contains(&minute);
        let evening_before = begins(local.date() - 1.day()) && (start..end).contains(&(minute + 24 * 60));
        today || evening_before
    }

    fn elapsed(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        let minutes = (from.as_second()..to.as_second()).step_by(60);
        let worked = minutes.filter(|second| self.works(Timestamp::from_second(*second).unwrap())).count();
        SignedDuration::from_mins(worked.try_into().unwrap())
    }
}

#[test]
fn the_calendar_agrees_with_a_walk_minute_by_minute() {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    const WORKDAYS: &[Weekday] = &[Monday, Tuesday, Wednesday, Thursday, Friday];
    const ALL: &[Weekday] = &[Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday];
    let holidays: Vec<Date> =
        ["2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14"]
            .iter()
            .map(|day| day.parse().unwrap())
            .collect();
    for (hours, days, shift, heeds) in [
        (WEEK, WORKDAYS, (540, 1020), true),
        (NIGHT, WORKDAYS, (1320, 1800), true),
        ("Sa-Mo 18:30-02:15; PH off", &[Saturday, Sunday, Monday][..], (1110, 1575), true),
        ("Mo-Su 02:15-02:45", ALL, (135, 165), false),
        ("24/7", ALL, (0, 1440), false),
    ] {
        let calendar = calendar(hours);
        let holidays = if heeds { holidays.clone() } else { Vec::new() };
        let reference = Reference { days, shift, holidays };
        // Christmas to May: holidays, weekends and the clock going forward; then the clock going back.
        for (first, last, step) in
            [("2025-12-20T00:00Z", "2026-05-16T00:00Z", 37), ("2026-10-23T00:00Z", "2026-10-27T00:00Z", 5)]
        {
            let (mut from, end) = (first.parse::<Timestamp>().unwrap(), last.parse::<Timestamp>().unwrap());
            while from < end {
                let to = (from + SignedDuration::from_mins(step * 60 + 11)).min(end);
                assert_eq!(calendar.elapsed(from, to), reference.elapsed(from, to), "{hours}: {from} to {to}");
                from = to;
            }
        }
    }
}

/// What the binary says to a call without any configuration: exit status, standard output, standard error.
fn leadgate(args: &[&str]) -> (i32, String, String) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadgate"));
    let output = command.env_clear().env("HOME", home.path()).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const BERLIN: [&str; 6] = ["--hours", WEEK, "--zone", "Europe/Berlin", "--country", "DE"];

fn told(command: &str, moments: &[&str]) -> Value {
    let args = [&[command, "--json"], moments, &BERLIN].concat();
    let (status, out, err) = leadgate(&args);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn somebody_at_a_shell_asks() {
    let due = told("due", &["--from", "2026-11-20T16:30:00+01:00", "--within", "1h"]);
    assert_eq!(due, json!({ "due": "2026-11-23T09:30:00+01:00" }));
    let due = told("due", &["--from", "2026-11-21T16:30:00.5Z", "--within", "0"]);
    assert_eq!(due, json!({ "due": "2026-11-21T17:30:00.5+01:00" }));
    let elapsed = told("elapsed", &["--from", "2026-11-20T15:30:00Z", "--to", "2026-11-23T08:30:00Z"]);
    assert_eq!(elapsed, json!({ "business_seconds": 3600, "wall_seconds": 234_000 }));
    let before = told("elapsed", &["--from", "2026-11-23T08:30:00Z", "--to", "2026-11-20T15:30:00Z"]);
    assert_eq!(before, json!({ "business_seconds": 0, "wall_seconds": 0 }));

    let (_, said, _) = leadgate(&[&["due", "--from", "2026-11-20T15:30:00Z", "--within", "90m"], &BERLIN[..]].concat());
    assert!(said.starts_with("due Mon 2026-11-23 10:00 +01:00: 1 h 30 min of working time after Fri"), "{said}");
    let (_, said, _) = leadgate(
        &[&["elapsed", "--from", "2026-11-23T08:30:00Z", "--to", "2026-11-20T15:30:00Z"], &BERLIN[..]].concat(),
    );
    assert!(said.contains("before the first, which counts as no time"), "{said}");
}

#[test]
fn a_region_s_own_holidays_are_added() {
    let days = ["--extra-holiday", "2027-03-08", "--not-holiday", "2027-03-26"];
    for (from, due) in [
        ("2027-03-05T16:30:00+01:00", "2027-03-09T09:30:00+01:00"),
        ("2027-03-25T16:30:00+01:00", "2027-03-26T09:30:00+01:00"),
    ] {
        let args = [&["due", "--json", "--from", from, "--within", "1h"], &BERLIN[..], &days].concat();
        let (status, out, _) = leadgate(&args);
        assert_eq!((status, out.trim()), (0, format!("{{\"due\":\"{due}\"}}").as_str()));
    }
}

#[test]
fn what_cannot_be_asked_is_said() {
    let from = "2026-11-20T16:30:00+01:00";
    for (status, args, says) in [
        (2, &["--from", "2026-11-20T16:30:00", "--within", "1h"][..], "with its offset"),
        (2, &["--from", from, "--within", "1 day"], "no fixed length"),
        (2, &["--from", from, "--within", "soon"], "\"1h 30m\""),
        (2, &["--from", from, "--within", "1h", "--hours", "24/7"], "--zone"),
        (
            2,
            &["--from", from, "--within", "1h", "--team", "one", "--hours", "24/7", "--zone", "UTC"],
            "cannot be used with",
        ),
        (1, &["--from", from, "--within", "1h", "--hours", "Mo-Fr 9 to 5", "--zone", "UTC"], "09:00-17:00"),
        (1, &["--from", from, "--within", "1h", "--hours", "24/7", "--zone", "Europe/Berln"], "\"Europe/Berlin\""),
        (1, &["--from", from, "--within", "1h", "--hours", WEEK, "--zone", "UTC"], "--country DE"),
        (1, &["--from", from, "--within", "1h", "--hours", WEEK, "--zone", "UTC", "--country", "DE-BE"], "extra"),
        (1, &["--from", from, "--within", "1h", "--hours", "off", "--zone", "UTC"], "do not open"),
        (1, &["--from", from, "--within", "99999h", "--hours", "24/7", "--zone", "UTC"], "three years"),
        (
            1,
            &["--from", "2090-01-01T00:00:00Z", "--within", "1h", "--hours", WEEK, "--zone", "UTC", "--country", "DE"],
            "2076",
        ),
        (1, &["--from", from, "--within", "1h"], "leadgate init"),
    ] {
        let (code, out, err) = leadgate(&[&["due"], args].concat());
        assert_eq!((code, out.as_str()), (status, ""), "{args:?}: {err}");
        assert!(err.contains(says), "{args:?}: {err}");
    }
}

#[test]
fn a_team_is_asked_by_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("leadgate.toml");
    std::fs::write(&file, CONFIG).unwrap();
    let ask = |team: &[&str]| {
        let args = [
            &[
                "--config",
                file.to_str().unwrap(),
                "due",
                "--json",
                "--from",
                "2026-11-21T10:00:00+01:00",
                "--within",
                "1h",
            ],
            team,
        ]
        .concat();
        leadgate(&args)
    };
    assert_eq!(ask(&[]).1.trim(), r#"{"due":"2026-11-23T10:00:00+01:00"}"#, "the business's hours");
    assert_eq!(ask(&["--team", "night"]).1.trim(), r#"{"due":"2026-11-21T23:00:00+01:00"}"#);
    assert_eq!(ask(&["--team", "Night shift"]).1.trim(), r#"{"due":"2026-11-21T23:00:00+01:00"}"#);
    let (status, told, _) = ask(&["--team", "nigth"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((status, told["error"].as_str()), (1, Some("there is no team \"nigth\"; did you mean \"night\"?")));
}

const CONFIG: &str = r#"
[business]
name = "B"
zone = "Europe/Berlin"
country = "DE"
currency = "EUR"
languages = ["de"]
hours = "Mo-Fr 09:00-17:00; PH off"
[service.roof]
words = ["roof"]
criteria = { anywhere = true, anybody = true }
[team.night]
title = "Night shift"
services = ["roof"]
hours = "Mo-Su 22:00-06:00"
[person.anna]
team = "night"
email = "anna@example.com"
[destination.mail]
smtp = "smtp+plain://127.0.0.1:2525"
from = "Leads <leads@example.com>"
[route.default]
to = ["mail"]
answer_within = "1h"
"#;
