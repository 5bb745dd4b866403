//! A draft beside the rules in force: each new lead is decided by it too, by the very functions that decide, from
//! the same words and in the same pass. What it says is stored beside the verdict and acted upon by nobody. A
//! draft that cannot be read, or trips over a lead, says so on its own row and leaves the live path as it was.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, RwLock};

use futures::future::BoxFuture;

use super::driver::{Report, Stage};
use super::wiring::Parts;
use crate::config::{Config, load_kept};
use crate::lead::{Code, Verdict};
use crate::qualify::{Rules, Subject};
use crate::store::{CodeChange, Shadow, ShadowDraft, Shadowed, Store, StoreError};

/// A draft, ready to decide.
struct Draft {
    config: Config,
    rules: Rules,
}

/// What runs: the row, and the draft where it could be read.
struct Running {
    shadow: i64,
    draft: Option<Draft>,
}

/// The draft that runs now, if one does; shared by everything that decides new leads.
#[derive(Clone, Default)]
pub struct Shade(Arc<RwLock<Option<Arc<Running>>>>);

impl Shade {
    /// What the draft says of a lead that was decided as `live`; `None` while no draft runs.
    pub fn says(&self, subject: &Subject<'_>, live: &Verdict) -> Option<Shadowed> {
        let running = self.0.read().ok()?.clone()?;
        let draft = running.draft.as_ref()?;
        // Rules somebody is only trying must never stop a lead that the rules in force can decide.
        let decided = catch_unwind(AssertUnwindSafe(|| draft.rules.decide_mutely(subject, &draft.config)));
        let Ok(decision) = decided else {
            tracing::error!(shadow = running.shadow, "the draft could not decide a lead; it was stored without it");
            return None;
        };
        let codes = |verdict: &Verdict| -> Vec<Code> { verdict.marks.iter().filter_map(|m| m.code.clone()).collect() };
        let (before, after) = (codes(live), codes(&decision.verdict));
        let only = |these: &[Code], those: &[Code]| these.iter().filter(|one| !those.contains(one)).cloned().collect();
        Some(Shadowed {
            shadow: running.shadow,
            live: live.kind,
            draft: decision.verdict.kind,
            service: decision.service,
            codes: CodeChange { no_longer: only(&before, &after), now: only(&after, &before) },
        })
    }

    fn runs(&self) -> Option<i64> {
        self.0.read().ok()?.as_ref().map(|running| running.shadow)
    }

    fn set(&self, running: Option<Running>) {
        if let Ok(mut place) = self.0.write() {
            *place = running.map(Arc::new);
        }
    }

    /// Takes up the draft that runs by now, and drops one that was ended; `true` when that changed something.
    ///
    /// # Errors
    /// The store did not answer. A draft that cannot be read is no error: its row says why.
    pub async fn refresh(&self, store: &Store) -> Result<bool, StoreError> {
        let wanted = store.running_shadow().await?;
        if wanted.as_ref().map(|shadow| shadow.id) == self.runs() {
            return Ok(false);
        }
        let Some(shadow) = wanted else {
            self.set(None);
            return Ok(true);
        };
        let (id, known) = (shadow.id, shadow.trouble.clone());
        let loaded = tokio::task::spawn_blocking(move || load(&shadow)).await;
        let loaded = loaded.unwrap_or_else(|error| Err(format!("reading it stopped: {error}")));
        let trouble = loaded.as_ref().err().cloned();
        self.set(Some(Running { shadow: id, draft: loaded.ok() }));
        if trouble != known {
            store.shadow_trouble(id, trouble).await?;
        }
        Ok(true)
    }
}

fn load(shadow: &Shadow) -> Result<Draft, String> {
    let config = readable(&shadow.draft)?;
    Ok(Draft { rules: Rules::new(&config), config })
}

/// The configuration of a stored draft.
///
/// # Errors
/// Why it does not hold any more, for people.
pub fn readable(draft: &ShadowDraft) -> Result<Config, String> {
    let loaded = load_kept(&draft.body, Path::new(&draft.dir));
    loaded.map(|loaded| loaded.config).map_err(|errors| format!("it does not hold any more: {}", errors.plain()))
}

/// Keeps the draft that decides in step with what people began and ended.
pub struct Shadows(pub Arc<Parts>);

impl Stage for Shadows {
    fn name(&self) -> String {
        "shadow rules".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let changed = self.0.decider.shade().refresh(&self.0.store).await?;
            Ok(Report { did: usize::from(changed), next_at: None })
        })
    }
}
