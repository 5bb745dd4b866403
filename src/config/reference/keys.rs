//! The table itself, data and no code: its sections, and the keys of who you are and what you take.

use super::Absent::{Is, Like, Required};
use super::caps::CAP;
use super::criteria::{EXCEPTION, MINIMUM, MINIMUM_WHERE, MINIMUM_WORD, PLACES};
use super::flow::{ALERTED, ALERTS, DESK, LISTEN, MAIL, ROUTE, SOURCE};
use super::housekeeping::{KEEP, RATES, REPORT, STORE};
use super::{Key, Section};

/// What may stand there, where several keys share it.
pub const WEIGHT: &str = "whole number, 0 to 1000";
/// What may stand there, where several keys share it.
pub const POLICY: &str = "\"pass\", \"review\" or \"fail\"";
/// What may stand there, where several keys share it.
pub const LIST_OF_IDS: &str = "list of ids";
/// What may stand there, where several keys share it.
pub const KM: &str = "whole number, 1 to 2000";
/// What may stand there, where several keys share it.
pub const CODE: &str = "postal code";
/// What a radius means.
pub const AROUND: &str = "So many kilometres around the postal code that `of` names, as the crow flies; an alternative to the lists. Needs places.postal_file; a code that is not in it is unknown.";
const HOURS: &str = "opening hours as in OpenStreetMap";
const DATES: &str = "list of dates";
/// What may stand there, where several keys share it.
pub const SECRET: &str = "secret: { env }, { file } or { command }";
/// What may stand there, where several keys share it.
pub const TEXT: &str = "text";
/// What may stand there, where several keys share it.
pub const DURATION: &str = "length of time";
/// What may stand there, where several keys share it.
pub const WORKING_TIME: &str = "working time, in minutes or hours";

/// A key that stands in the example.
pub const fn on(
    name: &'static str,
    form: &'static str,
    absent: super::Absent,
    example: &'static str,
    meaning: &'static str,
) -> Key {
    Key { name, form, absent, meaning, example, on: true }
}

/// A key that stands in the example behind a `#`.
pub const fn off(
    name: &'static str,
    form: &'static str,
    absent: super::Absent,
    example: &'static str,
    meaning: &'static str,
) -> Key {
    Key { name, form, absent, meaning, example, on: false }
}

/// Every section, in the order of the example and the manual.
pub const SECTIONS: &[Section] = &[
    Section {
        path: "business",
        id: "",
        meaning: "Who you are. Everything local below is on this clock.",
        keys: BUSINESS,
    },
    Section {
        path: "service.ID",
        id: "roof",
        meaning: "Something you offer, and the words people use for it.",
        keys: SERVICE,
    },
    Section {
        path: "service.ID.criteria",
        id: "roof",
        meaning: "What a lead for it must fit. The need itself follows from the words. What a person did not say is unknown: \"pass\" lets it through, \"review\" asks one of you, \"fail\" turns the lead down.",
        keys: CRITERIA,
    },
    Section {
        path: "minimum.ID",
        id: "area",
        meaning: "A further criterion: a number in an extra field of the source.",
        keys: MINIMUM,
    },
    Section {
        path: "minimum.ID",
        id: "ownership",
        meaning: "A further criterion: one of your words in an extra field. The other keys are those of [minimum.area].",
        keys: MINIMUM_WORD,
    },
    Section {
        path: "minimum.ID",
        id: "worth-the-way",
        meaning: "A further criterion: a condition over all that is known. The other keys are those of [minimum.area].",
        keys: MINIMUM_WHERE,
    },
    Section {
        path: "exception.ID",
        id: "meta-outside",
        meaning: "What of a service's criteria is otherwise for a source or a region, key by key; the place is replaced as a whole. Where several hold, the one that names more of source, region and service counts; of two that name as many, the one that names the source, then the region; then the first by id.",
        keys: EXCEPTION,
    },
    Section { path: "team.ID", id: "berlin", meaning: "Who answers for which services, and where.", keys: TEAM },
    Section { path: "person.ID", id: "anna", meaning: "Somebody of a team.", keys: PERSON },
    Section {
        path: "cap.ID",
        id: "berlin-day",
        meaning: "At most so many handoffs. Name one of team, person, source, service or destination; none of them means everything. 0 closes, absent is unlimited.",
        keys: CAP,
    },
    Section {
        path: "source.ID",
        id: "meta",
        meaning: "Where people show interest. The preset knows the vendor; keys not listed here are the preset's own.",
        keys: SOURCE,
    },
    Section {
        path: "destination.ID",
        id: "desk",
        meaning: "Where handoffs go: a ticket system, a CRM, a web hook.",
        keys: DESK,
    },
    Section { path: "destination.ID", id: "mail", meaning: "Where handoffs go: e-mail.", keys: MAIL },
    Section {
        path: "route.ID",
        id: "default",
        meaning: "How a handoff goes, and what is promised. Teams without a route of their own take \"default\".",
        keys: ROUTE,
    },
    Section { path: "alerts", id: "", meaning: ALERTED, keys: ALERTS },
    Section {
        path: "listen",
        id: "",
        meaning: "Where sources that tell by themselves (web hooks, forms) reach leadgate, by HTTP: POST to /in/ and the id of the source. Without bind nothing listens.",
        keys: LISTEN,
    },
    Section {
        path: "places",
        id: "",
        meaning: "Where postal codes are, for within_km: a file of GeoNames (https://download.geonames.org/export/zip/, CC BY 4.0), one country or several behind one another. Another file is another version of the rules.",
        keys: PLACES,
    },
    Section { path: "keep", id: "", meaning: "How long what is kept.", keys: KEEP },
    Section {
        path: "report",
        id: "",
        meaning: "When what happened to a lead counts as settled in the figures. Every report prints the windows it was made with. And who gets it by mail.",
        keys: REPORT,
    },
    Section {
        path: "store",
        id: "",
        meaning: "Where the data lives. Without a url: one file in your data directory, nothing to install.",
        keys: STORE,
    },
    Section { path: "rates", id: "", meaning: "What one unit of another currency is worth in yours.", keys: RATES },
];

