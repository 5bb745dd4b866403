//! The two kinds of preset documents. Unknown keys are refused; both are made of the same parts.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::answer::RuleDoc;
use super::condition::ConditionDoc;
use super::endpoint::{AuthDoc, HttpDoc};
use super::limits::LimitsDoc;
use super::operation::{OperationDoc, one_or_many};
use super::push::PushDoc;
use super::read::PathDoc;
use super::reshape::{JoinDoc, PivotDoc};
use super::vars::VarDoc;

/// The only format of presets so far.
pub const FORMAT: u32 = 1;

/// A preset that reads leads.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcePreset {
    /// [`FORMAT`].
    pub format: u32,
    /// Its name in configs; the name of its file.
    pub id: String,
    /// For people.
    pub title: String,
    /// Where the vendor describes what this uses.
    pub docs: Option<String>,
    /// What the operator supplies.
    #[serde(default)]
    pub vars: BTreeMap<String, VarDoc>,
    /// Where it goes; not for `push`.
    #[serde(default)]
    pub http: HttpDoc,
    /// How calls are authorised; not for `push`.
    #[serde(default)]
    pub auth: AuthDoc,
    /// What is asked; templates see `vars`, `cursor.from` and `page`.
    pub request: Option<OperationDoc>,
    /// What is sent to us instead.
    pub push: Option<PushDoc>,
    /// How to get the next page.
    #[serde(default)]
    pub paging: PagingDoc,
    /// What is new.
    #[serde(default)]
    pub cursor: CursorDoc,
    /// Where the records are.
    pub extract: ExtractDoc,
    /// What they mean.
    pub map: MapDoc,
    /// How fast it may be asked.
    #[serde(default)]
    pub limits: LimitsDoc,
    /// What failures mean.
    #[serde(default)]
    pub errors: Vec<RuleDoc>,
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
    /// `token`: where the next token is. `next_url`: where the next address is.
    pub next: Option<PathDoc>,
    /// When to stop, besides having no next page: `empty`, `short` (fewer than `size`), `missing`.
    #[serde(default)]
    pub stop: Vec<StopDoc>,
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
    /// The last record's cursor becomes the next lower bound; `page.offset` where it did not move.
    Keyset,
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
    pub strategy: Strategy,
    /// `since`: the moment of a record; of a list, the latest.
    #[serde(default, deserialize_with = "one_or_many")]
    pub field: Vec<PathDoc>,
    /// Read this much again each time: records that appeared late.
    pub overlap: Option<String>,
    /// What is younger than this, by the source's clock, is not final: it is read again.
    pub settle: Option<String>,
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

/// `[extract]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtractDoc {
    /// JSONPath of the records; the whole of what came where the preset does not say.
    #[serde(default = "whole")]
    pub records: String,
    /// The record's own id; a hash of the record where absent.
    pub id: Option<PathDoc>,
    /// Records for which any of these holds are passed over.
    #[serde(default, deserialize_with = "one_or_many")]
    pub drop: Vec<ConditionDoc>,
    /// Lists of pairs made tables.
    #[serde(default)]
    pub pivot: BTreeMap<String, PivotDoc>,
    /// Lists made findable by key.
    #[serde(default)]
    pub join: BTreeMap<String, JoinDoc>,
}

fn whole() -> String {
    "$".to_owned()
}

/// `[map]`: the fields of [`crate::lead::Record`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is documented at the field of `Record` it fills
pub struct MapDoc {
    pub submitted_at: Option<PathDoc>,
    pub name: Option<PathDoc>,
    pub given_name: Option<PathDoc>,
    pub family_name: Option<PathDoc>,
    pub email: Option<PathDoc>,
    pub phone: Option<PathDoc>,
    pub company: Option<PathDoc>,
    pub need: Option<PathDoc>,
    pub timing: Option<PathDoc>,
    pub budget: Option<PathDoc>,
    pub country: Option<PathDoc>,
    pub subdivision: Option<PathDoc>,
    pub postal_code: Option<PathDoc>,
    pub city: Option<PathDoc>,
    pub message: Option<PathDoc>,
    pub campaign: Option<PathDoc>,
    pub referral: Option<PathDoc>,
    /// `request`, `confirmed`, `pending`, `withdrawn`, `none` or `expired`.
    pub consent: Option<PathDoc>,
    /// Something here means a test record of the vendor.
    pub test: Option<ConditionDoc>,
    /// Tables whose other members are kept as extras; the whole record where absent.
    pub extra: Option<Vec<PathDoc>>,
}

/// A preset that hands leads over. Its operations see `vars` and what the handoff room gives them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestinationPreset {
    /// [`FORMAT`].
    pub format: u32,
    /// Its name in configs; the name of its file.
    pub id: String,
    /// For people.
    pub title: String,
    /// Where the vendor describes what this uses.
    pub docs: Option<String>,
    /// What the operator supplies.
    #[serde(default)]
    pub vars: BTreeMap<String, VarDoc>,
    /// Where it goes.
    pub http: HttpDoc,
    /// How calls are authorised.
    pub auth: AuthDoc,
    /// How a delivery is signed.
    pub sign: Option<SignDoc>,
    /// How long, after the first attempt, the far side itself tells repeats by our key: `24h`.
    pub repeats_safe: Option<String>,
    /// Run before `create`; what they `get` is known to it.
    #[serde(default)]
    pub before: Vec<OperationDoc>,
    /// Makes the ticket. Its `get` names `ref` and, where there are, `number` and `url`.
    pub create: OperationDoc,
    /// Looks for our key.
    pub find: Option<OperationDoc>,
    /// Look once, after the first ticket, whether `find` sees it: some systems drop unknown fields silently.
    #[serde(default)]
    pub verify: bool,
    /// Asks how one of ours stands; run in order, results merged.
    #[serde(default)]
    pub poll: Vec<OperationDoc>,
    /// Appends a note to one of ours.
    pub note: Option<OperationDoc>,
    /// Asks whether it is there and takes our credentials, changing nothing.
    pub probe: Option<OperationDoc>,
    /// The far side's states → new, open, waiting, won, lost, closed, merged, deleted.
    #[serde(default)]
    pub status: BTreeMap<String, String>,
    /// How well `first_response_at` is known: `exact`, `derived` or `approximate`.
    pub first_response: Option<crate::lead::Quality>,
    /// Where people look, when no answer says: a template over `vars` and `ref`.
    pub link: Option<String>,
    /// How fast it may be asked.
    #[serde(default)]
    pub limits: LimitsDoc,
    /// What failures mean.
    #[serde(default)]
    pub errors: Vec<RuleDoc>,
}

/// `[sign]` (Standard Webhooks 1.0).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignDoc {
    /// Names of the secret variables; unset ones are passed over.
    pub keys: Vec<String>,
    /// What stands before the base64 of a key, and is not part of it.
    #[serde(default)]
    pub key_prefix: String,
    /// What is signed with HMAC-SHA256; `{{ body }}` is the body as sent.
    pub content: String,
    /// Header that takes the signatures.
    pub header: String,
    /// One signature; `{{ signature }}` is its base64.
    pub format: String,
    /// Further headers made anew for every attempt: templates over `h` and `now`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}
