//! The lines of a file as text, each bounded, with its place in the file. Line ends are looked for in the
//! bytes, so that a place is always one of the file itself, whatever its characters.

use std::io::{self, BufRead};

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{Broken, Encoding, KEPT_MAX, Position, RECORD_MAX};

/// How the lines of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) encoding: Encoding,
    /// Lines end in `\r` alone.
    pub(super) old_mac: bool,
}

/// Can it be decoded in pieces that begin and end with a line?
pub(super) fn is_unicode(encoding: &'static encoding_rs::Encoding) -> bool {
    encoding == UTF_8 || encoding == UTF_16LE || encoding == UTF_16BE
}

impl Text {
    /// For people.
    pub(super) fn told(self) -> String {
        match self.encoding {
            Encoding::Auto => "UTF-8 or Windows-1252".to_owned(),
            Encoding::Fixed(encoding) => encoding.name().to_owned(),
        }
    }

    /// The bytes of a line end.
    fn end(self) -> &'static [u8] {
        match self.encoding {
            _ if self.old_mac => b"\r",
            Encoding::Fixed(encoding) if encoding == UTF_16LE => b"\n\0",
            Encoding::Fixed(encoding) if encoding == UTF_16BE => b"\0\n",
            _ => b"\n",
        }
    }

    /// Decodes whole lines; nothing is replaced without a word.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<String, String> {
        let encoding = match self.encoding {
            Encoding::Fixed(encoding) => encoding,
            Encoding::Auto if std::str::from_utf8(bytes).is_ok() => UTF_8,
            Encoding::Auto => WINDOWS_1252,
        };
        let decoded = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        decoded.map(std::borrow::Cow::into_owned).ok_or_else(|| format!("it is not {}", encoding.name()))
    }

    /// Decodes for people to look at, whatever it is.
    fn show(self, bytes: &[u8]) -> String {
        match self.encoding {
            Encoding::Fixed(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Encoding::Auto => String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}

/// One line, its end included.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: u64,
    /// What it says.
    pub(super) text: Result<String, Broken>,
    /// After it.
    pub(super) end: Position,
    /// Its end is there: nothing can be added to it.
    pub(super) ended: bool,
}

/// The lines of a file.
pub(super) struct Lines<R> {
    reader: R,
    text: Text,
    at: Position,
    settled: Position,
    last: bool,
    waits: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, text: Text, from: Position, last: bool) -> Self {
        Self { reader, text, at: from, settled: from, last, waits: false }
    }

    /// After the last line that has its end.
    pub(super) const fn settled(&self) -> Position {
        self.settled
    }

    /// Is nothing going to be added?
    pub(super) const fn last(&self) -> bool {
        self.last
    }

    pub(super) const fn waits(&self) -> bool {
        self.waits
    }

    /// The next line; `None` at the end, or where an unfinished one begins.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let (length, ended) = self.read(&mut bytes)?;
        if length == 0 {
            return Ok(None);
        }
        if !ended && !self.last {
            self.waits = true;
            return Ok(None);
        }
        let number = self.at.lines + 1;
        self.at = Position { offset: self.at.offset + length, lines: number };
        if ended {
            self.settled = self.at;
        } else {
            self.waits = true;
        }
        let text = if length > RECORD_MAX as u64 {
            bytes.truncate(KEPT_MAX);
            Err(Broken::new(format!("it is longer than {RECORD_MAX} bytes"), &self.text.show(&bytes)))
        } else {
            self.text.decode(&bytes).map_err(|why| Broken::new(why, &self.text.show(&bytes)))
        };
        Ok(Some(Line { number, text, end: self.at, ended }))
    }

    /// Reads up to and with the next line end, keeping at most a record's bytes; how many there were, and
    /// whether the end was among them.
    fn read(&mut self, kept: &mut Vec<u8>) -> io::Result<(u64, bool)> {
        let end = self.text.end();
        let mut length = 0_u64;
        let mut before = None;
        loop {
            let bytes = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if bytes.is_empty() {
                return Ok((length, false));
            }
            let found = match end {
                [one] => bytes.iter().position(|byte| byte == one),
                // Two bytes a character: the end begins at an even place of the line.
                _ => pair_at(bytes, length, before, end),
            };
            let used = found.map_or(bytes.len(), |at| at + 1);
            let room = (RECORD_MAX + 1).saturating_sub(kept.len());
            kept.extend_from_slice(bytes.get(..used.min(room)).unwrap_or_default());
            before = bytes.get(..used).and_then(<[u8]>::last).copied();
            length += used as u64;
            self.reader.consume(used);
            if found.is_some() {
                return Ok((length, true));
            }
        }
    }
}

/// Where in `bytes`, `length` bytes into a line, the second byte of a line end is.
fn pair_at(bytes: &[u8], length: u64, before: Option<u8>, end: &[u8]) -> Option<usize> {
    let mut before = before;
    for (at, byte) in bytes.iter().enumerate() {
        if (length + at as u64) % 2 == 1 && before.as_ref() == end.first() && Some(byte) == end.last() {
            return Some(at);
        }
        before = Some(*byte);
    }
    None
}