const BUSINESS: &[Key] = &[
    on("name", TEXT, Required, "\"Sonnenschein Haustechnik\"", "Your name, as mails show it."),
    on("zone", "time zone", Required, "\"Europe/Berlin\"", "Every local time."),
    on("country", "two letters, ISO 3166-1", Required, "\"DE\"", "How phone numbers are read; the public holidays."),
    on(
        "languages",
        "list of two letters, ISO 639-1",
        Is("[\"de\", \"en\"]"),
        "[\"de\", \"en\"]",
        "The languages people write in, the most likely first.",
    ),
    on("currency", "three letters, ISO 4217", Is("\"EUR\""), "\"EUR\"", "The currency amounts are compared in."),
    on(
        "hours",
        HOURS,
        Is("\"Mo-Fr 09:00-17:00; PH off\""),
        "\"Mo-Fr 08:00-17:00; PH off\"",
        "When you work; PH are public holidays.",
    ),
    on("extra_holidays", DATES, Is("[]"), "[\"2026-12-24\"]", "Holidays of yours that are not the whole country's."),
    on(
        "not_holidays",
        DATES,
        Is("[]"),
        "[\"2026-10-31\"]",
        "Public holidays on which you work: the country's list counts those of every region.",
    ),
    off(
        "ops",
        "list of e-mail addresses",
        Like("nobody"),
        "[\"ops@example.com\"]",
        "Who is told what nobody answers, where a route's then says \"ops\".",
    ),
];

const SERVICE: &[Key] = &[
    on("title", TEXT, Like("the id"), "\"Dachsanierung\"", "Its name for people."),
    on(
        "words",
        "list of texts",
        Is("[]"),
        "[\"dach\", \"dachsanierung\", \"flachdach\", \"roof\"]",
        "Words that mean it, capital letters and accents aside.",
    ),
    on(
        "not_words",
        "list of texts",
        Is("[]"),
        "[\"dachgepäckträger\"]",
        "Words that contain one of these and mean something else.",
    ),
    on(
        "margin",
        "share or amount",
        Like("unknown"),
        "\"18 %\"",
        "What a won one earns: a share of its value, or the same amount each.",
    ),
    on("priority", "whole number, -1000 to 1000", Is("0"), "0", "Higher leaves the queue first."),
    off(
        "weight",
        "whole number, 1 to 100",
        Is("1"),
        "3",
        "How much work one of its leads is, for caps with unit = \"weight\".",
    ),
];

const CRITERIA: &[Key] = &[
    on("need.unknown", POLICY, Is("\"review\""), "\"review\"", "When it is not clear what they want."),
    on(
        "timing.within",
        "stretch of the calendar",
        Like("any time"),
        "\"6 months\"",
        "They want it within this time of asking.",
    ),
    on("timing.unknown", POLICY, Is("\"review\""), "\"review\"", "When they did not say when."),
    on(
        "region.countries",
        "list of two letters, ISO 3166-1",
        Is("[]"),
        "[]",
        "Countries you work in. Several lists here are alternatives; none means anywhere.",
    ),
    on(
        "region.subdivisions",
        "list of codes, ISO 3166-2",
        Is("[]"),
        "[]",
        "States or cantons you work in, like \"DE-BE\".",
    ),
    on(
        "region.postal_codes",
        "list of ranges, beginnings or codes",
        Is("[]"),
        "[\"10000-14199\", \"144*\"]",
        "Postal codes you work in; \"AT:1*\" is in another country than yours.",
    ),
    off("region.within_km", KM, Like("not asked"), "30", AROUND),
    off(
        "region.of",
        CODE,
        Like("not asked"),
        "\"10115\"",
        "The postal code in the middle; \"AT:1010\" is in another country than yours.",
    ),
    on("region.unknown", POLICY, Is("\"review\""), "\"fail\"", "When they did not say where."),
    on(
        "budget.at_least",
        "amount and currency",
        Like("any"),
        "\"5000 EUR\"",
        "The largest amount they state must reach this.",
    ),
    off(
        "budget.at_most",
        "amount and currency",
        Like("any"),
        "\"80000 EUR\"",
        "The smallest amount they state must not exceed this.",
    ),
    on("budget.unknown", POLICY, Is("\"pass\""), "\"pass\"", "When they did not say how much."),
    on("weights.need", WEIGHT, Is("30"), "30", "What each criterion weighs in the score from 0 to 100."),
    on("weights.timing", WEIGHT, Is("25"), "25", "As above."),
    on("weights.region", WEIGHT, Is("20"), "20", "As above."),
    on("weights.budget", WEIGHT, Is("25"), "25", "As above."),
    off(
        "anywhere",
        "true or false",
        Is("false"),
        "false",
        "Wherever they are: said on purpose. A source whose service names neither a region nor this does not start.",
    ),
    off(
        "anybody",
        "true or false",
        Is("false"),
        "false",
        "Whenever they want it, and for however much: said on purpose, as above, where no timing, budget or minimum is asked.",
    ),
];

