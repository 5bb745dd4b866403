//! The rows as Parquet: a group of them at a time, column by column. Nothing is compressed, which would need more
//! libraries; instants and numbers are stored by their differences and words once, which takes most of it away.

use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::Encoding;
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::ByteArray;
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use ::parquet::schema::types::ColumnPath;
use jiff::Timestamp;

use super::{COLUMNS, Cells, ExportError, Line};

/// Rows of a group, and so the most that are held: some 20 MB.
pub(super) const GROUP_ROWS: usize = 65_536;

/// A file that is being written.
pub(super) struct Groups<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    held: Vec<Line>,
}

impl<W: Write + Send> Groups<W> {
    pub(super) fn new(out: W) -> Result<Self, ExportError> {
        let schema = Arc::new(parse_message_type(&schema())?);
        let writer = SerializedFileWriter::new(out, schema, Arc::new(properties()))?;
        Ok(Self { writer, held: Vec::new() })
    }

    pub(super) fn add(&mut self, line: Line, currency: &str) -> Result<(), ExportError> {
        self.held.push(line);
        if self.held.len() >= GROUP_ROWS { self.group(currency) } else { Ok(()) }
    }

    pub(super) fn finish(mut self, currency: &str) -> Result<(), ExportError> {
        if !self.held.is_empty() {
            self.group(currency)?;
        }
        self.writer.finish()?;
        Ok(())
    }

    fn group(&mut self, currency: &str) -> Result<(), ExportError> {
        let mut group = self.writer.next_row_group()?;
        for (_, cells) in COLUMNS {
            let mut column = group.next_column()?.ok_or_else(|| other("fewer columns than were named"))?;
            write(column.untyped(), *cells, &self.held, currency)?;
            column.close()?;
        }
        group.close()?;
        self.held.clear();
        Ok(())
    }
}

/// What stands in the file, in Parquet's own words.
fn schema() -> String {
    let fields = COLUMNS.iter().map(|(name, cells)| match cells {
        Cells::Number | Cells::Currency | Cells::Word(_) => format!("required binary {name} (STRING);"),
        Cells::MaybeWord(_) => format!("optional binary {name} (STRING);"),
        Cells::At(_) => format!("required int64 {name} (TIMESTAMP(MICROS,true));"),
        Cells::MaybeAt(_) => format!("optional int64 {name} (TIMESTAMP(MICROS,true));"),
        Cells::MaybeMinor(_) => format!("optional int64 {name};"),
        Cells::Flag(_) => format!("required boolean {name};"),
    });
    format!("message leads {{ {} }}", fields.collect::<Vec<_>>().join(" "))
}

fn properties() -> WriterProperties {
    let named = concat!("leadgate version ", env!("CARGO_PKG_VERSION"));
    let mut properties = WriterProperties::builder().set_created_by(named.to_owned());
    for (name, cells) in COLUMNS {
        let encoding = match cells {
            // Ascending, so that each begins as the one before.
            Cells::Number => Encoding::DELTA_BYTE_ARRAY,
            Cells::At(_) | Cells::MaybeAt(_) | Cells::MaybeMinor(_) => Encoding::DELTA_BINARY_PACKED,
            Cells::Currency | Cells::Word(_) | Cells::MaybeWord(_) | Cells::Flag(_) => continue,
        };
        let column = ColumnPath::from(*name);
        properties =
            properties.set_column_dictionary_enabled(column.clone(), false).set_column_encoding(column, encoding);
    }
    properties.build()
}

fn write(into: &mut ColumnWriter<'_>, cells: Cells, lines: &[Line], currency: &str) -> Result<(), ExportError> {
    match cells {
        Cells::Number => words(into, lines, |line| Some(line.lead.to_string().into_bytes()), true),
        Cells::Currency => words(into, lines, |_| Some(currency.into()), true),
        Cells::Word(word) => words(into, lines, |line| Some(word(line).into()), true),
        Cells::MaybeWord(word) => words(into, lines, |line| word(line).map(Into::into), false),
        Cells::At(at) => numbers(into, lines, |line| Some(at(line).as_microsecond()), true),
        Cells::MaybeAt(at) => numbers(into, lines, |line| at(line).map(Timestamp::as_microsecond), false),
        Cells::MaybeMinor(minor) => numbers(into, lines, minor, false),
        Cells::Flag(flag) => {
            let ColumnWriter::BoolColumnWriter(into) = into else {
                return Err(other("a flag's column is another").into());
            };
            let values: Vec<bool> = lines.iter().map(flag).collect();
            into.write_batch(&values, None, None)?;
            Ok(())
        }
    }
}

fn words(
    into: &mut ColumnWriter<'_>,
    lines: &[Line],
    word: impl Fn(&Line) -> Option<Vec<u8>>,
    required: bool,
) -> Result<(), ExportError> {
    let ColumnWriter::ByteArrayColumnWriter(into) = into else {
        return Err(other("a word's column is another").into());
    };
    let (values, there) = values(lines, |line| word(line).map(ByteArray::from));
    into.write_batch(&values, (!required).then_some(&there[..]), None)?;
    Ok(())
}

fn numbers(
    into: &mut ColumnWriter<'_>,
    lines: &[Line],
    number: impl Fn(&Line) -> Option<i64>,
    required: bool,
) -> Result<(), ExportError> {
    let ColumnWriter::Int64ColumnWriter(into) = into else { return Err(other("a number's column is another").into()) };
    let (values, there) = values(lines, number);
    into.write_batch(&values, (!required).then_some(&there[..]), None)?;
    Ok(())
}

/// The values that are there, and for each line whether its own is (1) or not (0).
fn values<T>(lines: &[Line], value: impl Fn(&Line) -> Option<T>) -> (Vec<T>, Vec<i16>) {
    let mut there = Vec::with_capacity(lines.len());
    let found = lines.iter().filter_map(|line| {
        let one = value(line);
        there.push(i16::from(one.is_some()));
        one
    });
    (found.collect(), there)
}

fn other(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}
