//! The keys of what a lead must fit besides a service's own criteria.

use super::Absent::{Is, Like};
use super::Key;
use super::keys::{AROUND, CODE, KM, POLICY, TEXT, WEIGHT, off, on};

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
    on("region.postal_codes", "list of ranges, beginnings or codes", Like("everywhere"), "[\"144*\"]", "As above."),
    off("region.within_km", KM, Like("everywhere"), "30", AROUND),
    off("region.of", CODE, Like("everywhere"), "\"10115\"", "The postal code in the middle."),
    off("criteria.need.unknown", POLICY, AS, "\"review\"", "When it is not clear what they want."),
    on(
        "criteria.timing.within",
        "stretch of the calendar",
        AS,
        "\"2 months\"",
        "They want it within this time of asking.",
    ),
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
    off("criteria.region.within_km", KM, AS, "30", AROUND),
    off("criteria.region.of", CODE, AS, "\"10115\"", "The postal code in the middle."),
    off("criteria.region.unknown", POLICY, AS, "\"review\"", "When they did not say where."),
    on(
        "criteria.budget.at_least",
        "amount and currency",
        AS,
        "\"12000 EUR\"",
        "The largest amount they state must reach this.",
    ),
    off(
        "criteria.budget.at_most",
        "amount and currency",
        AS,
        "\"90000 EUR\"",
        "The smallest amount they state must not exceed this.",
    ),
    on("criteria.budget.unknown", POLICY, AS, "\"review\"", "When they did not say how much."),
    off("criteria.weights.need", WEIGHT, AS, "10", "What each criterion weighs in the score from 0 to 100."),
    on("criteria.weights.timing", WEIGHT, AS, "50", "As above."),
    off("criteria.weights.region", WEIGHT, AS, "20", "As above."),
    off("criteria.weights.budget", WEIGHT, AS, "25", "As above."),
];

/// `[minimum.ID]` that asks for a number.
pub const MINIMUM: &[Key] = &[
    on("service", "id of a service", Like("every service"), "\"roof\"", "Only asked of leads for this service."),
    off("source", "id of a source", Like("every source"), "\"meta\"", "Only asked of leads of this source."),
    on("field", TEXT, Like("the id"), "\"roof_area\"", "The name of the field at the source."),
    on("at_least", "number", Like("any"), "20", "The largest number in the field must reach this."),
    off("at_most", "number", Like("any"), "5000", "The largest number in the field must not exceed this."),
    on("unknown", POLICY, Is("\"review\""), "\"pass\"", "When it is not known."),
    on("weight", WEIGHT, Is("0"), "0", "What it weighs in the score from 0 to 100."),
];

/// `[minimum.ID]` that asks for a word.
pub const MINIMUM_WORD: &[Key] = &[on(
    "one_of",
    "list of words",
    Like("anything"),
    "[\"owner\", \"eigentümer\"]",
    "The field must name one of these.",
)];

/// `[minimum.ID]` with a condition.
pub const MINIMUM_WHERE: &[Key] = &[on(
    "where",
    "condition",
    Like("nothing"),
    "\"region.country == 'DE' or budget.max >= 20000\"",
    "Must hold. It may ask about service, source, timing.earliest, timing.latest, timing.urgency, timing.days, region.country, region.subdivision, region.postal_code, budget.min, budget.max, budget.currency, budget.qualifier, and field.ID of every minimum. What asks about something not known is unknown, unless it says \"… is defined\".",
)];

/// `[places]`.
pub const PLACES: &[Key] = &[off(
    "postal_file",
    "path of a file",
    Like("none: no distance can be measured"),
    "\"DE.txt\"",
    "The file, unpacked; a relative path starts at this configuration.",
)];
