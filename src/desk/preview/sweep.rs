//! One cap's maximum over a range: what each would have come to, and where more stops to help.

use jiff::Timestamp;

use super::{VALUES_MOST, notes};
use crate::desk::act::Refused;
use crate::desk::view::{Curve, Preview};
use crate::desk::{DeskError, Progress, StoreDesk};
use crate::queue::Rules;
use crate::simulate::sweep::{Point, knee};
use crate::simulate::{Done, Question, simulate};

impl StoreDesk {
    pub(super) async fn swept(
        &self,
        cap: &str,
        values: &[u32],
        live: Rules,
        (since, until): (Timestamp, Timestamp),
        progress: &Progress,
    ) -> Result<Preview, DeskError> {
        self.known_cap(cap).map_err(|refused: Refused| DeskError::NotFound(refused.to_string()))?;
        let values: Vec<u32> = values.iter().take(VALUES_MOST as usize).copied().collect();
        progress.expect(self.store.past_count(since, until).await? * values.len() as u64);
        let mut points = Vec::with_capacity(values.len());
        let mut last = Done::default();
        for value in values {
            let draft = live.clone().with_max(cap, Some(value));
            let question = Question { live: live.clone(), config_id: self.config_id, draft, since, until };
            last = simulate(&self.store, question, progress).await?;
            points.push(Point::of(value, &last.difference.draft));
        }
        let max = live.caps.get(cap).and_then(|cap| cap.max);
        Ok(Preview {
            title: cap.to_owned(),
            since,
            until,
            leads: last.leads,
            flipped: 0,
            flips: Vec::new(),
            figures: Vec::new(),
            parts: Vec::new(),
            today: None,
            notes: notes(&last),
            curve: Some(Curve { max, knee: knee(&points), points }),
        })
    }
}
