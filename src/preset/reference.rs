//! The preset language as a page for people: every key of both kinds of preset, once. `docs/presets.md` is
//! made from this table; tests hold it against the keys the reader knows and against the examples.

mod keys;
mod schema;
mod source;

pub use self::schema::schema;

use self::keys::{CLASSES, DESTINATION, DESTINATION_PARTS, FILTERS, PARTS, PIPES, Part, TOP};
use self::source::{SOURCE, SOURCE_PARTS};

const INTRODUCTION: &str = r#"# Presets

*Generated from `src/preset/reference.rs`; `LEADGATE_BLESS=1 cargo test --test docs` writes it anew.*

A preset is a TOML file that knows one vendor: how leads are read from it, or how a handoff is written to it. There is no code per
vendor. Those built in are in [`config/presets/`](../config/presets); yours go into `presets/sources/` and `presets/destinations/`
beside your configuration and win over a built-in one of the same name. `leadgate check --connect` compiles each preset in use, names
what is wrong with its line, and reads the first page, or asks the destination; nothing is changed there.

Editors that know TOML schemas complete and check a preset whose first line is `#:schema` and the address of
[`preset.schema.json`](preset.schema.json).

A whole source:

```toml
EXAMPLE```

In the configuration: `[source.forms]`, `preset = "forms"`, `url = "https://example.org"`, `token = { env = "FORMS_TOKEN" }`.

**Reading** is JSONPath. **Writing** is `{{ expression | filter }}`: no statements, no loops, no files. A known name without a value is
empty, an unknown one is a mistake when the preset is compiled. Lead text is never read as a template.

Lengths of time are `"30s"`, `"5m"`, `"2h"`, `"7 days"`.

What a source's templates may use:

| name | what |
|---|---|
| `vars.…` | the operator's variables, secrets excepted |
| `cursor.from`, `cursor.until`, `cursor.day`, `cursor.until_day` | the bounds of the walk, as moments and as days in `cursor.zone` |
| `cursor.id`, `cursor.token` | with the strategies `id` and `resume_token`: what was reached; empty the first time |
| `page.number`, `page.offset`, `page.token`, `page.size` | in `request` and `each`: where in the pages |
| `each.…` | the parent, where there is `[each]` |
| `job.…` | what the job's answers said, where there is `[job]` |
| `record.…` | in a `lookup` what its `with` names; in `recheck` only `record.id` |

What a destination's templates may use:

| name | what |
|---|---|
| `vars.…` | the operator's variables, secrets excepted |
| `h.id`, `h.token`, `h.uuid` | this handoff's key, in three notations; the only ones `find` may use |
| `h.lead`, `h.round`, `h.score`, `h.service`, `h.source`, `h.campaign`, `h.referral`, `h.submitted_at`, `h.decided_at`, `h.answer_by`, `h.acknowledge_by`, `h.owner`, `h.team`, `h.business` | the handoff |
| `lead.title`, `lead.name`, `lead.email`, `lead.phone`, `lead.company`, `lead.need`, `lead.timing`, `lead.budget`, `lead.place`, `lead.extra` | the person and what they wrote |
| `card.text`, `card.object` | everything above, as a text and as a table |
| `before.…` | what the operations before read |
| `ref`, `known.…` | in `poll`: the ticket, and what was read already |
"#;

/// The source shown whole; a test compiles it.
pub const EXAMPLE: &str = r#"format = 1
id = "forms"
title = "Our own form backend"

[vars]
url = { prompt = "Address of the backend", kind = "url" }
token = { prompt = "Its token", kind = "secret" }

[http]
base = "{{ vars.url }}"

[auth]
kind = "bearer"
token = "{{ vars.token }}"

[request]
path = "/api/leads"
query = { since = "{{ cursor.from | iso }}", page = "{{ page.number }}" }

[paging]
kind = "page"
size = 100
stop = ["short"]

[cursor]
strategy = "since"
field = "$.created_at"
overlap = "5m"

[extract]
records = "$.leads[*]"
id = "$.id"

[map]
submitted_at = "$.created_at"
name = "$.name"
email = "$.email"
phone = ["$.mobile", "$.phone"]
need = "$.wish"
postal_code = "$.zip"
test = { at = "$.kind", equals = "test" }

[[errors]]
when = { status = [404] }
class = "config"
hint = "url: there is no /api/leads"
"#;

/// `docs/presets.md`.
pub fn manual() -> String {
    let both = std::iter::once(&TOP).chain(PARTS).map(part).collect::<String>();
    let lists = [
        ("Classes", "class | what happens", CLASSES),
        ("Pipes (reading)", "pipe | what it does", PIPES),
        ("Filters (writing)", "filter | what it does", FILTERS),
    ];
    let lists = lists.map(|(title, columns, rows)| format!("\n### {title}\n\n{}", table(columns, rows))).concat();
    let sources: String = std::iter::once(&SOURCE).chain(SOURCE_PARTS).map(part).collect();
    let destinations: String = std::iter::once(&DESTINATION).chain(DESTINATION_PARTS).map(part).collect();
    let introduction = INTRODUCTION.replace("EXAMPLE", EXAMPLE);
    format!("{introduction}\n## Both directions\n{both}{lists}\n## Sources\n{sources}\n## Destinations\n{destinations}")
}

fn part(part: &Part) -> String {
    let meaning = if part.meaning.is_empty() { String::new() } else { format!("{}\n\n", part.meaning) };
    let rows = table("key | what | when absent | meaning | example", part.rows);
    format!("\n### {}\n\n{meaning}{rows}", part.head)
}

fn table(columns: &str, rows: &str) -> String {
    let line = "---|".repeat(columns.split(" | ").count());
    let rows: String = rows.trim().lines().flat_map(|row| ["| ", row, " |\n"]).collect();
    format!("| {columns} |\n|{line}\n{rows}")
}

#[cfg(test)]
mod tests;
