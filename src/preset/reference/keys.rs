//! Every key of the preset language in words. One row a key, written as the row of the page it becomes.

/// A table of a preset and its keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// How it is written.
    pub head: &'static str,
    /// What it is, for people.
    pub meaning: &'static str,
    /// Its keys, as rows: `name | form | when absent | meaning | example`.
    pub rows: &'static str,
}

/// Keys at the top of a preset.
pub(super) const TOP: Part = Part {
    head: "At the top",
    meaning: "Both kinds. The file is named after the id.",
    rows: r#"
`format` | `1` | **required** | The version of this language. | `format = 1`
`id` | text | **required** | Its name in configurations; the name of the file. | `id = "mailman"`
`title` | text | **required** | Its name for people. | `title = "Mailman 3 list"`
`docs` | address | none | Where the vendor describes what this uses. | `docs = "https://example.org/api"`
`vars` | tables | none | What the operator supplies, see below. | `vars = { url = { prompt = "Address", kind = "url" } }`
`http` | table | **required**; none with `push` | Where it goes, see below. | `http = { base = "{{ vars.url }}" }`
`auth` | table | **required**; none with `push` | How calls are authorised, see below. | `auth = { kind = "none" }`
`limits` | table | no rate limit | How fast it may be asked, see below. | `limits = { rate = "5/1s" }`
`errors` | list of tables | the defaults below | What failures mean; the first rule that holds counts. | `errors = [{ when = { status = [403] }, class = "auth" }]`
"#,
};

/// Keys at the top of a source.
pub(super) const SOURCE: Part = Part {
    head: "At the top of a source",
    meaning: "",
    rows: r#"
`request` | operation | **required**, or `push` | What is asked. Templates see `vars`, `cursor.from` (empty the first time everything is asked for) and `page`. | `request = { path = "/leads", query = { since = "{{ cursor.from \| iso }}" } }`
`push` | table | it is asked | The source tells by itself, at `POST /in/ID` of the listener (`[listen]` of the configuration): no `http`, `auth`, `request`, `paging` and `cursor` then. | `push = { content = "json", sign = { kind = "standard-webhooks", keys = ["secret"] } }`
`paging` | table | one page | How to get the next page. | `paging = { kind = "page", size = 100, stop = ["short"] }`
`cursor` | table | **required**; none with `push` | What is new. | `cursor = { strategy = "snapshot" }`
`extract` | table | **required** | Where the records are. | `extract = { records = "$.data[*]", id = "$.id" }`
`map` | table | **required** | What they mean. | `map = { email = "$.email" }`
"#,
};

/// Keys at the top of a destination.
pub(super) const DESTINATION: Part = Part {
    head: "At the top of a destination",
    meaning: "",
    rows: r#"
`before` | operations | none | Asked before `create`; what they `get` is `{{ before.… }}` there. | `before = [{ path = "/msg", body = { content = "{{ card.text }}" }, get = { message = "$.id" } }]`
`create` | operation | **required** | Makes the ticket. Its `get` names `ref` and, where there are such, `number` and `url`. | `create = { path = "/issue", get = { ref = "$.id" } }`
`find` | operation | it cannot be searched: an unknown outcome goes by the route's `on_unknown` | Looks for our key. | `find = { path = "/issue", query = { key = "{{ h.token }}" }, rows = "$[*]", get = { ref = "$.id" } }`
`verify` | true or false | `false` | Look once, after the first ticket, whether `find` sees it: some systems drop unknown fields without a word. | `verify = true`
`poll` | operations | tickets are not followed | Asks how one of ours stands, in order, results merged. Read are `state`, `owner` and `first_response_at`. | `poll = [{ path = "/issue/{{ ref }}", get = { state = "$.status" } }]`
`note` | operation | none | Reserved for adding to a ticket; not used yet. | `note = { path = "/issue/{{ ref }}/note" }`
`probe` | operation | only the connection is tried | Asks whether it is there and takes our credentials; changes nothing. | `probe = { path = "/me" }`
`sign` | table | not signed | How a delivery is signed. | `sign = { keys = ["secret"], content = "{{ body }}", header = "x-signature", format = "{{ signature }}" }`
`repeats_safe` | length of time | repeats are not safe | How long, after the first attempt, the far side itself tells repeats by our key. | `repeats_safe = "24h"`
`status` | table of texts | states are not understood | The far side's states → `new`, `open`, `waiting`, `won`, `lost`, `closed`, `merged`, `deleted`. | `status = { resolved = "won" }`
`first_response` | `exact`, `derived` or `approximate` | `derived` | How well `first_response_at` is known. | `first_response = "exact"`
`link` | template | the answer's `url` | Where people look; over `vars` and `ref`. | `link = "{{ vars.url }}/issue{{ ref }}"`
"#,
};

