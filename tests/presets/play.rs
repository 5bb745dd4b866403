//! Plays one case: sets the source up as the engine does, and does to it what the engine does.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use jiff::SignedDuration;
use leadgate::clock::StubClock;
use leadgate::config::Secret;
use leadgate::config::checked::{self, Assume, Channel, Var};
use leadgate::lead::Class;
use leadgate::lead::outcome::Failure;
use leadgate::net::http::{Http, Terms};
use leadgate::preset::document::PresetKind;
use leadgate::preset::{Direction, Library, SourcePreset};
use leadgate::source::{self, Ask, Batch, Cursor, Known, Source};

use crate::case::{Act, Case, Folder, Reply, Shows, Step};
use crate::server::{Answer, Server};
use crate::told;

/// Most pages of one walk: more is a walk that does not end.
const PAGES_MAX: usize = 100;

/// The ids the store has.
#[derive(Default)]
struct Stored(Mutex<HashSet<String>>);

impl Known for Stored {
    fn among<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<HashSet<String>, Failure>> {
        Box::pin(async move {
            let stored = self.0.lock().unwrap();
            Ok(ids.iter().filter(|id| stored.contains(*id)).cloned().collect())
        })
    }
}

/// What a source is made of.
struct Setup {
    library: Library,
    source: checked::Source,
    http: Http,
}

/// A case under way.
struct Play<'a> {
    folder: &'a Folder,
    server: Server,
    setup: Setup,
    source: Box<dyn Source>,
    cursor: Cursor,
    stored: Stored,
    /// What happened, as text.
    text: String,
    /// What must not be, whatever the golden file says.
    faults: Vec<String>,
    failures: Vec<Failure>,
}

/// The case as text, and what is wrong with it besides.
pub async fn case(folder: &Folder, case: &Case) -> (String, Vec<String>) {
    let title = format!("# {}\n\n", case.name);
    let server = Server::start();
    let clock = StubClock::at(folder.now);
    let secrets = secrets(folder, case);
    let dir = tempfile::tempdir().unwrap();
    let setup = setup(folder, case, &server, plain_http(&clock), dir.path());
    let source = match source::build(&setup.source, &setup.library, &setup.http) {
        Ok(source) => source,
        Err(failure) => return (title + &told::failure(&failure), vec![format!("it cannot be set up: {failure}")]),
    };
    let mut play = Play {
        folder,
        server,
        setup,
        source,
        cursor: Cursor::default(),
        stored: Stored(Mutex::new(case.known.iter().cloned().collect())),
        text: title,
        faults: Vec::new(),
        failures: Vec::new(),
    };
    for step in &case.steps {
        if let Some(now) = step.now {
            clock.set(now);
        }
        play.step(step, &clock).await;
    }
    play.check(case, &secrets);
    let text = told_without_address(&play.text, &play.server, &folder.elide);
    (text, play.faults)
}

pub fn told_without_address(text: &str, server: &Server, elide: &[String]) -> String {
    let encoded = server.url().replace(':', "%3A").replace('/', "%2F");
    let text = text.replace(&encoded, "{server, encoded}").replace(&server.url(), "{server}");
    let text = text.replace(&server.host(), "{host}");
    elide.iter().fold(text, |text, pattern| regex::Regex::new(pattern).unwrap().replace_all(&text, "…").into_owned())
}

pub fn secrets(folder: &Folder, case: &Case) -> BTreeMap<String, String> {
    let mut secrets = folder.secrets.clone();
    secrets.extend(case.secrets.clone());
    secrets
}

fn setup(folder: &Folder, case: &Case, server: &Server, http: Http, dir: &std::path::Path) -> Setup {
    let mut library = Library::built_in();
    let own = folder.path.join("preset.toml");
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("config/presets/sources/{}.toml", folder.preset));
    if let Ok(text) = std::fs::read_to_string(&own).or_else(|_| std::fs::read_to_string(built_in)) {
        library.insert(Direction::Source, &folder.preset, "preset.toml", &in_a_hurry(&text));
    }
    let vars = vars(folder, case, server, dir);
    let source = checked::Source {
        map: BTreeMap::new(),
        reading: leadgate::config::checked::Reading::default(),
        pays_for: pays_for(&folder.preset, &library),
        price_per_lead: None,
        id: folder.preset.clone(),
        title: folder.preset.clone(),
        preset: folder.preset.clone(),
        vars,
        every: SignedDuration::from_mins(15),
        channel: Channel::Network,
        goal: None,
        services: Vec::new(),
        assume: Assume::default(),
        priority: 0,
        backfill: SignedDuration::from_hours(folder.backfill_hours.unwrap_or(24)),
        same_lead_for: SignedDuration::from_hours(24),
    };
    Setup { library, source, http }
}

/// A client that trusts nobody: there is no TLS here, and reading the machine's authorities takes long.
fn plain_http(clock: &Arc<StubClock>) -> Http {
    Http::on(Terms { machine: false, ..Terms::default() }, clock.clone()).unwrap()
}

