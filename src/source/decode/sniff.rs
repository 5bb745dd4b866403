//! How a file is written, read off its beginning: byte order mark, zero bytes, line ends, the delimiter that
//! gives every row the same number of cells, and the header.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use super::csv::{Cells, Joined, distinct};
use super::lines::Text;
use super::{COLUMNS_MAX, Encoding, Header, Layout, Position, SAMPLE, Settings};
use crate::preset::file::DecodeDoc;

/// What may stand between two cells, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows looked at to find the delimiter.
const ROWS: usize = 20;
/// What begins like this is no text, whatever its name says.
const NOT_TEXT: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "it is an Excel workbook or a ZIP archive: save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "it is an old Excel workbook: save it as CSV"),
    (b"\x1f\x8b", "it is compressed: unpack it first"),
    (b"%PDF", "it is a PDF"),
];

/// As [`Layout::of`]; `enough`: there is no more to see.
pub(super) fn layout(sample: &[u8], enough: bool, settings: &Settings) -> Result<Option<Layout>, String> {
    if let Some((_, why)) = NOT_TEXT.iter().find(|(begin, _)| sample.starts_with(begin)) {
        return Err((*why).to_owned());
    }
    if sample.len() < 4 && !enough {
        return Ok(None);
    }
    let (text, mark) = text(sample, settings)?;
    let start = Position { offset: mark as u64, lines: 0 };
    let layout = |delimiter, names, start| Layout {
        format: settings.format,
        text,
        delimiter,
        decimal_comma: settings.decimal_comma,
        names,
        start,
    };
    match settings.format {
        DecodeDoc::Json if !matches!(text.encoding, Encoding::Auto) && text.encoding != Encoding::Fixed(UTF_8) => {
            Err(format!("it is {}; a JSON document must be UTF-8", text.told()))
        }
        DecodeDoc::Json | DecodeDoc::Jsonl => Ok(Some(layout(b',', Vec::new(), start))),
        DecodeDoc::Csv => {
            let rows = rows(sample.get(mark..).unwrap_or_default(), text, start)?;
            Ok(table(&rows, enough, settings)?
                .map(|(delimiter, names, at)| layout(delimiter, names, at.unwrap_or(start))))
        }
    }
}

/// How its lines are written, and the length of its byte order mark.
fn text(sample: &[u8], settings: &Settings) -> Result<(Text, usize), String> {
    let (found, mark) = match encoding_rs::Encoding::for_bom(sample) {
        Some((encoding, length)) => (Encoding::Fixed(encoding), length),
        None => (by_zeros(sample), 0),
    };
    let encoding = match settings.encoding {
        // A mark says more than a setting: the file was written by somebody who knew.
        Encoding::Fixed(said) if mark == 0 => Encoding::Fixed(said),
        _ => found,
    };
    let wide = matches!(encoding, Encoding::Fixed(e) if e == UTF_16LE || e == UTF_16BE);
    if !wide && sample.contains(&0) {
        return Err("it is not text: there are zero bytes in it".to_owned());
    }
    let old_mac = !wide && !sample.contains(&b'\n') && sample.contains(&b'\r') && settings.format == DecodeDoc::Csv;
    Ok((Text { encoding, old_mac }, mark))
}

/// Which UTF-16 it is without a mark, if any.
pub(super) fn wide(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match by_zeros(bytes.get(..SAMPLE.min(bytes.len())).unwrap_or(bytes)) {
        Encoding::Fixed(found) => Some(found),
        Encoding::Auto => None,
    }
}

/// UTF-16 without a mark: every other byte of common text is zero.
fn by_zeros(sample: &[u8]) -> Encoding {
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, third) = (zeros(0), zeros(1), sample.len() / 6);
    match (even > third, odd > third) {
        (true, false) => Encoding::Fixed(UTF_16BE),
        (false, true) => Encoding::Fixed(UTF_16LE),
        _ => Encoding::Auto,
    }
}