/// What the parts are made of, both directions first.
pub(super) const PARTS: &[Part] = &[
    Part {
        head: "`[vars.NAME]`",
        meaning: "What the operator writes into `[source.ID]` or `[destination.ID]`. Templates say `{{ vars.NAME }}`; a secret may stand in `[auth]` only.",
        rows: r#"
`prompt` | text | **required** | What to ask a person for. | `prompt = "Number of the list"`
`kind` | `text`, `secret`, `url`, `integer`, `boolean` or `path` (a JSONPath) | `text` | What it must be. | `kind = "integer"`
`default` | value | must be given | Used where the operator says nothing. | `default = 1`
`pattern` | regular expression | any | The whole text must match. | `pattern = "[a-z]+[0-9]+"`
`choices` | list of texts | any | The only allowed texts. | `choices = ["basic", "bearer"]`
`optional` | true or false | `false` | May be left out although there is no default. | `optional = true`
"#,
    },
    Part {
        head: "`[http]`",
        meaning: "",
        rows: r#"
`base` | template | **required** | Address every path is added to. | `base = "{{ vars.url }}/rest"`
`timeout` | length of time | `2m` | Longest time for one request. | `timeout = "30s"`
`headers` | table of templates | none | Headers of every request. | `headers = { "X-Requested-With" = "rest" }`
`body_max_mib` | whole number | `64` | Largest answer, in MiB. | `body_max_mib = 8`
"#,
    },
    Part {
        head: "`[auth]`",
        meaning: "Every value is a template over `vars`, secrets included.",
        rows: r#"
`kind` | `none`, `basic`, `bearer` or `header` | **required** | How. | `kind = "basic"`
`user` | template | needed by `basic` | The user. | `user = "{{ vars.user }}"`
`password` | template | needed by `basic` | The password. | `password = "{{ vars.password }}"`
`token` | template | needed by `bearer` | The token. | `token = "{{ vars.token }}"`
`name` | template | needed by `header` | Name of the header. | `name = "X-Api-Key"`
`value` | template | needed by `header` | Value of the header. | `value = "{{ vars.key }}"`
"#,
    },
    Part {
        head: "`[limits]`",
        meaning: "",
        rows: r#"
`rate` | list of `"COUNT/TIME"` | no limit | At most so many requests in so long; all hold. | `rate = ["5/1s", "100/1m"]`
`concurrency` | whole number | `2` | Requests at the same time. | `concurrency = 1`
`retry_after` | name of a header | `Retry-After` | Says how long to wait, in seconds or as an HTTP date. | `retry_after = "X-Retry"`
`reset` | `{ header, unit }` | none | Says when requests are allowed again; unit `s`, `ms`, `min` (from now), `epoch`, `rfc3339` or `http_date`. | `reset = { header = "X-Reset", unit = "epoch" }`
"#,
    },
    Part {
        head: "`[[errors]]`",
        meaning: "Where no rule holds, the status decides: 401 `auth`, 429 `throttle`, 5xx `retry` for a read and `unknown` for a write that may have been done, and so on.",
        rows: r#"
`when` | table | **required** | What must hold, see below; all given parts. | `when = { status = [400], body = "not found in class" }`
`class` | a class, see below | **required** | What it means. | `class = "config"`
`hint` | text | none | How to fix it, for people. | `hint = "key_field: the tracker has no such property"`
`wait` | length of time | the answer's own wish | How long to wait. | `wait = "5m"`
"#,
    },
    Part {
        head: "`when`",
        meaning: "Must name something besides `op`. A rule that only searches the body does not speak about good answers: a lead could have written that text.",
        rows: r#"
`status` | list of codes or `"5xx"` | any | One of these statuses. | `status = [403, "5xx"]`
`body` | text | any | The body holds this text. | `body = "not found"`
`at` | JSONPath | any | It finds something. | `at = "$.error.code"`
`equals` | text, number, true or false; or a list | anything | What `at` finds is one of these. | `equals = [190, 102]`
`header` | text | any | A header is there (`Name`), or holds a text (`Name: text`). | `header = "X-Reason: quota"`
`op` | name of an operation | any | Only for this one: `request` of a source; `before`, `create`, `find`, `poll`, `probe` of a destination. | `op = "create"`
`not_json` | true or false | either | The body is, or is not, something else than JSON. | `not_json = true`
"#,
    },
    Part {
        head: "Operation",
        meaning: "One request: `request` of a source; `before`, `create`, `find`, `poll`, `note`, `probe` of a destination.",
        rows: r#"
`method` | `GET`, `POST`, `PUT`, `PATCH`, `DELETE` or `HEAD` | `GET`; `POST` with a body | The method. | `method = "PUT"`
`path` | template | nothing | Added to the base; what `{{ … }}` gives is percent-encoded. | `path = "/lists/{{ vars.list_id }}/members"`
`query` | table: text, list (repeated) or `{ raw = … }` (already encoded) | none | Empty ones are left out. | `query = { page = "{{ page.number }}" }`
`headers` | table of templates | none | Empty ones are left out. | `headers = { "webhook-id" = "{{ h.id }}" }`
`body` | table | none | JSON body: a tree whose texts are templates. One lone expression keeps its type; what came out empty is left out. | `body = { title = "{{ lead.title }}" }`
`form` | table of templates | none | Form body instead. | `form = { subject = "{{ lead.title }}" }`
`ok` | list of codes or `"2xx"` | `["2xx"]` | Good statuses. | `ok = [201]`
`ok_if` | condition or list | none | All must hold for the answer to be good. | `ok_if = "$.id"`
`fail_if` | condition or list | none | None may hold. | `fail_if = "$.errors"`
`get` | table of paths | nothing | What to read from the answer, by name. | `get = { ref = "$.data.id" }`
`rows` | JSONPath | the answer is one thing | Where the answer is a list: its rows; `same` and `get` are read in each. | `rows = "$.data[*]"`
`same` | condition | all of them | Which rows are really ours. | `same = { at = "$.key", equals = "{{ h.token }}" }`
`lag` | length of time | `0s` | How long after a write an absence proves nothing. | `lag = "60s"`
`unless` | name | never | Skip when a result of this name is known already. | `unless = "first_response_at"`
`needs` | name | nothing | Skip when no result of this name is known. | `needs = "messages"`
"#,
    },
    Part {
        head: "Path",
        meaning: "What is read, in `get`, `map`, `cursor.field`, `extract.id`: a JSONPath (RFC 9535) as text, a list of paths of which the first present counts, or a table of these keys. Null, an empty text and an empty list are nothing. Several nodes without `pick` are an error, not a guess. One of `at`, `first`, `from` or `const` must be there.",
        rows: r#"
`at` | JSONPath | – | Where; may hold `{{ vars.… }}`. | `at = "$.contact.mail"`
`first` | list of paths | – | The first present counts. | `first = ["$.mobile", "$.phone"]`
`from` | `body`, `text` (the whole body), `status` or `header:NAME` | `body` | What is read from. | `from = "header:Location"`
`const` | value | – | Always this. | `const = "confirmed"`
`in` | name of a `pivot` or `join` | the record | The table it reads instead. | `in = "answer"`
`by` | JSONPath | – | In a joined table: where the current element has the key of the row. | `by = "$.question"`
`pick` | `first`, `last`, `min`, `max`, `all` (a list) or `count` | one is expected | Which of several nodes. | `pick = "min"`
`regex` | regular expression | the whole | Its capture is what is read. | `regex = "ticket/([0-9]+)"`
`as` | `text`, `integer`, `rfc3339`, `epoch_s`, `epoch_ms` or `utc:FORMAT` | as it is | What it is read as. | `as = "utc:%Y-%m-%d.%H:%M:%S"`
`pipe` | list of pipes, see below | none | Changes, in order. | `pipe = ["trim", "lower"]`
`null` | list of texts | none | Texts that mean nothing. | `null = ["n/a", "-"]`
`map` | table of texts | as it is | What each text means; `*` is any other. Meaning `""` is meaning nothing. | `map = { subscribed = "confirmed", "*" = "none" }`
`default` | value | nothing | Used where nothing was read. | `default = "none"`
"#,
    },
    Part {
        head: "Condition",
        meaning: "A JSONPath as text (it finds something), or a table with `at` or `from` and one of `equals`, `contains`, `present`.",
        rows: r#"
`at` | JSONPath | – | Where. | `at = "$.status"`
`in` | name of a `pivot` or `join` | the record | The table it reads instead. | `in = "answer"`
`from` | as in a path | `body` | What is read from. | `from = "status"`
`equals` | text, number, true or false; or a list | – | Any node is one of these; texts may be templates. | `equals = ["archived", "cleaned"]`
`contains` | template | – | Any node holds this text. | `contains = "{{ h.token }}"`
`present` | true or false | `true` | Something is, or is not, there. | `present = false`
"#,
    },
];