/// The preset with every rate by the second and every look at a job in hundredths of one: those waits are real, and
/// nobody here has to be spared.
fn in_a_hurry(preset: &str) -> String {
    let seconds = regex::Regex::new(r#"(?m)^(rate = .*?/\d+)s""#).unwrap();
    let looks = regex::Regex::new(r"(?m)^\[job\.poll\]$").unwrap();
    let quick = seconds.replace_all(preset, "${1}0ms\"");
    looks.replace_all(&quick, "[job.poll]\nevery = \"50ms\"").into_owned()
}

/// The operator's variables; secrets lie in files of `dir`.
pub fn vars(folder: &Folder, case: &Case, server: &Server, dir: &std::path::Path) -> BTreeMap<String, Var> {
    let mut vars = BTreeMap::new();
    for (name, value) in folder.vars.iter().chain(&case.vars) {
        let text = value.as_str().map_or_else(|| value.to_string(), |text| text.replace("{server}", &server.url()));
        vars.insert(name.clone(), Var::Text(text));
    }
    vars.retain(|_, var| *var != Var::Text(String::new()));
    for (name, secret) in secrets(folder, case) {
        let file = dir.join(&name);
        std::fs::write(&file, secret).unwrap();
        keep_private(&file);
        vars.insert(name, Var::Secret(Secret::File(file)));
    }
    vars
}

/// A source of figures says for which source it pays.
fn pays_for(preset: &str, library: &Library) -> Option<String> {
    let read: SourcePreset = library.get(preset).ok()?;
    (read.kind == PresetKind::Metrics).then(|| "campaigns".to_owned())
}

#[cfg(unix)]
fn keep_private(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn keep_private(_file: &std::path::Path) {}

impl Play<'_> {
    async fn step(&mut self, step: &Step, clock: &Arc<StubClock>) {
        use leadgate::clock::Clock as _;
        self.server.expect(step.replies.iter().map(|reply| answer(self.folder, &self.server, reply)).collect());
        let came = match step.act {
            Act::Walk => self.walk().await,
            Act::Probe => told_or_failed(&mut self.failures, self.source.probe().await),
            Act::Recheck => self.recheck(step.id.as_deref().unwrap_or_default()).await,
            Act::Pause => told_or_failed(&mut self.failures, self.source.hold_back(true).await),
            Act::Resume => told_or_failed(&mut self.failures, self.source.hold_back(false).await),
            Act::Discover => self.discover(step.id.as_deref().unwrap_or_default()).await,
            Act::Find | Act::Poll => "not something a source does\n".to_owned(),
        };
        let mut text = format!("## {} at {}\n\n", name(step), clock.now());
        text.push_str(&conversation(&self.server, &mut self.faults));
        self.text.push_str(&text);
        self.text.push_str(&came);
        self.text.push('\n');
    }

    /// As `engine/poll.rs`: the old cursor for the whole walk, the new one kept with each page that has one.
    async fn walk(&mut self) -> String {
        let mut text = String::new();
        let (mut kept, mut place) = (self.cursor.clone(), None);
        for _ in 0..PAGES_MAX {
            let ask = Ask { cursor: &self.cursor, place: place.as_ref(), known: &self.stored };
            match self.source.read(ask).await {
                Ok(batch) => {
                    text.push_str(&self.store(&batch));
                    kept = batch.cursor.unwrap_or(kept);
                    place = batch.next;
                }
                Err(failure) => {
                    text.push_str(&told::failure(&failure));
                    self.failures.push(failure);
                    place = None;
                }
            }
            if place.is_none() {
                break;
            }
        }
        if place.is_some() {
            self.faults.push(format!("the walk has not ended after {PAGES_MAX} pages"));
        }
        self.cursor = kept;
        text + &told::cursor(&self.cursor)
    }

    fn store(&self, batch: &Batch) -> String {
        let mut stored = self.stored.0.lock().unwrap();
        let mut text = String::new();
        for record in &batch.records {
            match record {
                Ok(record) => {
                    text.push_str(&told::record(record));
                    stored.insert(record.id.clone());
                }
                Err(unreadable) => text.push_str(&told::unreadable(unreadable)),
            }
        }
        text.extend(batch.metrics.iter().map(told::metric));
        if let Some(trouble) = &batch.trouble {
            text.push_str(&format!("though {}", told::failure(trouble)));
        }
        if let Some(roster) = &batch.roster {
            text.push_str(&format!("roster {}\n", roster.join(", ")));
            let mut left: Vec<String> = stored.iter().filter(|id| !roster.contains(id)).cloned().collect();
            left.sort();
            text.extend(left.iter().map(|id| format!("left {id}\n")));
            stored.retain(|id| roster.contains(id));
        }
        text
    }

    async fn recheck(&mut self, id: &str) -> String {
        match self.source.recheck(id).await {
            Ok(Some(record)) => told::record(&record),
            Ok(None) => format!("gone {id}\n"),
            Err(failure) => {
                let text = told::failure(&failure);
                self.failures.push(failure);
                text
            }
        }
    }

    /// Asked before the variable is known.
    async fn discover(&mut self, variable: &str) -> String {
        let Setup { library, source, http } = &self.setup;
        let mut source = source.clone();
        source.vars.remove(variable);
        let read = |secret: &Secret| secret.resolve();
        match source::choices::discover(&source, variable, library, http, &read).await {
            Ok(choices) => {
                let choices = choices.unwrap_or_default().into_iter();
                let lines: Vec<String> =
                    choices.map(|choice| format!("choice {}: {}\n", choice.value, choice.label)).collect();
                lines.concat()
            }
            Err(failure) => {
                let text = told::failure(&failure);
                self.failures.push(failure);
                text
            }
        }
    }

    /// What no blessing can write away.
    fn check(&mut self, case: &Case, secrets: &BTreeMap<String, String>) {
        self.faults.extend(held(case, secrets, &self.failures, Class::Retry));
        if case.shows.is_some() && self.cursor != Cursor::default() && case.steps.len() == 1 {
            self.faults.push("a failed walk moved the cursor".to_owned());
        }
    }
}

/// A reply as the server gives it.
pub fn answer(folder: &Folder, server: &Server, reply: &Reply) -> Answer {
    let url = server.url();
    let mut body = folder.body_of(reply);
    if let Ok(text) = std::str::from_utf8(&body) {
        body = text.replace("{server}", &url).into_bytes();
    }
    let mut headers: Vec<(String, String)> =
        reply.headers.iter().map(|(name, value)| (name.clone(), value.replace("{server}", &url))).collect();
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        let kind = match body.trim_ascii_start().first() {
            Some(b'{' | b'[') => "application/json",
            Some(b'<') => "text/html; charset=utf-8",
            _ => "text/plain; charset=utf-8",
        };
        headers.push(("content-type".to_owned(), kind.to_owned()));
    }
    let (to, label, status) = (reply.to.clone(), reply.label(), reply.status.unwrap_or(200));
    Answer { to, label, status, headers, body, hang_up: reply.hang_up }
}

