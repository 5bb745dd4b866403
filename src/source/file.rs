//! The source that reads files: one that is appended to, one that is replaced, or a folder things are
//! dropped into. It keeps nothing but its cursor; a file is moved away only when the cursor says that what
//! it held is stored.

mod look;
mod settle;
mod state;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use self::look::{Files, Seen};
use self::settle::After;
use self::state::{End, Entry, State, Walk};
use super::decode::{Items, Layout, Position, SAMPLE, Settings};
use super::mapping::Mapping;
use super::{Ask, Batch, Cursor, Place, Source, Unreadable};
use super::{page, reach};
use crate::lead::outcome::Failure;
use crate::lead::{Class, Record};
use crate::net::http::Http;
use crate::preset::document::SourcePreset;
use crate::preset::fault::Fault;
use crate::preset::file::{DecodeDoc, FileDoc};
use crate::preset::reshape::Tables;
use crate::preset::template::{Scope, Template};
use crate::preset::{Values, instant};
use crate::text::clean_line;

/// Most records given out at once.
const RECORDS_MAX: usize = 5_000;
/// Most bytes of records given out at once.
const BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Largest JSON document whose records are not simply its members, in bytes: it is read as a whole.
const DOCUMENT_MAX: u64 = 64 * 1024 * 1024;
/// How long a file must have rested before its end counts as its end, where a preset does not say.
const SETTLE: SignedDuration = SignedDuration::from_mins(1);

/// A compiled file source.
pub struct FileSource {
    inner: Arc<Inner>,
    http: Http,
}

struct Inner {
    files: Files,
    after: After,
    settings: Settings,
    records: page::Records,
    /// The records are the document's own members: it need not be read as a whole.
    plain: bool,
    mapping: Mapping,
    settle: SignedDuration,
}

impl FileSource {
    /// Compiles a preset with an operator's variables.
    ///
    /// # Errors
    /// Names the part of the preset and what is wrong with it.
    pub fn compile(preset: &SourcePreset, doc: &FileDoc, values: &Values, http: &Http) -> Result<Self, Fault> {
        if preset.extract.columns.is_some() {
            return Err(Fault::new("extract.columns is for what is read by HTTP"));
        }
        let (scope, context) = (values.scope(Scope::new(), false), values.context());
        let text = |part: &str, written: &str| {
            let template = Template::compile(written, &scope).map_err(|fault| fault.within(part))?;
            template.text(&context).map_err(|fault| fault.within(part))
        };
        let values = &values.clone().in_zone(reach::zone(&preset.cursor, values)?);
        let settle = doc.settle.as_deref().map(instant::duration).transpose();
        let records = preset.extract.records.as_str();
        let inner = Inner {
            files: Files::at(&text("file.path", &doc.path)?).map_err(|fault| fault.within("file.path"))?,
            after: After::parse(&text("file.after", doc.after.as_deref().unwrap_or("keep"))?)
                .map_err(|fault| fault.within("file.after"))?,
            settings: Settings::compile(&preset.extract, values)?,
            records: page::Records::compile(records)
                .map_err(|why| Fault::about(records, why).within("extract.records"))?,
            plain: preset.extract.decode != DecodeDoc::Json || matches!(records, "$" | "$[*]"),
            mapping: Mapping::compile(preset, values)?,
            settle: settle.map_err(|fault| fault.within("file.settle"))?.unwrap_or(SETTLE),
        };
        Ok(Self { inner: Arc::new(inner), http: http.clone() })
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let inner = Arc::clone(&self.inner);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.map_err(|error| Failure::new(Class::Retry, format!("reading files broke off: {error}")))?
    }
}

/// What can be said about one file that cannot be read.
fn failed(path: &Path, error: &io::Error) -> Failure {
    let shown = clean_line(&path.display().to_string(), 400);
    match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::new(Class::Config, format!("{shown}: there is no such file or folder")).hint("check `path`")
        }
        io::ErrorKind::PermissionDenied => Failure::new(Class::Config, format!("{shown}: reading it is not allowed"))
            .hint("give the user leadgate runs as the right to read it"),
        _ => Failure::new(Class::Retry, format!("{shown}: {error}")),
    }
}

/// An opened file, read on from where it was left.
struct Open {
    from: Position,
    records: Opened,
}

enum Opened {
    Stream(Items<BufReader<File>>),
    /// Read as a whole; the records that are left.
    Whole {
        left: std::vec::IntoIter<String>,
        end: Position,
        waits: bool,
    },
}

impl Open {
    fn next(&mut self) -> io::Result<Option<super::decode::Item>> {
        match &mut self.records {
            Opened::Stream(items) => items.next_item(),
            Opened::Whole { left, .. } => Ok(left.next().map(|raw| super::decode::Item { line: 0, body: Ok(raw) })),
        }
    }

    fn settled(&self) -> Position {
        match &self.records {
            Opened::Stream(items) => items.settled(),
            Opened::Whole { left, end, .. } if left.as_slice().is_empty() => *end,
            Opened::Whole { .. } => self.from,
        }
    }

