//! The keys of a cap.

use super::Absent::{Is, Like, Required};
use super::Key;
use super::keys::DURATION;
use super::keys::{off, on};

/// `[cap.ID]`.
pub const CAP: &[Key] = &[
    on("team", "id of a team", Like("see above"), "\"berlin\"", "Limits this team."),
    off("person", "id of a person", Like("see above"), "\"anna\"", "Limits this person."),
    off("source", "id of a source", Like("see above"), "\"meta\"", "Limits what comes from this source."),
    off("service", "id of a service", Like("see above"), "\"roof\"", "Limits this service."),
    off("destination", "id of a destination", Like("see above"), "\"desk\"", "Limits what goes to this destination."),
    off(
        "where",
        "condition",
        Like("every lead"),
        "\"region.country == 'DE' and budget.max >= 20000\"",
        "Limits only leads of which this holds. A lead of which that is not known counts as well.",
    ),
    on(
        "max",
        "whole number, 0 to 1000000; money; or a table of weekdays",
        Like("unlimited"),
        "20",
        "At most this many; 0 closes. By weekday: { mo-th = 10, fr = 5, \"sa,su\" = 0 }; a day not named is unlimited. Money: \"5000 EUR\".",
    ),
    on(
        "per",
        "period, \"total\" or \"open\"",
        Required,
        "\"day\"",
        "Over what: \"hour\", \"2 hours\", \"day\", \"week\", \"month\"; \"open\" counts those open at the same time.",
    ),
    off(
        "rolling",
        "true or false",
        Is("false"),
        "false",
        "The window reaches back from now and frees one place at a time. A day is then 24 hours, a week 7 days, a month 30.",
    ),
    off(
        "unit",
        "\"lead\", \"money\" or \"weight\"",
        Like("\"money\" where max is money, else \"lead\""),
        "\"lead\"",
        "What is counted: leads, their source's price_per_lead, or their service's weight.",
    ),
    off(
        "kind",
        "\"hard\" or \"soft\"",
        Is("\"hard\""),
        "\"hard\"",
        "A soft cap warns and forecasts, and stops nobody.",
    ),
    on(
        "smooth",
        "true or false",
        Is("false"),
        "true",
        "Spread over the rest of the working day instead of first come.",
    ),
    off(
        "spread",
        "true or false",
        Is("false"),
        "false",
        "Spread over the working days of a week or month: each day its share, what one leaves the next may use.",
    ),
    off(
        "credit_returns",
        "true or false",
        Is("false"),
        "true",
        "A return that is the source's fault gives its place back, in the window of the return.",
    ),
    on(
        "on_full.hold",
        DURATION,
        Like("as long as it takes"),
        "\"5 days\"",
        "A lead this cap holds waits so long; then it expires.",
    ),
    on(
        "on_full.at_most",
        "whole number, 0 to 1000000",
        Like("unlimited"),
        "200",
        "So many wait at once; then newcomers overflow (H-OVERFLOW).",
    ),
    off(
        "on_full.next",
        "id of another team",
        Like("they wait"),
        "\"hamburg\"",
        "For a team's cap: this team is asked instead.",
    ),
    off(
        "on_full.decline",
        "\"H-OVERFLOW\" or \"R-CAPACITY\"",
        Like("they wait"),
        "\"H-OVERFLOW\"",
        "Nobody waits for this cap: a lead it would hold ends with this code.",
    ),
    off(
        "on_full.hook",
        "http or https address",
        Like("nobody is told"),
        "\"https://example.com/leadgate\"",
        "Told by POST, as JSON, when the cap fills and when it frees.",
    ),
    off(
        "stop_loss.cost_per_qualified",
        "money",
        Like("not looked at"),
        "\"80 EUR\"",
        "For a source's cap without max: it closes while a qualified lead costs more than this, counted as the report counts leads received over per (in days, weeks or months), and opens again at nine tenths of it, after a day at the earliest. A soft one only tells. Whoever opens it by hand (cap reset) is left in peace for a week.",
    ),
    off(
        "stop_loss.on_verdict",
        "true or false",
        Like("not looked at"),
        "true",
        "It closes while the report's verdict on the source is stop, too.",
    ),
    off(
        "stop_loss.at_least",
        "whole number, 5 to 1000000",
        Like("20"),
        "20",
        "With fewer qualified leads (decided ones, for the verdict) nothing is done, and nothing undone.",
    ),
];
