//! Layers: default < files < environment < flag; several files, starters, and what the command line says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use leadgate::cli::check::{Look, Probe, check, connect};
use leadgate::cli::init::init;
use leadgate::config::checked::{Channel, Per, Remedy, Scope, StoreAt, Tls, Transport, Var};
use leadgate::config::readback::read_aloud;
use leadgate::config::{ConfigErrors, Loaded, Sources, load, load_kept, load_text, starter};
use leadgate::lead::Class;
use leadgate::lead::outcome::Failure;

const SMALL: &str = "[business]\nname = \"Sonnenschein\"\nzone = \"Europe/Berlin\"\ncountry = \"DE\"\n";

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new(main: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("leadgate.toml"), main).unwrap();
        Self { dir }
    }

    fn with(self, name: &str, text: &str) -> Self {
        let path = self.dir.path().join("conf.d").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("leadgate.toml")
    }

    fn load(&self, env: &[(&str, &str)], sets: &[&str]) -> Result<Loaded, ConfigErrors> {
        load(&Sources {
            file: Some(self.file()),
            data_dir: Some(self.dir.path().join("data")),
            sets: sets.iter().map(|&set| set.to_owned()).collect(),
            env: env.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
        })
    }

    /// What is said, without the directory.
    fn said(&self, env: &[(&str, &str)], sets: &[&str]) -> String {
        let errors = self.load(env, sets).expect_err("this must not hold");
        errors.plain().replace(&format!("{}/", self.dir.path().display()), "")
    }
}

fn fixture(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/config").join(name)).unwrap()
}

fn text(text: &str) -> Loaded {
    load_text("leadgate.toml", text, Path::new("/data")).map_err(|errors| errors.plain()).unwrap()
}

#[test]
fn a_flag_beats_the_environment_beats_files_beat_defaults() {
    let place = Place::new(SMALL);
    let hours = |env: &[(&str, &str)], sets: &[&str]| {
        place.load(env, sets).map_err(|errors| errors.plain()).unwrap().config.business.hours.text().to_owned()
    };
    assert_eq!(hours(&[], &[]), "Mo-Fr 09:00-17:00; PH off");
    let place = Place::new(&format!("{SMALL}hours = \"Mo-Fr 08:00-16:00\"\n"));
    let hours = |env: &[(&str, &str)], sets: &[&str]| {
        place.load(env, sets).map_err(|errors| errors.plain()).unwrap().config.business.hours.text().to_owned()
    };
    let env = [("LEADGATE_BUSINESS__HOURS", "Mo-Fr 07:00-15:00")];
    assert_eq!(hours(&[], &[]), "Mo-Fr 08:00-16:00");
    assert_eq!(hours(&env, &[]), "Mo-Fr 07:00-15:00");
    assert_eq!(hours(&env, &["business.hours=Mo-Fr 06:00-14:00"]), "Mo-Fr 06:00-14:00");
}

#[test]
fn environment_and_flags_reach_every_kind_of_key() {
    let place = Place::new(&fixture("valid/sketch.toml").replace("{ file = \"mailchimp.key\" }", "{ env = \"OLD\" }"));
    let env = [
        ("LEADGATE_DATA_DIR", "/elsewhere"),
        ("LEADGATE_LOG", "debug"),
        ("LEADGATE_SERVICE__HEAT_PUMP__TITLE", "Heat pumps"),
        ("LEADGATE_CAP__BERLIN_DAY__MAX", "7"),
        ("LEADGATE_CAP__BERLIN_DAY__SMOOTH", "false"),
        ("LEADGATE_RATES__CHF", "1.05"),
        ("LEADGATE_SOURCE__META__PAGE_ID", "007"),
        ("LEADGATE_SOURCE__NEWSLETTER__API_KEY__COMMAND", "pass show mailchimp"),
        ("LEADGATE_SERVICE__ROOF__CRITERIA__BUDGET__AT_LEAST", "900 CHF"),
    ];
    let sets = ["business.languages=[\"fr\"]", "cap.extra.per=hour", "cap.extra.max=3", "keep.raw_payloads = 1 day"];
    let config = place.load(&env, &sets[..3]).map_err(|errors| errors.plain()).unwrap().config;
    assert_eq!(config.services["heat-pump"].title, "Heat pumps");
    let cap = config.caps.iter().find(|cap| cap.id == "berlin-day").unwrap();
    assert_eq!((cap.max, cap.smooth), (Some(7), false));
    assert_eq!(config.rates["CHF"].to_string(), "1.05");
    assert_eq!(config.sources["meta"].vars["page_id"], Var::Text("007".into()));
    let Var::Secret(secret) = &config.sources["newsletter"].vars["api_key"] else { panic!("a secret") };
    assert_eq!(secret.origin(), "the command pass …");
    assert_eq!(config.business.languages, ["fr"]);
    assert!(config.caps.iter().any(|cap| cap.id == "extra" && cap.scope == Scope::Everything));
    // A blank around the = belongs to nobody.
    assert!(place.load(&[], &sets[3..]).is_ok());
}

