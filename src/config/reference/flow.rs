//! The second half of the table: the way of a lead from a source to a destination.

use super::Absent::{Is, Like, Required};
use super::Key;
use super::keys::{DURATION, LIST_OF_IDS, SECRET, TEXT, WORKING_TIME, off, on};

/// See [`super::SECTIONS`].
pub const SOURCE: &[Key] = &[
    on("title", TEXT, Like("the id"), "\"Meta Lead Ads\"", "Its name for people."),
    on("preset", "id of a preset", Required, "\"json\"", "Which vendor, and how it is read."),
    on("every", "length of time, 1 second to 7 days", Is("\"5m\""), "\"2m\"", "How often it is read."),
    off(
        "every_at_most",
        "length of time, every to 7 days",
        Like("four times every, at most 30m"),
        "\"20m\"",
        "While it brings nothing new it is read ever more rarely, up to this; the first new lead brings it back.",
    ),
    on(
        "channel",
        "\"campaign\", \"network\" or \"referral\"",
        Required,
        "\"campaign\"",
        "Paid advertising, your own network and newsletter, or the referral programme.",
    ),
    on("goal", TEXT, Like("none: the source cannot start"), "\"40 actionable a month\"", "What it is for, in words."),
    on("services", LIST_OF_IDS, Like("none: the source cannot start"), "[\"roof\"]", "What its people may want."),
    off(
        "assume.service",
        "id of a service",
        Like("nothing"),
        "\"roof\"",
        "What its people want, where its records cannot say.",
    ),
    off(
        "assume.region",
        "country, subdivision or postal code",
        Like("nothing"),
        "\"10405\"",
        "Where its people are, where its records cannot say: \"DE\", \"DE-BE\", \"10405\" or { country = \"AT\", postal_code = \"1010\" }.",
    ),
    off(
        "map",
        "table of paths",
        Like("as the preset says"),
        "{ phone = \"$.mobile\" }",
        "Fields that are read elsewhere than the preset says, by their names in its [map]; `leadgate source try` shows what each path finds.",
    ),
    on("priority", "whole number, -1000 to 1000", Is("0"), "0", "Added to the service's."),
    on("backfill", DURATION, Is("\"30 days\""), "\"30 days\"", "How far back the first read goes."),
    on(
        "same_lead_for",
        DURATION,
        Is("\"90 days\""),
        "\"90 days\"",
        "Somebody who asks again so soon after their lead was closed is not a new lead.",
    ),
    off(
        "pays_for",
        "id of another source",
        Like("it brings people"),
        "\"meta\"",
        "This one reads no people, but what the campaigns of that source cost; it needs no channel, goal or services.",
    ),
    off(
        "price_per_lead",
        "money",
        Like("nothing"),
        "\"25 EUR\"",
        "What one of its leads costs, at most two decimals: caps on money count it.",
    ),
    off(
        "silent_after",
        WORKING_TIME,
        Like("learnt from its history"),
        "\"6h\"",
        "Without anybody new for so long it is called silent.",
    ),
    on(
        "pending_for",
        DURATION,
        Is("\"30 days\""),
        "\"30 days\"",
        "Somebody who has not confirmed their sign-up for so long is given up; who confirms later is a new lead.",
    ),
    off(
        "token_until",
        "day",
        Like("as the vendor says, where it does"),
        "\"2027-01-31\"",
        "The last day of a token that was made by hand: two weeks before somebody is warned.",
    ),
    on(
        "when_full",
        "\"pause\", \"slow\" or \"read\"",
        Is("\"pause\""),
        "\"pause\"",
        "When more is expected in a week than your team can take: read it more rarely, and with \"pause\" in the end only as often as nothing is lost. Nothing is dropped.",
    ),
    on(
        "may_pause",
        "true or false",
        Is("false"),
        "false",
        "Then also tell the vendor to bring no more people, where the preset can, and to go on later.",
    ),
    on(
        "*",
        "text, number, true or false, or secret",
        Like("as the preset says"),
        "url = \"https://leads.example.com/api/leads\"\nauth = \"bearer\"\ntoken = { env = \"LEADS_TOKEN\" }",
        "The preset's own variables.",
    ),
];

