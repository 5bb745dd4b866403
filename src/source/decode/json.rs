//! The records of one JSON document, as a stream: the members of its outermost list, or the documents that
//! follow each other. Only brackets and quotes are looked at here; what stands between them is read later,
//! record by record.

use std::io::{self, BufRead};

use super::{Broken, Item, KEPT_MAX, Position, RECORD_MAX};

/// The members of a document.
pub(super) struct Document<R> {
    reader: R,
    at: Position,
    settled: Position,
    /// Only white space may come before the first record.
    inside: bool,
    last: bool,
    waits: bool,
    ended: bool,
}

impl<R: BufRead> Document<R> {
    /// `inside`: the reader stands after a record, not at the beginning.
    pub(super) const fn new(reader: R, from: Position, inside: bool, last: bool) -> Self {
        Self { reader, at: from, settled: from, inside, last, waits: false, ended: false }
    }

    pub(super) const fn settled(&self) -> Position {
        self.settled
    }

    pub(super) const fn waits(&self) -> bool {
        self.waits
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Item>> {
        if self.ended {
            return Ok(None);
        }
        let first = loop {
            match self.byte()? {
                None => return Ok(None),
                Some(b'[') if !self.inside => self.inside = true,
                Some(b',' | b']') if self.inside => {}
                Some(byte) if byte.is_ascii_whitespace() => {}
                Some(byte) => break byte,
            }
        };
        self.inside = true;
        let line = self.at.lines + 1;
        let mut record = Record::begin(first);
        while !record.ended {
            let next = self.peek()?;
            let Some(byte) = next.filter(|byte| !record.is_over(*byte)) else {
                if next.is_none() {
                    self.ended = true;
                    self.waits = record.depth > 0 || record.quoted || !self.last;
                }
                break;
            };
            self.byte()?;
            record.take(byte);
        }
        let whole = record.depth == 0 && !record.quoted;
        if self.waits && !self.last {
            return Ok(None);
        }
        if whole && !self.waits {
            self.settled = self.at;
        }
        Ok(Some(Item { line, body: record.done(whole) }))
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other.map(|bytes| bytes.first().copied()),
            }
        }
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        if let Some(byte) = byte {
            self.reader.consume(1);
            self.at.offset += 1;
            self.at.lines += u64::from(byte == b'\n');
        }
        Ok(byte)
    }
}

/// A record on its way in.
struct Record {
    bytes: Vec<u8>,
    length: usize,
    depth: usize,
    quoted: bool,
    escaped: bool,
    ended: bool,
}

impl Record {
    fn begin(byte: u8) -> Self {
        let mut record = Self { bytes: Vec::new(), length: 0, depth: 0, quoted: false, escaped: false, ended: false };
        record.take(byte);
        record
    }

    /// Does a number or a word end before this byte?
    const fn is_over(&self, byte: u8) -> bool {
        let between = matches!(byte, b',' | b']' | b'{' | b'[') || byte.is_ascii_whitespace();
        self.depth == 0 && !self.quoted && between
    }

    fn take(&mut self, byte: u8) {
        self.length += 1;
        if self.bytes.len() <= RECORD_MAX {
            self.bytes.push(byte);
        }
        if self.quoted {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.quoted = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => self.quoted = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        let closes = matches!(byte, b'}' | b']' | b'"');
        self.ended = closes && self.depth == 0 && !self.quoted;
    }

    fn done(mut self, whole: bool) -> Result<String, Broken> {
        let broken = |why: String, bytes: &[u8]| Err(Broken::new(why, &String::from_utf8_lossy(bytes)));
        if self.length > RECORD_MAX {
            self.bytes.truncate(KEPT_MAX);
            return broken(format!("it is longer than {RECORD_MAX} bytes"), &self.bytes);
        }
        if !whole {
            return broken("it is cut off".to_owned(), &self.bytes);
        }
        match String::from_utf8(self.bytes) {
            Ok(text) => Ok(text),
            Err(error) => broken("it is not UTF-8".to_owned(), error.as_bytes()),
        }
    }
}