#[test]
fn mistakes_of_every_layer_are_told_at_once() {
    let place = Place::new(&format!("{SMALL}contry = \"DE\"\n")).with("keep.toml", "[keep]\nclosed_leads = \"soon\"\n");
    let env = [
        ("LEADGATE_BUSINES__ZONE", "UTC"),
        ("LEADGATE_BUSINESS__CURRENCY", "Euro"),
        ("LEADGATE_TEAM__BERLIN__ROUTE", "default"),
        ("LEADGATE_STORE__PASSWORD", "canary"),
    ];
    let said = place.said(&env, &["business.zone", "business.hours=never", "bussiness.name=x", "zone=UTC"]);
    for expected in [
        "leadgate.toml:5:1: business.contry is not a key of this configuration\n  did you mean \"country\"?",
        "conf.d/keep.toml:2:16: keep.closed_leads: \"soon\" does not begin with a number",
        "environment:1:24: busines is not a part of this configuration\n  did you mean \"business\"?",
        "environment:1:29: business.currency: \"Euro\" is not a currency",
        "environment:1:30: team.berlin is not in any file",
        "environment:1:26: store.password is a secret in plain text",
        "--set:1:1: --set has no =",
        "--set:1:16: business.hours: \"never\" is not opening hours",
        "--set:1:16: bussiness is not a key of this configuration\n  did you mean \"business\"?",
        "--set:1:6: zone is not the path of a key",
    ] {
        assert!(said.contains(expected), "{expected}\nis not in\n{said}");
    }
    assert!(!said.contains("canary"));
}

#[test]
fn files_beside_the_main_one_grow_together_by_name() {
    let place = Place::new(SMALL)
        .with("20-team.toml", "[team.berlin]\nservices = [\"roof\"]\n")
        .with("10-roof.toml", "[service.roof]\nwords = [\"dach\"]\n")
        .with("30-more.toml", "[service.roof]\nmargin = \"18 %\"\n[team.berlin]\ntitle = \"Hauptstadt\"\n")
        .with("notes.txt", "not ours");
    let loaded = place.load(&[], &[]).map_err(|errors| errors.plain()).unwrap();
    let names: Vec<_> = loaded.files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["leadgate.toml", "10-roof.toml", "20-team.toml", "30-more.toml"]);
    assert!(loaded.config.services["roof"].margin.is_some());
    assert_eq!(loaded.config.teams["berlin"].title, "Hauptstadt");
}

#[test]
fn the_same_key_in_two_files_names_both() {
    let place = Place::new(SMALL)
        .with("a.toml", "[keep]\nclosed_leads = \"1 year\"\n")
        .with("b.toml", "[keep]\nclosed_leads = \"2 years\"\n[business]\nzone = \"UTC\"\n");
    let said = place.said(&[], &[]);
    let keep = "conf.d/b.toml:2:1: keep.closed_leads is set twice\n  it is already set in conf.d/a.toml:2";
    let zone = "conf.d/b.toml:4:1: business.zone is set twice\n  it is already set in leadgate.toml:3";
    assert!(said.contains(keep) && said.contains(zone), "{said}");
}

#[test]
fn a_file_that_is_not_there_says_how_to_begin() {
    let place = Place::new(SMALL);
    fs::remove_file(place.file()).unwrap();
    let said = place.said(&[], &[]);
    assert!(
        said.starts_with("leadgate.toml cannot be read") || said.contains("leadgate.toml cannot be read"),
        "{said}"
    );
    assert!(said.contains("leadgate init"), "{said}");
    assert!(!place.dir.path().join("data").exists(), "asking creates nothing");
}

