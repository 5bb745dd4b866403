//! Every key of a preset that reads leads, in words; as in `keys`.

use super::keys::Part;

/// Keys at the top of a source.
pub(super) const SOURCE: Part = Part {
    head: "At the top of a source",
    meaning: "",
    rows: r#"
`retention` | length of time | not known | How long the vendor keeps leads. | `retention = "90 days"`
`sunset` | `{ of, on }` | not known | The last day of each version of the vendor's interface; `of` is a template that says which is in use. | `sunset = { of = "{{ vars.version }}", on = { "v21.0" = "2027-01-21" } }`
`request` | operation | one of `request`, `push`, `file`, `mailbox` must be there | What is asked. Templates see `vars`, `cursor`, `page`, and `each` and `job` where there are. | `request = { path = "/leads", query = { since = "{{ cursor.from \| iso }}" } }`
`push` | table | – | The source tells by itself, at `POST /in/ID` of the listener (`[listen]` of the configuration), see below. | `push = { content = "json", sign = { kind = "standard-webhooks", keys = ["secret"] } }`
`file` | table | – | Records are in files, see below. | `file = { path = "{{ vars.path }}" }`
`mailbox` | table | – | Records arrive by mail, see below. | `mailbox = { host = "{{ vars.host }}", user = "{{ vars.user }}", password = "{{ vars.password }}" }`
`each` | table | one walk | One walk for each of several parents, see below. | `each = { values = ["SPONSORED", "EVENT"] }`
`job` | table | nothing to wait for | Something that must be made before it can be read, see below. | `job = { start = { path = "/export", method = "POST", get = { id = "$.id" } }, poll = { path = "/export/{{ job.id }}", done = "$.ready" } }`
`paging` | table | one page | How to get the next page. | `paging = { kind = "page", size = 100, stop = ["short"] }`
`cursor` | table | `snapshot` | What is new. | `cursor = { strategy = "snapshot" }`
`extract` | table | the whole answer is one record | Where the records are. | `extract = { records = "$.data[*]", id = "$.id" }`
`lookup` | tables | none | What is asked once more about each new record, see below. | `lookup = { tags = { path = "/contacts/{{ record.id }}/tags", with = { id = "$.id" } } }`
`kind` | `leads` or `metrics` | `leads` | People, or what campaigns cost and showed: for `metrics`, `[metrics]` stands for `[map]`. | `kind = "metrics"`
`metrics` | table | needed by `kind = "metrics"` | What the rows of a report mean, see below. | `metrics = { campaign = "$.campaign_id", day = "$.date_start", spend = "$.spend" }`
`map` | table | nothing | What they mean. | `map = { email = "$.email" }`
`recheck` | table | never | How one known record is read again, see below. | `recheck = { path = "/members/{{ record.id }}", record = "$.members[0]" }`
`pause` | operation | cannot be told | Tells the far side to bring no more people for a while; called only where the config allows it. | `pause = { path = "/campaigns/{{ vars.campaign }}", form = { status = "PAUSED" } }`
`resume` | operation | cannot be told | Tells it to go on. | `resume = { path = "/campaigns/{{ vars.campaign }}", form = { status = "ACTIVE" } }`
"#,
};

