//! The two kinds of preset documents. Unknown keys are refused; both are made of the same parts.

use std::collections::BTreeMap;

use serde::Deserialize;

mod asking;
mod figures;
mod walking;

pub use asking::{JobDoc, JobPollDoc, LookupDoc, RecheckDoc};
pub use figures::{DayDoc, DayParts, MetricsDoc, PresetKind};
pub use walking::{
    AdvanceDoc, BoundDoc, CursorDoc, EachDoc, GrainDoc, Order, PagingDoc, PagingKind, StopDoc, Strategy,
};

use super::answer::RuleDoc;
use super::auth::AuthDoc;
use super::condition::ConditionDoc;
use super::endpoint::HttpDoc;
use super::fault::Fault;
use super::file::{CsvDoc, DecodeDoc, FileDoc, HeaderDoc};
use super::limits::LimitsDoc;
use super::mailbox::MailboxDoc;
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
    /// What it reads.
    #[serde(default)]
    pub kind: PresetKind,
    /// Where the vendor describes what this uses.
    pub docs: Option<String>,
    /// How long the vendor keeps leads: `90 days`.
    pub retention: Option<String>,
    /// When versions of the vendor's interface end.
    pub sunset: Option<SunsetDoc>,
    /// What the operator supplies.
    #[serde(default)]
    pub vars: BTreeMap<String, VarDoc>,
    /// Where it goes; only what polls and asks needs it.
    pub http: Option<HttpDoc>,
    /// How calls are authorised.
    #[serde(default)]
    pub auth: AuthDoc,
    /// What must be asked for before, one request each: forms, lists, owners.
    pub each: Option<EachDoc>,
    /// Something that must be made and waited for before it can be read.
    pub job: Option<JobDoc>,
    /// One way in: what is asked; templates see `vars`, `cursor`, `page`, `each` and `job`.
    pub request: Option<OperationDoc>,
    /// One way in: the far side sends records to us.
    pub push: Option<PushDoc>,
    /// One way in: files that appear or grow.
    pub file: Option<FileDoc>,
    /// One way in: mails that arrive.
    pub mailbox: Option<MailboxDoc>,
    /// How to get the next page.
    #[serde(default)]
    pub paging: PagingDoc,
    /// What is new.
    #[serde(default)]
    pub cursor: CursorDoc,
    /// Where the records are.
    #[serde(default)]
    pub extract: ExtractDoc,
    /// What is asked once more about a new record, by name.
    #[serde(default)]
    pub lookup: BTreeMap<String, LookupDoc>,
    /// What they mean.
    #[serde(default)]
    pub map: MapDoc,
    /// `kind = "metrics"`: what they mean instead.
    pub metrics: Option<MetricsDoc>,
    /// How one known record is read again.
    pub recheck: Option<RecheckDoc>,
    /// Tells the far side to bring no more people.
    pub pause: Option<OperationDoc>,
    /// Tells it to go on.
    pub resume: Option<OperationDoc>,
    /// How fast it may be asked.
    #[serde(default)]
    pub limits: LimitsDoc,
    /// What failures mean.
    #[serde(default)]
    pub errors: Vec<RuleDoc>,
}

impl SourcePreset {
    /// The one way in that the preset speaks of: `request`, `push`, `file` or `mailbox`.
    ///
    /// # Errors
    /// It speaks of none, or of several.
    pub fn way_in(&self) -> Result<&'static str, Fault> {
        let ways = [
            ("request", self.request.is_some()),
            ("push", self.push.is_some()),
            ("file", self.file.is_some()),
            ("mailbox", self.mailbox.is_some()),
        ];
        let given: Vec<&str> = ways.iter().filter(|way| way.1).map(|way| way.0).collect();
        match given.as_slice() {
            [way] => Ok(way),
            [] => Err(Fault::new("no way in: one of [request], [push], [file] or [mailbox] must be there")),
            many => Err(Fault::about(
                &format!("[{}", many.get(1).unwrap_or(&"")),
                format!("one way in is enough: {} are", many.join(" and ")),
            )),
        }
    }
}

/// `sunset = { of, on }`: when versions of an interface end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SunsetDoc {
    /// The version in use; a template over `vars`.
    pub of: String,
    /// The last day of each version: `2027-01-21`.
    pub on: BTreeMap<String, jiff::civil::Date>,
}

/// `[extract]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtractDoc {
    /// How the answer or the file is written.
    #[serde(default)]
    pub decode: DecodeDoc,
    /// More about how CSV is written.
    pub csv: Option<CsvDoc>,
    /// JSONPath of the records, the whole answer where absent; finding nothing means there are none.
    #[serde(default = "whole")]
    pub records: String,
    /// Rows are lists: what their columns are called.
    pub columns: Option<HeaderDoc>,
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

impl Default for ExtractDoc {
    fn default() -> Self {
        Self {
            decode: DecodeDoc::default(),
            csv: None,
            records: whole(),
            columns: None,
            id: None,
            drop: Vec::new(),
            pivot: BTreeMap::new(),
            join: BTreeMap::new(),
        }
    }
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
    /// When the person agreed; kept as an extra of this name.
    pub consent_at: Option<PathDoc>,
    /// From which address; kept as an extra.
    pub consent_ip: Option<PathDoc>,
    /// To which words; kept as an extra.
    pub consent_text: Option<PathDoc>,
    /// How the person is addressed; kept as an extra.
    pub title: Option<PathDoc>,
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
    /// The zone of moments the far side writes without one: a template over `vars`.
    pub zone: Option<String>,
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