#[test]
fn files_that_are_no_text_are_refused() {
    let place = Place::new(SMALL);
    fs::write(place.file(), b"name = \"\xff\xfe\"").unwrap();
    assert!(place.said(&[], &[]).contains("is not UTF-8 text"));
    fs::write(place.file(), "#".repeat(2 << 20)).unwrap();
    assert!(place.said(&[], &[]).contains("is larger than 1024 KiB"));
    fs::write(place.file(), format!("a = {}1{}", "[".repeat(200), "]".repeat(200))).unwrap();
    assert!(place.load(&[], &[]).is_err());
}

#[cfg(unix)]
#[test]
fn a_secret_file_others_may_read_is_refused_with_the_way_to_close_it() {
    use std::os::unix::fs::PermissionsExt;
    let place =
        Place::new(&format!("{SMALL}[store]\nurl = \"postgres://me@host/db\"\npassword = {{ file = \"pg.key\" }}\n"));
    let key = place.dir.path().join("pg.key");
    fs::write(&key, "canary\n").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let said = place.said(&[], &[]);
    assert!(said.contains("leadgate.toml:7:21: store.password.file cannot be used"), "{said}");
    assert!(said.contains("chmod 600 pg.key") && !said.contains("canary"), "{said}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let config = place.load(&[], &[]).map_err(|errors| errors.plain()).unwrap().config;
    let StoreAt::Postgres { url, password: Some(password) } = &config.store else { panic!("PostgreSQL") };
    assert_eq!(url, "postgres://me@host/db");
    assert_eq!(secrecy::ExposeSecret::expose_secret(&password.resolve().unwrap()), "canary");
    assert!(!format!("{config:?}").contains("pg.key"), "Debug shows no way to a secret");
}

#[test]
fn the_hash_is_that_of_what_is_meant() {
    let sketch = fixture("valid/sketch.toml");
    let one = text(&sketch).config;
    // The same tables in another order, and a default written out.
    let (head, rest) = sketch.split_once("[service.roof]").unwrap();
    let moved = format!("[service.roof]{rest}\n{head}").replace("on_unknown = \"hold\" ", "");
    let two = text(&moved).config;
    assert_eq!(one.body, two.body);
    assert_eq!(one.hash, two.hash);
    assert_eq!(one.hash.len(), 16);
    assert_ne!(one.hash, text(&sketch.replace("\"6 months\"", "\"7 months\"")).config.hash);
    assert!(one.body.contains("service.roof.criteria.timing.within = \"6 months\"\n"));
    assert!(one.body.contains("destination.desk.token = \"***\"\n"));
    for name in ["META_PAGE_TOKEN", "mailchimp.key", "pass show"] {
        assert!(!one.body.contains(name) && !format!("{one:?}").contains(name), "{name}");
    }
    // The body is a configuration: read again it says the same, but for its secrets.
    assert!(load_text("body", &one.body, Path::new("/data")).is_err_and(|errors| {
        errors.mistakes.iter().all(|mistake| mistake.problem.contains("secret in plain text"))
    }));
    let kept = load_kept(&one.body, Path::new("/data")).map_err(|errors| errors.plain()).unwrap().config;
    assert_eq!((kept.body, kept.hash), (one.body, one.hash));
}

#[test]
fn the_sketch_means_what_it_says() {
    let config = text(&fixture("valid/sketch.toml")).config;
    let caps: Vec<_> = config.caps.iter().map(|cap| (cap.id.as_str(), cap.max, cap.per)).collect();
    let wanted = [
        ("berlin-day", Some(20), Per::Days(1)),
        ("person.anna.new", Some(5), Per::Days(1)),
        ("person.anna.open", Some(12), Per::Open),
    ];
    assert_eq!(caps, wanted);
    let cap = &config.caps[0];
    assert_eq!((cap.hold_for.unwrap().as_hours(), cap.hold_at_most, cap.smooth), (120, Some(200), true));
    let Transport::Mail(mail) = &config.destinations["mail"].by else { panic!("mail") };
    assert_eq!((mail.host.as_str(), mail.port, mail.tls), ("mail.example.com", 465, Tls::Implicit));
    assert_eq!(mail.user.as_deref(), Some("leads"));
    let Transport::Preset { preset, vars } = &config.destinations["desk"].by else { panic!("preset") };
    assert_eq!((preset.as_str(), &vars["group"]), ("zammad", &Var::Text("Vertrieb".into())));
    let source = &config.sources["meta"];
    assert_eq!((source.every.as_secs(), source.channel), (120, Channel::Campaign));
    assert!(config.setup_gaps("meta").is_empty());
    let then: Vec<_> = config.routes["default"].then.iter().map(|step| (step.remedy, step.after.as_mins())).collect();
    assert_eq!(then, [(Remedy::RemindOwner, 0), (Remedy::TeamLead, 30), (Remedy::Reassign, 60)]);
    assert_eq!(config.store, StoreAt::Sqlite("/data/leadgate.db".into()));
    assert_eq!(config.people["anna"].name, "Anna");
}

#[test]
fn the_other_ways_mean_what_they_say() {
    let config = text(&fixture("valid/many_ways.toml")).config;
    assert_eq!((config.business.country.as_str(), config.business.currency.as_str()), ("CH", "CHF"));
    let find = |id: &str| config.caps.iter().find(|cap| cap.id == id).unwrap();
    assert_eq!((find("team.zurich.2-hours").max, find("person.beat.new").max), (Some(20), Some(0)));
    assert_eq!(find("all").scope, Scope::Everything);
    let Transport::Mail(mail) = &config.destinations["team"].by else { panic!("mail") };
    assert_eq!((mail.user.as_deref(), mail.port, mail.tls), (Some("leads@example.com"), 587, Tls::StartTls));
    let vars = &config.sources["form"].vars;
    assert_eq!((&vars["retries"], &vars["strict"]), (&Var::Text("3".into()), &Var::Text("true".into())));
    assert_eq!(config.services["solar"].criteria.weights, [10, 25, 20, 25]);
    let zone = &config.business.zone;
    let holiday =
        |hour: &str| hour.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone.clone()).unwrap().timestamp();
    assert!(!config.business.hours.is_open(holiday("2026-12-24T10:00")));
    assert!(config.teams["zurich"].hours.is_open(holiday("2027-12-24T10:00")));
}