/// Parts of a source.
pub(super) const SOURCE_PARTS: &[Part] = &[
    Part {
        head: "`[each]`",
        meaning: "One walk for each of several parents (forms, lists, kinds of owner): an operation that lists them, or fixed `values`. Its `get` reads each, `id` is required; its own templates see `cursor` as of a walk that begins; those of `[request]` see `each.…`, paths say `in = \"each\"`. Each parent has its own cursor, and one that cannot be read does not keep the others from it. Ids that are good only within their parent need it: `id = { hash = [{ in = \"each\", at = \"$.id\" }, \"$.id\"] }`.",
        rows: r#"
`records` | JSONPath | **required** without `values` | The parents. | `records = "$.forms[*]"`
`drop` | condition or list | none | Parents for which any holds are passed over. | `drop = { at = "$.status", equals = "ARCHIVED" }`
`paging` | table | one page | As `[paging]` of the source. | `paging = { kind = "token", next = "$.next" }`
`refresh` | length of time | asked each time | How long the list is good. | `refresh = "6h"`
`max` | whole number | `500` | Most parents; that there are more is told. | `max = 50`
`values` | list | a list is asked for | Fixed parents: `each.id`. | `values = ["SPONSORED", "EVENT"]`
"#,
    },
    Part {
        head: "`[job.start]`, `[job.poll]`",
        meaning: "Make, wait, download: two operations before `[request]`. What `start` reads by `get` is `job.…` in `poll` and `request`. These keys are `poll`'s.",
        rows: r#"
`done` | condition | **required** | It is ready. | `done = { at = "$.data.status", equals = "SUCCEED" }`
`failed` | condition | never | It never will be. | `failed = { at = "$.data.status", equals = "FAILED" }`
`every` | length of time | `5s` | How often to ask; a minute at most. | `every = "10s"`
`timeout` | length of time | `10m` | When to give up. | `timeout = "5m"`
"#,
    },
    Part {
        head: "`[lookup.NAME]`",
        meaning: "An operation asked for each record that is new or changed; paths of `[map]` read its answer (or what its `get` names) with `in = \"NAME\"`. Equal questions are asked once a walk. Known records that did not change are not read on.",
        rows: r#"
`with` | table of paths | nothing | What its templates need of the record: `{{ record.… }}`. | `with = { id = "$.id" }`
`optional` | true or false | `false` | A 404 or 410 means that there is nothing. | `optional = true`
"#,
    },
    Part {
        head: "`[recheck]`",
        meaning: "An operation that reads one known record again: `{{ record.id }}`. Its answer is mapped as any record; a 404 or 410, or a rule of class `gone`, means that it is gone.",
        rows: r#"
`every` | length of time | `24h` | How often. | `every = "6h"`
`for` | list of words of consent | `["pending"]` | Whose records. | `for = ["pending", "confirmed"]`
`record` | JSONPath | the whole answer | Where in the answer it is. | `record = "$.members[0]"`
"#,
    },
    Part {
        head: "`[paging]`",
        meaning: "",
        rows: r#"
`kind` | `none`; `page` (`{{ page.number }}` counts up); `offset` (`{{ page.offset }}` counts records); `token` (`{{ page.token }}` comes from the answer); `next_url` (the answer gives the address; its host is never followed elsewhere); `link_header` (the answer's `Link` header gives it); `last_item` (`{{ page.token }}` comes from the last record); `keyset` (the last record's moment, or the greatest id, is the next lower bound) | `none` | How to get the next page. | `kind = "page"`
`start` | whole number | `1` | `page`: number of the first page. | `start = 0`
`size` | whole number | `100` | Records asked for in one page: `{{ page.size }}`. | `size = 500`
`next` | path | – | `token`, `next_url`: where the next one is. `last_item`: where it is in the last record. | `next = "$.paging.next"`
`stop` | list of `empty`, `short` (fewer than `size`), `missing` (no list) | no next page | When to stop besides. | `stop = ["short"]`
`stop_if` | condition or list | never | Stop, too, where one holds of the whole answer. | `stop_if = { at = "$.paging.next", present = false }`
`advance` | `count` (records received) or `size` (records asked for) | `count` | `offset`: by how much it grows. | `advance = "size"`
`most` | whole number | no limit | Most records one question gives: after so many, the walk asks anew from the last cursor on. | `most = 10000`
`total` | JSONPath | not said | Where the answer says how many records there are in all. | `total = "$.total_size"`
`max_pages` | whole number | `10000` | Stop with an error after so many pages. | `max_pages = 200`
"#,
    },
    Part {
        head: "`[cursor]`",
        meaning: "",
        rows: r#"
`strategy` | `since` (changed since the latest moment seen); `snapshot` (everything each time; the store knows what it has); `id` (a greater id than the greatest seen); `until_known` (newest first, until a page holds known records only); `window` (everything between two moments around the present); `resume_token` (the far side says from where to go on) | `snapshot` | What is new. Templates see `cursor.from`, `cursor.until` (the source's present less `settle`), `cursor.day` and `cursor.until_day` (the days of both in `zone`), `cursor.id` and `cursor.token`. | `strategy = "since"`
`field` | path or list | – | The moment of a record; of a list the latest. `id`: where the number is, if it is not `extract.id`. | `field = "$.updated_at"`
`overlap` | length of time | `0s` | Read this much again each time: records that appeared late. | `overlap = "5m"`
`settle` | length of time | `0s` | What is younger, by the source's clock, is not final: it is read again. | `settle = "5m"`
`bound` | `inclusive` or `exclusive` | `inclusive` | Is a record of the very moment of the bound given? `exclusive` asks from a second earlier. | `bound = "exclusive"`
`grain` | `second` or `day` | `second` | `day`: the source compares days only; asked is from a day earlier. | `grain = "day"`
`zone` | template | UTC | The zone of days, and of moments written without one (`as = "naive:…"`). | `zone = "{{ vars.zone }}"`
`behind` | length of time | `0s` | `window`: how far back it begins. | `behind = "1 day"`
`ahead` | length of time | `0s` | `window`: how far ahead it ends. | `ahead = "60 days"`
`restate` | length of time | nothing | Read at least this much again each time: figures that are corrected later. | `restate = "28 days"`
`backfill` | length of time | the operator's | How far back the first read goes at most: what the vendor keeps. | `backfill = "89 days"`
`token` | path | needed by `resume_token` | Where the answer says from where to go on next time. | `token = "$.sync_token"`
`departures` | true or false | `false` | `snapshot`, `until_known`: whoever is missing in a whole walk has left. | `departures = true`
`order` | `asc` (oldest first: each page moves the cursor) or `unknown` (only a complete walk does) | `unknown` | The order of a walk. | `order = "asc"`
"#,
    },
    Part {
        head: "`[push]`",
        meaning: "What a far side sends to us. `secret` or `sign` is needed, with both both must hold; they are compared in constant time, and nothing says which part was wrong. A record without an id is known by its delivery's, else by its words and the day.",
        rows: r#"
`content` | `json`, `form` (urlencoded, or the text fields of multipart), or a list of both | **required** | How what is sent is written; anything else is answered with 415. | `content = ["form", "json"]`
`secret` | table | none | A word only the sender knows, see below. | `secret = { header = "X-Form-Key", equals = "{{ vars.key }}" }`
`sign` | table | none | A signature over every byte, see below. | `sign = { kind = "standard-webhooks", keys = ["secret"] }`
`honeypot` | template over `vars` | none | A form's field that people do not see: where it is filled in, all is kept aside. | `honeypot = "website"`
`thanks` | template over `vars` | the answer is `{"ok":true}` | Where somebody is sent after their form was stored. | `thanks = "{{ vars.thanks }}"`
`origin` | template over `vars` | none | The one site whose pages may send by script (CORS). | `origin = "https://www.example.com"`
"#,
    },
    Part {
        head: "`[push.secret]`",
        meaning: "Any of the given places may carry it. One of `at`, `header` and `query` must be there.",
        rows: r#"
`at` | JSONPath of one member at the top, or a form's field | – | It is taken out before anything is kept. | `at = "$.google_key"`
`header` | name | – | A header. | `header = "X-Form-Key"`
`query` | name | – | A query parameter. | `query = "key"`
`equals` | template over `vars`, or a list | **required** | What it must be, at least 8 characters; empty ones are passed over, so that a secret can be changed without a gap. | `equals = ["{{ vars.key }}", "{{ vars.old_key }}"]`
"#,
    },
    Part {
        head: "`[push.sign]`",
        meaning: "",
        rows: r#"
`kind` | `standard-webhooks` (HMAC-SHA256 over id, time and body, at most five minutes old; the id names the delivery) | **required** | How. | `kind = "standard-webhooks"`
`keys` | list of names of secret variables | **required** | `whsec_` and base 64; any that is set may have signed. | `keys = ["secret", "old_secret"]`
"#,
    },
    Part {
        head: "`[file]`",
        meaning: "Files that appear, grow or are replaced. Each is read on where it was left; one whose beginning has changed is read anew, and the store knows what it has. A last line without its line end waits. Files whose names begin with a dot or end in `.part`, `.tmp` and the like are not finished: write under such a name and rename.",
        rows: r#"
`path` | template | **required** | A file, a pattern or a folder. | `path = "{{ vars.path }}"`
`after` | template: `keep`, or `move:FOLDER` | `keep` | What happens to a file that was read, once what it held is stored. One with lines that cannot be read goes to `failed/` beside that folder, with the reasons in `NAME.why.txt`. | `after = "move:done/"`
`settle` | length of time | `1m` | How long a file must have rested before its end counts as its end and it is moved. | `settle = "10s"`
"#,
    },
    Part {
        head: "`[mailbox]`",
        meaning: "A folder of mails at an IMAP server; no mail is ever deleted. Each mail is one record: `from` (`name`, `email`), `reply_to`, `to`, `subject`, `date`, `message_id`, `text` (without quoted replies), `fields` (the `name: value` lines of a form), and `adf` (an Auto-lead Data Format document). Mails that machines answer with, bounces and mailing lists are passed over. Secrets may stand in `user` and `password`.",
        rows: r#"
`host` | template | **required** | Name of the server. | `host = "{{ vars.host }}"`
`port` | template | `993`; `143` without TLS from the first byte | Its port. | `port = "{{ vars.port }}"`
`tls` | template: `implicit`, `starttls`, or `plain` for this machine only | `implicit` | How the connection is protected. | `tls = "{{ vars.tls }}"`
`user` | template | **required** | Who signs in. | `user = "{{ vars.user }}"`
`password` | template | **required** | With what. | `password = "{{ vars.password }}"`
`ca_file` | template | the system's authorities | A PEM file of one more authority to trust. | `ca_file = "{{ vars.ca_file }}"`
`folder` | template | `INBOX` | The folder. | `folder = "{{ vars.folder }}"`
`after` | template: `keep`, `seen` or `move:FOLDER` | `keep` | What happens to a mail once it is stored. | `after = "seen"`
"#,
    },
    Part {
        head: "`[extract]`",
        meaning: "",
        rows: r#"
`decode` | `json`, `jsonl` (a JSON document a line) or `csv` | `json` | How the file is written. | `decode = "csv"`
`csv` | table | found out | More about CSV, see below. | `csv = { delimiter = ";" }`
`records` | JSONPath | the whole answer | The records. | `records = "$.entries[*]"`
`columns` | true, JSONPath or list of texts | records are tables | Records are lists, and their columns are called so: `true`: as the first row of each answer says, a JSONPath: as the answer says beside them. | `columns = true`
`id` | path | a hash of the record | The record's own id. | `id = "$.member_id"`
`drop` | condition or list | none | Records for which any holds are passed over. | `drop = [{ at = "$.status", equals = "archived" }]`
`pivot` | tables | none | Lists of name and value made tables, see below. | `pivot = { answer = { from = "$.fields[*]", key = "$.name", value = "$.values" } }`
`join` | tables | none | Lists made findable by key, see below. | `join = { question = { table = "$.questions[*]", key = "$.id" } }`
"#,
    },
    Part {
        head: "`[extract.csv]`",
        meaning: "How CSV is written. Every text may be a template. Each row becomes a table of texts by the names of the columns; a row with too few or too many cells is kept aside with its line.",
        rows: r#"
`delimiter` | one character, `tab` or `auto` | `auto` | Between two cells. | `delimiter = ";"`
`encoding` | `auto`, or a name like `utf-8`, `windows-1252`, `utf-16le` | `auto` | The characters; `auto` goes by the mark at the beginning, and reads a line that is not UTF-8 as Windows-1252. | `encoding = "windows-1252"`
`header` | true, false, or the names | `true` | Does the first row hold the names? Without names: `column 1` and so on. | `header = ["name", "email"]`
`decimal` | `.` or `,` | `.` | With `,` a number like `1.234,56` becomes `1234.56`. | `decimal = ","`
"#,
    },
    Part {
        head: "`[extract.pivot.NAME]`",
        meaning: "A path reads it with `in = \"NAME\"`. The values of a repeated name become one list.",
        rows: r#"
`from` | JSONPath | **required** | The pairs, in the record. | `from = "$.field_data[*]"`
`key` | path | **required** | The name, in a pair; may read a joined table. | `key = "$.name"`
`value` | path | **required** | The value, in a pair; `by` and `of` choose it by the pair's type. | `value = "$.values"`
"#,
    },
    Part {
        head: "`[extract.join.NAME]`",
        meaning: "",
        rows: r#"
`table` | JSONPath | **required** | The rows. | `table = "$.questions[*]"`
`key` | JSONPath | **required** | The key, in a row. | `key = "$.id"`
`page` | true or false | `false` | The rows stand in the page, not in each record. | `page = true`
"#,
    },
    Part {
        head: "`[metrics]`",
        meaning: "Of a preset with `kind = \"metrics\"`, paths in each row. Templates of `[request]` see the days asked for: `cursor.day`, `cursor.until_day` (both included), `cursor.from`, `cursor.until` (moments). `cursor.restate` (28 days) are read again each time, in `cursor.zone`; a corrected figure replaces the one before, and a day without a row keeps what is known. A rule of class `shrink` halves the days asked for at once.",
        rows: r#"
`campaign` | path | **required** | The campaign's id. | `campaign = "$.campaign_id"`
`title` | path | none | Its name. | `title = "$.campaign_name"`
`day` | path of a text that begins `2027-01-31`, or `{ year, month, day }` | **required** | The day. | `day = { year = "$.start.year", month = "$.start.month", day = "$.start.day" }`
`impressions` | path | not known | How often it was shown. | `impressions = "$.impressions"`
`clicks` | path | not known | How often it was clicked. | `clicks = "$.clicks"`
`spend` | path | **required** | What it cost, in units of the currency. | `spend = { at = "$.costMicros", pipe = ["divide:1000000"] }`
`currency` | path; a `const` may be a template | the business's own | ISO 4217. | `currency = "$.account_currency"`
`span` | length of time | `31 days` | Most days asked for at once. | `span = "7 days"`
`probe` | operation | no rows mean no figures | Asked where there are no rows at all: only a good answer means that there are none; else we may not see them. | `probe = { path = "/accounts/{{ vars.account_id }}", ok_if = "$.id" }`
"#,
    },
    Part {
        head: "`[map]`",
        meaning: "Each is a path; texts as people wrote them, leadgate reads the meaning. Nobody can be contacted without `email` or `phone`.",
        rows: r#"
`submitted_at` | path | when it was read | When the person asked. | `submitted_at = { at = "$.created", as = "rfc3339" }`
`name` | path | given and family name | Full name. | `name = "$.full_name"`
`given_name` | path | none | Given name. | `given_name = "$.first_name"`
`family_name` | path | none | Family name. | `family_name = "$.last_name"`
`email` | path | none | E-mail address. | `email = "$.email"`
`phone` | path | none | Phone number, any notation. | `phone = "$.phone"`
`company` | path | none | Company. | `company = "$.company"`
`need` | path | none | What they want. | `need = "$.service"`
`timing` | path | none | When they want it. | `timing = "$.when"`
`budget` | path | none | What they would spend. | `budget = "$.budget"`
`country` | path | none | Country. | `country = "$.country"`
`subdivision` | path | none | State or canton. | `subdivision = "$.state"`
`postal_code` | path | none | Postal code. | `postal_code = "$.zip"`
`city` | path | none | Town. | `city = "$.city"`
`message` | path | none | Anything else they wrote. | `message = "$.comments"`
`campaign` | path | none | The campaign. | `campaign = "$.utm_campaign"`
`referral` | path | none | A referral code. | `referral = "$.ref"`
`consent` | path | `request` | `request`, `confirmed`, `pending`, `withdrawn`, `none` or `expired`. A record of which nothing is left but its id, with `withdrawn`, ends the lead that came with that id. | `consent = { const = "confirmed" }`
`consent_at` | path | none | When the person agreed; kept as an extra, like the next three. | `consent_at = { at = "$.opted_in", as = "rfc3339" }`
`consent_ip` | path | none | From which address. | `consent_ip = "$.optin_ip"`
`consent_text` | path | none | To which words. | `consent_text = "$.terms"`
`title` | path | none | How the person is addressed. | `title = "$.salutation"`
`test` | condition | never | It is a test record of the vendor. | `test = "$.is_test"`
`extra` | list of paths | the whole record | Tables whose other members are kept as extras. | `extra = ["$.merge_fields"]`
"#,
    },
];
