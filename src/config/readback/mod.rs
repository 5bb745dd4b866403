//! The configuration read aloud: what will happen, in plain words, every number with its unit.
//! A paragraph for the business, then one for each service, team, source and destination.

mod exception;
mod team;
mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::checked::{
    Alerts, Channel, Config, Destination, Listen, Margin, Minimum, MinimumRule, Policy, Scope, Service, Source,
    StoreAt, Tls, Transport, Var, WhenFull,
};
use super::mask::masked;
use super::mistake::{all_of, either};
use super::units::{span_words, words};
use exception::exception;
use team::{add_caps, cap, team};
use terms::{country, hours, place};

/// Every paragraph. `told`: ids of the sources that are not read, but tell by themselves.
pub fn read_aloud(config: &Config, told: &BTreeSet<&str>) -> Vec<String> {
    let mut out = vec![business(config)];
    out.extend(everything(config));
    out.extend(config.services.values().map(|known| service(config, known)));
    out.extend(config.minimums.iter().map(|known| minimum(config, known)));
    out.extend(config.exceptions.iter().map(|known| exception(config, known)));
    out.extend(config.teams.values().map(|known| team(config, known)));
    out.extend(config.sources.values().map(|known| source(config, known, told.contains(known.id.as_str()))));
    out.extend(config.destinations.values().map(|known| destination(config, known)));
    out.push(alerting(&config.alerts));
    out.extend(config.listen.as_ref().map(listening));
    out.push(keeping(config));
    out.push(settling(config));
    out
}

/// Adds to a paragraph.
fn add(text: &mut String, words: fmt::Arguments<'_>) {
    text.push_str(&words.to_string());
}

fn business(config: &Config) -> String {
    let business = &config.business;
    let zone = business.zone.iana_name().unwrap_or("its own zone");
    let mut text = format!(
        "{} works {}, on the clock of {zone} and with the public holidays of {}. Amounts are compared in {}",
        business.name,
        hours(business.hours.text()),
        country(&business.country),
        business.currency
    );
    for (code, rate) in &config.rates {
        add(&mut text, format_args!("; 1 {code} is {rate} {}", business.currency));
    }
    text.push('.');
    if !business.ops.is_empty() {
        add(&mut text, format_args!(" Operations are {}.", super::mistake::all_of(&business.ops)));
    }
    text
}

fn everything(config: &Config) -> Option<String> {
    let caps: Vec<String> = config.caps_of(&Scope::Everything).map(cap).collect();
    (!caps.is_empty()).then(|| format!("All handoffs together: {}.", caps.join("; ")))
}

fn minimum(config: &Config, minimum: &Minimum) -> String {
    let whose = match (&minimum.service, &minimum.source) {
        (None, None) => "Every lead".to_owned(),
        (Some(service), None) => format!("A lead for {}", config.service_title(service)),
        (None, Some(source)) => format!("A lead from {source}"),
        (Some(service), Some(source)) => format!("A lead for {} from {source}", config.service_title(service)),
    };
    let asked = match &minimum.rule {
        MinimumRule::Number { at_least, at_most } => {
            let bounds = [("at least", at_least), ("at most", at_most)];
            let bounds =
                bounds.iter().filter_map(|(word, bound)| Some(format!("{word} {}", bound.as_ref()?.normalize())));
            format!("must say {} in \"{}\"", all_of(&bounds.collect::<Vec<_>>()), minimum.field)
        }
        MinimumRule::OneOf(words) => format!("must name one of {} in \"{}\"", quoted(words), minimum.field),
        MinimumRule::Where(condition) => format!("must fit the condition {}", condition.text()),
    };
    format!("{whose} {asked} ({}).", unsaid(minimum.unknown))
}

fn service(config: &Config, service: &Service) -> String {
    let mut text = if service.words.is_empty() {
        format!("{} is recognised by no word.", service.title)
    } else {
        let not = if service.not_words.is_empty() {
            String::new()
        } else {
            format!(", but not by {}", quoted(&service.not_words))
        };
        format!("{} is recognised by {}{not}.", service.title, quoted(&service.words))
    };
    let criteria = &service.criteria;
    let mut fits = Vec::new();
    if let Some(place) = place(&criteria.region, &config.business.country) {
        fits.push(format!("in {place} ({})", unsaid(criteria.region.unknown)));
    }
    if let Some(within) = &criteria.timing.within {
        fits.push(format!("wanted within {} ({})", span_words(within), unsaid(criteria.timing.unknown)));
    }
    let budget = match (&criteria.budget.at_least, &criteria.budget.at_most) {
        (Some(least), Some(most)) => Some(format!("for {least} to {most}")),
        (Some(least), None) => Some(format!("for {least} or more")),
        (None, Some(most)) => Some(format!("for {most} at most")),
        (None, None) => None,
    };
    fits.extend(budget.map(|budget| format!("{budget} ({})", unsaid(criteria.budget.unknown))));
    match (criteria.anywhere, criteria.anybody) {
        (true, true) => text.push_str(" Everybody who wants it fits, wherever they are."),
        (true, false) => text.push_str(" It does not matter where they are."),
        (false, true) => text.push_str(" It does not matter when they want it, or for how much."),
        (false, false) => {}
    }
    if !fits.is_empty() {
        add(&mut text, format_args!(" A lead fits when it is {}.", all_of(&fits)));
    }
    text.push_str(match criteria.need_unknown {
        Policy::Pass => " When it is not clear what they want, they pass.",
        Policy::Review => " When it is not clear what they want, one of you decides.",
        Policy::Fail => " When it is not clear what they want, they are turned down.",
    });
    let [need, timing, region, budget] = criteria.weights;
    add(
        &mut text,
        format_args!(" In the score, need weighs {need}, timing {timing}, region {region} and budget {budget}."),
    );
    match &service.margin {
        Some(Margin::Share(share)) => {
            let percent = (share * rust_decimal::Decimal::ONE_HUNDRED).normalize();
            add(&mut text, format_args!(" A won one earns {percent} % of its value."));
        }
        Some(Margin::Each(money)) => add(&mut text, format_args!(" A won one earns {money}.")),
        None => {}
    }
    if service.priority != 0 {
        add(&mut text, format_args!(" Its priority is {}.", service.priority));
    }
    add_caps(&mut text, config, &Scope::Service(service.id.clone()));
    text
}