#[test]
fn it_is_read_aloud_in_plain_words() {
    let mut out = Vec::new();
    for name in ["valid/sketch.toml", "valid/many_ways.toml", "valid/smallest.toml"] {
        let loaded = text(&fixture(name));
        out.push(format!("== {name}\n{}", read_aloud(&loaded.config, &std::collections::BTreeSet::new()).join("\n\n")));
        out.extend(loaded.warnings.iter().map(|warning| format!("! {warning}")));
    }
    let out = out.join("\n");
    insta::assert_snapshot!(out);
}

#[test]
fn what_is_probably_not_meant_is_said() {
    let warnings = text(&format!(
        "{SMALL}[service.roof]\n[team.berlin]\nservices = [\"roof\"]\n[team.bonn]\nservices = [\"roof\"]\n\
         [person.anna]\nteam = \"berlin\"\n[cap.day]\nteam = \"berlin\"\nmax = 20\nper = \"day\"\n\
         [cap.hour]\nteam = \"berlin\"\nmax = 30\nper = \"hour\"\n[cap.week]\nteam = \"berlin\"\nmax = 141\nper = \"week\"\n\
         [cap.fine]\nteam = \"berlin\"\nmax = 140\nper = \"week\"\n\
         [source.meta]\npreset = \"meta-lead-ads\"\nchannel = \"campaign\"\n\
         [destination.mail]\nsmtp = \"smtp+plain://localhost:2525\"\nfrom = \"a@example.com\"\n\
         [destination.spare]\npreset = \"zammad\"\n[route.default]\nto = [\"mail\"]\n"
    ))
    .warnings
    .join("\n");
    for expected in [
        "source meta cannot start yet: goal",
        "source meta cannot start yet: services",
        "service roof has no words",
        "team bonn has no people and no fallback",
        "person anna has no email, and their handoffs go by mail",
        "destination spare is in no route",
        "cap hour (leadgate.toml:18) can never be reached: cap day (leadgate.toml:14) lets at most 20 through",
        "cap week (leadgate.toml:22) can never be reached: cap day (leadgate.toml:14) lets at most 140 through",
    ] {
        assert!(warnings.contains(expected), "{expected}\nis not in\n{warnings}");
    }
    let about = |cap: &str| warnings.lines().any(|line| line.starts_with(&format!("cap {cap} ")));
    assert!(!about("fine") && !about("day"), "{warnings}");
}

