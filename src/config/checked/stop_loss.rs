//! A cap on what a source's leads may cost, or on what they turn out to be worth.

use crate::lead::Money;

/// `[cap.ID.stop_loss]`: while it acts, the cap is closed; a soft one only tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopLoss {
    /// Most that a qualified lead may cost, in the business's currency.
    pub cost: Option<Money>,
    /// It acts where the report's verdict on the source is *stop*, too.
    pub on_verdict: bool,
    /// Leads received in so many days, today included.
    pub days: u16,
    /// Fewer qualified (mature for the verdict) say nothing.
    pub at_least: u64,
}

impl StopLoss {
    /// What it goes by, for people: `80 EUR per qualified, 28 days`.
    pub fn words(&self) -> String {
        let cost = self.cost.as_ref().map(|cost| format!("{cost} per qualified"));
        let verdict = self.on_verdict.then(|| "verdict stop".to_owned());
        let by: Vec<String> = cost.into_iter().chain(verdict).collect();
        format!("{}, {} days", by.join(" or "), self.days)
    }
}
