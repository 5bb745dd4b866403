//! The rows of a CSV file. Where a row ends is decided here, bounded, because a quote that nobody closed must
//! cost its own line and not the rest of the file; what stands in its cells is read by `csv-core`.

use std::collections::{HashSet, VecDeque};
use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use super::lines::{Line, Lines};
use super::{Broken, COLUMNS_MAX, Item, Layout, Position, RECORD_MAX};

/// Where in a row the reading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    CellBegins,
    Plain,
    Quoted,
    /// A quote within a quoted cell: its end, or the first of two.
    Quote,
}

impl State {
    /// After more of the row.
    fn after(self, text: &str, delimiter: u8) -> Self {
        text.bytes().fold(self, |state, byte| match (state, byte) {
            (Self::Quoted, b'"') => Self::Quote,
            (Self::CellBegins | Self::Quote, b'"') | (Self::Quoted, _) => Self::Quoted,
            (_, byte) if byte == delimiter => Self::CellBegins,
            _ => Self::Plain,
        })
    }
}

/// Joins lines to rows.
pub(super) struct Joined {
    row: String,
    state: State,
    delimiter: u8,
}

impl Joined {
    pub(super) const fn new(delimiter: u8) -> Self {
        Self { row: String::new(), state: State::CellBegins, delimiter }
    }

    /// Adds a line; the row if it is one now.
    pub(super) fn add(&mut self, line: &str) -> Option<String> {
        self.row.push_str(line);
        self.state = self.state.after(line, self.delimiter);
        if self.state == State::Quoted {
            return None;
        }
        self.state = State::CellBegins;
        Some(std::mem::take(&mut self.row))
    }

    /// Has a row begun that does not end?
    pub(super) fn is_open(&self) -> bool {
        !self.row.is_empty()
    }
}

/// Reads the cells of one row after the other.
pub(super) struct Cells {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    pub(super) fn new(delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
        Self { reader, text: Vec::new(), ends: vec![0; COLUMNS_MAX] }
    }

    /// The cells of a row without its line end.
    ///
    /// # Errors
    /// There are too many.
    pub(super) fn read(&mut self, row: &str) -> Result<Vec<&str>, String> {
        self.reader.reset();
        self.text.resize(row.len().max(1), 0);
        let (mut input, mut written, mut count) = (row.as_bytes(), 0, 0);
        while let (Some(room), Some(ends)) = (self.text.get_mut(written..), self.ends.get_mut(count..)) {
            let (result, read, out, ended) = self.reader.read_record(input, room, ends);
            input = input.get(read..).unwrap_or_default();
            written += out;
            count += ended;
            match result {
                // Said once more, an empty input ends the row.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::OutputFull => self.text.resize(written + row.len().max(64), 0),
                ReadRecordResult::OutputEndsFull => return Err(format!("it has more than {COLUMNS_MAX} cells")),
            }
        }
        let ends = self.ends.get(..count).unwrap_or_default();
        let starts = std::iter::once(&0).chain(ends);
        let cell =
            |(start, end): (&usize, &usize)| self.text.get(*start..*end).and_then(|c| std::str::from_utf8(c).ok());
        Ok(starts.zip(ends).map(|range| cell(range).unwrap_or_default()).collect())
    }
}

/// One row as it stands in the file.
struct Row {
    text: Result<String, Broken>,
    /// After it, if nothing can be added to it.
    end: Option<Position>,
}

/// The rows of a file as JSON records.
pub(super) struct Rows<R> {
    lines: Lines<R>,
    cells: Cells,
    delimiter: u8,
    decimal_comma: bool,
    /// The columns' names, written as JSON.
    names: Vec<String>,
    /// Lines that were taken for a part of a row that never ended.
    again: VecDeque<Line>,
    settled: Position,
    waits: bool,
    unsettled: bool,
}

impl<R: BufRead> Rows<R> {
    pub(super) fn new(lines: Lines<R>, layout: &Layout) -> Self {
        let names = layout.names.iter().map(|name| serde_json::Value::from(name.as_str()).to_string());
        Self {
            settled: lines.settled(),
            lines,
            cells: Cells::new(layout.delimiter),
            delimiter: layout.delimiter,
            decimal_comma: layout.decimal_comma,
            names: names.collect(),
            again: VecDeque::new(),
            waits: false,
            unsettled: false,
        }
    }

