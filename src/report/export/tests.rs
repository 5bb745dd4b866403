#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::io;

use ::parquet::basic::{LogicalType, Type};
use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
use ::parquet::record::{Field, Row};

use super::super::model::{View, Windows};
use super::super::tally::Period;
use super::parquet::GROUP_ROWS;
use super::*;
use crate::store::{JourneyRow, Touch};

const HOSTILE: &str = "=cmd|' /C calc'!A0\n\"x\",\u{202e}\0";

fn at(secs: i64) -> Timestamp {
    Timestamp::from_microsecond(1_795_000_000_000_000 + secs * 1_000_000 + 7).unwrap()
}

fn bare(id: i64) -> JourneyRow {
    JourneyRow {
        id: LeadId(id),
        source: "meta".into(),
        service: None,
        received_at: at(10),
        submitted_at: at(0),
        decided_at: at(10),
        verdict: VerdictKind::Disqualified,
        end_code: None,
        closed_at: None,
        region: None,
        marks: Vec::new(),
        overridden: Vec::new(),
        with: None,
        accepted_at: None,
        answer_by: None,
        first_at: None,
        reached_at: None,
        confirmed_at: None,
        won: None,
        touches: Vec::new(),
    }
}

fn full(id: i64) -> JourneyRow {
    JourneyRow {
        service: Some("roof".into()),
        verdict: VerdictKind::Qualified,
        end_code: Some("O-WON".into()),
        closed_at: Some(at(90_000)),
        region: Some("DE-BE".into()),
        with: Some(("west".into(), "anna".into())),
        accepted_at: Some(at(20)),
        answer_by: Some(at(3_600)),
        first_at: Some(at(30)),
        won: Some(-5),
        touches: vec![Touch { source: "meta".into(), campaign: Some(HOSTILE.into()), referral: None, at: at(-100) }],
        ..bare(id)
    }
}

fn line(row: JourneyRow) -> Line {
    let windows = Windows { attribution_days: 30, return_days: 14, decision_days: 60 };
    let period = Period { view: View::Cohort, from: at(0), to: at(100), now: at(100_000), windows };
    let journey = Journey::of(row, windows.attribution_days);
    let hits = period.hits(&journey);
    Line::of(journey, hits)
}

fn exported(kind: Kind, rows: impl IntoIterator<Item = JourneyRow>) -> (u64, File) {
    let file = tempfile::tempfile().unwrap();
    let mut export = Export::new(kind, "EUR", &file).unwrap();
    rows.into_iter().for_each(|row| export.add(line(row)).unwrap());
    (export.finish().unwrap(), file)
}

fn field(row: &Row, name: &str) -> Field {
    row.get_column_iter().find(|(one, _)| *one == name).unwrap().1.clone()
}

fn names() -> Vec<&'static str> {
    COLUMNS.iter().map(|(name, _)| *name).collect()
}

