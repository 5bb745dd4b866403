//! The keys of exceptions.

use super::Absent::Like;
use super::Key;
use super::keys::{POLICY, off, on};

const AS: super::Absent = Like("as the service says");

/// `[exception.ID]`.
pub const EXCEPTION: &[Key] = &[
    on("service", "id of a service", Like("every service"), "\"roof\"", "Only for leads for this service."),
    on("source", "id of a source", Like("every source"), "\"meta\"", "Only for leads of this source."),
    off(
        "region.countries",
        "list of two letters, ISO 3166-1",
        Like("everywhere"),
        "[\"AT\"]",
        "Only for leads surely from here; an exception names a source, a region or both.",
    ),
    off("region.subdivisions", "list of codes, ISO 3166-2", Like("everywhere"), "[\"DE-BB\"]", "As above."),
    on(
        "region.postal_codes",
        "list of ranges, beginnings or codes",
        Like("everywhere"),
        "[\"144*\"]",
        "As above.",
    ),
    off("criteria.need.unknown", POLICY, AS, "\"review\"", "When it is not clear what they want."),
    on("criteria.timing.within", "stretch of the calendar", AS, "\"2 months\"", "They want it within this time of asking."),
    off("criteria.timing.unknown", POLICY, AS, "\"fail\"", "When they did not say when."),
    off(
        "criteria.region.countries",
        "list of two letters, ISO 3166-1",
        AS,
        "[\"DE\"]",
        "Where they must be: instead of all places the service names.",
    ),
    off("criteria.region.subdivisions", "list of codes, ISO 3166-2", AS, "[\"DE-BE\"]", "As above."),
    off("criteria.region.postal_codes", "list of ranges, beginnings or codes", AS, "[\"10*\"]", "As above."),
    off("criteria.region.unknown", POLICY, AS, "\"review\"", "When they did not say where."),
    on("criteria.budget.at_least", "amount and currency", AS, "\"12000 EUR\"", "The largest amount they state must reach this."),
    off(
        "criteria.budget.at_most",
        "amount and currency",
        AS,
        "\"90000 EUR\"",
        "The smallest amount they state must not exceed this.",
    ),
    on("criteria.budget.unknown", POLICY, AS, "\"review\"", "When they did not say how much."),
];
