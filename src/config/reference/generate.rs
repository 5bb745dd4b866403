//! The two texts made from the table. They are checked in; a test makes them again and compares.

use super::{Absent, Key, SECTIONS, Section};

/// Comment lines of the example are no wider.
const WIDTH: usize = 100;

/// `config/leadgate.example.toml`: every key, loads as it is. A line that begins with `#` and no space
/// is a key that is switched off.
pub fn example() -> String {
    let mut out = String::from(
        "# Every key of leadgate, with what counts when it is absent. Generated: `leadgate init` writes a short\n\
         # configuration to begin with, docs/config.md explains units, layers and secrets.\n\
         # Lines that begin with # and no space are keys that are switched off.\n",
    );
    for section in SECTIONS {
        out.push('\n');
        comment(&mut out, section.meaning);
        line(&mut out, format_args!("[{}]", section.path.replace("ID", section.id)));
        for key in section.keys {
            entry(&mut out, key);
        }
    }
    out
}

fn entry(out: &mut String, key: &Key) {
    let note = match key.absent {
        Absent::Required => format!("{} Required.", key.meaning),
        Absent::Is(value) => format!("{} When absent: {}.", key.meaning, plain(value)),
        Absent::Like(words) => format!("{} When absent: {words}.", key.meaning),
    };
    comment(out, &note);
    let off = if key.on { "" } else { "#" };
    if key.name == "*" {
        for example in key.example.lines() {
            line(out, format_args!("{off}{example}"));
        }
    } else {
        line(out, format_args!("{off}{} = {}", key.name.replace("CUR", "CHF"), key.example));
    }
}

/// A value as a sentence says it.
fn plain(value: &str) -> String {
    if value == "[]" { "none".into() } else { value.replace('"', "") }
}

fn comment(out: &mut String, text: &str) {
    let mut width = 0;
    for word in text.split(' ') {
        let length = word.chars().count() + 1;
        if width == 0 || width + length > WIDTH {
            out.push_str(if width == 0 { "# " } else { "\n# " });
            width = 2 + length;
        } else {
            out.push(' ');
            width += length;
        }
        out.push_str(word);
    }
    out.push('\n');
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.push_str(&text.to_string());
    out.push('\n');
}

const INTRODUCTION: &str = r#"# Configuration

*Generated from `src/config/reference/`; `LEADGATE_BLESS=1 cargo test --test config` writes it anew.*

One TOML file says what you offer, who answers, where interest comes from and where handoffs go. `leadgate init` writes a
short one to fill in, `leadgate check` reads it aloud and tells every mistake at once, and
[`config/leadgate.example.toml`](../config/leadgate.example.toml) shows every key.

## Where it is read from

Later layers win over earlier ones:

1. the defaults below;
2. files: the main one (`--config`, else `leadgate.toml` in your configuration directory) together with every
   `conf.d/*.toml` beside it. Tables of the same name grow together; the same key in two files is a mistake;
3. the environment: `LEADGATE_BUSINESS__ZONE=Europe/Berlin`, two underscores for each dot, one for a `-`. It changes what
   files say and adds no new tables;
4. flags: `--set business.zone=Europe/Berlin`.

`--data-dir` or `LEADGATE_DATA_DIR` says where the data lives. leadgate never writes into your files.

## Values and units

| what | how to write it |
|---|---|
| length of time | `"30s"`, `"2m"`, `"1h 30m"`, `"5 days"`, `"3 years"`; a month counts 30 days, a year 365 |
| working time | minutes and hours only, `"20m"`, `"1h 30m"`: a day of work has no fixed length |
| stretch of the calendar | `"10 days"`, `"6 weeks"`, `"6 months"`, `"1 year"` |
| number per period | `"5 per day"`, `"20 per 2 hours"`, `"100 per month"` |
| period | `"hour"`, `"2 hours"`, `"day"`, `"week"`, `"month"` |
| amount | `"5000 EUR"`, `"1250.50 CHF"`: digits, a point before decimals, the currency |
| share | `"18 %"` |
| opening hours | as in OpenStreetMap: `"Mo-Fr 08:00-12:00,13:00-17:00; PH off"` |
| postal codes | a range `"10000-14199"`, a beginning `"144*"`, a code `"10405"`; `"AT:1*"` names another country |

0 is closed; absent is unlimited. Ids are lower-case letters, digits, `-` and `_`.

## Secrets

A secret never stands in the configuration. Say where it is:

```toml
password = { env = "SMTP_PASSWORD" }        # an environment variable
password = { file = "smtp.key" }            # a file only you can read (chmod 600); relative to this file
password = { command = "pass show smtp" }   # what a command prints within 10 seconds
```

## Keys
"#;

/// `docs/config.md`.
pub fn manual() -> String {
    let mut out = String::from(INTRODUCTION);
    for section in SECTIONS {
        table(&mut out, section);
    }
    out
}

fn table(out: &mut String, section: &Section) {
    let which = match (section.path, section.id) {
        ("destination.ID", "mail") => " (mail)",
        ("destination.ID", _) => " (preset)",
        _ => "",
    };
    line(out, format_args!("\n### `[{}]`{which}\n\n{}\n", section.path, section.meaning));
    out.push_str("| key | what | when absent | meaning | example |\n|---|---|---|---|---|\n");
    for key in section.keys {
        let absent = match key.absent {
            Absent::Required => "**required**".to_owned(),
            Absent::Is("[]") => "none".to_owned(),
            Absent::Is(value) => format!("`{value}`"),
            Absent::Like(words) => words.to_owned(),
        };
        let example = key.example.lines().map(|line| format!("`{line}`")).collect::<Vec<_>>().join("<br>");
        let (name, form, meaning) = (key.name, key.form, key.meaning);
        line(out, format_args!("| `{name}` | {form} | {absent} | {meaning} | {example} |"));
    }
}