#[test]
fn parquet_comes_back_with_its_types_over_more_than_one_group() {
    let last = GROUP_ROWS as i64 + 2;
    let rows = (1..=last).map(|id| if id % 2 == 0 { full(id) } else { bare(id) });
    let (count, file) = exported(Kind::Parquet, rows);
    let reader = SerializedFileReader::new(file).unwrap();
    assert_eq!((count, reader.num_row_groups()), (last as u64, 2));
    let columns = reader.metadata().file_metadata().schema_descr().columns().to_vec();
    assert_eq!(columns.iter().map(|one| one.name()).collect::<Vec<_>>(), names());
    let of = |name: &str| columns.iter().find(|one| one.name() == name).unwrap();
    assert!(
        matches!(of("received_at").logical_type_ref(), Some(LogicalType::Timestamp(one)) if one.is_adjusted_to_u_t_c)
    );
    assert_eq!(of("won_value_minor").physical_type(), Type::INT64);
    assert_eq!((of("won").physical_type(), of("won").max_def_level()), (Type::BOOLEAN, 0));
    assert_eq!((of("lead").max_def_level(), of("campaign").max_def_level()), (0, 1), "never null, perhaps null");

    let mut rows = 0_i64;
    for row in reader.get_row_iter(None).unwrap() {
        let row = row.unwrap();
        rows += 1;
        assert_eq!(field(&row, "lead"), Field::Str(LeadId(rows).to_string()));
        let there = rows % 2 == 0;
        let or_null = |field: Field| if there { field } else { Field::Null };
        assert_eq!(field(&row, "campaign"), or_null(Field::Str(HOSTILE.into())), "as it came, byte by byte");
        assert_eq!(field(&row, "person"), or_null(Field::Str("anna".into())));
        assert_eq!(field(&row, "received_at"), Field::TimestampMicros(at(10).as_microsecond()));
        assert_eq!(field(&row, "first_response_at"), or_null(Field::TimestampMicros(at(30).as_microsecond())));
        assert_eq!(field(&row, "won_value_minor"), or_null(Field::Long(-5)));
        assert_eq!(field(&row, "currency"), Field::Str("EUR".into()));
        assert_eq!((field(&row, "inquiry"), field(&row, "won")), (Field::Bool(true), Field::Bool(there)));
    }
    assert_eq!(rows, last);
}

#[test]
fn csv_has_the_same_rows_and_nothing_in_it_runs() {
    let mut bytes = Vec::new();
    let mut export = Export::new(Kind::Csv, "EUR", &mut bytes).unwrap();
    for row in [full(1_000_000), bare(7)] {
        export.add(line(row)).unwrap();
    }
    let count = export.finish().unwrap();
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), names());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!((count, rows.len()), (2, 2));
    let cell = |row: usize, name: &str| rows[row][names().iter().position(|one| *one == name).unwrap()].to_owned();
    assert_eq!(cell(0, "campaign"), format!("'{HOSTILE}"));
    assert_eq!((cell(0, "lead"), cell(0, "won_value_minor")), (LeadId(1_000_000).to_string(), "-5".into()));
    assert_eq!(cell(0, "received_at"), at(10).to_string());
    assert_eq!(
        (cell(0, "won"), cell(0, "end_code"), cell(0, "verdict")),
        ("1".into(), "O-WON".into(), "qualified".into())
    );
    assert_eq!((cell(1, "won"), cell(1, "campaign"), cell(1, "closed_at")), ("0".into(), String::new(), String::new()));
}

#[test]
fn no_lead_at_all_is_a_file_with_its_columns() {
    let (count, file) = exported(Kind::Parquet, []);
    let reader = SerializedFileReader::new(file).unwrap();
    let metadata = reader.metadata().file_metadata();
    assert_eq!((count, metadata.num_rows(), metadata.schema_descr().num_columns()), (0, 0, COLUMNS.len()));
    let mut bytes = Vec::new();
    let count = Export::new(Kind::Csv, "EUR", &mut bytes).unwrap().finish().unwrap();
    assert_eq!((count, bytes.as_slice()), (0, format!("{}\r\n", names().join(",")).as_bytes()));
}

/// A disk that is full after so many bytes.
struct Full(usize);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.min(bytes.len()) {
            0 => Err(io::Error::new(io::ErrorKind::StorageFull, "the disk is full")),
            taken => {
                self.0 -= taken;
                Ok(taken)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_wherever_it_gets_full() {
    for kind in [Kind::Parquet, Kind::Csv] {
        let write = |room: usize| -> Result<u64, ExportError> {
            let mut export = Export::new(kind, "EUR", Full(room))?;
            (1..50).try_for_each(|id| export.add(line(full(id))))?;
            export.finish()
        };
        assert_eq!(write(1 << 20).unwrap(), 49);
        for room in [0, 1, 100, 2_000] {
            let told = write(room).map_err(|error| error.to_string());
            assert!(told.as_ref().is_err_and(|told| told == "the disk is full"), "{kind:?} {room}: {told:?}");
        }
    }
}