/// Parts of a source.
pub(super) const SOURCE_PARTS: &[Part] = &[
    Part {
        head: "`[paging]`",
        meaning: "",
        rows: r#"
`kind` | `none`; `page` (`{{ page.number }}` counts up); `offset` (`{{ page.offset }}` counts records); `token` (`{{ page.token }}` comes from the answer); `next_url` (the answer gives the address; its host is never followed elsewhere); `keyset` (the last record's moment is the next lower bound) | `none` | How to get the next page. | `kind = "page"`
`start` | whole number | `1` | `page`: number of the first page. | `start = 0`
`size` | whole number | `100` | Records asked for in one page: `{{ page.size }}`. | `size = 500`
`next` | path | – | `token`, `next_url`: where the next one is. | `next = "$.paging.next"`
`stop` | list of `empty`, `short` (fewer than `size`), `missing` (no list) | no next page | When to stop besides. | `stop = ["short"]`
`total` | JSONPath | not said | Where the answer says how many records there are in all. | `total = "$.total_size"`
`max_pages` | whole number | `10000` | Stop with an error after so many pages. | `max_pages = 200`
"#,
    },
    Part {
        head: "`[cursor]`",
        meaning: "",
        rows: r#"
`strategy` | `since` (changed since the latest moment seen) or `snapshot` (everything each time; the store knows what it has) | **required** | What is new. | `strategy = "since"`
`field` | path or list | – | `since`: the moment of a record; of a list the latest. | `field = "$.updated_at"`
`overlap` | length of time | `0s` | Read this much again each time: records that appeared late. | `overlap = "5m"`
`settle` | length of time | `0s` | What is younger, by the source's clock, is not final: it is read again. | `settle = "5m"`
`order` | `asc` (oldest first: each page moves the cursor) or `unknown` (only a complete walk does) | `unknown` | The order of a walk. | `order = "asc"`
"#,
    },
    Part {
        head: "`[extract]`",
        meaning: "",
        rows: r#"
`records` | JSONPath | `"$"`: the whole | The records. | `records = "$.entries[*]"`
`id` | path | a hash of the record | The record's own id. | `id = "$.member_id"`
`drop` | condition or list | none | Records for which any holds are passed over. | `drop = [{ at = "$.status", equals = "archived" }]`
`pivot` | tables | none | Lists of name and value made tables, see below. | `pivot = { answer = { from = "$.fields[*]", key = "$.name", value = "$.values" } }`
`join` | tables | none | Lists made findable by key, see below. | `join = { question = { table = "$.questions[*]", key = "$.id" } }`
"#,
    },
    Part {
        head: "`[extract.pivot.NAME]`",
        meaning: "A path reads it with `in = \"NAME\"`. The values of a repeated name become one list.",
        rows: r#"
`from` | JSONPath | **required** | The pairs, in the record. | `from = "$.field_data[*]"`
`key` | path | **required** | The name, in a pair; may read a joined table. | `key = "$.name"`
`value` | path | **required** | The value, in a pair. | `value = "$.values"`
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
`consent` | path | `request` | `request`, `confirmed`, `pending`, `withdrawn`, `none` or `expired`. | `consent = { const = "confirmed" }`
`test` | condition | never | It is a test record of the vendor. | `test = "$.is_test"`
`extra` | list of paths | the whole record | Tables whose other members are kept as extras. | `extra = ["$.merge_fields"]`
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
];

/// Parts of a destination.
pub(super) const DESTINATION_PARTS: &[Part] = &[Part {
    head: "`[sign]`",
    meaning: "Made anew for every attempt, over the very bytes that are sent (Standard Webhooks 1.0).",
    rows: r#"
`keys` | list of names of secret variables | **required** | Each that is set gives a signature. | `keys = ["secret", "old_secret"]`
`key_prefix` | text | none | Stands before the base64 of a key and is not part of it. | `key_prefix = "whsec_"`
`content` | template over `h`, `now`, `body` | **required** | What is signed with HMAC-SHA256. | `content = "{{ h.id }}.{{ now \| epoch }}.{{ body }}"`
`header` | name | **required** | Header that takes the signatures. | `header = "webhook-signature"`
`format` | template over `signature` | **required** | One signature, in base64. | `format = "v1,{{ signature }}"`
`headers` | table of templates over `h` and `now` | none | Further headers. | `headers = { "webhook-timestamp" = "{{ now \| epoch }}" }`
"#,
}];

/// What each class does to a handoff or a source.
pub(super) const CLASSES: &str = r"
`ok` | It is done.
`exists` | Our own key is there already: that one is taken.
`twin` | The far side knows this person under another key: a person decides.
`throttle` | Not done, asked to wait: the whole endpoint waits, no attempt is counted.
`retry` | Surely not done: tried again later.
`unknown` | May have been done: looked for before anything is sent again.
`auth` | Credentials: the endpoint stops and asks for help.
`config` | Our settings are wrong there: the endpoint stops and says which.
`reject` | This one is unacceptable: a person must look.
`gone` | The far side wants no more: switched off.
";

/// What each pipe does while reading.
pub(super) const PIPES: &str = r"
`trim` | Without white space around it.
`lower` | Lower case.
`upper` | Upper case.
`oneline` | White space of any kind becomes one space.
`digits` | Only its digits.
`tail` | What follows the last `:` (of a URN).
`first` | First element of a list.
`last` | Last element of a list.
`join:SEPARATOR` | The elements of a list with this between them.
`divide:NUMBER` | A number divided by this (micros to units).
";

/// What each filter does while writing.
pub(super) const FILTERS: &str = r#"
`base64` | Base 64.
`date("%d.%m.%Y", "Europe/Berlin")` | A moment in this notation and zone (UTC).
`default(other)` | The other where it is empty.
`digits` | Only its digits.
`e164` | A phone number as `+` and digits.
`epoch` | A moment as seconds since 1970.
`epoch_ms` | A moment as milliseconds since 1970.
`first` | First element of a list.
`iso` | A moment as RFC 3339, in UTC and whole seconds.
`join(", ")` | The elements of a list with this between them.
`json` | As JSON text.
`last` | Last element of a list.
`lower` | Lower case.
`oneline` | White space of any kind becomes one space.
`origin` | Scheme, host and port of an address.
`prefix("x")` | With this before it; nothing stays nothing.
`replace("a", "b")` | Each of the one replaced by the other.
`sqlquote` | In single quotes, doubled inside.
`sqltime` | A moment as `2027-01-31 09:00:00`, UTC.
`suffix("x")` | With this after it; nothing stays nothing.
`tail` | What follows the last `:`.
`text` | As text.
`trim` | Without white space around it.
`trunc(200)` | At most so many characters.
`upper` | Upper case.
`urlencode` | Percent-encoded.
"#;