/// What was asked and answered; what was not foreseen goes to `faults`.
pub fn conversation(server: &Server, faults: &mut Vec<String>) -> String {
    let (said, unexpected) = server.heard();
    let mut text = String::new();
    for (answer, asked) in said {
        if let Some(asked) = asked {
            text.push_str(&told::request(&asked));
        } else {
            let to = answer.to.map(|to| format!(" to {to}")).unwrap_or_default();
            faults.push(format!("an answer was never asked for: {}{to}", answer.label));
        }
        text.push_str(&format!("< {}\n\n", answer.label));
    }
    for asked in unexpected {
        faults.push(format!("a request nobody foresaw:\n{}", told::request(&asked)));
    }
    text
}

/// What holds for every preset, so that no blessing can write it away: no secret is told, and what a case
/// `shows` ended in the class that is right for it. `unread`: the class of an answer that cannot be read.
pub fn held(case: &Case, secrets: &BTreeMap<String, String>, failures: &[Failure], unread: Class) -> Vec<String> {
    let mut faults = Vec::new();
    for failure in failures {
        let text = failure.to_string();
        if let Some((name, _)) = secrets.iter().find(|(_, secret)| text.contains(secret.as_str())) {
            faults.push(format!("the secret `{name}` is told: {text}"));
        }
    }
    let Some(shows) = case.shows else { return faults };
    let Some(last) = failures.last() else {
        faults.push(format!("nothing failed, but the case `shows` {}", shows.name()));
        return faults;
    };
    let class = match shows {
        Shows::Credentials => Some(Class::Auth),
        Shows::Throttle => Some(Class::Throttle),
        Shows::Html | Shows::CutOff => Some(unread),
        Shows::Envelope => None,
    };
    if class.is_some_and(|class| class != last.class) {
        faults.push(format!("`shows` {} ended as {}: {last}", shows.name(), last.class.name()));
    }
    faults
}

pub fn name(step: &Step) -> String {
    let what = match step.act {
        Act::Walk => "walk",
        Act::Probe => "probe",
        Act::Recheck => "recheck",
        Act::Pause => "pause",
        Act::Resume => "resume",
        Act::Discover => "discover",
        Act::Find => "find",
        Act::Poll => "poll",
    };
    step.id.as_ref().map_or_else(|| what.to_owned(), |id| format!("{what} {id}"))
}

pub fn told_or_failed(failures: &mut Vec<Failure>, came: Result<String, Failure>) -> String {
    match came {
        Ok(said) => format!("said {said}\n"),
        Err(failure) => {
            let text = told::failure(&failure);
            failures.push(failure);
            text
        }
    }
}
