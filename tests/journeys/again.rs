//! A handoff that goes elsewhere, or once more; what stopped destinations promise; what is told at once.

use std::sync::{Arc, Mutex};

use leadgate::desk::view::{List, Standing};
use leadgate::desk::{Act, Desk as _};
use leadgate::lead::{HandoffId, HandoffState, LeadId, Waits};
use leadgate::response::ClockState;
use serde_json::Value;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::far_side::{Create, Desk, Feed, desk_at};
use super::people::roofs;
use super::room::{MINUTE, ROOFER, Room, route, source};

/// Two ticket desks, of which the route knows the first.
struct Two {
    room: Room,
    first: Desk,
    second: Desk,
    text: String,
}

async fn two(leads: usize, more: &str) -> Two {
    let (first, second) = (Desk::start().await, Desk::start().await);
    let web = Feed::of(roofs(leads)).await;
    let text = [
        ROOFER,
        &source("web", &web.url()),
        &desk_at("desk", &first.url()),
        &desk_at("other", &second.url()),
        &route(&["desk"]),
        more,
    ]
    .concat();
    let room = Room::open(&text).await;
    // The feed answers as long as it lives.
    std::mem::forget(web);
    Two { room, first, second, text }
}

fn reroute(handoff: HandoffId, to: &str) -> Act {
    Act::Reroute { handoff, destination: to.into() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_destination_refused_goes_to_another_one_once() {
    let Two { room, first, second, .. } = two(1, "").await;
    first.always(Some(Create::Refuse(422, "no such queue")));
    room.pass().await;
    let stuck = room.handoff().await;
    assert_eq!(stuck.state, HandoffState::NeedsPerson, "{stuck:#?}");
    let new_before = room.new_of("anna").await;

    let words = room.refused(reroute(stuck.id, "nowhere")).await;
    assert!(words.contains("desk") && words.contains("other"), "the known ones are named: {words}");
    let words = room.refused(reroute(stuck.id, "desk")).await;
    assert!(words.contains("goes to desk already"), "{words}");
    let words = room.refused(reroute(HandoffId(999), "other")).await;
    assert!(words.contains("there is no handoff"), "{words}");

    let done = room.did(reroute(stuck.id, "other")).await;
    assert!(done.sentence.contains("Goes to other now"), "{}", done.sentence);
    room.pass().await;
    let there = room.handoff().await;
    assert_eq!((there.state, there.destination.as_str(), second.tickets().len()), (HandoffState::Accepted, "other", 1));
    assert!(first.tickets().is_empty());
    assert_eq!(room.new_of("anna").await.max(new_before), 1, "counted once");
    let words = room.refused(reroute(there.id, "desk")).await;
    assert!(words.contains("other has it"), "{words}");
    let words = room.refused(reroute(stuck.id, "other")).await;
    assert!(words.contains("has ended"), "{words}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_somewhere_goes_nowhere_else() {
    let Two { room, first, second, .. } = two(1, "").await;
    first.next([Create::TooLate]);
    first.blind(Some(503));
    room.pass().await;
    let doubtful = room.handoff().await;
    assert_eq!(doubtful.state, HandoffState::Unknown, "{doubtful:#?}");
    let words = room.refused(reroute(doubtful.id, "other")).await;
    assert!(words.contains("desk may have it") && words.contains(doubtful.token.as_str()), "{words}");
    let words = room.refused(Act::Resend(doubtful.id)).await;
    assert!(words.contains("being looked for"), "{words}");
    assert!(second.tickets().is_empty());
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_there_is_sent_anew_under_a_new_key_with_what_was_edited() {
    let Two { room, first, .. } = two(1, "").await;
    room.pass().await;
    let (old, lead) = (room.handoff().await, room.only(List::Open).await.lead.unwrap());
    let used = room.new_of("anna").await;
    room.did(Act::Edit { lead, field: "name".into(), value: "Zoe Neu".into() }).await;
    room.clock.advance(MINUTE * 10);
    let done = room.did(Act::Resend(old.id)).await;
    assert!(done.sentence.contains(old.token.as_str()), "which one is to be closed: {}", done.sentence);
    room.pass().await;
    let (new, tickets) = (room.handoff().await, first.tickets());
    assert_eq!(tickets.len(), 2);
    assert_ne!(tickets[0].key, tickets[1].key);
    assert!(tickets[1].text.contains("Zoe Neu") && !tickets[0].text.contains("Zoe Neu"));
    assert_eq!((new.round, new.state), (2, HandoffState::Accepted));
    assert_eq!(new.answer_by, old.answer_by, "the clock to answer is not started again");
    assert_eq!(room.new_of("anna").await, used, "it takes no second place");

    room.did(Act::Contacted { lead, at: None }).await;
    let words = room.refused(Act::Resend(new.id)).await;
    assert!(words.contains("answered already"), "{words}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_counts_on_whichever_ticket_it_comes() {
    let Two { room, first, .. } = two(1, "").await;
    room.pass().await;
    let (old, lead) = (room.handoff().await, room.only(List::Open).await.lead.unwrap());
    room.clock.advance(MINUTE * 10);
    room.did(Act::Resend(old.id)).await;
    // Somebody answered on the first ticket before it was sent anew, and nobody has seen that yet.
    first.write(1, "Correspond", "carla", "2026-11-23T08:09:00Z");
    room.pass().await;
    let now = room.handoff().await;
    let at = |text: &str| Some(text.parse().unwrap());
    assert_eq!((now.round, now.state), (2, HandoffState::Tracking), "{now:#?}");
    assert_eq!((now.first_at, now.clock), (at("2026-11-23T08:09:00Z"), ClockState::Met));
    assert_eq!((room.open_of("anna").await, room.new_of("anna").await), (0, 1));
    let told: Vec<String> = room.detail(lead).await.timeline.into_iter().map(|event| event.text).collect();
    assert_eq!(told.iter().filter(|text| text.contains("first human response")).count(), 1, "{told:#?}");

    // Whoever closes one of the two ends nothing, and what comes later on the other moves nothing.
    first.becomes(1, "resolved");
    first.write(2, "Correspond", "dora", "2026-11-23T08:20:00Z");
    room.pass_after(MINUTE * 30).await;
    let now = room.handoff().await;
    assert_eq!(now.state, HandoffState::Tracking, "{now:#?}");
    assert_eq!(now.first_at, at("2026-11-23T08:09:00Z"));
    assert!(room.store.invariants().await.unwrap().is_empty());
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_answered_while_it_is_sent_anew_is_answered_when_it_is_there() {
    let Two { room, first, .. } = two(1, "").await;
    room.pass().await;
    let old = room.handoff().await;
    room.clock.advance(MINUTE * 10);
    room.did(Act::Resend(old.id)).await;
    first.always(Some(Create::Refuse(401, "who are you?")));
    first.write(1, "Correspond", "carla", "2026-11-23T08:12:00Z");
    room.pass_after(MINUTE * 5).await;
    let now = room.handoff().await;
    assert_eq!((now.state, now.first_at.is_some()), (HandoffState::Queued, true), "{now:#?}");
    first.always(None);
    room.pass_after(MINUTE * 60).await;
    let now = room.handoff().await;
    assert_eq!((now.state, now.clock, now.answer_by), (HandoffState::Tracking, ClockState::Met, old.answer_by));
    assert_eq!((room.open_of("anna").await, first.tickets().len()), (0, 2));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_destination_promises_nothing_and_says_when_it_is_asked_again() {
    let Two { room, first, .. } = two(3, "").await;
    first.always(Some(Create::Refuse(401, "who are you?")));
    room.pass().await;
    let seen = room.desk.response().await.unwrap();
    let waiting: Vec<_> = seen.handoffs.iter().filter(|row| row.state == HandoffState::Queued).collect();
    assert!(!waiting.is_empty());
    for row in waiting {
        assert!(row.next.starts_with("waits: desk refuses our sign-in, tried again"), "{}", row.next);
    }
    let desk = &seen.destinations[0];
    assert_eq!((desk.id.as_str(), desk.standing, desk.waiting), ("desk", Standing::Mend, 3), "{desk:#?}");
    assert!(desk.why.as_ref().is_some_and(|why| why.contains("who are you?")), "{desk:#?}");
    assert!(desk.again_at.is_some_and(|at| at > room.now()) && desk.next_at >= desk.again_at, "{desk:#?}");
    assert_eq!(seen.destinations[1].standing, Standing::Well);

    first.always(None);
    room.pass_after(MINUTE * 15).await;
    let seen = room.desk.response().await.unwrap();
    let desk = seen.destinations.iter().find(|line| line.id == "desk").unwrap();
    assert_eq!((desk.standing, desk.waiting, desk.sent, desk.oldest_at), (Standing::Well, 0, 3, None));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_is_told_by_the_teams_working_time() {
    let Two { room, .. } = two(1, "").await;
    room.pass().await;
    let lead = room.only(List::Open).await.lead.unwrap();
    assert_eq!(room.handoff().await.clock, ClockState::Running);
    room.clock.advance(MINUTE * 50);
    assert_eq!(room.handoff().await.clock, ClockState::AtRisk);
    room.clock.advance(MINUTE * 60 * 24);
    assert_eq!(room.handoff().await.clock, ClockState::Missed { late_secs: (8 * 60 + 50) * 60 }, "nights do not count");
    room.did(Act::Contacted { lead, at: Some(room.now() - MINUTE * 60 * 24) }).await;
    assert_eq!(room.handoff().await.clock, ClockState::Met);
    let days = room.desk.response().await.unwrap().days;
    assert_eq!((days.len(), days.iter().map(|day| day.speed.n).sum::<u64>()), (28, 1));
    room.end().await;
}

/// A receiver of alerts that answers as told.
struct Ear {
    server: MockServer,
    heard: Arc<Mutex<Vec<(String, String, Value)>>>,
    status: Arc<Mutex<u16>>,
}

impl Ear {
    async fn open() -> Self {
        let ear = Self { server: MockServer::start().await, heard: Arc::default(), status: Arc::new(Mutex::new(204)) };
        let (heard, status) = (Arc::clone(&ear.heard), Arc::clone(&ear.status));
        let hear = move |request: &Request| {
            let header = |name: &str| request.headers.get(name).unwrap().to_str().unwrap().to_owned();
            let body: Value = request.body_json().unwrap();
            heard.lock().unwrap().push((header("webhook-id"), header("webhook-signature"), body));
            ResponseTemplate::new(*status.lock().unwrap())
        };
        Mock::given(any()).respond_with(hear).mount(&ear.server).await;
        ear
    }

    fn config(&self) -> String {
        format!(
            "\n[alerts]\nurl = \"{}\"\nsecret = {{ command = \"echo whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\" }}\n",
            self.server.uri()
        )
    }

    fn answers(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    fn heard(&self) -> Vec<(String, String, Value)> {
        self.heard.lock().unwrap().clone()
    }
}

fn events(heard: &[(String, String, Value)]) -> Vec<String> {
    let alerts = heard.iter().flat_map(|(.., body)| body["data"]["alerts"].as_array().unwrap().clone());
    alerts.map(|alert| alert["event"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_somebody_is_told_once_signed_without_a_name_and_after_a_restart() {
    let ear = Ear::open().await;
    let Two { room, first, text, .. } = two(2, &ear.config()).await;
    first.next([Create::Refuse(422, "no such queue")]);
    ear.answers(500);
    room.pass().await;
    let heard = ear.heard();
    assert_eq!(events(&heard), ["handoff-needs-you"]);
    let said = heard[0].2.to_string();
    let stuck = room.handoffs().await.into_iter().find(|row| row.state == HandoffState::NeedsPerson).unwrap();
    assert!(!said.contains(&stuck.name) && said.contains(stuck.token.as_str()), "{said}");
    assert!(heard[0].1.starts_with("v1,"));

    // Not taken: again after a minute, under the same name and in the same words, whoever is at work by then.
    let room = room.restart(&text).await;
    ear.answers(204);
    room.pass().await;
    assert_eq!(ear.heard().len(), 1, "not before its time");
    room.pass_after(MINUTE).await;
    let heard = ear.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!((&heard[0].0, &heard[0].2), (&heard[1].0, &heard[1].2));

    // The other one is answered by nobody.
    for _ in 0..3 {
        room.pass_after(MINUTE * 61).await;
    }
    let told = events(&ear.heard());
    assert_eq!(told.iter().filter(|event| *event == "answer-late").count(), 1, "{told:?}");
    assert_eq!(ear.heard().len(), 3);
    let journal = room.desk.journal(200).await.unwrap();
    assert_eq!(journal.iter().filter(|event| event.text.contains("address was told")).count(), 2);
    let late = journal.iter().find(|event| event.text.contains("the time to answer is over")).unwrap();
    assert!(late.lead.is_some(), "an entry of the journal knows its lead");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_never_answers_is_given_up_and_said() {
    let ear = Ear::open().await;
    let Two { room, first, .. } = two(1, &ear.config()).await;
    first.next([Create::Refuse(422, "no such queue")]);
    ear.answers(410);
    room.pass().await;
    for _ in 0..3 {
        room.pass_after(MINUTE * 5).await;
    }
    assert_eq!(ear.heard().len(), 1, "it wants no more");
    let journal = room.desk.journal(200).await.unwrap();
    assert!(journal.iter().any(|event| event.text == "gave up telling the alerts' address: alerts.url answered 410"));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_shown_as_it_would_go_out() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("mail.txt");
    std::fs::write(&template, "For {{ owner }}: {{ who }} wants {{ service }} <b>\nKey: {{ key }}\n").unwrap();
    let mail = format!(
        "\n[destination.mail]\nsmtp = \"smtp+plain://127.0.0.1:9\"\nfrom = \"Leads <leads@dach.example>\"\ntemplate = \"{}\"\n",
        template.display()
    );
    let Two { room, .. } = two(1, &mail).await;
    room.pass().await;
    let row = room.only(List::Open).await;
    let lead = row.lead.unwrap();
    let shown = room.desk.mail(lead, None).await.unwrap();
    assert_eq!(shown.destination, "mail");
    assert!(shown.to.contains("anna@dach.example"), "{}", shown.to);
    assert!(shown.text.contains(&format!("For Anna Berg: {}", row.name)), "{}", shown.text);
    assert!(shown.html.contains("&lt;b&gt;"), "the HTML is made of the text: {}", shown.html);
    assert!(shown.message.contains("X-LeadGate-Key: "));
    let error = room.desk.mail(lead, Some("desk".into())).await.unwrap_err().to_string();
    assert!(error.contains("sends no mail"), "{error}");
    let error = room.desk.mail(LeadId(999), None).await.unwrap_err().to_string();
    assert!(error.contains("there is no lead"), "{error}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_was_answered_can_be_paused_with_a_reason_and_an_end() {
    let Two { room, .. } = two(1, "").await;
    room.pass().await;
    let lead = room.only(List::Open).await.lead.unwrap();
    let day = MINUTE * 60 * 24;
    let pause = |until, reason: &str| Act::PauseClock { lead, waits: Waits::Customer, until, reason: reason.into() };
    let words = room.refused(pause(room.now() + day, "sends plans")).await;
    assert!(words.contains("never paused"), "{words}");
    room.did(Act::NoAnswer(lead)).await;
    let try_at = room.handoff().await.next;
    for (until, reason, why) in [
        (room.now(), "sends plans", "already over"),
        (room.now() + day * 91, "sends plans", "at most 90 days"),
        (room.now() + day, "  ", "needs a reason"),
    ] {
        let words = room.refused(pause(until, reason)).await;
        assert!(words.contains(why), "{words}");
    }
    room.did(pause(room.now() + day, "sends plans")).await;
    let paused = room.handoff().await;
    assert!(paused.next.contains("waits for the customer"), "{}", paused.next);
    assert_eq!(paused.paused.map(|(waits, _)| waits), Some(Waits::Customer));
    let story = room.detail(lead).await.timeline;
    assert!(story.iter().any(|event| event.text.contains("paused: sends plans")), "{story:#?}");
    room.did(Act::Undo).await;
    assert_eq!((room.handoff().await.paused, room.handoff().await.next), (None, try_at), "as it was");

    room.did(pause(room.now() + day, "sends plans")).await;
    room.did(Act::ResumeClock(lead)).await;
    assert_eq!(room.handoff().await.paused, None);
    assert!(room.refused(Act::ResumeClock(lead)).await.contains("is not paused"));
    room.did(pause(room.now() + day, "and again")).await;
    room.clock.advance(day);
    assert_eq!(room.handoff().await.paused, None, "it ends by itself");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_from_the_ticket_desk_only_makes_us_look_sooner_and_not_too_often() {
    let Two { room, first, .. } = two(1, "").await;
    room.pass().await;
    let id = room.store.endpoints(leadgate::store::EndpointKind::Destination).await.unwrap()["desk"].id;
    let spacing = jiff::SignedDuration::from_secs(10);
    let due = || async { room.handoff().await.due_at.unwrap() };
    assert!(due().await > room.now());
    assert_eq!(room.store.look_soon(id, spacing, 50).await.unwrap(), 1);
    assert_eq!(due().await, room.now());
    assert_eq!(room.handoff().await.first_at, None, "a call is no answer");
    first.write(1, "Correspond", "carla", "2026-11-23T08:00:00Z");
    room.pass().await;
    assert!(room.handoff().await.first_at.is_some(), "what the ticket says is");
    assert_eq!(room.store.look_soon(id, spacing, 50).await.unwrap(), 1);
    assert_eq!(due().await, room.now() + spacing, "called again at once, it waits");
    assert_eq!(room.store.look_soon(id, spacing, 50).await.unwrap(), 0, "nor is it put off by further calls");
    room.end().await;
}
