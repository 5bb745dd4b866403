//! What keys do: the true update loop, with a made-up desk behind it.
#![cfg(feature = "console")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::pedantic)]

mod console_support;

use console_support::{Bench, FakeDesk, HOSTILE, now};
use jiff::{SignedDuration, Timestamp};
use leadgate::console::Screen;
use leadgate::console::commands::{self, Id, TABLE};
use leadgate::console::effect::Effect;
use leadgate::console::input::{Input, Key};
use leadgate::console::layout;
use leadgate::console::message::Message;
use leadgate::console::model::{Dialog, Place, RowKey};
use leadgate::desk::view::List;
use leadgate::desk::{Act, DeskError, Refused};
use leadgate::lead::{Answer, Code, Criterion, HandoffId, LeadId};

const SIZE: (u16, u16) = (120, 40);
/// The first row of the Inbox: missed longest.
const FIRST: LeadId = LeadId(2);
/// The first lead in review: the oldest one.
const REVIEW: LeadId = LeadId(19);

fn acts_of(screen: Screen, keys: &str) -> Vec<Act> {
    let mut bench = Bench::on(FakeDesk::new(), screen, SIZE);
    press(&mut bench, keys);
    bench.desk.acts()
}

fn press(bench: &mut Bench, keys: &str) {
    for char in keys.chars() {
        match char {
            '\n' => bench.key(Key::Enter),
            '\t' => bench.key(Key::Tab),
            '→' => bench.key(Key::Right),
            char => bench.key(Key::Char(char)),
        };
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn each_key_of_a_lead_does_its_act() {
    let lead = FIRST;
    let inbox = |keys: &str| acts_of(Screen::Inbox, keys);
    assert_eq!(inbox("ja"), [Act::Accept(LeadId(1))]);
    assert_eq!(inbox("c"), [Act::Contacted { lead, at: None }]);
    assert_eq!(inbox("n"), [Act::NoAnswer(lead)]);
    assert_eq!(inbox("w12.500\n"), [Act::Won { lead, value: Some(1_250_000) }]);
    assert_eq!(inbox("w\n"), [Act::Won { lead, value: None }]);
    assert_eq!(inbox("l2"), [Act::Lost { lead, code: Code::Price }]);
    assert_eq!(inbox("lcompet\n"), [Act::Lost { lead, code: Code::Competitor }]);
    assert_eq!(
        inbox("r1wrong number\n→\n"),
        [Act::Return { lead, code: Code::BadContact, note: "wrong number".into() }]
    );
    assert_eq!(inbox("z1"), [Act::Snooze { lead, until: Some(now() + SignedDuration::from_hours(1)) }]);
    assert_eq!(inbox("z2"), [Act::Snooze { lead, until: Some(at("2026-11-24T08:00:00Z")) }]);
    assert_eq!(inbox("z3"), [Act::Snooze { lead, until: Some(at("2026-11-30T08:00:00Z")) }]);
    assert_eq!(inbox("z4thu 14:00\n"), [Act::Snooze { lead, until: Some(at("2026-11-26T13:00:00Z")) }]);
    assert_eq!(inbox("ecity\n!\n"), [Act::Edit { lead, field: "city".into(), value: "Berlin!".into() }]);
    assert_eq!(inbox("eservice\n2"), [Act::Edit { lead, field: "service".into(), value: "heat".into() }]);
    assert_eq!(inbox("Ncall after 5\n"), [Act::Note { lead, text: "call after 5".into() }]);
    assert_eq!(inbox("Abela\n→\n"), [Act::Reassign { lead, person: "bela".into() }]);
    assert_eq!(inbox("u"), [Act::Undo]);
}

#[test]
fn a_lead_in_review_is_decided_by_one_key() {
    let down = "j".repeat(14);
    let lead = REVIEW;
    let criterion = Criterion::Timing;
    assert_eq!(
        acts_of(Screen::Inbox, &format!("{down}f")),
        [Act::Decide { lead, criterion: criterion.clone(), answer: Answer::Met }]
    );
    assert_eq!(acts_of(Screen::Inbox, &format!("{down}d")), [Act::Decide { lead, criterion, answer: Answer::Unmet }]);
    // What they said is typed into the one question; a need is picked among the services, a condition answered by
    // yes or no.
    let say =
        |lead: i64, criterion: Criterion, text: &str| Act::Answer { lead: LeadId(lead), criterion, text: text.into() };
    assert_eq!(acts_of(Screen::Inbox, &format!("{down}iin 3 weeks\n")), [say(19, Criterion::Timing, "in 3 weeks")]);
    assert_eq!(acts_of(Screen::Inbox, &format!("{down}ji2")), [say(18, Criterion::Need, "heat")]);
    assert_eq!(acts_of(Screen::Inbox, &format!("{down}ji3")), [say(18, Criterion::Need, "no")]);
    assert_eq!(acts_of(Screen::Inbox, &format!("{down}ji4a new boiler\n")), [say(18, Criterion::Need, "a new boiler")]);
    assert_eq!(acts_of(Screen::Inbox, &format!("{down}jji1")), [say(17, Criterion::Field("owner".into()), "yes")]);
    assert!(acts_of(Screen::Inbox, &format!("{down}i\n")).is_empty(), "an empty answer is none");
    assert!(acts_of(Screen::Inbox, "ix\n").is_empty(), "nothing is asked about a lead that is out");
    // The field in question stands first in the list to edit.
    assert_eq!(
        acts_of(Screen::Inbox, &format!("{down}e\n s\n")),
        [Act::Edit { lead, field: "timing".into(), value: "irgendwann s".into() }]
    );
    assert!(acts_of(Screen::Inbox, "f").is_empty());
}

#[test]
fn what_an_answer_comes_to_is_shown_before_it_is_given() {
    let mut bench = Bench::on(FakeDesk::new(), Screen::Inbox, SIZE);
    press(&mut bench, &"j".repeat(14));
    press(&mut bench, "i");
    let screen = bench.screen();
    assert!(screen.contains("When do they want it (within 6 months)?"), "{screen}");
    assert!(screen.contains("They wrote “irgendwann”."), "{screen}");
    press(&mut bench, "in 3 weeks");
    let screen = bench.screen();
    assert!(screen.contains("✓ read as 14 Dec 2026") && screen.contains("then: qualified"), "{screen}");
    assert!(bench.desk.acts().is_empty(), "nothing is saved yet");
    press(&mut bench, "x");
    assert!(bench.screen().contains("not understood: it would be kept"), "{}", bench.screen());
    bench.key(Key::Ctrl('u'));
    press(&mut bench, "hm");
    assert!(bench.screen().contains("answer yes or no"), "{}", bench.screen());
    bench.key(Key::Esc);
    press(&mut bench, "ji");
    assert!(bench.screen().contains("not understood"), "the first service under the cursor: {}", bench.screen());
    bench.key(Key::Down);
    assert!(bench.screen().contains("✓ it fits"), "{}", bench.screen());
}

#[test]
fn a_curve_leads_to_the_change_of_the_cap() {
    let mut bench = Bench::on(FakeDesk::new(), Screen::Capacity, SIZE);
    press(&mut bench, "v");
    let screen = bench.screen();
    assert!(screen.contains("← knee") && screen.contains("← now") && screen.contains("Beyond 24"), "{screen}");
    press(&mut bench, "\t\n");
    press(&mut bench, "the knee\n→→\n");
    let set = |max| Act::SetCap { cap: "team.berlin.day".into(), max, until: None, reason: "the knee".into() };
    assert_eq!(bench.desk.acts(), [set(24)]);
    // From the dialog, and back into it with another number.
    let mut bench = Bench::on(FakeDesk::new(), Screen::Capacity, SIZE);
    press(&mut bench, "=25\nthe knee\n→→→\n");
    assert!(matches!(bench.model.dialog(), Some(Dialog::Sweep(_))));
    press(&mut bench, "j\n\n→→\n");
    assert_eq!(bench.desk.acts(), [set(6)]);
    // A range that still runs can be left, and is stopped.
    let mut bench = Bench::on(FakeDesk::new(), Screen::Capacity, SIZE);
    bench.desk.slow.store(true, std::sync::atomic::Ordering::SeqCst);
    press(&mut bench, "v\n");
    assert!(bench.desk.acts().is_empty());
    bench.key(Key::Esc);
    assert!(bench.model.dialog().is_none() && bench.model.preview.wanted.is_none());
}

#[test]
fn a_draft_is_begun_and_ended_beside_the_rules() {
    let mut bench = Bench::on(FakeDesk::new(), Screen::Report, SIZE);
    press(&mut bench, "S");
    assert!(bench.screen().contains("82 % (61–93, n 22)"), "{}", bench.screen());
    press(&mut bench, "s");
    assert!(bench.screen().contains("a draft runs already"), "{}", bench.screen());
    press(&mut bench, "e→\n");
    assert_eq!(bench.desk.acts(), [Act::StopShadow]);
    let mut bench = Bench::on(FakeDesk::empty(), Screen::Inbox, SIZE);
    press(&mut bench, "Se");
    assert!(bench.screen().contains("no draft runs"), "{}", bench.screen());
    press(&mut bench, "s\n\nlonger timing\n");
    let draft = "/etc/leadgate/leadgate.draft.toml".to_owned();
    assert_eq!(bench.desk.acts(), [Act::StartShadow { draft, reason: "longer timing".into() }]);
}

#[test]
fn each_key_of_a_handoff_does_its_act_after_its_question() {
    let unknown = HandoffId(21);
    assert_eq!(acts_of(Screen::Response, "R→\n"), [Act::Retry(unknown)]);
    assert_eq!(acts_of(Screen::Response, "M→\n"), [Act::MarkSent(unknown)]);
    assert_eq!(acts_of(Screen::Response, "D→\n"), [Act::Drop(unknown)]);
    assert_eq!(acts_of(Screen::Response, "Achris\n→\n"), [Act::Reassign { lead: LeadId(21), person: "chris".into() }]);
    // Enter opens the lead; its handoff takes the same keys.
    assert_eq!(acts_of(Screen::Response, "\nR→\n"), [Act::Retry(unknown)]);
}

#[test]
fn a_handoff_goes_elsewhere_or_anew_only_where_it_may() {
    let refused = HandoffId(22);
    assert!(acts_of(Screen::Response, "T1→\n").is_empty(), "it may be somewhere");
    let elsewhere = Act::Reroute { handoff: refused, destination: "mail".into() };
    assert_eq!(acts_of(Screen::Response, "jT1→\n"), [elsewhere]);
    assert!(acts_of(Screen::Response, "jT2→\n").is_empty(), "it goes there now");
    assert_eq!(acts_of(Screen::Response, "jE→\n"), [Act::Resend(refused)]);
    assert!(acts_of(Screen::Response, "jE\n").is_empty(), "it starts on Cancel");
}

#[test]
fn an_entry_of_the_journal_opens_its_lead_and_back_again() {
    let mut bench = Bench::on(FakeDesk::new(), Screen::Journal, SIZE);
    press(&mut bench, "\n");
    assert_eq!(bench.model.subject(), Some(LeadId(1)));
    assert!(bench.screen().contains("juergen.mueller@example.com"), "{}", bench.screen());
    bench.esc();
    assert!(bench.model.opened.is_none() && bench.model.screen == Screen::Journal);
    press(&mut bench, "jjj\n");
    assert!(bench.model.opened.is_none() && bench.screen().contains("about no lead"), "{}", bench.screen());
}

#[test]
fn it_rings_once_for_each_that_needs_somebody() {
    let mut bench = Bench::on(FakeDesk::new(), Screen::Inbox, SIZE);
    bench.desk.pulse.send_modify(|pulse| (pulse.version, pulse.calls.late) = (2, 2));
    bench.pulse();
    assert_eq!(bench.gone, [Effect::Ring("2 answers are late".into())]);
    assert!(bench.screen().contains("2 answers are late: Response (3)"), "{}", bench.screen());
    bench.desk.pulse.send_modify(|pulse| (pulse.version, pulse.calls.needs_you) = (3, 1));
    bench.pulse().pulse();
    assert_eq!(bench.gone.len(), 2);
    assert_eq!(bench.gone[1], Effect::Ring("1 handoff needs somebody".into()));
}

#[test]
fn the_mail_of_a_lead_is_viewed_and_left_again() {
    let mut bench = Bench::on(FakeDesk::new(), Screen::Inbox, SIZE);
    press(&mut bench, "V");
    assert!(
        bench.screen().contains("ANSWER BY") && bench.screen().contains("The key is invented"),
        "{}",
        bench.screen()
    );
    press(&mut bench, "V");
    assert!(bench.model.dialog().is_none());
}

#[test]
fn each_key_of_caps_and_sources_does_its_act() {
    let cap = "team.berlin.day".to_owned();
    let reason = "storm".to_owned();
    let save = |max, until| Act::SetCap { cap: cap.clone(), max, until, reason: reason.clone() };
    assert_eq!(acts_of(Screen::Capacity, "+storm\n→→\n"), [save(24, None)]);
    assert_eq!(acts_of(Screen::Capacity, "+storm\n→\n"), [save(24, Some(at("2026-11-23T23:00:00Z")))]);
    assert_eq!(acts_of(Screen::Capacity, "-storm\n→→\n"), [save(16, None)]);
    assert_eq!(acts_of(Screen::Capacity, "=25\nstorm\n→→\n"), [save(25, None)]);
    assert_eq!(acts_of(Screen::Capacity, "j0"), [Act::ResetCap("team.berlin.roof".into())]);
    assert!(acts_of(Screen::Capacity, "0").is_empty(), "nothing to reset");
    let source = "source-0".to_owned();
    assert_eq!(
        acts_of(Screen::Sources, "ptoo many\n→\n"),
        [Act::PauseSource { source: source.clone(), reason: "too many".into(), until: None }]
    );
    assert_eq!(
        acts_of(Screen::Sources, "ptrade fair until tomorrow\n→\n"),
        [Act::PauseSource {
            source: source.clone(),
            reason: "trade fair".into(),
            until: Some(at("2026-11-24T08:00:00Z"))
        }]
    );
    assert_eq!(acts_of(Screen::Sources, "t"), [Act::PollNow(source.clone())]);
    let since = at("2026-11-15T23:00:00Z");
    assert_eq!(acts_of(Screen::Sources, "b2026-11-16\n→\n"), [Act::Backfill { source, since }]);
    assert!(acts_of(Screen::Sources, "btomorrow\n→\n").is_empty(), "that is still to come");
    assert!(acts_of(Screen::Sources, "jb").is_empty(), "one is going on");
    assert!(acts_of(Screen::Sources, "jjjjjjb").is_empty(), "its setup is not complete");
    assert_eq!(acts_of(Screen::Sources, "jjjjjp"), [Act::ResumeSource("source-5".into())]);
}

#[test]
fn people_are_sent_home_called_in_and_back_from_the_capacity_screen() {
    let leave = |person: &str, reason: &str, until| Act::Leave { person: person.into(), until, reason: reason.into() };
    let thursday = Some(at("2026-11-26T08:00:00Z"));
    assert_eq!(acts_of(Screen::Capacity, "abela\nflu until thu 9:00\n→\n"), [leave("bela", "flu", thursday)]);
    assert_eq!(acts_of(Screen::Capacity, "a1flu\n→\n"), [leave("anna", "flu", None)]);
    assert!(acts_of(Screen::Capacity, "a1\n").is_empty(), "not without a reason");
    let shift = |person: &str, on| Act::Shift { person: person.into(), on, until: None, reason: "fair".into() };
    assert_eq!(acts_of(Screen::Capacity, "s1fair\n"), [shift("anna", false)]);
    assert_eq!(acts_of(Screen::Capacity, "schris\nfair\n"), [shift("chris", true)]);
    assert_eq!(acts_of(Screen::Capacity, "H1→\n"), [Act::HandOver("anna".into())]);
    let mut bench = Bench::on(FakeDesk::new(), Screen::Capacity, SIZE);
    press(&mut bench, "s");
    let screen = bench.screen();
    assert!(screen.contains("send Anna off…") && screen.contains("call Chris in…"), "{screen}");
    assert!(screen.contains("from Tue 09:00"), "each with how they are there: {screen}");
}

#[test]
fn a_cap_is_not_changed_without_a_reason_or_a_number_and_0_asks() {
    let mut bench = Bench::on(FakeDesk::new(), Screen::Capacity, SIZE);
    press(&mut bench, "+\n→→\n");
    assert!(bench.screen().contains("a reason is needed"));
    press(&mut bench, "storm");
    bench.key(Key::BackTab).key(Key::Ctrl('u'));
    press(&mut bench, "many\n\n→→\n");
    assert!(bench.screen().contains("write a whole number"));
    bench.key(Key::Ctrl('u'));
    press(&mut bench, "0\n\n→→\n");
    assert!(bench.screen().contains("Close team.berlin.day?"), "{}", bench.screen());
    assert!(bench.desk.acts().is_empty());
    press(&mut bench, "\n");
    assert!(bench.desk.acts().is_empty(), "it started on Cancel");
    assert!(bench.model.dialogs.is_empty());
}

#[test]
fn every_danger_starts_on_cancel() {
    for (screen, keys) in [
        (Screen::Inbox, "r1\n"),
        (Screen::Inbox, "Abela\n"),
        (Screen::Response, "R"),
        (Screen::Response, "jT1"),
        (Screen::Response, "jE"),
        (Screen::Response, "M"),
        (Screen::Response, "D"),
        (Screen::Sources, "pwhy\n"),
        (Screen::Sources, "b7 d\n"),
        (Screen::Capacity, "a1flu\n"),
        (Screen::Capacity, "H1"),
    ] {
        let mut bench = Bench::on(FakeDesk::new(), screen, SIZE);
        press(&mut bench, keys);
        let Some(Dialog::Confirm(confirm)) = bench.model.dialog().cloned() else { panic!("{keys:?} asks") };
        assert!(!confirm.on_go);
        assert!(bench.screen().contains("[›Cancel‹]"));
        bench.enter();
        assert!(bench.desk.acts().is_empty(), "{keys:?}");
        assert_eq!(bench.status(), "cancelled, nothing was changed");
        // Anew: keys that moved the cursor would move it further.
        let mut bench = Bench::on(FakeDesk::new(), screen, SIZE);
        press(&mut bench, keys);
        bench.key(Key::Tab).enter();
        assert_eq!(bench.desk.acts(), [confirm.act]);
    }
    for command in TABLE.iter().filter(|command| command.danger) {
        assert!(
            [
                Id::Return,
                Id::Reassign,
                Id::Retry,
                Id::Reroute,
                Id::Resend,
                Id::MarkSent,
                Id::Drop,
                Id::Pause,
                Id::Backfill,
                Id::Away,
                Id::HandOver
            ]
            .contains(&command.id)
        );
    }
}

#[test]
fn esc_goes_back_one_step_always() {
    let mut bench = Bench::new((100, 30));
    press(&mut bench, "3\n?");
    assert_eq!(bench.model.place(), Place::Lead);
    bench.esc();
    assert!(bench.model.dialogs.is_empty());
    bench.esc();
    assert_eq!(bench.model.place(), Place::At(Screen::Response));
    press(&mut bench, "/clara\n");
    bench.esc();
    assert_eq!((bench.model.filter(), bench.model.screen), ("", Screen::Response));
    bench.esc();
    assert_eq!(bench.model.screen, Screen::Inbox);
    press(&mut bench, "\t\t");
    assert_eq!(bench.model.inbox.list, List::Rejected);
    bench.esc();
    assert_eq!(bench.model.inbox.list, List::Open);
    bench.esc();
    assert!(bench.gone.is_empty(), "Esc never quits");

    // Inside an act: from the question to the note, to the list of reasons, to the screen.
    press(&mut bench, "r1moved\n");
    for left in [2, 1, 0] {
        bench.esc();
        assert_eq!(bench.model.dialogs.len(), left);
    }
    assert!(bench.desk.acts().is_empty());

    // A filter that is left with Esc is as it was.
    press(&mut bench, "/roof\n/zzz");
    assert!(bench.model.inbox.rows().is_empty());
    bench.esc();
    assert_eq!(bench.model.filter(), "roof");
    assert_eq!(bench.model.inbox.rows().len(), 8);
}

#[test]
fn the_cursor_stays_on_its_lead_when_rows_arrive_and_leave() {
    let desk = FakeDesk::new();
    let mut bench = Bench::on(desk.clone(), Screen::Inbox, (100, 30));
    press(&mut bench, "jjjjjjjj");
    let lead = bench.model.subject();
    let line = |bench: &Bench| bench.screen().lines().position(|line| line.starts_with("│▌")).unwrap();
    let before = line(&bench);
    for (id, minutes) in [(101, -500), (102, -400), (103, 4_000)] {
        desk.arrive(id, minutes);
        bench.pulse().wait(1);
        assert_eq!(bench.model.subject(), lead);
        assert_eq!(line(&bench), before, "the picture does not jump");
    }
    assert!(bench.screen().contains("2 new ↑ 1 new ↓"), "{}", bench.screen());
    press(&mut bench, "g");
    assert!(bench.screen().contains(" 1 new ↓"));
    press(&mut bench, "G");
    assert!(!bench.screen().contains("new ↓"));
    // When its lead leaves, the cursor is on the row that took its place.
    press(&mut bench, "g");
    assert_eq!(bench.model.subject(), Some(LeadId(101)));
    desk.remove(101);
    bench.pulse().wait(1);
    assert_eq!(bench.model.subject(), Some(LeadId(102)));
}

#[test]
fn time_alone_sorts_again_without_moving_the_cursor() {
    let mut bench = Bench::new(SIZE);
    press(&mut bench, "jj");
    let lead = bench.model.subject();
    let before = bench.asked;
    bench.wait(10);
    assert_eq!(bench.asked, before, "nothing is asked because a second passed");
    for _ in 0..30 {
        bench.wait(600);
    }
    assert_eq!(bench.model.subject(), lead);
    let now = bench.model.now;
    assert!(bench.model.inbox.rows().is_sorted_by_key(|row| row.need(now)));
}

#[test]
fn an_open_dialog_is_about_the_lead_it_was_opened_on() {
    let desk = FakeDesk::new();
    let mut bench = Bench::on(desk.clone(), Screen::Inbox, SIZE);
    press(&mut bench, "l");
    desk.remove(FIRST.0);
    bench.pulse().wait(1);
    assert_eq!(bench.model.subject(), Some(LeadId(1)));
    press(&mut bench, "1");
    assert_eq!(desk.acts(), [Act::Lost { lead: FIRST, code: Code::NoInterest }]);
}

#[test]
fn repeat_does_the_last_act_on_this_lead_and_dangers_ask_again() {
    let mut bench = Bench::new(SIZE);
    press(&mut bench, ".");
    assert!(bench.status().contains("nothing to repeat yet"));
    press(&mut bench, "nj.");
    assert_eq!(bench.desk.acts(), [Act::NoAnswer(FIRST), Act::NoAnswer(LeadId(1))]);
    press(&mut bench, "r1\n→\nj.");
    assert!(matches!(bench.model.dialog(), Some(Dialog::Confirm(_))));
    press(&mut bench, "→\n");
    assert_eq!(
        bench.desk.acts().last(),
        Some(&Act::Return { lead: LeadId(3), code: Code::BadContact, note: String::new() })
    );
}

#[test]
fn refused_and_bad_values_are_said_and_change_nothing() {
    let mut bench = Bench::new(SIZE);
    *bench.desk.refuse.lock().unwrap() = Some(Refused::NotNow("Bela accepted it 3 s ago".into()));
    press(&mut bench, "c");
    assert_eq!(bench.status(), "not done: Bela accepted it 3 s ago");
    assert_eq!(bench.model.acting, 0);
    press(&mut bench, "wa lot\n");
    assert!(bench.screen().contains("is no amount"));
    bench.esc();
    press(&mut bench, "z4yesterday\n");
    assert!(bench.screen().contains("is no moment"));
    assert!(bench.desk.acts().is_empty());
}

#[test]
fn the_title_says_the_demo_and_where_the_engine_is() {
    let mut bench = Bench::new((160, 45));
    bench.model.seat.demo = true;
    assert!(bench.screen().lines().next().unwrap().contains(" DEMO   ● live  Anna · rep  Mon 09:06"));
    bench.desk.pulse.send_modify(|pulse| {
        pulse.engine = leadgate::desk::EngineState::Elsewhere;
        pulse.troubles = vec!["zammad refused our token · set ZAMMAD_TOKEN".into(), "disk almost full".into()];
    });
    bench.pulse();
    let picture = bench.screen();
    assert!(picture.contains("● live elsewhere"));
    assert!(picture.contains("! zammad refused our token · set ZAMMAD_TOKEN · and 1 more"));
    bench.desk.pulse.send_modify(|pulse| {
        pulse.troubles.clear();
        pulse.alarms = vec!["Newsletter: silent for 3 days".into(), "Meta: its sign-in ends in 9 days".into()];
    });
    bench.pulse();
    assert!(bench.screen().contains("! 2 sources to look at (4) · Newsletter: silent for 3 days"));
    // Where the width is short the tabs and the clock stay.
    bench.resize((44, 12));
    let title = bench.screen().lines().next().unwrap().to_owned();
    assert!(title.contains("[1 Inbox]") && title.contains("Mon 09:06"), "{title}");
}

#[test]
fn a_disabled_command_says_why() {
    let mut bench = Bench::new(SIZE);
    press(&mut bench, "a");
    assert_eq!(bench.status(), "accept the lead: this lead is accepted already");
    press(&mut bench, "\t");
    press(&mut bench, "c");
    assert!(bench.status().contains("only for a lead that was handed to somebody"));
    press(&mut bench, "R");
    assert!(bench.status().contains("R does nothing here"));
    // The palette refuses with the reason and stays open.
    press(&mut bench, ":raise the cap\n");
    assert!(bench.status().contains("works on Capacity (2)"));
    assert!(matches!(bench.model.dialog(), Some(Dialog::Pick(_))));
}

#[test]
fn help_and_palette_list_every_command_of_the_table() {
    for screen in Screen::ALL {
        let mut bench = Bench::on(FakeDesk::new(), screen, (120, 60));
        press(&mut bench, "?");
        let mut pages = bench.screen();
        for _ in 0..6 {
            bench.key(Key::PageDown);
            pages.push_str(&bench.screen());
        }
        let squeezed: String = pages.split_whitespace().collect::<Vec<_>>().join(" ").replace(" │ │ ", " ");
        for command in TABLE {
            let start: String = command.title.split(' ').take(3).collect::<Vec<_>>().join(" ");
            assert!(squeezed.contains(&start), "{screen:?}: {}", command.title);
        }
        if screen != Screen::Sources {
            assert!(pages.contains("works on Sources (4)"));
        }
    }
    let mut bench = Bench::new(SIZE);
    press(&mut bench, ":");
    let Some(Dialog::Pick(pick)) = bench.model.dialog() else { panic!("a palette") };
    assert_eq!(pick.lines.len(), TABLE.len() - 1);
    press(&mut bench, "capacity caps\n");
    assert_eq!(bench.model.screen, Screen::Capacity);
}

#[test]
fn the_key_line_holds_only_what_works_here_now_and_always_help() {
    for width in [60, 80, 120, 160] {
        for screen in Screen::ALL {
            let bench = Bench::on(FakeDesk::new(), screen, (width, 30));
            let picture = bench.screen();
            let keys = picture.lines().last().unwrap();
            assert!(keys.contains("? help"), "{screen:?} {width}: {keys}");
            assert!(!keys.contains("a accept"), "the first lead is accepted already");
        }
    }
}

#[test]
fn a_paste_is_text_and_never_keys() {
    let mut bench = Bench::new(SIZE);
    bench.send(Message::Input(Input::Paste("c\nn\nq\n".into())));
    assert!(bench.desk.acts().is_empty() && bench.gone.is_empty());
    press(&mut bench, "N");
    bench.send(Message::Input(Input::Paste(format!("{}\n{HOSTILE}", "x".repeat(60_000)))));
    assert!(bench.desk.acts().is_empty(), "a pasted newline does not send");
    let Some(Dialog::Type(line)) = bench.model.dialog() else { panic!("a note") };
    assert!(line.typed.value().chars().count() <= 2_000);
    bench.enter();
    assert_eq!(bench.desk.acts().len(), 1);
    press(&mut bench, "r1");
    bench.send(Message::Input(Input::Paste("line one\r\nline two".into())));
    press(&mut bench, "\n→\n");
    assert_eq!(
        bench.desk.acts().last(),
        Some(&Act::Return { lead: FIRST, code: Code::BadContact, note: "line one line two".into() })
    );
}

#[test]
fn digits_switch_screens_and_q_and_ctrl_c_leave() {
    let mut bench = Bench::new(SIZE);
    for (digit, screen) in ('1'..='7').zip(Screen::ALL) {
        bench.key(Key::Char(digit));
        assert_eq!(bench.model.screen, screen);
    }
    press(&mut bench, "q");
    assert_eq!(bench.gone, [Effect::Quit]);
    press(&mut bench, "1N");
    bench.key(Key::Char('q'));
    assert_eq!(bench.gone.len(), 1, "q is a letter in a note");
    bench.key(Key::Ctrl('c')).key(Key::Ctrl('z')).key(Key::Ctrl('l'));
    assert_eq!(bench.gone[1..], [Effect::Quit, Effect::Suspend, Effect::Redraw]);
}

#[test]
fn tab_walks_the_lists_and_m_shows_mine() {
    let mut bench = Bench::new(SIZE);
    for list in List::ALL.into_iter().cycle().skip(1).take(5) {
        bench.key(Key::Tab);
        assert_eq!(bench.model.inbox.list, list);
    }
    bench.key(Key::BackTab);
    assert_eq!(bench.model.inbox.list, List::Closed);
    bench.key(Key::Tab);
    press(&mut bench, "m");
    assert!(bench.model.inbox.rows().iter().all(|row| row.owner.is_none() || row.owner.as_deref() == Some("Anna")));
    assert!(bench.screen().contains("mine"));
}

#[test]
fn a_quarantined_record_can_be_read_on_a_narrow_screen() {
    let mut bench = Bench::new((60, 20));
    press(&mut bench, "\t\t\t\n");
    assert!(matches!(bench.model.opened.map(|opened| opened.key), Some(RowKey::Record(_))));
    assert!(bench.screen().contains("The record has no e-mail"), "{}", bench.screen());
    bench.esc();
    assert!(bench.model.opened.is_none());
}

#[test]
fn a_silent_store_is_said_with_its_age_and_the_old_picture_stays() {
    let desk = FakeDesk::new();
    let mut bench = Bench::on(desk.clone(), Screen::Inbox, SIZE);
    let rows = bench.model.inbox.rows().len();
    desk.hang.store(true, std::sync::atomic::Ordering::SeqCst);
    bench.wait(20);
    bench.key(Key::Ctrl('r')).wait(2);
    assert!(bench.screen().contains("● live"), "two seconds are not a silence");
    bench.wait(10);
    let picture = bench.screen();
    assert!(picture.contains("◐ 32 s old"), "{picture}");
    assert!(picture.contains("database not answering for 32 s, retrying; nothing is lost"));
    assert_eq!(bench.model.inbox.rows().len(), rows);
    // Keys still work on the old picture.
    press(&mut bench, "j");
    assert_eq!(bench.model.subject(), Some(LeadId(1)));
}

#[test]
fn a_failed_question_is_asked_again_and_a_lost_hint_only_delays() {
    let desk = FakeDesk::new();
    let mut bench = Bench::on(desk.clone(), Screen::Sources, SIZE);
    desk.set_down(true);
    bench.key(Key::Ctrl('r'));
    assert!(matches!(bench.model.sources.data.failed, Some((DeskError::Store(_), _))));
    let asked = bench.asked;
    bench.wait(1);
    assert_eq!(bench.asked, asked, "not at once");
    bench.wait(2);
    assert_eq!(bench.asked, asked + 1);
    desk.set_down(false);
    bench.wait(3);
    assert!(bench.model.silent_secs().is_none());
    // Nothing said anything for a while: it asks by itself.
    let asked = bench.asked;
    bench.wait(5);
    assert_eq!(bench.asked, asked);
    bench.wait(20);
    assert_eq!(bench.asked, asked + 1);
}

#[test]
fn a_flood_of_hints_is_folded() {
    let desk = FakeDesk::new();
    let mut bench = Bench::on(desk.clone(), Screen::Inbox, SIZE);
    bench.wait(1);
    let asked = bench.asked;
    for _ in 0..1_000 {
        desk.pulse.send_modify(|pulse| pulse.version += 1);
        bench.pulse();
    }
    assert!(bench.asked - asked <= 2 * 2, "{} questions", bench.asked - asked);
    bench.wait(1);
    assert!(!bench.model.outdated, "the last hint is not lost");
}

#[test]
fn an_answer_that_comes_late_is_dropped() {
    let mut bench = Bench::new(SIZE);
    bench.hold = true;
    press(&mut bench, "jj");
    bench.release();
    let lead = bench.model.subject();
    assert_eq!(bench.model.detail().map(|detail| Some(detail.lead)), Some(lead));
}

#[test]
fn after_an_act_the_screen_is_asked_anew_and_undo_is_offered() {
    let mut bench = Bench::new(SIZE);
    let asked = bench.asked;
    press(&mut bench, "c");
    assert!(bench.asked > asked);
    assert!(bench.status().ends_with("u takes it back"), "{}", bench.status());
    bench.wait(9);
    assert_eq!(bench.status(), "");
}

#[test]
fn long_lists_are_read_in_pages_as_the_cursor_comes_near() {
    let desk = FakeDesk::new();
    let make = |id: i64| (List::Open, console_support::row(id, leadgate::lead::Stage::Out));
    desk.rows.lock().unwrap().extend((1_000..1_900).map(make));
    let mut bench = Bench::on(desk, Screen::Inbox, SIZE);
    assert_eq!(bench.model.inbox.rows().len(), 200);
    press(&mut bench, "G");
    assert_eq!(bench.model.inbox.rows().len(), 400);
    for _ in 0..10 {
        press(&mut bench, "G");
    }
    assert_eq!(bench.model.inbox.rows().len(), 930);
    bench.key(Key::Ctrl('r'));
    assert_eq!(bench.model.inbox.rows().len(), 930, "a refresh keeps what was read");
}

#[test]
fn what_the_view_shows_is_what_the_cursor_can_reach() {
    for size in [(80, 24), (100, 30), (120, 40), (160, 45), (50, 12)] {
        for screen in Screen::ALL {
            let mut bench = Bench::on(FakeDesk::new(), screen, size);
            for _ in 0..70 {
                bench.key(Key::Down);
                let picture = bench.screen();
                assert!(screen == Screen::Referrals || picture.contains('▌'), "{screen:?} {size:?}\n{picture}");
            }
            assert!(layout::list_rows(&bench.model) > 0);
        }
    }
}

#[test]
fn the_console_knows_no_store_and_only_effects_call_the_desk() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/console");
    let mut folders = vec![std::path::PathBuf::from(root)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("crate::store"), "{}", path.display());
            let pure = ["model", "update", "view"]
                .iter()
                .any(|part| path.to_string_lossy().contains(&format!("/console/{part}/")));
            for word in ["dyn Desk", "Timestamp::now", "tokio::", "std::env", "std::fs", "async fn"] {
                assert!(!pure || !text.contains(word), "{word} in {}", path.display());
            }
        }
    }
}

#[test]
fn the_manual_is_written_from_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
    let manual = commands::manual();
    if std::env::var_os("LEADGATE_WRITE_DOCS").is_some() {
        std::fs::write(path, &manual).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        written, manual,
        "docs/keys.md is not what the table says; LEADGATE_WRITE_DOCS=1 cargo test --test console_keys writes it"
    );
}
