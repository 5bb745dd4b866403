//! The demo's people at work: who gets a mail calls back some seconds later, or nobody answers, or
//! nothing happens; later some are won, lost or returned. What each does with a handoff is a pure function
//! of the seed, the handoff as the desk shows it, and the time.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::dice;
use super::serving::ended;
use crate::clock::SharedClock;
use crate::desk::view::HandoffRow;
use crate::desk::{Act, Desk, DeskError, Refused};
use crate::lead::{Code, HandoffState};

/// How often they look at their mail.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// From the mail to the first attempt, in milliseconds.
const FIRST_MILLIS: std::ops::RangeInclusive<i64> = 4_000..=22_000;

/// From the first attempt to the outcome, in milliseconds.
const OUTCOME_MILLIS: std::ops::RangeInclusive<i64> = 10_000..=45_000;

/// Value of what is won, in thousands of minor units (cents).
const VALUE_THOUSANDS: std::ops::RangeInclusive<i64> = 600..=3_800;

/// Simulated people.
pub struct Cast {
    desk: Arc<dyn Desk>,
    clock: SharedClock,
    seed: u64,
    destination: String,
    spared: Option<String>,
}

impl Cast {
    /// People who work on what was handed off to `destination`. The leads of the person with the id
    /// `spared` are left to whoever sits at the console.
    pub fn new(seed: u64, desk: Arc<dyn Desk>, clock: SharedClock, destination: &str, spared: Option<&str>) -> Self {
        Self { desk, clock, seed, destination: destination.to_owned(), spared: spared.map(str::to_owned) }
    }

    /// Works until `stopped` is true. A desk that does not answer is asked again.
    pub async fn run(self, stopped: watch::Receiver<bool>) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                () = ended(stopped.clone()) => return,
                _ = looks.tick() => {}
            }
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "the demo's people could not read their leads; they look again");
            }
        }
    }

    /// Does everything that is due now; how many acts were done.
    ///
    /// # Errors
    /// The desk could not be read. An act somebody else was quicker with is no error.
    pub async fn look(&self) -> Result<usize, DeskError> {
        let now = self.clock.now();
        let mut done = 0;
        for row in &self.desk.response().await?.handoffs {
            let mine = row.destination == self.destination && self.spared.as_ref() != Some(&row.person);
            let Some(act) = mine.then(|| next_act(self.seed, row, now)).flatten() else { continue };
            match self.desk.perform(act).await {
                Ok(_) => done += 1,
                Err(Refused::NotNow(why)) => tracing::debug!(why, "somebody was quicker"),
                Err(error) => tracing::warn!(%error, lead = %row.lead, "the demo's people could not act"),
            }
        }
        Ok(done)
    }
}

/// What its owner does with a handoff at `now`, if anything.
pub fn next_act(seed: u64, row: &HandoffRow, now: Timestamp) -> Option<Act> {
    let mut rng = dice(seed, row.id.0.unsigned_abs() + 600_000);
    let (reaction, first_wait, outcome, outcome_wait, value) = (
        rng.u32(0..100),
        SignedDuration::from_millis(rng.i64(FIRST_MILLIS)),
        rng.u32(0..100),
        SignedDuration::from_millis(rng.i64(OUTCOME_MILLIS)),
        rng.i64(VALUE_THOUSANDS) * 1_000,
    );
    let lead = row.lead;
    match (row.state, row.accepted_at, row.first_at) {
        (HandoffState::Accepted, Some(accepted), None) if now.duration_since(accepted) >= first_wait => {
            match reaction {
                0..65 => Some(Act::Contacted { lead, at: None }),
                65..82 => Some(Act::NoAnswer(lead)),
                _ => None, // nobody gets round to it
            }
        }
        (HandoffState::Accepted | HandoffState::Tracking, _, Some(first))
            if now.duration_since(first) >= outcome_wait =>
        {
            match outcome {
                0..30 => Some(Act::Won { lead, value: Some(value) }),
                30..40 => Some(Act::Lost { lead, code: Code::Price }),
                40..48 => Some(Act::Lost { lead, code: Code::NoInterest }),
                48..53 => Some(returned(row, Code::BadContact, "The number belongs to somebody else.")),
                53..57 => Some(returned(row, Code::NoRequest, "They say they never filled in the form.")),
                _ => None, // still in talks
            }
        }
        _ => None,
    }
}

