//! Over what a source is walked, how it goes from page to page, and what counts as new.

use serde::Deserialize;

use crate::preset::condition::ConditionDoc;
use crate::preset::operation::{OperationDoc, Scalar, one_or_many, operation_doc};
use crate::preset::read::PathDoc;

operation_doc! {
    /// `[each]`: one request for each parent; either a list that is asked for, or fixed `values`.
    EachDoc of OperationDoc {
        /// JSONPath of the parents.
        records: Option<String>,
        /// Parents for which any of these holds are passed over.
        #[serde(default, deserialize_with = "crate::preset::operation::one_or_many")]
        drop: Vec<ConditionDoc>,
        /// How to get the next page of parents.
        #[serde(default)]
        paging: PagingDoc,
        /// How long the list is good: `6h`.
        refresh: Option<String>,
        /// Most parents.
        max: Option<usize>,
        /// Fixed parents instead of a list: each is `each.id`.
        #[serde(default)]
        values: Vec<Scalar>,
    }
}

/// `[paging]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagingDoc {
    /// How.
    #[serde(default)]
    pub kind: PagingKind,
    /// `page`: number of the first page (1).
    pub start: Option<u64>,
    /// Records asked for in one page: `page.size`.
    pub size: Option<u64>,
    /// `token`: where the next token is. `next_url`: where the next address is. `last_item`: where, in the
    /// last record, the next token is.
    pub next: Option<PathDoc>,
    /// When to stop, besides having no next page: `empty`, `short` (fewer than `size`), `missing`.
    #[serde(default)]
    pub stop: Vec<StopDoc>,
    /// When to stop, too: any of these holds of the whole answer.
    #[serde(default, deserialize_with = "one_or_many")]
    pub stop_if: Vec<ConditionDoc>,
    /// `offset`: by how much it grows from page to page.
    #[serde(default)]
    pub advance: AdvanceDoc,
    /// Most records one query gives: after so many, the walk asks anew from the last cursor on.
    pub most: Option<u64>,
    /// Where the answer says how many records there are in all.
    pub total: Option<String>,
    /// Stop with an error after so many pages.
    pub max_pages: Option<u64>,
}

/// How to get the next page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagingKind {
    /// There is one page.
    #[default]
    None,
    /// `page.number` counts up.
    Page,
    /// `page.offset` counts records.
    Offset,
    /// `page.token` comes from the answer.
    Token,
    /// The answer gives the next address; only its path and query are used.
    NextUrl,
    /// The answer's `Link` header gives the next address (RFC 8288, `rel="next"`).
    LinkHeader,
    /// `page.token` comes from the last record of the page.
    LastItem,
    /// The last record's cursor becomes the next lower bound; `page.offset` where it did not move.
    Keyset,
}

/// By how much `page.offset` grows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdvanceDoc {
    /// By the records received.
    #[default]
    Count,
    /// By the records asked for: the vendor counts places, and leaves some of them out.
    Size,
}

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopDoc {
    /// A page without records.
    Empty,
    /// A page with fewer records than asked for.
    Short,
    /// The list of records is not there.
    Missing,
}

/// `[cursor]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CursorDoc {
    /// How.
    #[serde(default)]
    pub strategy: Strategy,
    /// The moment of a record; of a list, the latest. `id`: where the number is, if it is not the record's id.
    #[serde(default, deserialize_with = "one_or_many")]
    pub field: Vec<PathDoc>,
    /// Read this much again each time: records that appeared late.
    pub overlap: Option<String>,
    /// What is younger than this, by the source's clock, is not final: it is read again.
    pub settle: Option<String>,
    /// Does the source's own comparison hold for the bound itself?
    #[serde(default)]
    pub bound: BoundDoc,
    /// How finely the source compares.
    #[serde(default)]
    pub grain: GrainDoc,
    /// The zone of days, and of moments written without one; a template over `vars`.
    pub zone: Option<String>,
    /// `window`: how far back it begins.
    pub behind: Option<String>,
    /// `window`: how far ahead it ends.
    pub ahead: Option<String>,
    /// Read at least this much again each time: figures that are corrected later.
    pub restate: Option<String>,
    /// How far back the first read goes at most, whatever the operator wishes: what the vendor keeps.
    pub backfill: Option<String>,
    /// `resume_token`: where the answer has the token to go on from next time.
    pub token: Option<PathDoc>,
    /// Tell, after a complete walk, which records are there: whoever is not among them has left.
    #[serde(default)]
    pub departures: bool,
    /// Are the records of a walk ordered by the field?
    #[serde(default)]
    pub order: Order,
}

/// What is new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Records changed since the latest moment seen.
    Since,
    /// Everything, each time; the store knows what it has.
    #[default]
    Snapshot,
    /// Records with a greater id than the greatest seen.
    Id,
    /// Newest first, until a page holds known records only.
    UntilKnown,
    /// Everything between two moments around the present, each time.
    Window,
    /// The far side says from where to go on.
    ResumeToken,
}

/// The order of a walk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Oldest first: each page moves the cursor.
    Asc,
    /// Any: only a complete walk moves it.
    #[default]
    Unknown,
}

/// Is the bound itself part of what the source gives?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundDoc {
    /// It is.
    #[default]
    Inclusive,
    /// It is not: a second earlier is asked for.
    Exclusive,
}

/// How finely a source compares moments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrainDoc {
    /// To the second or finer.
    #[default]
    Second,
    /// By whole days: a day earlier is asked for.
    Day,
}
