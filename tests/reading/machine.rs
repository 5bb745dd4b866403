//! Texts that operators and machines write, broken: conditions, paths, pipes, templates, presets, configs, hours, files of
//! records, instants. Checked: no panic, no reading without an end, and what is compiled may be used.

use std::path::Path;

use jiff::tz::TimeZone;
use leadgate::calendar::{Calendar, HolidayChanges};
use leadgate::clock::SystemClock;
use leadgate::condition::Condition;
use leadgate::config;
use leadgate::fold::{fold, loose};
use leadgate::net::http::Http;
use leadgate::preset::file::DecodeDoc;
use leadgate::preset::path::PathDoc;
use leadgate::preset::pipe::Pipe;
use leadgate::preset::{Context, Direction, Library, Names, Reader, Scope, Template, Values, View, instant};
use leadgate::qualify::need::Catalogue;
use leadgate::source::decode::{Settings, whole};
use leadgate::source::{check_presets, columns};
use serde_json::{Value, json};

/// One of each kind of text, to be broken.
pub const WRITTEN: &[&str] = &[
    "timing.days < 30 and budget.min >= 5000 or region.country in ['DE', 'AT']",
    "not (budget.max is defined) and (service == 'roof' or source ~ 'x' == 'web')",
    "field.area | int > 100 if field.area is defined else false",
    "$.entries[?(@.kind == 'a' && @.n > 3)].value",
    "$..['a','b'][0:10:2]",
    "$.data[*].field_data[?@.name=='email'].values[0]",
    "divide:1000000",
    "split:, ",
    "join:; ",
    "{{ record.email | lower }}/{{ vars.list }}?n={{ page.size * 2 + 1 }}",
    "{{ record.name | urlencode }} {{ record['tags'][0] }} {{ 'x' ~ record.id }}",
    "Mo-Fr 09:00-12:30,13:30-18:00; Sa 10:00-14:00; PH off",
    "Jan-Mar Mo[1],We[-1] 08:00-26:00; Dec 24 off; week 2-52/2 Tu 10:00+",
    "sunrise-sunset; easter -2 days off; 24/7",
    "id,name,email,service\r\n1,\"Ada, \"\"A\"\"\",ada@example.org,roof\r\n2,Bob;x,,\r\n",
    "Name;E-Mail;Betrag\n\"M\u{fc}ller\";m@example.de;1.234,56\nX;y;z\n",
    "{\"id\":1,\"name\":\"Ada\",\"tags\":[\"a\",{\"b\":null}]}\n{\"id\":2}\n",
    "[{\"id\":\"1\",\"n\":1e9},{\"id\":\"\\u0000\\ud800\"}]",
    "2026-11-22T08:00:00.123+01:00[Europe/Berlin]",
    "1763798400000",
    "[business]\nname = \"Dach\"\nzone = \"Europe/Berlin\"\n[service.roof]\nwords = [\"dach\"]\n[cap.day]\nmax = \"20 per day\"\n",
    "format = 1\nid = \"x\"\ntitle = \"x\"\n[http]\nbase = \"https://x.example\"\n[request]\npath = \"/{{ vars.a }}\"\n[extract]\nrecords = \"$.a[*]\"\nid = \"$.id\"\n[map]\nemail = \"$.email\"\n",
    "P1Y2M3DT4H5M",
    "90d",
    "2 weeks",
    "20 per day",
    "12.500,00 EUR",
    "E-Mail-Adresse",
    "what_is_your_budget?",
];

/// What is repeated to make a text long: brackets that never close, marks that make a parser look ahead or go back, words
/// that nearly match.
pub const NASTY: &[&str] = &[
    "(",
    "[",
    "{",
    "{{",
    "{{ '",
    "\"",
    "\"\"",
    "'",
    "\\",
    ",",
    ";",
    "\n",
    "\r\n",
    ",\n",
    "-",
    "--",
    "not ",
    "monday 2 weeks after ",
    "2 weeks starting ",
    "last week of the ",
    "3 4 ",
    "a.",
    "a|",
    "a ~ ",
    "1 + ",
    "(1 + ",
    "x or ",
    "$..",
    "$..*",
    "[*]",
    "[?(@.a",
    "[?@.a==",
    "@",
    "a@",
    "a@a,",
    "<a@a.de>",
    "0",
    "1 ",
    "+49 ",
    "0 / ",
    "Mo,",
    "Mo-Fr 08:00-12:00;",
    "00:00-24:00,",
    "PH off;",
    "week 1-53/2 ",
    "easter +1 day;",
    "[a]\n",
    "a.b.c.",
    "a = [",
    "[[a]]\n",
    "# ",
    "\"a\": {",
    "[1,",
    "{\"a\":",
    "\u{301}",
    "\u{1f469}\u{200d}",
    "\u{fdfa}",
    "\u{130}",
    "ue",
    "dachdach",
    "heat pump ",
    "between ",
    "zwischen ",
    "bis ",
    "next week or ",
    "2 thousand ",
    "1.",
    "1,",
    "1.000,",
    "12345 ",
    "DE-10115 ",
    "\u{bd}",
    "GB SW1A 1AA ",
];

