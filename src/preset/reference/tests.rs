//! The page and the reader know the same words.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::*;
use crate::preset::answer::{RuleDoc, WhenDoc};
use crate::preset::auth::{AuthDoc, DeriveDoc};
use crate::preset::condition::ConditionTable;
use crate::preset::document::{
    CursorDoc, EachDoc, ExtractDoc, JobPollDoc, LookupDoc, MapDoc, MetricsDoc, PagingDoc, RecheckDoc, SignDoc,
};
use crate::preset::endpoint::HttpDoc;
use crate::preset::file::{CsvDoc, FileDoc};
use crate::preset::limits::LimitsDoc;
use crate::preset::mailbox::MailboxDoc;
use crate::preset::operation::{MailDoc, OperationDoc};
use crate::preset::path::PathTable;
use crate::preset::push::{PushDoc, PushSignDoc, SecretDoc};
use crate::preset::reshape::{JoinDoc, PivotDoc};
use crate::preset::vars::VarDoc;
use crate::preset::{DestinationPreset, SourcePreset, filter, pipe};

/// The words the reader would have taken instead, off its own message.
fn read<T: DeserializeOwned>(text: &str) -> BTreeSet<String> {
    let Err(error) = toml::from_str::<T>(text) else { panic!("{text} was taken") };
    let message = error.message();
    let (_, words) = message.split_once("expected").unwrap_or_else(|| panic!("{message}"));
    words.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn keys<T: DeserializeOwned>() -> BTreeSet<String> {
    read::<T>("nobody_calls_a_key_this = 1")
}

/// The keys that something has besides those of the operation it is.
fn beside_an_operation<T: DeserializeOwned>() -> BTreeSet<String> {
    let (all, operation) = (keys::<T>(), keys::<OperationDoc>());
    assert!(all.is_superset(&operation));
    all.difference(&operation).cloned().collect()
}

fn told(rows: &str) -> BTreeSet<String> {
    rows.trim().lines().map(|row| row.split('`').nth(1).unwrap().to_owned()).collect()
}

fn all() -> impl Iterator<Item = &'static Part> {
    [&TOP, &SOURCE, &DESTINATION].into_iter().chain(PARTS).chain(SOURCE_PARTS).chain(DESTINATION_PARTS)
}

#[test]
fn every_key_of_the_reader_is_told_and_no_other() {
    let tops = |part: &Part| told(TOP.rows).union(&told(part.rows)).cloned().collect::<BTreeSet<_>>();
    assert_eq!(tops(&SOURCE), keys::<SourcePreset>());
    assert_eq!(tops(&DESTINATION), keys::<DestinationPreset>());
    let read = [
        keys::<VarDoc>(),
        keys::<HttpDoc>(),
        keys::<AuthDoc>(),
        keys::<DeriveDoc>(),
        keys::<LimitsDoc>(),
        keys::<RuleDoc>(),
        keys::<WhenDoc>(),
        keys::<OperationDoc>(),
        keys::<MailDoc>(),
        keys::<PathTable>(),
        keys::<ConditionTable>(),
        beside_an_operation::<EachDoc>(),
        beside_an_operation::<JobPollDoc>(),
        beside_an_operation::<LookupDoc>(),
        beside_an_operation::<RecheckDoc>(),
        keys::<PagingDoc>(),
        keys::<CursorDoc>(),
        keys::<PushDoc>(),
        keys::<SecretDoc>(),
        keys::<PushSignDoc>(),
        keys::<FileDoc>(),
        keys::<MailboxDoc>(),
        keys::<ExtractDoc>(),
        keys::<CsvDoc>(),
        keys::<PivotDoc>(),
        keys::<JoinDoc>(),
        keys::<MetricsDoc>(),
        keys::<MapDoc>(),
        keys::<SignDoc>(),
    ];
    let parts = PARTS.iter().chain(SOURCE_PARTS).chain(DESTINATION_PARTS);
    assert_eq!(parts.clone().count(), read.len());
    for (part, read) in parts.zip(read) {
        assert_eq!(told(part.rows), read, "{}", part.head);
    }
}

#[test]
fn every_word_of_a_closed_list_is_told() {
    let bare = |rows| told(rows).iter().map(|name| name.split('(').next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(bare(FILTERS), filter::NAMES);
    assert_eq!(told(PIPES), pipe::NAMES.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(told(CLASSES), read::<RuleDoc>("when = {}\nclass = \"nobody calls a class this\""));
    let part = |head: &str| SOURCE_PARTS.iter().find(|part| part.head == head).unwrap();
    let kinds = [
        (&PARTS[0], read::<VarDoc>("prompt = \"\"\nkind = \"?\"")),
        (part("`[paging]`"), read::<PagingDoc>("kind = \"?\"")),
        (part("`[paging]`"), read::<PagingDoc>("advance = \"?\"")),
        (part("`[cursor]`"), read::<CursorDoc>("strategy = \"?\"")),
        (part("`[cursor]`"), read::<CursorDoc>("bound = \"?\"")),
        (part("`[cursor]`"), read::<CursorDoc>("grain = \"?\"")),
    ];
    for (part, words) in kinds {
        let tells = |row: &&str| words.iter().all(|word| row.contains(&format!("`{word}`")));
        let row = part.rows.lines().find(tells);
        assert!(row.is_some(), "{} lacks one of {words:?}", part.head);
    }
}

#[test]
fn every_row_is_whole_and_its_example_is_toml() {
    for part in all() {
        for row in part.rows.trim().lines() {
            let cells: Vec<&str> = row.split(" | ").collect();
            assert_eq!(cells.len(), 5, "{row}");
            let example = cells[4].trim_matches('`').replace("\\|", "|");
            let table: toml::Table = example.parse().unwrap_or_else(|error| panic!("{row}: {error}"));
            assert!(table.contains_key(cells[0].trim_matches('`')), "{row}");
        }
    }
}