/// See [`super::SECTIONS`].
pub const DESK: &[Key] = &[
    on("preset", "id of a preset", Required, "\"request-tracker\"", "Which vendor, and how it is written to."),
    on(
        "*",
        "text, number, true or false, or secret",
        Like("as the preset says"),
        "url = \"https://desk.example.com\"\ntoken = { command = \"pass show desk\" }\nlogin = \"leadgate\"\nqueue = \"Leads\"",
        "The preset's own variables.",
    ),
    off(
        "ask_every",
        "length of time, 1 second to 7 days",
        Like("\"1m\""),
        "\"1m\"",
        "How often an open handoff there is asked for its first answer at the beginning; ever more rarely later.",
    ),
    off(
        "grace",
        "length of time, 1 millisecond to 1 hour",
        Like("\"1m\""),
        "\"1m\"",
        "How long the far side may still be working on a request whose answer was lost: until then, and twice half as far apart, its absence proves nothing.",
    ),
];

/// See [`super::SECTIONS`].
pub const MAIL: &[Key] = &[
    on(
        "smtp",
        "address of a mail server",
        Required,
        "\"smtps://leads@mail.example.com:465\"",
        "smtps:// is TLS from the first byte, smtp:// requires STARTTLS, smtp+plain:// is for this machine only.",
    ),
    on("password", SECRET, Like("none; required with a user"), "{ env = \"SMTP_PASSWORD\" }", "The user's password."),
    off(
        "ca_file",
        "path",
        Like("the system's"),
        "\"/etc/ssl/our-ca.pem\"",
        "A certificate authority to trust besides the system's.",
    ),
    on("from", "name and e-mail address", Required, "\"Leads <leads@example.com>\"", "Who the mails are from."),
    off(
        "to",
        "e-mail address",
        Like("the owner's own"),
        "\"sales@example.com\"",
        "Send all of them here instead of to the lead's owner.",
    ),
    off(
        "attach",
        "list of \"vcard\", \"json\" and \"adf\"",
        Like("[\"vcard\", \"json\"]"),
        "[\"vcard\", \"json\"]",
        "What a program can read: the person for an address book, everything as JSON, the inquiry as ADF/XML.",
    ),
    off(
        "reply_to",
        "list of \"lead\" and e-mail addresses",
        Like("\"lead\", and with a mailbox also from"),
        "[\"lead\", \"Leads <leads+KEY@example.com>\"]",
        "Where answers to the mail go; KEY becomes the handoff's key. Only what comes into the mailbox is counted as an answer.",
    ),
    off(
        "template",
        "path of a file",
        Like("the text that comes with leadgate"),
        "\"mail.txt\"",
        "What a mail says. `leadgate mail template` prints the text to start from with every name it may use, `leadgate mail preview LEAD` shows it filled with a real lead. Without html_template the HTML form is made of it.",
    ),
    off(
        "html_template",
        "path of a file",
        Like("the HTML that comes with leadgate, or made of template"),
        "\"mail.html\"",
        "The same as HTML. What a lead wrote is escaped.",
    ),
    off(
        "bounces_to",
        "e-mail address",
        Like("the address of from"),
        "\"bounces+KEY@example.com\"",
        "Envelope sender: where mails that cannot be delivered come back to. KEY becomes the handoff's key.",
    ),
    off(
        "mailbox",
        "table with imap, password and every",
        Like("none: answers and bounces are not seen"),
        "{ imap = \"imaps://leads@mail.example.com/INBOX\", password = { env = \"IMAP_PASSWORD\" }, every = \"1m\" }",
        "Where answers and bounces arrive, and how often it is looked at where the server cannot tell of new mails itself (IMAP IDLE); it is only read. imaps:// is TLS from the first byte, imap:// requires STARTTLS, imap+plain:// is for this machine only. ca_file counts here, too.",
    ),
    off("connections", "whole number, 1 to 50", Like("8"), "8", "Connections to this server at the same time."),
    off("mails_per_connection", "whole number, 1 to 1000", Like("100"), "100", "Then a connection is opened anew."),
];