/// One line of the sample, and where it ends if it does.
struct Seen {
    text: String,
    end: Option<Position>,
}

fn rows(sample: &[u8], text: Text, start: Position) -> Result<Vec<Seen>, String> {
    let mut lines = super::lines::Lines::new(sample, text, start, true);
    let mut seen = Vec::new();
    while let Some(line) = lines.next().map_err(|error| error.to_string())? {
        // What cannot be decoded is told when its row is read.
        seen.push(Seen { text: line.text.unwrap_or_default(), end: line.ended.then_some(line.end) });
    }
    Ok(seen)
}

/// Delimiter, names, and where the first row of data begins.
#[allow(clippy::type_complexity)] // the three parts of a layout
fn table(
    lines: &[Seen],
    enough: bool,
    settings: &Settings,
) -> Result<Option<(u8, Vec<String>, Option<Position>)>, String> {
    let mut lines = lines.iter().skip_while(|line| line.text.trim().is_empty()).peekable();
    let mut start = None;
    let mut delimiter = settings.delimiter;
    // Excel writes `sep=;` for itself.
    if let Some(line) = lines.peek()
        && let [b's', b'e', b'p', b'=', said] = line.text.trim_end_matches(['\r', '\n']).as_bytes()
    {
        delimiter = delimiter.or(Some(*said));
        start = line.end;
        lines.next();
    }
    let lines: Vec<&Seen> = lines.collect();
    let Some(delimiter) = delimiter.or_else(|| likely(&lines)) else { return Ok(None) };
    let Some((first, end)) = first_row(&lines, delimiter, enough)? else { return Ok(None) };
    let mut cells = Cells::new(delimiter);
    let cells = cells.read(first.trim_end_matches(['\r', '\n'])).map_err(|why| format!("its first row: {why}"))?;
    Ok(Some(match &settings.header {
        Header::Row => (delimiter, distinct(cells.into_iter().map(str::to_owned)), end),
        Header::None => (delimiter, distinct((0..cells.len()).map(|_| String::new())), start),
        Header::Names(names) => (delimiter, distinct(names.iter().take(COLUMNS_MAX).cloned()), start),
    }))
}

/// The first row, which may hold line breaks, and where it ends; `None` while it is not complete.
fn first_row(lines: &[&Seen], delimiter: u8, enough: bool) -> Result<Option<(String, Option<Position>)>, String> {
    let mut joined = Joined::new(delimiter);
    for line in lines {
        if let Some(row) = joined.add(&line.text) {
            // Without its line end there may be more of it to come.
            return Ok((line.end.is_some() || enough).then_some((row, line.end)));
        }
    }
    if enough && joined.is_open() {
        return Err("its first row does not end: is a quote open?".to_owned());
    }
    Ok(None)
}

/// The delimiter that gives every row the same number of cells, the most of them.
fn likely(lines: &[&Seen]) -> Option<u8> {
    lines.first()?;
    let best = DELIMITERS.into_iter().rev().max_by_key(|delimiter| {
        let counts = counts(lines, *delimiter);
        let first = counts.first().copied().unwrap_or(1);
        let same = counts.iter().filter(|count| **count == first).count();
        if first < 2 { (0, 0) } else { (same * 100 / counts.len().max(1), first) }
    });
    best.filter(|delimiter| counts(lines, *delimiter).first().is_some_and(|count| *count > 1)).or(Some(b','))
}

fn counts(lines: &[&Seen], delimiter: u8) -> Vec<usize> {
    let mut cells = Cells::new(delimiter);
    let mut counts = Vec::new();
    let mut joined = Joined::new(delimiter);
    for line in lines {
        let Some(row) = joined.add(&line.text) else { continue };
        // A last line without its end says little.
        if !row.trim().is_empty() && (line.end.is_some() || counts.is_empty()) {
            counts.push(cells.read(row.trim_end_matches(['\r', '\n'])).map_or(0, |cells| cells.len()));
        }
        if counts.len() == ROWS {
            break;
        }
    }
    counts
}