/// What happens to somebody who did not say.
const fn unsaid(policy: Policy) -> &'static str {
    match policy {
        Policy::Pass => "not stated is fine",
        Policy::Review => "not stated: one of you decides",
        Policy::Fail => "not stated: turned down",
    }
}

fn quoted(words: &[String]) -> String {
    either(&words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>())
}

fn source(config: &Config, source: &Source, told: bool) -> String {
    if let Some(paid) = &source.pays_for {
        let title = config.sources.get(paid).map_or(paid.as_str(), |paid| paid.title.as_str());
        return format!(
            "{} reads what the campaigns of {title} cost, with {} every {}; the first read goes back {}.{}",
            source.title,
            source.preset,
            words(source.every),
            words(source.backfill),
            variables(&source.vars)
        );
    }
    let channel = match source.channel {
        Channel::Campaign => "is a paid campaign",
        Channel::Network => "is part of your own network",
        Channel::Referral => "is part of the referral programme",
    };
    let way = if told {
        format!("it tells each lead by itself, understood with {}", source.preset)
    } else {
        format!("read with {} every {}", source.preset, words(source.every))
    };
    let mut text = format!("{} {channel}, {way}", source.title);
    match &source.goal {
        Some(goal) => add(&mut text, format_args!("; its goal: {goal}.")),
        None => text.push('.'),
    }
    let services: Vec<&str> = source.services.iter().map(|id| config.service_title(id)).collect();
    if !services.is_empty() {
        add(&mut text, format_args!(" Its people may want {}.", either(&services)));
    }
    if let Some(service) = &source.assume.service {
        add(&mut text, format_args!(" Where they do not say what, it is {}.", config.service_title(service)));
    }
    if let Some(region) = &source.assume.region {
        let code = region.postal_code.as_ref().or(region.subdivision.as_ref()).or(region.country.as_ref());
        add(&mut text, format_args!(" Where they do not say where, it is {}.", code.map_or("unknown", String::as_str)));
    }
    let again = words(source.same_lead_for);
    if told {
        add(&mut text, format_args!(" Somebody who asks again within {again} of closing is no new lead."));
        warned(&mut text, source);
    } else {
        let back = words(source.backfill);
        add(
            &mut text,
            format_args!(
                " The first read goes back {back}; somebody who asks again within {again} of closing is no new lead."
            ),
        );
        adapting(&mut text, source);
    }
    if source.priority != 0 {
        add(&mut text, format_args!(" Its priority is {}.", source.priority));
    }
    text.push_str(&variables(&source.vars));
    if !source.map.is_empty() {
        let fields: Vec<&str> = source.map.keys().map(String::as_str).collect();
        add(&mut text, format_args!(" It says itself where {} stand.", fields.join(", ")));
    }
    add_caps(&mut text, config, &Scope::Source(source.id.clone()));
    if !config.setup_gaps(&source.id).is_empty() {
        text.push_str(" It cannot start yet.");
    }
    text
}

/// How reading adapts, and when somebody is warned.
fn adapting(text: &mut String, source: &Source) {
    if source.every_at_most() > source.every {
        add(text, format_args!(" While quiet it is read more rarely, up to every {}.", words(source.every_at_most())));
    }
    warned(text, source);
    text.push_str(match source.reading.when_full {
        WhenFull::Read => " It is read as ever when your team is full.",
        WhenFull::Slow => " It is read more rarely when your team is full.",
        WhenFull::Pause => " It is read more rarely when your team is full, and in the end hardly at all.",
    });
    if source.reading.may_pause {
        text.push_str(" The vendor may be told to pause then.");
    }
}