/// Caps that stand in each other's way, each with what is said; nothing is said of what fits.
#[test]
fn caps_in_each_others_way_are_told() {
    let base = format!(
        "{SMALL}[service.roof]\nwords = [\"roof\"]\n[team.berlin]\nservices = [\"roof\"]\n\
         [source.web]\npreset = \"json\"\nurl = \"http://127.0.0.1:1/\"\nchannel = \"network\"\ngoal = \"x\"\n\
         services = [\"roof\"]\n[destination.mail]\nsmtp = \"smtp+plain://localhost:2525\"\nfrom = \"a@example.com\"\n\
         [route.default]\nto = [\"mail\"]\n"
    );
    let people = |new: &str| {
        ["anna", "ben"].map(|id| {
            format!("[person.{id}]\nteam = \"berlin\"\nemail = \"{id}@example.com\"\nnew_at_most = \"{new} per day\"\n")
        })
    };
    let day = |id: &str, rest: &str| format!("[cap.{id}]\nper = \"day\"\n{rest}\n");
    let few = people("3").concat();
    let many = people("30").concat();
    let team = "team = \"berlin\"\nmax = 20";
    for (caps, told) in [
        (
            format!("{many}{}{}", day("crew", team), day("all", "max = 10")),
            Some("lets at most 10 through in its window, and it allows 20"),
        ),
        (format!("{few}{}", day("crew", team)), Some("its people take at most 6 together, and it allows 20")),
        (
            format!("{many}{}", day("crew", "team = \"berlin\"\nmax = { mo-fr = 10 }")),
            Some("says nothing of sa, su: no limit then; write 0 to close a day"),
        ),
        (
            format!("{many}{}", day("spend", "max = \"100 EUR\"\nunit = \"money\"")),
            Some("counts nothing of source web, which has no price_per_lead"),
        ),
        (format!("{few}{}{}", day("crew", "team = \"berlin\"\nmax = 6"), day("all", "max = 6")), None),
        (format!("{few}{}{}", day("crew", "team = \"berlin\"\nmax = 6"), day("all", "max = 3\nkind = \"soft\"")), None),
    ] {
        let warnings = text(&format!("{base}{caps}")).warnings;
        let about: Vec<&String> = warnings.iter().filter(|warning| warning.starts_with("cap ")).collect();
        match told {
            Some(told) => assert!(
                about.iter().any(|one| one.contains(told) && one.contains("(leadgate.toml:")),
                "{told}\nis not in\n{about:#?}\nof\n{caps}"
            ),
            None => assert!(about.is_empty(), "{about:#?}\nof\n{caps}"),
        }
    }
}

/// A source of a service with these criteria, and more tables; what its setup lacks.
fn gaps(criteria: &str, more: &str) -> Vec<String> {
    let config = text(&format!(
        "{SMALL}[service.roof]\nwords = [\"roof\"]\n[service.roof.criteria]\n{criteria}\n[team.a]\nservices = [\"roof\"]\n\
         [person.anna]\nteam = \"a\"\nemail = \"a@example.com\"\n[source.web]\npreset = \"json\"\n\
         url = \"https://x.example/\"\nchannel = \"network\"\ngoal = \"x\"\nservices = [\"roof\"]\n\
         [destination.mail]\nsmtp = \"smtp+plain://localhost:2525\"\nfrom = \"a@example.com\"\n\
         [route.default]\nto = [\"mail\"]\n{more}"
    ));
    config.config.setup_gaps("web")
}

