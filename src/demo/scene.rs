//! The demo's config: what the operator of an installer's business would write, in the plain notation of
//! every leadgate config, with the ports and secrets of a running [`super::World`].
//!
//! Caps are small on purpose: some leads are held, so that there is something to raise.

use std::io;
use std::path::Path;

use super::world::{Addresses, NEWSLETTER_USER, Secrets};
use super::{desk_server, newsletter};

/// What each source costs on the day of the demo: source id and minor units.
pub const SPEND: [(&str, i64); 2] = [("campaign", 18_000), ("newsletter", 2_500)];
/// Id of the person who sits at the demo's console.
pub const YOU: &str = "anna";

/// Their name, as tickets and mails say it.
pub const YOUR_NAME: &str = "Anna Berg";

/// The destination simulated people work from; the ticket desk has its own agents.
pub const MAIL: &str = "mail";

/// Writes the secrets to `dir` (mode 0600) and returns the config's text, which names those files.
///
/// # Errors
/// A file could not be written.
pub fn lay_out(addresses: &Addresses, secrets: &Secrets, dir: &Path) -> io::Result<String> {
    let files = [("campaign.token", &secrets.campaign), ("newsletter.token", &secrets.newsletter)];
    for (name, secret) in files.into_iter().chain([("desk.token", &secrets.desk)]) {
        write_private(&dir.join(name), secret)?;
    }
    Ok(config(addresses, dir))
}

/// Writes a file only its owner may read.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text.as_bytes())
}

/// The config's text.
fn config(addresses: &Addresses, dir: &Path) -> String {
    let file = |name: &str| toml::Value::String(dir.join(name).display().to_string()).to_string();
    [
        BUSINESS.to_owned(),
        SERVICES.to_owned(),
        PEOPLE.to_owned(),
        CAPS.to_owned(),
        sources(addresses, &file("campaign.token"), &file("newsletter.token")),
        destinations(addresses, &file("desk.token")),
        ROUTES.to_owned(),
    ]
    .join("\n")
}

const BUSINESS: &str = r#"# DEMO: everything here is invented and runs on this machine only.
[business]
name = "Sonnenschein Haustechnik"
zone = "Europe/Berlin"
country = "DE"
languages = ["de", "en"]
currency = "EUR"
hours = "24/7"                    # so that the demo lives at any time of day
"#;

const SERVICES: &str = r#"[service.roof]
title = "Roof"
words = ["dach", "dachsanierung", "flachdach", "roof", "roof repair"]
not_words = ["dachgepäckträger"]
margin = "18 %"

[service.roof.criteria]
timing = { within = "6 months", unknown = "review" }
region = { postal_codes = ["10000-14999", "40000-53999"], unknown = "review" }
budget = { at_least = "5000 EUR", unknown = "pass" }

[service.heat-pump]
title = "Heat pump"
words = ["wärmepumpe", "luft-wasser-wärmepumpe", "heat pump"]
margin = "15 %"

[service.heat-pump.criteria]
timing = { within = "9 months", unknown = "review" }
region = { postal_codes = ["10000-14999", "40000-53999"], unknown = "review" }
budget = { at_least = "12000 EUR", unknown = "pass" }

[service.solar]
title = "Solar"
words = ["solar", "solaranlage", "solar panels", "photovoltaik"]
margin = "12 %"

[service.solar.criteria]
timing = { within = "12 months", unknown = "pass" }
region = { postal_codes = ["10000-14999", "40000-53999"], unknown = "review" }
budget = { at_least = "8000 EUR", unknown = "pass" }
"#;

const PEOPLE: &str = r#"[team.berlin]
title = "Berlin"
services = ["roof", "heat-pump", "solar"]
region = { postal_codes = ["10000-14999"] }
fallback = "anna"
route = "tickets"

[team.west]
title = "West"
services = ["roof", "heat-pump", "solar"]
region = { postal_codes = ["40000-53999"] }
fallback = "jonas"

[person.anna]
name = "Anna Berg"
team = "berlin"
email = "anna@sonnenschein.example"
open_at_most = 4

[person.ben]
name = "Ben Adler"
team = "berlin"
email = "ben@sonnenschein.example"
open_at_most = 4

[person.meryem]
name = "Meryem Koç"
team = "berlin"
email = "meryem@sonnenschein.example"
open_at_most = 4

[person.jonas]
name = "Jonas Ritter"
team = "west"
email = "jonas@sonnenschein.example"
open_at_most = 4

[person.lena]
name = "Lena Hof"
team = "west"
email = "lena@sonnenschein.example"
open_at_most = 4
"#;

const CAPS: &str = r#"[cap.berlin-hour]
team = "berlin"
max = 6
per = "hour"
on_full = { hold = "5 days", at_most = 400 }

[cap.west-minutes]
team = "west"
max = 4
per = "5 minutes"
on_full = { hold = "5 days", at_most = 400 }
"#;