/// What all texts are tried on.
pub struct Bench {
    body: Value,
    values: Values,
    scope: Scope,
    context: Context,
    catalogue: Catalogue,
    http: Http,
}

impl Bench {
    /// Prepares it once.
    pub fn new() -> Self {
        let record = json!({ "id": "1", "name": "Ada", "email": "ada@example.org", "tags": ["a", "b"], "n": 12.5,
            "entries": [{ "kind": "a", "n": 4, "value": [1, null, "x"] }], "list": [["a"], {}, ""] });
        let roots = json!({ "record": record, "vars": { "list": "l" }, "page": { "size": 100, "number": 1 } });
        let words = ["heat pump".to_owned(), "Dachsanierung".to_owned(), "solar panels".to_owned()];
        Self {
            scope: Scope::new().open("record").sample("vars", &roots["vars"]).sample("page", &roots["page"]),
            context: Context::from_serialize(&roots),
            body: record,
            values: Values::sample(&std::collections::BTreeMap::new()).unwrap(),
            catalogue: Catalogue::new([("home", words.as_slice(), &words[2..])].into_iter()),
            http: Http::new(std::sync::Arc::new(SystemClock)).unwrap(),
        }
    }

    /// Reads a text with every one of these parsers, each by its name.
    pub fn each(&self, text: &str, mut run: impl FnMut(&'static str, &mut dyn FnMut())) {
        run("condition", &mut || condition(text));
        run("path", &mut || self.path(text));
        run("pipe", &mut || self.pipe(text));
        run("template", &mut || self.template(text));
        run("hours", &mut || hours(text));
        run("records", &mut || {
            for format in [DecodeDoc::Json, DecodeDoc::Jsonl, DecodeDoc::Csv] {
                drop(whole(text.as_bytes(), &Settings { format, ..Settings::default() }));
            }
            let rows = vec![text.lines().map(str::to_owned).collect::<Vec<_>>()];
            columns::Guess::of(&rows[0], &rows);
        });
        run("instant", &mut || {
            drop((instant::parse(text), instant::duration(text)));
            if let Ok(Some(form)) = instant::Notation::parse(text, Some(&TimeZone::UTC)) {
                form.read(text);
                form.read("2026-11-22");
            }
        });
        run("need", &mut || {
            let first = self.catalogue.matches(text);
            assert_eq!(first, self.catalogue.matches(text));
            let once = fold(text);
            // A longer text may be cut where its spelling made it longer.
            assert!(text.len() > 1_000 || fold(&once) == once, "{text:?}");
            loose(&once);
        });
        run("config", &mut || drop(config::load_text("x.toml", text, Path::new("/nowhere"))));
        run("preset", &mut || {
            let mut library = Library::default();
            library.insert(Direction::Source, "x", "x.toml", text);
            check_presets(&library, &self.http);
        });
    }

    fn path(&self, text: &str) {
        let Ok(reader) = Reader::compile(&PathDoc::At(text.to_owned()), Names::of(&self.values)) else { return };
        let view = View::of(&self.body);
        drop((reader.read(view), reader.text(view), reader.instant(view), reader.nodes(view)));
    }

    fn pipe(&self, text: &str) {
        let pipes = ["trim", "lower", "digits", "tail", "bool", "oneline", text].map(Pipe::parse);
        for pipe in pipes.into_iter().flatten() {
            drop((pipe.apply(&json!(text)), pipe.apply(&self.body["list"]), pipe.apply(&self.body["n"])));
        }
    }

    fn template(&self, text: &str) {
        let Ok(template) = Template::compile(text, &self.scope) else { return };
        drop((template.text(&self.context), template.json(&self.context), template.texts(&self.context)));
    }
}

fn condition(text: &str) {
    let names = ["timing.days", "budget.min", "budget.max", "region.country", "service", "source", "field."];
    let Ok(condition) = Condition::compile(text, &names) else { return };
    condition.holds(&json!({}));
    condition.holds(&json!({ "timing": { "days": 3 }, "budget": { "min": 1.5, "max": "x" }, "service": "roof",
        "source": "web", "region": { "country": "DE" }, "field": { "area": 120 } }));
}

fn hours(text: &str) {
    let Ok(zone) = TimeZone::get("Europe/Berlin") else { return };
    let Ok(hours) = Calendar::parse(text, &zone, "DE", &HolidayChanges::default()) else { return };
    let at = "2026-11-22T08:00:00Z".parse().unwrap();
    let next = hours.next_open(at);
    assert!(next.is_none_or(|next| next >= at), "{text:?}");
    hours.is_open(at);
    hours.next_change(at);
    assert!(hours.add(at, jiff::SignedDuration::from_hours(8)).is_none_or(|end| end >= at), "{text:?}");
}