#[test]
fn a_service_says_where_and_what_fits_before_its_source_starts() {
    let [region, criteria] = gaps("", "").try_into().unwrap();
    assert!(
        region.starts_with("region: say where roof is offered") && region.ends_with("or anywhere = true"),
        "{region}"
    );
    assert!(criteria.starts_with("criteria: ") && criteria.ends_with("or anybody = true"), "{criteria}");
    assert!(gaps("region.countries = [\"DE\"]", "")[0].starts_with("criteria: "));
    assert!(gaps("budget.at_least = \"1 EUR\"", "")[0].starts_with("region: "));
    for (criteria, more) in [
        ("anywhere = true\nanybody = true", ""),
        ("anywhere = true\ntiming.within = \"6 months\"", ""),
        ("region.countries = [\"DE\"]", "[minimum.area]\nfield = \"area\"\nat_least = 50\n"),
        (
            "",
            "[exception.web]\nsource = \"web\"\ncriteria = { region = { countries = [\"DE\"] }, timing = { within = \"1 month\" } }\n",
        ),
    ] {
        assert_eq!(gaps(criteria, more), Vec::<String>::new(), "{criteria} {more}");
    }
}

#[test]
fn the_starter_is_short_holds_and_never_overwrites() {
    assert!(starter::STARTER.lines().count() < 60);
    let loaded = text(starter::STARTER);
    assert_eq!(loaded.warnings, Vec::<String>::new());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/leadgate/leadgate.toml");
    let mut out = Vec::new();
    assert_eq!(init(&mut out, &path).unwrap(), 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }
    fs::write(&path, "mine").unwrap();
    assert_eq!(init(&mut out, &path).unwrap(), 1);
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(init(&mut out, &path.join("below/a/file.toml")).unwrap(), 1);
    let said = String::from_utf8(out).unwrap();
    assert!(said.contains("exists already and stays as it is") && said.contains("cannot be written"), "{said}");
}

#[test]
fn check_speaks_to_people_and_to_machines() {
    let said = |loaded: &Result<Loaded, ConfigErrors>, look: Look| {
        let mut out = Vec::new();
        let status = check(&mut out, loaded, look).unwrap();
        (status, String::from_utf8(out).unwrap())
    };
    let json = Look { json: true, fancy: false };
    let good = load_text("leadgate.toml", &fixture("valid/sketch.toml"), Path::new("/data"));
    let (status, words) = said(&good, Look::default());
    assert!(status == 0 && words.contains("The configuration holds"), "{words}");
    let (status, told) = said(&good, json);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((status, &told["ok"]), (0, &serde_json::Value::Bool(true)));
    let bad = load_text("leadgate.toml", &fixture("invalid/two_at_once.toml"), Path::new("/data"));
    let (status, words) = said(&bad, Look::default());
    assert_eq!(status, 1);
    assert!(
        words.contains("the configuration has 2 mistakes") && words.contains("raw_payload = \"30 days\""),
        "{words}"
    );
    let (_, told) = said(&bad, json);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["mistakes"][1]["key"], "keep.closed_leads");
    assert_eq!(told["mistakes"][1]["file"], "leadgate.toml");
    assert!(told["mistakes"][1]["line"].is_number() && told["mistakes"][0]["value"].is_null());
}

#[tokio::test(start_paused = true)]
async fn probes_are_told_in_order_and_bounded() {
    let probes = || {
        let bad = || Failure::new(Class::Auth, "the list API answered 401").hint("make a new key");
        vec![
            Probe { name: "source slow".into(), ask: Box::pin(std::future::pending()) },
            Probe { name: "source meta".into(), ask: Box::pin(async { Ok("1 page, 3 leads".into()) }) },
            Probe { name: "destination desk".into(), ask: Box::pin(async move { Err(bad()) }) },
        ]
    };
    let mut out = Vec::new();
    assert_eq!(connect(&mut out, probes(), Look::default()).await.unwrap(), 1);
    let said = String::from_utf8(out).unwrap();
    assert_eq!(
        said,
        "failed  source slow: no answer within 30 seconds\nok      source meta: 1 page, 3 leads\n\
         failed  destination desk: the list API answered 401\n        make a new key\n"
    );
    let mut out = Vec::new();
    connect(&mut out, probes(), Look { json: true, fancy: false }).await.unwrap();
    let told: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!((&told["ok"], &told["probes"][1]["found"]), (&false.into(), &"1 page, 3 leads".into()));
    let mut out = Vec::new();
    assert_eq!(connect(&mut out, Vec::new(), Look::default()).await.unwrap(), 0);
}
