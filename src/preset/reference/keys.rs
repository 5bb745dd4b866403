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
`http` | table | **required** for what asks somebody | Where it goes, see below. | `http = { base = "{{ vars.url }}" }`
`auth` | table | not at all | How calls are authorised, see below. | `auth = { kind = "none" }`
`limits` | table | no rate limit | How fast it may be asked, see below. | `limits = { rate = ["5/1s"] }`
`errors` | list of tables | the defaults below | What failures mean; the first rule that holds counts. | `errors = [{ when = { status = [403] }, class = "auth" }]`
"#,
};

/// Keys at the top of a destination.
pub(super) const DESTINATION: Part = Part {
    head: "At the top of a destination",
    meaning: "",
    rows: r#"
`before` | operations | none | Asked before `create`, in order; what they `get` is `{{ before.… }}` there, and each must have been read once all were asked. One with `unless` is not asked where that is known. | `before = [{ path = "/msg", body = { content = "{{ card.text }}" }, get = { message = "$.id" } }]`
`create` | operation | **required** | Makes the ticket. Its `get` names `ref` and, where there are such, `number` and `url`. | `create = { path = "/issue", get = { ref = "$.id" } }`
`find` | operation | it cannot be searched: an unknown outcome goes by the route's `on_unknown` | Looks for our key. | `find = { path = "/issue", query = { key = "{{ h.token }}" }, rows = "$[*]", get = { ref = "$.id" } }`
`verify` | true or false | `false` | Look once, after the first ticket, whether `find` sees it: some systems drop unknown fields without a word. | `verify = true`
`poll` | operations | tickets are not followed | Asks how one of ours stands, in order, results merged. Read are `state`, `owner` and `first_response_at`, or `created_at` and `answered_after_minutes`. | `poll = [{ path = "/issue/{{ ref }}", get = { state = "$.status" } }]`
`note` | operation | none | Reserved for adding to a ticket; not used yet. | `note = { path = "/issue/{{ ref }}/note" }`
`probe` | operation | only the connection is tried | Asks whether it is there and takes our credentials; changes nothing. | `probe = { path = "/me" }`
`sign` | table | not signed | How a delivery is signed. | `sign = { keys = ["secret"], content = "{{ body }}", header = "x-signature", format = "{{ signature }}" }`
`repeats_safe` | length of time | repeats are not safe | How long, after the first attempt, the far side itself tells repeats by our key. | `repeats_safe = "24h"`
`status` | table of texts | states are not understood | The far side's states → `new`, `open`, `waiting`, `won`, `lost`, `closed`, `merged`, `deleted`. | `status = { resolved = "won" }`
`first_response` | `exact`, `derived` or `approximate` | `derived` | How well `first_response_at` is known. | `first_response = "exact"`
`zone` | template over `vars` | none | The zone of moments written without one (`as = "naive:…"`). | `zone = "{{ vars.zone }}"`
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
`kind` | `text`, `secret`, `url`, `integer`, `boolean`, `path` (a JSONPath) or `file` (a path from the root) | `text` | What it must be. | `kind = "integer"`
`default` | value | must be given | Used where the operator says nothing. | `default = 1`
`pattern` | regular expression | any | The whole text must match. | `pattern = "[a-z]+[0-9]+"`
`choices` | list of texts | any | The only allowed texts. | `choices = ["basic", "bearer"]`
`discover` | operation | it must be known | Of a source: asks what it may be, while a source is being set up. `rows` are the choices, `get` names `value` and `label`. It may use the other variables. | `discover = { path = "/lists", rows = "$.lists[*]", get = { value = "$.id", label = "$.name" } }`
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
        meaning: "Every value is a template over `vars`, secrets included. Access by `oauth2` or `jwt` is got when it is needed, and renewed once where the far side refuses it.",
        rows: r#"
`kind` | `none`, `basic`, `bearer`, `header`, `query`, `oauth2` or `jwt` | **required** | How. | `kind = "basic"`
`user` | template | needed by `basic` | The user; with `send_as = "basic"` of `oauth2`, too. | `user = "{{ vars.user }}"`
`password` | template | needed by `basic` | The password. | `password = "{{ vars.password }}"`
`token` | template | needed by `bearer` | The token. | `token = "{{ vars.token }}"`
`name` | template | needed by `header`, `query`; else `Authorization` | Name of the header or parameter. | `name = "X-Api-Key"`
`value` | template | needed by `header`, `query` | Its value. | `value = "{{ vars.key }}"`
`prefix` | template | `"Bearer "` | `oauth2`, `jwt`: stands before the token. | `prefix = "Ghost "`
`token_url` | template | needed by `oauth2` | Where access is asked for. | `token_url = "https://oauth2.example.org/token"`
`client_id` | template | needed by `oauth2`, but for `jwt_bearer` and `login` | Our id there. | `client_id = "{{ vars.client_id }}"`
`client_secret` | template | none | Our secret there. | `client_secret = "{{ vars.client_secret }}"`
`refresh_token` | template | the one `leadgate source login` got | What access is asked for with. A replaced one is kept in the data directory before it is used. | `refresh_token = "{{ vars.refresh_token }}"`
`client_auth` | `body`, `basic` or `assertion` | `body` | How id and secret are sent; `assertion`: a token we sign stands for the secret. | `client_auth = "basic"`
`grant` | `refresh_token`, `client_credentials`, `jwt_bearer` or `login` | `refresh_token` | A person's consent; our id and secret alone; a token we sign (Google's service accounts); or `token_body`, where the vendor begins sessions in its own way. | `grant = "client_credentials"`
`scope` | template | none | What is asked for. | `scope = "leads:read"`
`token_form` | table of templates | none | What else is said where access is asked for; it goes before what the grant says. | `token_form = { audience = "https://api.example.org" }`
`token_body` | table | needed by `login` | The JSON that begins a session. | `token_body = { login_name = "admin", password = "{{ vars.password }}" }`
`token_at` | JSONPath | `$.access_token` | Where the token is in the answer. | `token_at = "$.key"`
`send_as` | `header` or `basic` | `header` | How access is sent: in the header `name`, or as the password of `user`. | `send_as = "basic"`
`rotates` | true or false | `true` | The far side may replace the refresh token; `false`: what it sends instead is ignored. | `rotates = false`
`authorize_url` | template | no `source login` | Where a person agrees. | `authorize_url = "https://accounts.example.org/auth"`
`authorize_query` | table of templates | none | What else is said there. | `authorize_query = { access_type = "offline" }`
`alg` | `HS256`, `HS384`, `HS512`, `RS256` or `ES256` | needed by what signs | How the token is signed: that of `jwt`, of `jwt_bearer` and of `assertion`. | `alg = "HS256"`
`key` | template | needed by what signs | The key. | `key = "{{ vars.admin_key \| part(':', 1) }}"`
`key_encoding` | `text`, `hex`, `base64` or `pem` | `text` | How the key is written; `pem` for `RS256` and `ES256` (PKCS #8). | `key_encoding = "hex"`
`token_headers` | table of templates | `alg`, `typ` | Further members of the token's own header. | `token_headers = { kid = "{{ vars.admin_key \| part(':', 0) }}" }`
`claims` | table | `aud`: the `token_url`; of an `assertion` `iss` and `sub`: the `client_id` | Claims besides `iat` (by the far side's clock), `exp` and `jti`. | `claims = { aud = "/admin/" }`
`ttl` | length of time | `4m` | How long what we signed is good. | `ttl = "5m"`
`headers` | table of templates | none | Further headers of every request that are hidden as the rest here; empty ones are left out. | `headers = { developer-token = "{{ vars.developer_token }}" }`
`derive` | list of tables | none | Proofs that we hold a key, see below. | `derive = [{ query = "proof", hmac = "sha256", key = "{{ vars.secret }}", text = "{{ vars.token }}" }]`
"#,
    },
    Part {
        head: "`[[auth.derive]]`",
        meaning: "",
        rows: r#"
`query` | name | – | The parameter it goes into. | `query = "appsecret_proof"`
`header` | name | – | Or the header. | `header = "X-Proof"`
`hmac` | `sha1`, `sha256`, `sha384` or `sha512` | **required** | The digest. | `hmac = "sha256"`
`key` | template | **required** | The key; where it is empty, nothing is sent. | `key = "{{ vars.app_secret }}"`
`text` | template | **required** | What is signed. | `text = "{{ vars.page_token }}"`
`as` | `hex` or `base64` | `hex` | How it is written. | `as = "base64"`
"#,
    },
    Part {
        head: "`[limits]`",
        meaning: "They hold for an account: all sources and destinations with the same host and `scope` share them. A throttle lets the whole account rest, up to 26 hours; afterwards one request finds out whether it is over.",
        rows: r#"
`rate` | `"COUNT/TIME"` or list | no limit | At most so many requests in so long; all hold. | `rate = ["5/1s", "100/1m"]`
`concurrency` | whole number | `2` | Requests, and walks over pages, at the same time. | `concurrency = 1`
`scope` | template | the credentials; without any, each by itself | What shares these limits. | `scope = "{{ vars.account_id }}"`
`retry_after` | name of a header | `Retry-After` | Says how long to wait, in seconds or as an HTTP date. | `retry_after = "X-Retry"`
`reset` | `{ header, regex, unit }` | none | Says when requests are allowed again; unit `s`, `ms`, `min`, `duration` (`36s`), from now, or `epoch`, `epoch_ms`, `rfc3339`, `http_date`. | `reset = { header = "X-Reset", unit = "epoch" }`
`usage` | `{ header, percent, pause_above, wait, unit }` or list | none | The header holds JSON; above so many percent nothing is asked until the time at `wait` (5 minutes) is over. | `usage = { header = "x-app-usage", percent = ["$.call_count"], pause_above = 80 }`
`remaining` | `{ header, regex, below }` | none | With fewer left nothing is asked until `reset`, or for the shortest `rate`. `regex`, here and in `reset`: its capture is what counts, where one header says several things. | `remaining = { header = "RateLimit", regex = "remaining=([0-9]+)", below = 1 }`
`body` | `{ at, unit }` | none | Where a failure's JSON says how long to wait; units as in `reset`. | `body = { at = "$.error.details[*].retryDelay", unit = "duration" }`
`left` | `{ at, below, wait }` | none | With fewer left by any answer's JSON, nothing is asked for `wait`. | `left = { at = "$['limit-left']", below = 10, wait = "1h" }`
`resets_at` | `HH:MMZ` or `HH:MM ZONE` | none | A daily quota begins anew: a throttle that says nothing waits until then, with a look every hour. | `resets_at = "00:00Z"`
"#,
    },
    Part {
        head: "`[[errors]]`",
        meaning: "Where no rule holds, the status decides: 401 `auth`, 429 `throttle`, 5xx `retry` for a read and `unknown` for a write that may have been done, and so on.",
        rows: r#"
`when` | table | **required** | What must hold, see below; all given parts. | `when = { status = [400], body = "not found in class" }`
`class` | a class, see below | **required** | What it means. | `class = "config"`
`hint` | text | none | How to fix it, for people. | `hint = "key_field: the tracker has no such property"`
`wait` | length of time, or `until_reset` (of `limits.resets_at`) | the answer's own wish | How long to wait. | `wait = "5m"`
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
`op` | name of an operation | any | Only for this one: `request`, `each`, `lookup`, `recheck`, `job.start`, `job.poll`, `pause`, `resume`, `discover` of a source; `before`, `create`, `find`, `poll`, `probe` of a destination. | `op = "create"`
`not_json` | true or false | either | The body is, or is not, something else than JSON. | `not_json = true`
"#,
    },
    Part {
        head: "Operation",
        meaning: "One request: `request`, `pause`, `resume` of a source, and what `each`, `lookup`, `recheck` and `job` ask; `before`, `create`, `find`, `poll`, `note`, `probe` of a destination.",
        rows: r#"
`method` | `GET`, `POST`, `PUT`, `PATCH`, `DELETE` or `HEAD` | `GET`; `POST` with a body | The method. | `method = "PUT"`
`path` | template | nothing | Added to the base; what `{{ … }}` gives is percent-encoded. | `path = "/lists/{{ vars.list_id }}/members"`
`query` | table: text, list (repeated) or `{ raw = … }` (already encoded) | none | Empty ones are left out. | `query = { page = "{{ page.number }}" }`
`first_page_only` | list of names | none | What of the query is left out on later pages. | `first_page_only = ["sort"]`
`headers` | table of templates | none | Empty ones are left out. | `headers = { "webhook-id" = "{{ h.id }}" }`
`body` | table | none | JSON body: a tree whose texts are templates. One lone expression keeps its type; what came out empty is left out. | `body = { title = "{{ lead.title }}" }`
`form` | table of templates | none | Form body instead. | `form = { subject = "{{ lead.title }}" }`
`mail` | table | none | A mail (RFC 5322) as the body instead, see below. | `mail = { from = "{{ lead.email }}", to = "leads@example.org", subject = "{{ lead.title }}", text = "{{ card.text }}", id = "<{{ h.id }}@example.org>", date = "{{ h.decided_at \| iso }}" }`
`ok` | list of codes or `"2xx"` | `["2xx"]` | Good statuses. | `ok = [201]`
`ok_if` | condition or list | none | All must hold for the answer to be good. | `ok_if = "$.id"`
`fail_if` | condition or list | none | None may hold. | `fail_if = "$.errors"`
`get` | table of paths | nothing | What to read from the answer, by name. | `get = { ref = "$.data.id" }`
`rows` | JSONPath | the answer is one thing | Where the answer is a list: its rows; `same` and `get` are read in each. | `rows = "$.data[*]"`
`same` | condition | all of them | Which rows are really ours. | `same = { at = "$.key", equals = "{{ h.token }}" }`
`lag` | length of time | `0s` | How long after a write an absence proves nothing. | `lag = "60s"`
`unless` | name | never | Skip when a result of this name is known already. | `unless = "first_response_at"`
`needs` | name | nothing | Skip when no result of this name is known. | `needs = "messages"`
`quality` | `exact`, `derived` or `approximate` | the preset's `first_response` | `poll`: how well this one knows `first_response_at`. | `quality = "exact"`
"#,
    },
    Part {
        head: "`mail`",
        meaning: "For far sides that take raw messages over HTTP. Headers and text are encoded: no lead can add a header or a part. It says of itself that it is automatic, so that nobody is answered. What `before` read cannot stand in it.",
        rows: r#"
`from` | template | **required** | The address it is from. | `from = "{{ lead.email }}"`
`name` | template | no name | The name before that address. | `name = "{{ lead.name \| oneline }}"`
`to` | template | **required** | The address it is for. | `to = "leads@example.org"`
`subject` | template | **required** | The subject. | `subject = "{{ lead.title \| oneline }} [{{ h.token }}]"`
`text` | template | **required** | The text. | `text = "{{ card.text }}"`
`id` | template | **required** | The Message-ID with its angle brackets, the same in every try. | `id = "<{{ h.id }}@example.org>"`
`date` | template | **required** | Its date, a moment. | `date = "{{ h.decided_at \| iso }}"`
"#,
    },
    Part {
        head: "Path",
        meaning: "What is read, in `get`, `map`, `cursor.field`, `extract.id`: a JSONPath (RFC 9535) as text, a list of paths of which the first present counts, or a table of these keys. Null, an empty text and an empty list are nothing. Several nodes without `pick` are an error, not a guess. One of `at`, `first`, `from`, `const`, `hash` or `of` must be there.",
        rows: r#"
`at` | JSONPath | – | Where; may hold `{{ vars.… }}`. | `at = "$.contact.mail"`
`first` | list of paths | – | The first present counts. | `first = ["$.mobile", "$.phone"]`
`from` | `body`, `text` (the whole body), `status` or `header:NAME` | `body` | What is read from. | `from = "header:Location"`
`const` | value | – | Always this. | `const = "confirmed"`
`hash` | list of paths | – | A hash of what they read: an id for records without one. | `hash = ["$.submitted", "$.email"]`
`of` | table of paths | – | Which path is read goes by the word at `by`; `*` is any other word, `"@"` the member named like it. | `of = { choice = "$.choice.label", "*" = "@" }`
`in` | name of a `pivot`, `join` or `lookup`, or `each` | the record | The table it reads instead. | `in = "answer"`
`by` | JSONPath | – | In a joined table: where the current element has the key of the row. With `of`: where the word is. | `by = "$.question"`
`pick` | `first`, `last`, `min`, `max`, `all` (a list) or `count` | one is expected | Which of several nodes. | `pick = "min"`
`regex` | regular expression | the whole | Its capture is what is read. | `regex = "ticket/([0-9]+)"`
`as` | `text`, `integer`, `rfc3339` (or `iso`; the offset with or without colon), `date` (`2026-01-31`), `epoch_s`, `epoch_ms`, `utc:FORMAT` or `naive:FORMAT` (a moment in `cursor.zone`; of an hour that comes twice the first, and one that is left out as if the clock had not been moved) | as it is | What it is read as. | `as = "utc:%Y-%m-%d.%H:%M:%S"`
`pipe` | list of pipes, see below | none | Changes, in order. With `pick = "all"`, `join` and `all_true` and what follows them are for the whole list, those before for each of it. | `pipe = ["trim", "lower"]`
`null` | list of texts | none | Texts that mean nothing. | `null = ["n/a", "-"]`
`map` | table of texts | as it is | What each text means; `*` is any other. Meaning `""` is meaning nothing. | `map = { subscribed = "confirmed", "*" = "none" }`
`default` | value | nothing | Used where nothing was read. | `default = "none"`
"#,
    },
    Part {
        head: "Condition",
        meaning: "A JSONPath as text (it finds something), or a table with `at` or `from` and one of `equals`, `differs`, `contains`, `present`.",
        rows: r#"
`at` | JSONPath | – | Where. | `at = "$.status"`
`in` | name of a `pivot`, `join` or `lookup`, or `each` | the record | The table it reads instead. | `in = "answer"`
`from` | as in a path | `body` | What is read from. | `from = "status"`
`equals` | text, number, true or false; or a list | – | Any node is one of these; texts may be templates. | `equals = ["archived", "cleaned"]`
`differs` | template | – | Something is there, and it is not this; an empty text differs from nothing. | `differs = "{{ vars.form_id }}"`
`contains` | template | – | Any node holds this text. | `contains = "{{ h.token }}"`
`present` | true or false | `true` | Something is, or is not, there. | `present = false`
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
`refresh` | Our access has run out: renewed once, asked once more; `auth` where that does not help.
`sunset` | The version the preset names is retired: `config`, saying so.
`shrink` | Too much was asked for at once: figures are asked for in fewer days, everything else is `config`.
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
`split:SEPARATOR` | A text cut at each of these into a list, empty parts left out.
`bool` | `true` or `false`, from `yes`, `1`, `on`, `no`, `0`, `off` and the like.
`all_true` | `true` where everything of a list is true.
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
`fence` | As a block of code in Markdown: nothing in it is a mention, a command or a link.
`first` | First element of a list.
`html` | As text of a page: nothing in it is markup.
`integer` | As a whole number.
`iso` | A moment as RFC 3339, in UTC and whole seconds.
`join(", ")` | The elements of a list with this between them.
`json` | As JSON text.
`last` | Last element of a list.
`lower` | Lower case.
`oneline` | White space of any kind becomes one space.
`origin` | Scheme, host and port of an address.
`part(":", 0)` | A part of a text cut at each of these; the first is 0.
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
