//! What is asked besides the records themselves: more about a new one, one of them again, and something that
//! must be made first.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::preset::condition::ConditionDoc;
use crate::preset::operation::{OperationDoc, operation_doc};
use crate::preset::read::PathDoc;

operation_doc! {
    /// `[lookup.NAME]`: one request for each new record; paths read its answer with `in = "NAME"`.
    LookupDoc of OperationDoc {
        /// What the templates need of the record, by name: `record.NAME`.
        #[serde(default)]
        with: BTreeMap<String, PathDoc>,
        /// A 404 or 410 is no mistake: there is nothing to look up then.
        #[serde(default)]
        optional: bool,
    }
}

operation_doc! {
    /// `[recheck]`: reads one known record again; templates see `record.id`.
    RecheckDoc of OperationDoc {
        /// How often.
        every: Option<String>,
        /// Words of consent whose people are read again.
        #[serde(default, rename = "for")]
        whom: Vec<String>,
        /// JSONPath of the record in the answer; the whole answer where absent.
        record: Option<String>,
    }
}

/// `[job]`: make, wait, then read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobDoc {
    /// Makes it; what it `get`s is `job.…` from there on.
    pub start: OperationDoc,
    /// Asks whether it is ready.
    pub poll: JobPollDoc,
}

operation_doc! {
    /// `[job.poll]`.
    JobPollDoc of OperationDoc {
        /// It is ready.
        done: Option<ConditionDoc>,
        /// It never will be.
        failed: Option<ConditionDoc>,
        /// How often to ask: `5s`.
        every: Option<String>,
        /// When to give up: `10m`.
        timeout: Option<String>,
    }
}