fn sources(addresses: &Addresses, campaign_token: &str, newsletter_token: &str) -> String {
    let Addresses { campaign, newsletter, .. } = addresses;
    let list = newsletter::LIST;
    format!(
        r#"[source.campaign]
title = "Campaign (demo)"
preset = "json"
url = "http://{campaign}/leads"
auth = "bearer"
token = {{ file = {campaign_token} }}
since_param = "since"
every = "2s"
channel = "campaign"
goal = "40 actionable a month"
services = ["roof", "heat-pump", "solar"]

[source.newsletter]
title = "Newsletter (demo)"
preset = "listmonk"
url = "http://{newsletter}"
list_id = {list}
user = "{NEWSLETTER_USER}"
token = {{ file = {newsletter_token} }}
every = "2s"
channel = "network"
goal = "10 actionable a month"
services = ["roof", "heat-pump", "solar"]
"#
    )
}

fn destinations(addresses: &Addresses, desk_token: &str) -> String {
    let (desk, port) = (addresses.desk, addresses.mail.port());
    let (queue, login) = (desk_server::QUEUE, desk_server::LOGIN);
    format!(
        r#"[destination.desk]
preset = "request-tracker"
ask_every = "2s"
url = "http://{desk}"
token = {{ file = {desk_token} }}
queue = "{queue}"
login = "{login}"

[destination.{MAIL}]
smtp = "smtp+plain://127.0.0.1:{port}"
from = "Leads <leads@sonnenschein.example>"
"#
    )
}

const ROUTES: &str = r#"[route.tickets]
to = ["desk", "mail"]             # the second only when the first surely did not get it
acknowledge_within = "2m"
answer_within = "5m"

[route.default]
to = ["mail"]
acknowledge_within = "2m"
answer_within = "5m"
"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Addresses {
        let at = |port| std::net::SocketAddr::from(([127, 0, 0, 1], port));
        Addresses { campaign: at(1), newsletter: at(2), desk: at(3), mail: at(4) }
    }

    #[test]
    fn the_config_is_toml_with_the_ports_of_this_world_and_no_secret() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = Secrets { campaign: "s3cret-a".into(), newsletter: "s3cret-b".into(), desk: "s3cret-c".into() };
        let text = lay_out(&addresses(), &secrets, dir.path()).unwrap();
        assert!(!text.contains("s3cret"));
        let config: toml::Table = text.parse().unwrap();
        assert_eq!(config["source"]["campaign"]["url"].as_str(), Some("http://127.0.0.1:1/leads"));
        assert_eq!(config["destination"]["mail"]["smtp"].as_str(), Some("smtp+plain://127.0.0.1:4"));
        assert_eq!(config["person"].as_table().unwrap().len(), 5);
        assert_eq!(config["person"][YOU]["name"].as_str(), Some(YOUR_NAME));
        let file = config["destination"]["desk"]["token"]["file"].as_str().unwrap();
        assert_eq!(std::fs::read_to_string(file).unwrap(), "s3cret-c");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_directory_with_odd_characters_is_quoted() {
        let text = config(&addresses(), Path::new("/tmp/o\"dd \\ dir"));
        let config: toml::Table = text.parse().unwrap();
        let file = config["source"]["campaign"]["token"]["file"].as_str().unwrap();
        assert_eq!(file, "/tmp/o\"dd \\ dir/campaign.token");
    }

    #[test]
    fn what_people_write_names_one_service_unless_it_is_meant_to_name_two() {
        use crate::demo::wishes::{FITTING, STRANGE, TORN};
        let config: toml::Table = config(&addresses(), Path::new("/x")).parse().unwrap();
        let services = |need: &str, message: &str| {
            let text = format!("{need} {message}").to_lowercase();
            let words: Vec<_> = text.split(|char: char| !char.is_alphanumeric() && char != '-').collect();
            let text = format!(" {} ", words.join(" "));
            let named = |service: &&toml::Value| {
                let words = service["words"].as_array().unwrap();
                words.iter().any(|word| text.contains(&format!(" {} ", word.as_str().unwrap())))
            };
            config["service"].as_table().unwrap().values().filter(named).count()
        };
        for wish in FITTING {
            assert_eq!(services(wish.need, wish.message), 1, "{}: {}", wish.need, wish.message);
        }
        assert!(STRANGE.iter().all(|(need, message)| services(need, message) == 0));
        assert_eq!(services(TORN.0, TORN.1), 2);
    }

    #[test]
    fn every_id_the_config_names_is_defined() {
        let config: toml::Table = config(&addresses(), Path::new("/x")).parse().unwrap();
        let has = |table: &str, id: &toml::Value| config[table].as_table().unwrap().contains_key(id.as_str().unwrap());
        for team in config["team"].as_table().unwrap().values() {
            assert!(has("person", &team["fallback"]) && team.get("route").is_none_or(|route| has("route", route)));
            assert!(team["services"].as_array().unwrap().iter().all(|id| has("service", id)));
        }
        assert!(config["person"].as_table().unwrap().values().all(|person| has("team", &person["team"])));
        assert!(config["cap"].as_table().unwrap().values().all(|cap| has("team", &cap["team"])));
        for route in config["route"].as_table().unwrap().values() {
            assert!(route["to"].as_array().unwrap().iter().all(|id| has("destination", id)));
        }
    }
}
