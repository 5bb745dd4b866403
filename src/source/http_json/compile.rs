//! From a preset and an operator's variables to a source: everything that can be wrong with it is told here.

use std::sync::Mutex;

use jiff::SignedDuration;

use super::HttpJson;
use super::leg::Held;
use crate::health::Facts;
use crate::net::http::Http;
use crate::preset::document::{GrainDoc, PagingKind, SourcePreset, Strategy};
use crate::preset::fault::Fault;
use crate::preset::{Endpoint, Names, Operation, Scope, Values, sunset};
use crate::source::choices::{self, DISCOVER};
use crate::source::far::Far;
use crate::source::job::{JOB, Job, POLL, START};
use crate::source::lookup::{LOOKUP, Lookups};
use crate::source::mapping::{EACH, Mapping};
use crate::source::page::Records;
use crate::source::paging::Paging;
use crate::source::parents::Parents;
use crate::source::reach::{self, Reach};
use crate::source::roster::Roster;
use crate::source::single::{self, Hold, PAUSE, RECHECK, RESUME, Recheck};

/// Operations that `[[errors]]` rules may name.
const OPERATIONS: &[&str] = &["request", EACH, LOOKUP, RECHECK, START, POLL, PAUSE, RESUME, DISCOVER];

impl HttpJson {
    /// Compiles a preset with an operator's variables. `backfill`: how far back the first read goes.
    ///
    /// # Errors
    /// Names the part of the preset and what is wrong with it.
    pub fn compile(
        preset: &SourcePreset,
        values: &Values,
        backfill: SignedDuration,
        http: &Http,
    ) -> Result<Self, Fault> {
        let Some(request) = preset.request.as_ref().filter(|_| preset.way_in() == Ok("request")) else {
            return Err(preset.way_in().err().unwrap_or_else(|| Fault::new("it has no [request]")));
        };
        let values = &values.clone().in_zone(reach::zone(&preset.cursor, values)?);
        let fingerprint =
            crate::source::page::hash(&format!("{} {preset:?} {}", env!("CARGO_PKG_VERSION"), values.root()));
        let reach = Reach::compile(&preset.cursor, values, backfill, fingerprint)?;
        let records = Records::compile_in(&preset.extract.records, values).map_err(|fault| fault.within("extract"))?;
        let records = records.decoding(&preset.extract, values)?;
        let paging = Paging::compile(&preset.paging, values, &records, reach.bound())?;
        let asks_anew = preset.paging.kind == PagingKind::Keyset || preset.paging.most.is_some();
        if asks_anew && preset.cursor.grain == GrainDoc::Day {
            return Err(Fault::new("paging: keyset and `most` need a finer cursor than grain = \"day\""));
        }
        let counts_up = preset.cursor.strategy == Strategy::Id;
        single::check_rules(preset)?;
        choices::check(preset, values)?;
        let listing = scopes::with_cursor(values.scope(Scope::new(), false));
        let parents = preset.each.as_ref().map(|each| Parents::compile(each, values, &listing)).transpose()?;
        let each = scopes::with_parents(preset, values);
        let early = scopes::with_cursor(each.clone());
        let scope = scopes::with_pages(preset, early.clone());
        let mapping = Mapping::compile(preset, values)?;
        Ok(Self {
            far: Far::new(http, endpoint(preset, values)?, values.root()),
            job: preset.job.as_ref().map(|job| Job::compile(job, values, &early)).transpose()?,
            request: Operation::compile("request", request, &scope, Names::of(values))?,
            lookups: Lookups::compile(preset, values, &mapping.tables(), &each)?,
            recheck: preset.recheck.as_ref().map(|recheck| Recheck::compile(recheck, values)).transpose()?,
            hold: Hold::compile(preset, values)?,
            mapping,
            parents,
            closely: counts_up || !preset.lookup.is_empty() || reach.departures || reach.asks_what_is_known(),
            counts_up,
            facts: Facts {
                retention: sunset::retention(preset)?,
                sunset: sunset::ends(preset, values)?,
                overlap: Some(reach.overlap).filter(|overlap| !overlap.is_zero()),
                ..Facts::default()
            },
            paging,
            records,
            reach,
            held: Held::default(),
            roster: Roster::default(),
            begin: Mutex::default(),
        })
    }
}

/// Compiles where a source goes.
///
/// # Errors
/// Names what is missing or wrong.
pub fn endpoint(preset: &SourcePreset, values: &Values) -> Result<Endpoint, Fault> {
    let http = preset.http.as_ref().ok_or_else(|| Fault::new("[http] is missing: `base` says where it goes"))?;
    Endpoint::compile(http, &preset.auth, &preset.limits, &preset.errors, values, OPERATIONS)
}

/// What templates may use: the variables, and the more the further a walk has come.
mod scopes {
    use super::{EACH, JOB, Job, Parents, Scope, SourcePreset, Values};

    pub fn with_parents(preset: &SourcePreset, values: &Values) -> Scope {
        let scope = values.scope(Scope::new(), false);
        match &preset.each {
            Some(each) => scope.names(EACH, Parents::names(each)),
            None => scope,
        }
    }

    pub fn with_cursor(scope: Scope) -> Scope {
        scope.names("cursor", ["from", "until", "day", "until_day", "id", "token"])
    }

    pub fn with_pages(preset: &SourcePreset, scope: Scope) -> Scope {
        let scope = scope.names("page", ["number", "offset", "token", "size"]);
        match &preset.job {
            Some(job) => scope.names(JOB, Job::names(job)),
            None => scope,
        }
    }
}