/// See [`super::SECTIONS`].
pub const ROUTE: &[Key] = &[
    on(
        "to",
        "list of ids of destinations",
        Like("the only destination there is"),
        "[\"desk\", \"mail\"]",
        "In order: the next only when the one before surely did not get it.",
    ),
    on(
        "on_unknown",
        "\"hold\" or \"resend\"",
        Is("\"hold\""),
        "\"hold\"",
        "When nobody can say whether it arrived: ask a person, or send it again.",
    ),
    on("acknowledge_within", WORKING_TIME, Like("nothing asked"), "\"20m\"", "Somebody says yes within this time."),
    on("answer_within", WORKING_TIME, Is("\"1h\""), "\"1h\"", "Somebody contacts the person within this time."),
    on(
        "then",
        "list of steps",
        Is("[]"),
        "[\"remind owner\", \"team lead after 30m\", \"reassign after 1h\"]",
        "What happens when that time has run out: \"remind owner\", \"team lead\", \"reassign\" or \"ops\", each at once or \"after\" more working time. Mails of it go through the route's mail destination, else any.",
    ),
    on(
        "try_again_after",
        WORKING_TIME,
        Is("\"4h\""),
        "\"4h\"",
        "After a try that nobody answered the next one is due after this time.",
    ),
    on(
        "tries",
        "whole number",
        Is("5"),
        "5",
        "So many tries are planned for somebody who is not reached; after the last one nothing more is asked.",
    ),
    off(
        "outcome_within",
        DURATION,
        Like("nothing asked"),
        "\"14 days\"",
        "How it ended is noted within this time of the handoff, else its owner is asked once, by mail.",
    ),
    off(
        "return_within",
        DURATION,
        Like("at any time"),
        "\"7 days\"",
        "So long after its handoff a lead may be returned.",
    ),
    on("return_proof", "true or false", Is("false"), "false", "A return needs a note that says what shows its reason."),
];

/// What [`ALERTS`] are for.
pub const ALERTED: &str = "How somebody hears at once that an answer is late, or that a handoff cannot go on without a person. Each is told once; nothing of a lead is told but its number.";

/// See [`super::SECTIONS`].
pub const ALERTS: &[Key] = &[
    on("bell", "true or false", Is("true"), "true", "An open console rings the terminal's bell."),
    on(
        "desktop",
        "true or false",
        Is("false"),
        "false",
        "An open console asks its terminal for a notice on the desktop (OSC 9 or OSC 777, whichever the terminal is known to take; in tmux with allow-passthrough).",
    ),
    off(
        "url",
        "http or https address",
        Like("no web hook"),
        "\"https://example.com/leadgate\"",
        "The engine posts here, at most one message a minute: {\"type\": \"lead.alert\", \"data\": {\"alerts\": [...]}}, each with its event (answer-late or handoff-needs-you), lead, handoff, key, team and destination. What is not taken is sent again under the same webhook-id for two hours.",
    ),
    off(
        "secret",
        SECRET,
        Like("not signed"),
        "{ env = \"ALERT_SECRET\" }",
        "What messages are signed with, as Standard Webhooks does: whsec_ and 24 to 64 random bytes in base 64.",
    ),
];

/// See [`super::SECTIONS`].
pub const LISTEN: &[Key] = &[
    off(
        "bind",
        "address with a port",
        Like("nothing listens"),
        "\"127.0.0.1:8787\"",
        "Where leadgate listens. It speaks no TLS: keep this machine's own address and put a reverse proxy in front.",
    ),
    on(
        "allow_remote",
        "true or false",
        Is("false"),
        "false",
        "Allow an address that other machines reach. Only with a proxy that speaks TLS in front: secrets and people's data come in here.",
    ),
    off(
        "public_url",
        "address",
        Like("the one of bind"),
        "\"https://leads.example.com\"",
        "What the world calls it, for `leadgate check` to say where each source sends.",
    ),
    on(
        "behind_proxy",
        "true or false",
        Is("false"),
        "false",
        "A proxy of yours stands in front and adds X-Forwarded-For: peers are told apart by its last entry.",
    ),
    off(
        "metrics_token",
        SECRET,
        Like("/metrics answers this machine only, and not at all behind a proxy"),
        "{ env = \"METRICS_TOKEN\" }",
        "What /metrics asks for, as a bearer token.",
    ),
    on(
        "per_source",
        "whole number",
        Is("600"),
        "600",
        "Most deliveries to one source in a minute; more are asked to come later.",
    ),
    on("per_peer", "whole number", Is("300"), "300", "Most requests of one peer in a minute."),
];