    pub(super) const fn settled(&self) -> Position {
        self.settled
    }

    pub(super) const fn waits(&self) -> bool {
        self.waits || self.unsettled || self.lines.waits()
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Item>> {
        loop {
            let Some(first) = self.line()? else { return Ok(None) };
            let line = first.number;
            let Some(row) = self.row(first)? else { return Ok(None) };
            if let Some(end) = row.end.filter(|_| !self.unsettled) {
                self.settled = end;
            }
            let record = row.text.and_then(|text| self.record(&text));
            if let Some(body) = record.transpose() {
                return Ok(Some(Item { line, body }));
            }
        }
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        match self.again.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    /// The row that begins with `first`. `None`: its rest is not there yet.
    fn row(&mut self, first: Line) -> io::Result<Option<Row>> {
        let ended = |line: &Line| line.ended.then_some(line.end);
        let end = ended(&first);
        let first = match first.text {
            Ok(text) => text,
            Err(broken) => return Ok(Some(Row { text: Err(broken), end })),
        };
        let mut joined = Joined::new(self.delimiter);
        if let Some(row) = joined.add(&first) {
            return Ok(Some(Row { text: Ok(row), end }));
        }
        let mut taken = Vec::new();
        while joined.row.len() <= RECORD_MAX {
            let Some(line) = self.line()? else {
                if !self.lines.last() {
                    self.waits = true;
                    return Ok(None);
                }
                // The file is complete and the quote still open. What follows may be read differently once
                // somebody corrects it, so nothing from here on is settled.
                self.unsettled = true;
                break;
            };
            let so_far = ended(&line);
            let more = line.text.clone();
            taken.push(line);
            let Ok(more) = more else { break };
            if let Some(row) = joined.add(&more) {
                return Ok(Some(Row { text: Ok(row), end: so_far }));
            }
        }
        Ok(Some(Row { text: Err(self.give_back(&first, taken)), end }))
    }

    /// Only the first line is lost; the others are read again as rows of their own.
    fn give_back(&mut self, first: &str, taken: Vec<Line>) -> Broken {
        for line in taken.into_iter().rev() {
            self.again.push_front(line);
        }
        Broken::new("a quoted cell begins here and does not end", first)
    }

    /// A row as a JSON object; `None` where all cells are empty.
    fn record(&mut self, row: &str) -> Result<Option<String>, Broken> {
        let line = row.trim_end_matches(['\r', '\n']);
        let cells = self.cells.read(line).map_err(|why| Broken::new(why, row))?;
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(None);
        }
        let (columns, count) = (self.names.len(), cells.len());
        let surplus = cells.iter().skip(columns).any(|cell| !cell.trim().is_empty());
        if count < columns || surplus {
            return Err(Broken::new(format!("it has {count} cells where the header has {columns}"), row));
        }
        let mut json = String::with_capacity(line.len() * 2 + 2);
        for (name, cell) in self.names.iter().zip(cells) {
            json.push(if json.is_empty() { '{' } else { ',' });
            json.push_str(name);
            json.push(':');
            let number = if self.decimal_comma { with_point(cell) } else { None };
            json.push_str(&serde_json::Value::from(number.as_deref().unwrap_or(cell)).to_string());
        }
        json.push('}');
        Ok(Some(json))
    }
}

/// `1.234,56` as `1234.56`; `None` for what is written otherwise.
fn with_point(cell: &str) -> Option<String> {
    let text = cell.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, part) = digits.split_once(',').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split('.');
    let first = groups.next().unwrap_or_default();
    let mut thousands = 0;
    for group in groups {
        if group.len() != 3 || !are_digits(group) {
            return None;
        }
        thousands += 1;
    }
    let fits = !first.is_empty() && are_digits(first) && are_digits(part) && (thousands == 0 || first.len() <= 3);
    let differs = thousands > 0 || digits.contains(',');
    (fits && differs).then(|| text.replace('.', "").replace(',', "."))
}

/// The names of a header row made usable: each different, none empty.
pub fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut all = Vec::new();
    for (at, name) in names.enumerate() {
        let name = crate::text::clean_line(&name, 200);
        let name = if name.is_empty() { format!("column {}", at + 1) } else { name };
        let mut free = name.clone();
        let mut number = 2;
        while !taken.insert(free.clone()) {
            free = format!("{name} ({number})");
            number += 1;
        }
        all.push(free);
    }
    all
}