const TEAM: &[Key] = &[
    on("title", TEXT, Like("the id"), "\"Berlin\"", "Its name for people."),
    on("services", LIST_OF_IDS, Required, "[\"roof\"]", "The services it answers."),
    on(
        "region.countries",
        "list of two letters, ISO 3166-1",
        Is("[]"),
        "[]",
        "Its territory, as in the criteria above; none means everywhere.",
    ),
    on("region.subdivisions", "list of codes, ISO 3166-2", Is("[]"), "[]", "As above."),
    on("region.postal_codes", "list of ranges, beginnings or codes", Is("[]"), "[]", "As above."),
    off("region.within_km", KM, Like("not asked"), "30", AROUND),
    off("region.of", CODE, Like("not asked"), "\"10115\"", "As above."),
    on(
        "fallback",
        "id of a person",
        Like("nobody: the lead waits"),
        "\"anna\"",
        "Who takes what nobody else can; their hours and caps still count.",
    ),
    on("route", "id of a route", Is("\"default\""), "\"default\"", "How its handoffs go."),
    off(
        "hours",
        HOURS,
        Like("as the business"),
        "\"Mo-Fr 08:00-18:00; PH off\"",
        "Its hours: promises to answer count these.",
    ),
    off("extra_holidays", DATES, Like("as the business"), "[\"2026-12-24\"]", "Its own holidays."),
    off("not_holidays", DATES, Like("as the business"), "[\"2026-10-31\"]", "Public holidays on which it works."),
    on(
        "off_hours",
        "\"hold\" or \"hand off\"",
        Is("\"hold\""),
        "\"hold\"",
        "What happens to a lead outside its hours.",
    ),
    off(
        "at_most",
        "number per period",
        Like("unlimited"),
        "\"20 per day\"",
        "Short for a cap, here \"team.berlin.day\".",
    ),
    off(
        "same_owner",
        "true or false",
        Is("true"),
        "false",
        "A known customer goes to whom of the team they had before, and waits for them when they are full or off shift; not while they are absent.",
    ),
    on(
        "lead",
        "id of a person",
        Like("nobody"),
        "\"anna\"",
        "Who leads it: told what its people do not answer, where its route's then says \"team lead\".",
    ),
];

const PERSON: &[Key] = &[
    on("name", TEXT, Like("the id"), "\"Anna\"", "Their name."),
    on("team", "id of a team", Required, "\"berlin\"", "Their team."),
    on(
        "email",
        "e-mail address",
        Like("none: mails cannot reach them"),
        "\"anna@example.com\"",
        "Where mails to them go.",
    ),
    on("hours", HOURS, Like("as the team"), "\"Mo-Th 08:00-16:00; PH off\"", "Nobody off shift gets a lead."),
    on("weight", "whole number, 1 to 100", Is("1"), "1", "Their share of the work: 2 takes twice as many as 1."),
    on(
        "new_at_most",
        "number per period",
        Like("unlimited"),
        "\"5 per day\"",
        "New leads for them. Short for the cap \"person.anna.new\".",
    ),
    on(
        "open_at_most",
        "whole number, 0 to 100000",
        Like("unlimited"),
        "12",
        "Leads open with them at the same time. Short for the cap \"person.anna.open\".",
    ),
    off("services", "list of ids of services", Like("all of the team's"), "[\"roof\"]", "What they can."),
    off("region.countries", "list of two letters, ISO 3166-1", Is("[]"), "[]", "Their territory; none is the team's."),
    off("region.subdivisions", "list of codes, ISO 3166-2", Is("[]"), "[]", "As above."),
    off("region.postal_codes", "list of ranges, beginnings or codes", Is("[]"), "[\"10*\"]", "As above."),
    off("region.within_km", KM, Like("not asked"), "30", AROUND),
    off("region.of", CODE, Like("not asked"), "\"10115\"", "As above."),
    off(
        "absent",
        "list of days, each \"first..last\" or one",
        Is("[]"),
        "[\"2026-12-21..2027-01-03\"]",
        "When they are away: others step in. Today's news are better told with `leadgate person leave`.",
    ),
];
