//! The end of the table: what is kept, what the figures go by, where the data lies, and rates.

use super::Absent::{Is, Like};
use super::Key;
use super::keys::{DURATION, LIST_OF_IDS, SECRET, off, on};

/// A window of the figures.
const WINDOW: &str = "whole days, up to 10 years";

/// See [`super::SECTIONS`].
pub const KEEP: &[Key] = &[
    on(
        "raw_payloads",
        "length of time, or \"0 days\"",
        Is("\"30 days\""),
        "\"30 days\"",
        "Records exactly as received.",
    ),
    on("closed_leads", DURATION, Is("\"3 years\""), "\"3 years\"", "Leads after they were closed; their counts stay."),
];

/// See [`super::SECTIONS`].
pub const REPORT: &[Key] = &[
    on(
        "decided_after",
        WINDOW,
        Is("\"60 days\""),
        "\"60 days\"",
        "A lead handed off so long ago counts for the verdict of its source, decided or not.",
    ),
    on(
        "returned_within",
        WINDOW,
        Is("\"14 days\""),
        "\"14 days\"",
        "A lead handed off so long ago is returned no more; younger ones are counted apart.",
    ),
    on(
        "credited_for",
        WINDOW,
        Is("\"30 days\""),
        "\"30 days\"",
        "A touch by a campaign so long before the hand-off still gets the credit for the lead.",
    ),
    off(
        "returns_credited_by",
        LIST_OF_IDS,
        Like("none"),
        "[\"meta\"]",
        "Sources whose terms credit what is returned for their fault: price_per_lead each, without being entered by hand.",
    ),
    off(
        "mail_to",
        "list of e-mail addresses",
        Like("nobody"),
        "[\"owner@example.com\"]",
        "Whoever gets the report by mail: what each source came to in words, the whole report as a page attached. Sent by the mail server of the default route, else by any there is; once for each period, and where it was off at the time, once it is back.",
    ),
    on(
        "every",
        "\"day\", \"week\" or \"month\"",
        Is("\"week\""),
        "\"week\"",
        "How often; a month's goes out on its first day.",
    ),
    on(
        "weekday",
        "\"mo\", \"tu\", \"we\", \"th\", \"fr\", \"sa\" or \"su\"",
        Is("\"mo\""),
        "\"mo\"",
        "On which day a week's goes out.",
    ),
    on("at", "time of the day", Is("\"07:00\""), "\"07:00\"", "When it goes out, on the business's clock."),
    on(
        "over",
        WINDOW,
        Is("\"91 days\""),
        "\"91 days\"",
        "Leads received in so many days before it are in it: verdicts need some that are decided.",
    ),
];

/// See [`super::SECTIONS`].
pub const STORE: &[Key] = &[
    off(
        "url",
        "PostgreSQL address with a user",
        Like("a file in the data directory"),
        "\"postgres://leadgate@db.example.com/leadgate\"",
        "Several engines and consoles share one PostgreSQL.",
    ),
    off("password", SECRET, Like("none"), "{ file = \"postgres.key\" }", "The user's password."),
];

/// See [`super::SECTIONS`].
pub const RATES: &[Key] = &[on(
    "CUR",
    "number above 0",
    Like("amounts in it cannot be compared"),
    "1.05",
    "1 CHF is so many of your currency.",
)];
