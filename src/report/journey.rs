//! What one lead counts for: when it reached each step, who gets the credit for it, where it is from.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::lead::{Answer, Code, Criterion, LeadId, VerdictKind};
use crate::store::{JourneyRow, Touch};

/// Hours of a day.
const DAY_HOURS: i64 = 24;

/// A lead as the figures count it.
#[derive(Debug, Clone)]
pub struct Journey {
    /// The lead.
    pub id: LeadId,
    /// When it reached each of [`super::model::STEPS`]; a step that was skipped has the moment of the next one.
    pub at: [Option<Timestamp>; 6],
    /// The verdict in force.
    pub verdict: VerdictKind,
    /// How it ended, as stored.
    pub end: Option<Arc<str>>,
    /// When and why it was returned.
    pub returned: Option<(Timestamp, Code)>,
    /// Stored.
    pub received_at: Timestamp,
    /// Asked.
    pub submitted_at: Timestamp,
    /// Ended.
    pub closed_at: Option<Timestamp>,
    /// First human attempt as stamped.
    pub first_at: Option<Timestamp>,
    /// The promise.
    pub answer_by: Option<Timestamp>,
    /// Value entered with the win, minor units.
    pub won_value: Option<i64>,
    /// Service id.
    pub service: Option<Arc<str>>,
    /// The source that brought it, and its campaign.
    pub brought: (Arc<str>, Option<Arc<str>>),
    /// Credited source.
    pub source: Arc<str>,
    /// Credited campaign.
    pub campaign: Option<Arc<str>>,
    /// Referral code.
    pub referral: Option<Arc<str>>,
    /// Other (source, campaign) that touched it.
    pub assisted: Vec<(Arc<str>, Option<Arc<str>>)>,
    /// `DE-BE`, `DE 10`, `DE`.
    pub region: Option<Arc<str>>,
    /// Team and person who have it.
    pub with: Option<(Arc<str>, Arc<str>)>,
    /// Every criterion's answer, and whether it counts against the lead.
    pub marks: Vec<(Criterion, Answer, bool)>,
    /// Criteria a person answered with yes.
    pub overridden: Vec<Criterion>,
}

impl Journey {
    /// What `row` counts for; touches up to `window` days before the hand-off may be credited.
    pub fn of(row: JourneyRow, window_days: u16) -> Self {
        let end: Option<Code> = row.end_code.as_deref().and_then(|code| code.parse().ok());
        let returned = end.clone().filter(|code| code.stem().starts_with("R-"));
        let returned = returned.map(|code| (row.closed_at.unwrap_or(row.decided_at), code));
        let fault = returned.as_ref().is_some_and(|(_, code)| code.is_source_fault());
        let won_at = row.closed_at.filter(|_| end == Some(Code::Won));
        let reached = [row.reached_at, row.confirmed_at, row.closed_at.filter(|_| spoke(end.as_ref()))];
        let verified_at = reached.into_iter().flatten().min();
        let actionable_at = match (row.first_at, verified_at) {
            (Some(first), Some(verified)) if !fault => Some(first.max(verified)),
            _ => None,
        };
        let qualified_at = Some(row.decided_at).filter(|_| row.verdict == VerdictKind::Qualified);
        let own = [Some(row.received_at), qualified_at, row.accepted_at, row.first_at, actionable_at, won_at];
        let credit = credit(&row.touches, row.accepted_at, window_days);
        let (source, campaign) = credit
            .as_ref()
            .map_or_else(|| (row.source.clone(), None), |touch| (touch.source.clone(), touch.campaign.clone()));
        let assisted = assisted(&row.touches, &source, campaign.as_ref());
        let first = row.touches.iter().find(|touch| touch.source == row.source);
        let brought = (Arc::clone(&row.source), first.and_then(|touch| touch.campaign.clone()));
        Self {
            id: row.id,
            at: up_to_furthest(own),
            verdict: row.verdict,
            end: row.end_code,
            returned,
            received_at: row.received_at,
            submitted_at: row.submitted_at,
            closed_at: row.closed_at,
            first_at: row.first_at,
            answer_by: row.answer_by,
            won_value: row.won,
            service: row.service,
            brought,
            source,
            campaign,
            referral: row.touches.iter().find_map(|touch| touch.referral.clone()),
            assisted,
            region: row.region,
            with: row.with,
            overridden: row.overridden,
            marks: row.marks,
        }
    }

