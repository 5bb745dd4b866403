//! The draft beside the rules in force, as a team lead looks at it: begun, scored, ended.

use super::act::{Done, Refused};
use super::view::{FigureLine, FlippedLead, ShadowRun};
use super::{DeskError, StoreDesk};
use crate::shadow::score::{Score, TOO_FEW};
use crate::shadow::{self, Board, ShadowError, Wish};
use crate::store::ShadowDiffers;

/// Differing leads that are named.
const NAMED: u32 = 100;

impl From<ShadowError> for Refused {
    fn from(error: ShadowError) -> Self {
        match error {
            ShadowError::Store(error) => error.into(),
            ShadowError::Running { .. } | ShadowError::Same => Self::NotNow(error.to_string()),
            ShadowError::NotKept(_) | ShadowError::NoReason => Self::BadValue(error.to_string()),
        }
    }
}

impl StoreDesk {
    /// The draft that runs, else the one that ran last; `None` when none ever ran.
    pub(super) async fn shadow_run(&self) -> Result<Option<ShadowRun>, DeskError> {
        let Some(board) = shadow::board(&self.store, &self.config, NAMED).await? else { return Ok(None) };
        let mut differing = Vec::with_capacity(board.differing.len());
        for one in &board.differing {
            differing.push((self.differs(one).await?, one.ended.word().to_owned()));
        }
        let ends = &board.ends;
        Ok(Some(ShadowRun {
            leads: board.leads,
            differ: board.differ,
            ends: format!(
                "{} won, {} sent back, {} lost, {} open",
                ends.won,
                ends.returned,
                ends.lost,
                ends.open + ends.our_fault
            ),
            figures: figures(&board),
            notes: notes(&board),
            differing,
            who: self.title_of(&board.who),
            name: board.name,
            reason: board.reason,
            since: board.since,
            ended_at: board.ended_at,
            trouble: board.trouble,
        }))
    }

    async fn differs(&self, one: &ShadowDiffers) -> Result<FlippedLead, DeskError> {
        let row = self.store.list_one(one.lead).await?;
        Ok(FlippedLead {
            lead: one.lead,
            name: row.map(|row| row.name).unwrap_or_default(),
            received_at: one.received_at,
            source: self.source_title(&one.source),
            from: one.live,
            to: one.draft,
            no_longer: one.codes.no_longer.clone(),
            now: one.codes.now.clone(),
        })
    }

    /// Lets a draft file decide beside the rules from now on.
    pub(super) async fn start_shadow(&self, file: &str, reason: &str) -> Result<Done, Refused> {
        let (path, draft) = self.draft(file).await.map_err(|error| Refused::BadValue(error.to_string()))?;
        let dir = path.parent().map(|dir| dir.display().to_string()).unwrap_or_default();
        let wish = Wish { draft: &draft, dir: &dir, name: file.trim(), reason };
        shadow::start(&self.store, &self.config, wish, &self.seat.who).await?;
        let sentence = format!("{} decides every new lead too; nothing is done by what it says", file.trim());
        Ok(Done { sentence, can_undo: false })
    }

    /// Ends the draft that runs.
    pub(super) async fn stop_shadow(&self) -> Result<Done, Refused> {
        let none = || Refused::NotNow("no draft runs beside the rules".to_owned());
        let ended = shadow::stop(&self.store, &self.seat.who).await?.ok_or_else(none)?;
        Ok(Done { sentence: format!("{} was ended; its scores stay", ended.draft.name), can_undo: false })
    }
}

fn figures(board: &Board) -> Vec<FigureLine> {
    let (live, draft) = (&board.live, &board.draft);
    let figure = |name: &str, of: &dyn Fn(&Score) -> String| FigureLine {
        name: name.to_owned(),
        now: of(live),
        draft: of(draft),
        change: String::new(),
        better: None,
    };
    vec![
        figure("qualified", &|score| score.qualified.to_string()),
        figure("a person must look", &|score| score.review.to_string()),
        figure("disqualified", &|score| score.disqualified.to_string()),
        figure("precision", &|score| score.precision.words()),
        figure("recall", &|score| score.recall.words()),
    ]
}

fn notes(board: &Board) -> Vec<String> {
    let mut notes = Vec::new();
    if board.live_changed {
        notes.push("The rules in force were changed since it began: leads before and after are mixed.".to_owned());
    }
    if board.unseen > 0 {
        let words = "more only the draft would qualify, but nobody was handed them: whether it is right is not known.";
        notes.push(format!("{} {words}", board.unseen));
    }
    notes.push(format!(
        "Precision: won, of won and sent back through the source's fault. Recall: qualified, of won. In brackets the \
         95 % interval and n; fewer than {TOO_FEW} are too few to say anything."
    ));
    notes
}