    fn waits(&self) -> bool {
        match &self.records {
            Opened::Stream(items) => items.waits(),
            Opened::Whole { waits, .. } => *waits,
        }
    }
}

impl Inner {
    /// Opens a file where `entry` left it, or at its first record. `None`: there is too little of it yet.
    fn open(&self, seen: &Seen, entry: Option<&Entry>, last: bool) -> Result<Option<Open>, Failure> {
        let broken = |error: io::Error| failed(&seen.path, &error);
        let mut file = File::open(&seen.path).map_err(broken)?;
        if !self.plain {
            return self.open_whole(seen, file, last).map(Some);
        }
        let mut sample = Vec::new();
        file.by_ref().take(SAMPLE as u64).read_to_end(&mut sample).map_err(broken)?;
        let layout = Layout::of(&sample, last, &self.settings).map_err(|why| unfit(&seen.path, &why))?;
        let Some(layout) = layout else { return Ok(None) };
        let from = entry.map(Entry::position).filter(|at| at.offset > layout.start().offset).unwrap_or(layout.start());
        file.seek(SeekFrom::Start(from.offset)).map_err(broken)?;
        let items = Items::new(&layout, BufReader::with_capacity(64 * 1024, file), from, last);
        Ok(Some(Open { from, records: Opened::Stream(items) }))
    }

    fn open_whole(&self, seen: &Seen, file: File, last: bool) -> Result<Open, Failure> {
        if seen.size > DOCUMENT_MAX {
            let why = format!("a JSON document whose records are not its members may have {DOCUMENT_MAX} bytes");
            return Err(unfit(&seen.path, &why));
        }
        let mut text = Vec::new();
        file.take(DOCUMENT_MAX).read_to_end(&mut text).map_err(|error| failed(&seen.path, &error))?;
        let end = Position { offset: text.len() as u64, lines: 0 };
        let (records, waits) = match self.records.split_text(text) {
            Ok(records) => (records, false),
            Err(why) if last => return Err(unfit(&seen.path, &format!("it holds {why}"))),
            Err(_) => (Vec::new(), true),
        };
        let end = if waits { Position::default() } else { end };
        let records = Opened::Whole { left: records.into_iter(), end, waits };
        Ok(Open { from: Position::default(), records })
    }

    /// The next page of a walk: from the first file that has something new.
    fn page(&self, old: &Cursor, place: Option<&Place>, now: Timestamp) -> Result<Batch, Failure> {
        let mut walk = match place {
            None => Walk::begin(State::of(old)?),
            Some(place) => Walk::resume(place)?,
        };
        if place.is_none() {
            self.tidy(&mut walk, now)?;
        }
        let mut batch = Batch::default();
        let mut files = self.files.list(&self.after)?;
        files.extend(walk.state.elsewhere(&self.files));
        files.sort_by(|a, b| a.key.cmp(&b.key));
        for seen in files {
            if walk.after.as_ref().is_some_and(|after| seen.key <= *after) && walk.at.as_ref() != Some(&seen.key) {
                continue;
            }
            match self.file(&mut walk, &seen, now, &mut batch) {
                Ok(true) => {
                    batch.next = walk.place();
                    batch.cursor = walk.state.cursor(old);
                    return Ok(batch);
                }
                Ok(false) => {}
                // One file that cannot be read does not keep the others from being read.
                Err(failure) => walk.troubles.push(failure),
            }
            walk.done(&seen.key);
            if !batch.records.is_empty() {
                batch.next = walk.place();
                batch.cursor = walk.state.cursor(old);
                return Ok(batch);
            }
        }
        batch.trouble = walk.trouble();
        batch.cursor = walk.state.cursor(old);
        Ok(batch)
    }

    /// Reads on in one file. `true`: there is more of it.
    fn file(&self, walk: &mut Walk, seen: &Seen, now: Timestamp, batch: &mut Batch) -> Result<bool, Failure> {
        let going_on = walk.at.as_ref() == Some(&seen.key);
        let known = walk.state.files.get(&seen.key);
        let mut entry = match known {
            Some(entry) if going_on && entry.goes_on(seen) => entry.clone(),
            Some(entry) if entry.is_unchanged(seen) && entry.is_done() => return Ok(false),
            Some(entry) if entry.is_continued(seen).map_err(|error| failed(&seen.path, &error))? => entry.clone(),
            _ => Entry::default(),
        };
        let last = seen.rested(now, self.settle);
        let begun = (entry.offset > 0).then_some(&entry);
        let mut open = match self.open(seen, begun, last) {
            Ok(Some(open)) => open,
            Ok(None) => {
                entry.saw(seen, Position::default(), End { reached: true, rested: last, waits: true });
                walk.state.files.insert(seen.key.clone(), entry);
                return Ok(false);
            }
            Err(failure) if failure.class == Class::Reject => {
                let why = failure.message;
                entry.unreadable(Unreadable { id: page::hash(&why), why, raw: String::new() }, batch);
                entry.saw(seen, Position::default(), End { reached: true, rested: true, waits: false });
                walk.state.files.insert(seen.key.clone(), entry);
                return Ok(false);
            }
            Err(failure) => return Err(failure),
        };
        let more = self.records(&mut open, seen, &mut entry, batch)?;
        entry.saw(seen, open.settled(), End { reached: !more, rested: last, waits: open.waits() });
        entry.mark(&seen.path).map_err(|error| failed(&seen.path, &error))?;
        walk.state.files.insert(seen.key.clone(), entry);
        walk.at = more.then(|| seen.key.clone());
        Ok(more)
    }

