//! One cap's maximum over a range: what each would have come to, and where more stops to help.

use jiff::Timestamp;

use super::{VALUES_MOST, notes};
use crate::desk::act::Refused;
use crate::desk::view::{Curve, Preview};
use crate::desk::{DeskError, Progress, StoreDesk};
use crate::queue::Rules;
use crate::simulate::sweep::{knee, words};
use crate::simulate::{Question, curve};

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
        let each = |value: &u32| (*value, live.clone().with_max(cap, Some(*value)));
        let values: Vec<_> = values.iter().take(VALUES_MOST as usize).map(each).collect();
        // The past is decided once and let through the queue once for each value.
        progress.expect(self.store.past_count(since, until).await? * (values.len() as u64 + 1));
        let question = Question { live: live.clone(), config_id: self.config_id, draft: live.clone(), since, until };
        let (done, points) = curve(&self.store, question, values, progress).await?;
        let max = live.caps.get(cap).and_then(|cap| cap.max);
        Ok(Preview {
            title: cap.to_owned(),
            since,
            until,
            leads: done.leads,
            flipped: 0,
            flips: Vec::new(),
            figures: Vec::new(),
            parts: Vec::new(),
            today: None,
            notes: notes(&done),
            curve: Some(Curve { max, knee: knee(&points), says: words(&points), points }),
        })
    }
}