fn returned(row: &HandoffRow, code: Code, note: &str) -> Act {
    Act::Return { lead: row.lead, code, note: note.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::FutureExt as _;
    use futures::future::BoxFuture;

    use super::*;
    use crate::clock::StubClock;
    use crate::demo::serving::locked;
    use crate::desk::view::{
        Ask, Behind, Beside, Capacity, Event, Explanation, LeadDetail, MailPreview, Preview, Response, Rows, ShadowRun,
        SourceLine, WouldBe,
    };
    use crate::desk::{Done, ExplainAsk, FiguresAsk, PreviewAsk, Progress, Pulse, Seat};
    use crate::lead::{HandoffId, LeadId, Token};
    use crate::report::Report;

    fn start() -> Timestamp {
        "2026-11-23T08:00:00Z".parse().unwrap()
    }

    fn handoff(id: i64, destination: &str, person: &str) -> HandoffRow {
        HandoffRow {
            id: HandoffId(id),
            lead: LeadId(id),
            name: "Ida Keller".into(),
            token: Token::from_entropy(id.unsigned_abs()),
            destination: destination.into(),
            team: "west".into(),
            person: person.into(),
            round: 1,
            state: HandoffState::Accepted,
            code: None,
            last_text: String::new(),
            attempt: 1,
            due_at: None,
            decided_at: start(),
            accepted_at: Some(start()),
            answer_by: None,
            at_risk_from: None,
            clock: crate::response::ClockState::NoPolicy,
            paused: None,
            ack_at: None,
            first_at: None,
            first_quality: None,
            first_business_secs: None,
            number: None,
            url: None,
            next: String::new(),
        }
    }

    /// A desk that only knows handoffs; a contact answers them, an outcome closes them.
    struct Stub {
        handoffs: Mutex<Vec<HandoffRow>>,
        acts: Mutex<Vec<Act>>,
        seat: Seat,
        clock: SharedClock,
    }

    impl Stub {
        fn with(handoffs: Vec<HandoffRow>, clock: SharedClock) -> Arc<Self> {
            let seat = Seat {
                who: "demo".into(),
                title: "demo".into(),
                person: None,
                zone: jiff::tz::TimeZone::UTC,
                business: "x".into(),
                people: Vec::new(),
                services: Vec::new(),
                demo: true,
            };
            Arc::new(Self { handoffs: Mutex::new(handoffs), acts: Mutex::default(), seat, clock })
        }
    }

    fn no<T: Send + 'static>() -> BoxFuture<'static, Result<T, DeskError>> {
        async { Err(DeskError::NotFound("not in this test".into())) }.boxed()
    }

    impl Desk for Stub {
        fn seat(&self) -> &Seat {
            &self.seat
        }
        fn mail(&self, _: LeadId, _: Option<String>) -> BoxFuture<'_, Result<MailPreview, DeskError>> {
            no()
        }
        fn rows(&self, _: Ask) -> BoxFuture<'_, Result<Rows, DeskError>> {
            no()
        }
        fn lead(&self, _: LeadId) -> BoxFuture<'_, Result<LeadDetail, DeskError>> {
            no()
        }
        fn explain(&self, _: ExplainAsk) -> BoxFuture<'_, Result<Explanation, DeskError>> {
            no()
        }
        fn foresee(&self, _: LeadId, _: String) -> BoxFuture<'_, Result<WouldBe, DeskError>> {
            no()
        }
        fn preview(&self, _: PreviewAsk, _: Progress) -> BoxFuture<'_, Result<Preview, DeskError>> {
            no()
        }
        fn shadow(&self) -> BoxFuture<'_, Result<Option<ShadowRun>, DeskError>> {
            no()
        }
        fn drafts(&self, _: String) -> BoxFuture<'_, Result<Vec<String>, DeskError>> {
            no()
        }
        fn record(&self, _: i64) -> BoxFuture<'_, Result<(String, String), DeskError>> {
            no()
        }
        fn capacity(&self) -> BoxFuture<'_, Result<Capacity, DeskError>> {
            no()
        }
        fn response(&self) -> BoxFuture<'_, Result<Response, DeskError>> {
            let handoffs = locked(&self.handoffs).clone();
            async { Ok(Response { handoffs, ..Response::default() }) }.boxed()
        }
        fn sources(&self) -> BoxFuture<'_, Result<Vec<SourceLine>, DeskError>> {
            no()
        }
        fn report(&self, _: FiguresAsk) -> BoxFuture<'_, Result<Report, DeskError>> {
            no()
        }
        fn beside(&self, _: FiguresAsk) -> BoxFuture<'_, Result<Beside, DeskError>> {
            no()
        }
        fn behind(&self, _: FiguresAsk, _: String) -> BoxFuture<'_, Result<Behind, DeskError>> {
            no()
        }
        fn journal(&self, _: u32) -> BoxFuture<'_, Result<Vec<Event>, DeskError>> {
            no()
        }
        fn perform(&self, act: Act) -> BoxFuture<'_, Result<Done, Refused>> {
            let (lead, ends) = match &act {
                Act::Contacted { lead, .. } | Act::NoAnswer(lead) => (*lead, false),
                Act::Won { lead, .. } | Act::Lost { lead, .. } | Act::Return { lead, .. } => (*lead, true),
                other => panic!("the cast does not do {other:?}"),
            };
            for row in locked(&self.handoffs).iter_mut().filter(|row| row.lead == lead) {
                row.first_at = row.first_at.or(Some(self.clock.now()));
                row.state = if ends { HandoffState::Closed } else { HandoffState::Tracking };
            }
            locked(&self.acts).push(act);
            async { Ok(Done { sentence: "done".into(), can_undo: true }) }.boxed()
        }
        fn pulse(&self) -> watch::Receiver<Pulse> {
            watch::channel(Pulse::default()).1
        }
    }

    #[tokio::test]
    async fn people_call_after_a_while_and_outcomes_follow() {
        let clock = StubClock::at(start());
        let stub = Stub::with((1..=200).map(|id| handoff(id, "mail", "jonas")).collect(), clock.clone());
        let cast = Cast::new(5, stub.clone(), clock.clone(), "mail", None);
        assert_eq!(cast.look().await.unwrap(), 0, "nobody calls at once");

        clock.advance(SignedDuration::from_secs(25));
        let first = cast.look().await.unwrap();
        assert!((150..=180).contains(&first), "{first} of 200 are called");
        assert_eq!(cast.look().await.unwrap(), 0, "and called once");

        clock.advance(SignedDuration::from_secs(60));
        cast.look().await.unwrap();
        let acts = locked(&stub.acts).clone();
        assert!(acts.iter().any(|act| matches!(act, Act::NoAnswer(_))));
        assert!(acts.iter().any(|act| matches!(act, Act::Won { value: Some(_), .. })));
        assert!(acts.iter().any(|act| matches!(act, Act::Return { code, .. } if code.is_source_fault())));
        clock.advance(SignedDuration::from_hours(1));
        assert_eq!(cast.look().await.unwrap(), 0, "then it is quiet");
    }

    #[tokio::test]
    async fn the_person_at_the_console_and_other_destinations_are_left_alone() {
        let clock = StubClock::at(start());
        let mine = (1..=50).map(|id| handoff(id, "mail", "anna"));
        let tickets = (51..=100).map(|id| handoff(id, "desk", "ben"));
        let stub = Stub::with(mine.chain(tickets).collect(), clock.clone());
        let cast = Cast::new(5, stub, clock.clone(), "mail", Some("anna"));
        clock.advance(SignedDuration::from_hours(1));
        assert_eq!(cast.look().await.unwrap(), 0);
    }

    #[test]
    fn what_was_not_sent_or_has_ended_is_nobodys_work() {
        let late = start() + SignedDuration::from_hours(9);
        for state in [HandoffState::Queued, HandoffState::Unknown, HandoffState::Closed, HandoffState::Dropped] {
            for id in 1..100 {
                let row = HandoffRow { state, ..handoff(id, "mail", "jonas") };
                assert_eq!(next_act(5, &row, late), None);
            }
        }
    }
}