    /// Up to a page of records. `true`: there are more.
    fn records(&self, open: &mut Open, seen: &Seen, entry: &mut Entry, batch: &mut Batch) -> Result<bool, Failure> {
        let tables = Tables::default();
        let name = seen.name();
        let whole = matches!(open.records, Opened::Whole { .. });
        // What stands at the end without its line end may be the half of something: it waits where files stay,
        // and is told only where the file goes away.
        let mut half = None;
        while whole || (batch.records.len() < RECORDS_MAX && open.settled().offset - open.from.offset < BYTES_MAX) {
            let Some(item) = open.next().map_err(|error| failed(&seen.path, &error))? else { return Ok(false) };
            if let Some(bad) = half.take() {
                entry.unreadable(bad, batch);
            }
            let told = |why: &str| match item.line {
                0 => format!("{name}: {why}"),
                line => format!("{name}, line {line}: {why}"),
            };
            let record: Option<Result<Record, Unreadable>> = match item.body {
                Ok(raw) => self.mapping.map(&raw, &tables).record,
                Err(broken) => Some(Err(Unreadable { id: page::hash(&broken.raw), why: broken.why, raw: broken.raw })),
            };
            match record {
                None => {}
                Some(Ok(record)) => {
                    entry.records += 1;
                    batch.records.push(Ok(record));
                }
                Some(Err(bad)) => {
                    let bad = Unreadable { why: told(&bad.why), ..bad };
                    if open.waits() && self.after == After::Keep {
                        half = Some(bad);
                    } else {
                        entry.unreadable(bad, batch);
                    }
                }
            }
        }
        if let Some(bad) = half.take() {
            entry.unreadable(bad, batch);
        }
        Ok(true)
    }

    /// Before a walk: what was moved by others is found again, what is stored and done with is moved away.
    fn tidy(&self, walk: &mut Walk, now: Timestamp) -> Result<(), Failure> {
        walk.state.follow();
        let leaving = if self.after == After::Keep { Vec::new() } else { self.files.list(&self.after)? };
        for seen in leaving {
            let Some(entry) = walk.state.files.get(&seen.key) else { continue };
            if entry.is_unchanged(&seen) && entry.is_done() && seen.rested(now, self.settle) {
                match self.after.file_away(&seen, entry, now) {
                    Ok(()) => drop(walk.state.files.remove(&seen.key)),
                    Err(failure) => walk.troubles.push(failure),
                }
            }
        }
        walk.state.forget(&self.files);
        Ok(())
    }

    fn probe(&self) -> Result<String, Failure> {
        let files = self.files.list(&self.after)?;
        let place = self.files.told();
        let Some(first) = files.first() else { return Ok(format!("{place}: there are no files now")) };
        let mut entry = Entry::default();
        let mut batch = Batch::default();
        let Some(mut open) = self.open(first, None, true)? else {
            return Ok(format!("{place}: {} is empty", first.name()));
        };
        let more = self.records(&mut open, first, &mut entry, &mut batch)?;
        let (good, bad): (Vec<_>, Vec<_>) = batch.records.iter().partition(|record| record.is_ok());
        let why = bad.first().and_then(|bad| bad.as_ref().err()).map(|bad| format!(" (the first: {})", bad.why));
        let count = files.len();
        let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
        let begins = if more { "begins with" } else { "holds" };
        let told = format!("{place}: {files}; {} {begins} {} readable records", first.name(), good.len());
        Ok(match why {
            Some(why) => format!("{told}, {} unreadable{why}", bad.len()),
            None => told,
        })
    }
}

/// The file is not what the preset takes it for.
fn unfit(path: &Path, why: &str) -> Failure {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    Failure::new(Class::Reject, format!("{}: {}", clean_line(&name, 200), clean_line(why, 300)))
}

impl Source for FileSource {
    fn read<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let (cursor, place, now) = (ask.cursor.clone(), ask.place.cloned(), self.http.now());
            self.apart(move |inner| inner.page(&cursor, place.as_ref(), now)).await
        })
    }

    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(self.apart(Inner::probe))
    }
}

/// An absolute path.
///
/// # Errors
/// It is a relative one.
fn absolute(written: &str) -> Result<PathBuf, Fault> {
    let path = PathBuf::from(written);
    if path.is_absolute() {
        return Ok(path);
    }
    let message = format!("`{written}` must be an absolute path: leadgate may be started anywhere");
    Err(Fault::about(written, message))
}
