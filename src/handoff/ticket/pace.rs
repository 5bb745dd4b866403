//! Keeps a preset's `limits.rate`: requests wait for their turn instead of being refused over there.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// The rates of one destination and when it was last asked.
pub(super) struct Pace {
    rates: Vec<(u32, Duration)>,
    asked: Mutex<VecDeque<Instant>>,
}

impl Pace {
    /// At most so many in so long; all hold.
    pub(super) fn new(rates: Vec<(u32, Duration)>) -> Self {
        Self { rates, asked: Mutex::default() }
    }

    /// Returns when the next request may leave. Turns are given in the order they were asked for.
    pub(super) async fn turn(&self) {
        let Some(most) = self.rates.iter().map(|(count, _)| *count as usize).max() else { return };
        let mut asked = self.asked.lock().await;
        let due = self.rates.iter().filter_map(|(count, per)| {
            let place = asked.len().checked_sub(*count as usize)?;
            asked.get(place).map(|earlier| *earlier + *per)
        });
        if let Some(due) = due.max() {
            sleep_until(due).await;
        }
        asked.push_back(Instant::now());
        while asked.len() > most {
            asked.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn every_rate_holds_and_none_means_no_wait() {
        let pace = Pace::new(vec![(2, Duration::from_secs(1)), (3, Duration::from_secs(10))]);
        let start = Instant::now();
        let mut left = Vec::new();
        for _ in 0..7 {
            pace.turn().await;
            left.push(start.elapsed().as_secs());
        }
        assert_eq!(left, [0, 0, 1, 10, 10, 11, 20]);
        Pace::new(Vec::new()).turn().await;
        assert_eq!(start.elapsed().as_secs(), 20);
    }
}