/// When somebody is warned, and who is given up.
fn warned(text: &mut String, source: &Source) {
    if let Some(silent) = source.reading.silent_after {
        add(text, format_args!(" Without anybody new for {} of working time it is called silent.", words(silent)));
    }
    if let Some(until) = source.reading.token_until {
        add(text, format_args!(" Its token ends after {until}."));
    }
    let reading = &source.reading;
    add(text, format_args!(" Who has not confirmed a sign-up after {} is given up.", words(reading.pending_for)));
}

fn variables(vars: &BTreeMap<String, Var>) -> String {
    let told = vars.iter().map(|(name, var)| match var {
        Var::Text(text) => format!("{name} {}", masked(text)),
        Var::Secret(secret) => format!("{name} from {}", secret.origin()),
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { String::new() } else { format!(" It uses {}.", told.join(", ")) }
}

fn destination(config: &Config, destination: &Destination) -> String {
    let id = &destination.id;
    let mut text = match &destination.by {
        Transport::Preset { preset, vars } => format!("{id} writes to {preset}.{}", variables(vars)),
        Transport::Mail(mail) => {
            let (host, port, from) = (&mail.host, mail.port, &mail.from);
            let tls = match mail.tls {
                Tls::Implicit => "with TLS",
                Tls::StartTls => "with STARTTLS",
                Tls::Plain => "unprotected, on this machine",
            };
            let login = mail.user.as_ref().map(|user| format!(" as {user}")).unwrap_or_default();
            let password = mail.password.as_ref();
            let password = password.map(|secret| format!(", password from {}", secret.origin())).unwrap_or_default();
            let to = mail.to.as_deref().unwrap_or("the lead's owner");
            let back = mail.mailbox.as_ref().map_or_else(
                || " Answers and bounces are not seen.".to_owned(),
                |mailbox| format!(" Answers and bounces are read from {} on {}.", mailbox.folder, mailbox.host),
            );
            let own = [&mail.letter.text, &mail.letter.html].into_iter().flatten();
            let own: Vec<String> = own.map(|template| template.path.display().to_string()).collect();
            let own = if own.is_empty() { String::new() } else { format!(" It says what {} says.", all_of(&own)) };
            format!(
                "{id} sends mail through {host}, port {port}, {tls}{login}{password}: from {from} to {to}.{own}{back}"
            )
        }
    };
    add_caps(&mut text, config, &Scope::Destination(id.clone()));
    text
}

fn alerting(alerts: &Alerts) -> String {
    let by = [("rings the bell", alerts.bell), ("asks for a notice on the desktop", alerts.desktop)];
    let by: Vec<&str> = by.into_iter().filter(|(_, on)| *on).map(|(words, _)| words).collect();
    let mut text = match by.as_slice() {
        [] => "When an answer is late or a handoff needs somebody, a console shows it and is silent.".to_owned(),
        by => format!("When an answer is late or a handoff needs somebody, an open console {}.", by.join(" and ")),
    };
    if let Some(hook) = &alerts.hook {
        let signed = hook.secret.as_ref().map_or_else(
            || "not signed".to_owned(),
            |secret| format!("signed with the secret from {}", secret.origin()),
        );
        add(&mut text, format_args!(" {} is told, {signed}.", masked(&hook.url)));
    }
    text
}

fn listening(listen: &Listen) -> String {
    let reach =
        if listen.is_local() { "which only this machine reaches" } else { "which other machines reach, unprotected" };
    let mut text = format!("Sources that tell by themselves send to {}, {reach}", listen.bind);
    if let Some(url) = &listen.public_url {
        add(&mut text, format_args!("; the world knows it as {url}"));
    }
    if listen.behind_proxy {
        text.push_str("; a proxy in front says who sends");
    }
    add(
        &mut text,
        format_args!(". At most {} a minute for one source, {} from one peer.", listen.per_source, listen.per_peer),
    );
    if let Some(token) = &listen.metrics_token {
        add(&mut text, format_args!(" The metrics ask for a token from {}.", token.origin()));
    }
    text
}

fn settling(config: &Config) -> String {
    let windows = &config.report.windows;
    let mut text = format!(
        "In the figures a lead is mature once it was decided, or {} days after it was handed off; it is returned no more \
         after {} days; a campaign's touch earns the credit for {} days.",
        windows.decided_after, windows.returned_within, windows.credited_for
    );
    let titles: Vec<&str> = config.report.credited_by.iter().map(String::as_str).collect();
    if !titles.is_empty() {
        add(
            &mut text,
            format_args!(
                " What is returned for their fault is credited by {} at the price of a lead.",
                titles.join(", ")
            ),
        );
    }
    if let Some(mail) = &config.report.mail {
        add(&mut text, format_args!(" {}", terms::mailed(mail, config.letters_by())));
    }
    text
}

fn keeping(config: &Config) -> String {
    let raw = config.keep.raw_payloads;
    let raw = if raw.is_zero() { "not kept".to_owned() } else { format!("kept for {}", words(raw)) };
    let place = match &config.store {
        StoreAt::Sqlite(path) => format!("in {}", path.display()),
        StoreAt::Postgres { url, .. } => format!("in {url}"),
    };
    format!("Records as received are {raw}, closed leads for {}. The data is {place}.", words(config.keep.closed_leads))
}