    /// Was it won?
    pub const fn won_at(&self) -> Option<Timestamp> {
        self.at[5]
    }

    /// When a destination took it, or what shows that one did.
    pub const fn handed_off_at(&self) -> Option<Timestamp> {
        self.at[2]
    }
}

/// A lead counts in every step up to the furthest it reached, each at the latest when it reached the next.
fn up_to_furthest(own: [Option<Timestamp>; 6]) -> [Option<Timestamp>; 6] {
    let mut at = own;
    for step in (0..5).rev() {
        at[step] = [at[step], at[step + 1]].into_iter().flatten().min();
    }
    at
}

/// Ends that nobody can know without having spoken with the person.
fn spoke(end: Option<&Code>) -> bool {
    matches!(end, Some(Code::Won | Code::NoInterest | Code::Price | Code::Later(_) | Code::Competitor))
}

/// Who gets the credit: a referral code first, else the last touch that names a campaign at most `window` days
/// before the hand-off (closed interval), else the touch that made the lead.
fn credit(touches: &[Touch], handed_off: Option<Timestamp>, window: u16) -> Option<&Touch> {
    let until = handed_off.unwrap_or(Timestamp::MAX);
    if let [only] = touches {
        return Some(only);
    }
    let in_time: Vec<&Touch> = touches.iter().filter(|touch| touch.at <= until).collect();
    let last = in_time.last().map(|touch| touch.at);
    let conversion = handed_off.or(last)?;
    let from =
        conversion.checked_sub(SignedDuration::from_hours(i64::from(window) * DAY_HOURS)).unwrap_or(Timestamp::MIN);
    let referred = in_time.iter().find(|touch| touch.referral.is_some());
    let paid = in_time.iter().rev().find(|touch| touch.campaign.is_some() && touch.at >= from);
    referred.or(paid).or(in_time.first()).copied().or(touches.first())
}

fn assisted(touches: &[Touch], source: &str, campaign: Option<&Arc<str>>) -> Vec<(Arc<str>, Option<Arc<str>>)> {
    let mut others: Vec<(Arc<str>, Option<Arc<str>>)> = touches
        .iter()
        .filter(|touch| *touch.source != *source || touch.campaign.as_ref() != campaign)
        .map(|touch| (touch.source.clone(), touch.campaign.clone()))
        .collect();
    others.sort();
    others.dedup();
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + day * 86_400).unwrap()
    }

    fn touch(source: &str, campaign: Option<&str>, referral: Option<&str>, day: i64) -> Touch {
        let own = |text: Option<&str>| text.map(Arc::from);
        Touch { source: source.into(), campaign: own(campaign), referral: own(referral), at: at(day) }
    }

    #[test]
    fn a_skipped_step_is_reached_with_the_next_one() {
        let own = [Some(at(0)), None, Some(at(2)), None, None, Some(at(9))];
        assert_eq!(up_to_furthest(own), [Some(at(0)), Some(at(2)), Some(at(2)), Some(at(9)), Some(at(9)), Some(at(9))]);
        assert_eq!(up_to_furthest([Some(at(0)), None, None, None, None, None])[1], None);
    }

    #[test]
    fn a_referral_is_credited_first_then_the_last_campaign_in_the_window() {
        let touches =
            [touch("meta", Some("a"), None, 0), touch("google", Some("b"), None, 10), touch("form", None, None, 11)];
        let named = |touches: &[Touch], day, window| credit(touches, Some(at(day)), window).unwrap().source.to_string();
        assert_eq!(named(&touches, 12, 30), "google", "the form names no campaign: direct");
        assert_eq!(named(&touches, 40, 30), "google", "the window is closed on both sides");
        assert_eq!(named(&touches, 41, 30), "meta", "past it, whoever made the lead");
        assert_eq!(named(&touches, 5, 30), "meta", "what came after the hand-off earns nothing");
        let mut referred = touches.to_vec();
        referred.insert(1, touch("friends", None, Some("ANNA"), 3));
        assert_eq!(named(&referred, 12, 30), "friends");
        assert_eq!(assisted(&referred, "friends", None).len(), 3);
    }
}
