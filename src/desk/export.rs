//! The leads of a period for other programs, each as the report counts it.

use std::io::Write;

use super::DeskError;
use super::report::FiguresAsk;
use super::store_desk::StoreDesk;
use crate::report::export::{Export, Line};
use crate::report::model::Windows;

impl StoreDesk {
    /// Currency of every amount, ISO 4217.
    pub fn currency(&self) -> &str {
        &self.config.business.currency
    }

    /// Adds every lead that counts for anything in the period, by their numbers.
    ///
    /// # Errors
    /// The database did not answer, the period ends before it begins, or the rows cannot be written.
    pub async fn export<W: Write + Send>(&self, ask: &FiguresAsk, into: &mut Export<W>) -> Result<(), DeskError> {
        let period = self.days(ask)?.period(ask.view, Windows::from(self.config.report.windows));
        self.walk(&period, |journey| {
            let hits = period.hits(&journey);
            if !hits.any() {
                return Ok(());
            }
            into.add(Line::of(journey, hits)).map_err(|error| DeskError::Unknown(error.to_string()))
        })
        .await
    }
}
