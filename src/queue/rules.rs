//! The caps in force: the config's, with the overrides people set while running, and two silent ones for
//! everybody so that every handoff is counted somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::Config;
use crate::config::checked::{Cap, Per, Scope};

/// Id of the cap every handoff counts under; it never limits, and its row is the lock of a release.
pub const EVERYTHING: &str = "*";

/// The rules of one moment.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The config.
    pub config: Arc<Config>,
    /// Every cap in force, by id.
    pub caps: BTreeMap<String, Cap>,
    /// People who get nothing for now.
    pub away: BTreeSet<String>,
    by_scope: BTreeMap<Scope, Vec<String>>,
}

impl Rules {
    /// The config's caps with `overrides` (cap id → maximum) on top; `away` people get nothing.
    pub fn new(config: Arc<Config>, overrides: &BTreeMap<String, u32>, away: BTreeSet<String>) -> Self {
        let mut caps: BTreeMap<String, Cap> = BTreeMap::new();
        caps.insert(EVERYTHING.into(), silent(EVERYTHING.into(), Scope::Everything, Per::Total));
        for person in config.people.keys() {
            for (what, per) in [("new", Per::Days(1)), ("open", Per::Open)] {
                let id = format!("person.{person}.{what}");
                caps.insert(id.clone(), silent(id, Scope::Person(person.clone()), per));
            }
        }
        caps.extend(config.caps.iter().map(|cap| (cap.id.clone(), cap.clone())));
        for (id, max) in overrides {
            if let Some(cap) = caps.get_mut(id) {
                cap.max = Some(*max);
            }
        }
        let mut by_scope: BTreeMap<Scope, Vec<String>> = BTreeMap::new();
        for cap in caps.values() {
            by_scope.entry(cap.scope.clone()).or_default().push(cap.id.clone());
        }
        Self { config, caps, away, by_scope }
    }

    /// The maximum of one cap, changed.
    #[must_use]
    pub fn with_max(mut self, cap: &str, max: Option<u32>) -> Self {
        if let Some(cap) = self.caps.get_mut(cap) {
            cap.max = max;
        }
        self
    }

    /// The caps of one scope.
    pub fn of<'a>(&'a self, scope: &Scope) -> impl Iterator<Item = &'a Cap> + use<'a> {
        self.by_scope.get(scope).into_iter().flatten().filter_map(|id| self.caps.get(id))
    }
}

fn silent(id: String, scope: Scope, per: Per) -> Cap {
    Cap { id, scope, max: None, per, smooth: false, hold_for: None, hold_at_most: None }
}
