//! The one table of commands. It feeds dispatch, the key line, `?` help, the `:` palette and
//! `docs/keys.md`, so none of them can drift from what a key does.

mod available;
mod manual;

use available::{
    always, can_accept, can_backfill, can_drop, can_edit, can_filter, can_open, can_pause_clock, can_poll,
    can_reassign, can_repeat, can_reroute, can_resend, can_retry, can_settle, can_snooze, can_suspend, can_turn_panel,
    has_cap, has_detail, has_figures, has_lead, has_people, has_question, has_source, has_unanswered, is_out,
    is_overridden, is_somebody,
};
pub use manual::manual;

use super::input::Key;
use super::model::{Model, Place, Screen};

/// A command's identity.
#[allow(missing_docs)] // each one's title in the table is its documentation
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Id {
    Answer,
    Fits,
    FitsNot,
    Accept,
    Contacted,
    NoAnswer,
    Won,
    Lost,
    Return,
    Snooze,
    PauseClock,
    Edit,
    Note,
    Reassign,
    Explain,
    Preview,
    Shadow,
    Contact,
    Mail,
    Retry,
    Reroute,
    Resend,
    MarkSent,
    Drop,
    RaiseCap,
    LowerCap,
    ChangeCap,
    Curve,
    ResetCap,
    Away,
    Shift,
    HandOver,
    Pause,
    PollNow,
    Backfill,
    Period,
    View,
    By,
    FigureBefore,
    FigureAfter,
    OverTime,
    Reasons,
    Split,
    NextPanel,
    NextList,
    PreviousList,
    Mine,
    Open,
    Back,
    Filter,
    Undo,
    Repeat,
    Palette,
    Help,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Inbox,
    Capacity,
    Response,
    Sources,
    Report,
    Referrals,
    Journal,
    Refresh,
    Redraw,
    Suspend,
    Quit,
}

/// The heading a command stands under in help and manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What one does with a lead.
    Lead,
    /// What one does with a handoff.
    Handoff,
    /// Caps.
    Capacity,
    /// Sources.
    Sources,
    /// Figures.
    Figures,
    /// Moving about.
    Moving,
    /// The console itself.
    Everywhere,
}

impl Group {
    /// Every group, in the order of help and manual.
    pub const ALL: [Self; 7] =
        [Self::Lead, Self::Handoff, Self::Capacity, Self::Sources, Self::Figures, Self::Moving, Self::Everywhere];

    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Lead => "A lead",
            Self::Handoff => "A handoff",
            Self::Capacity => "Capacity",
            Self::Sources => "Sources",
            Self::Figures => "Figures",
            Self::Moving => "Moving",
            Self::Everywhere => "Everywhere",
        }
    }
}

/// Where a command works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    All,
    /// On the Inbox and on an opened lead.
    Lead,
    /// Where a lead or a handoff is under the cursor.
    LeadOrHandoff,
    /// On the Response screen and on an opened lead.
    Handoff,
    /// On one screen.
    On(Screen),
}

impl Scope {
    /// Does it work there?
    pub fn holds(self, place: Place) -> bool {
        match self {
            Self::All => true,
            Self::Lead => matches!(place, Place::Lead | Place::At(Screen::Inbox)),
            Self::LeadOrHandoff => matches!(place, Place::Lead | Place::At(Screen::Inbox | Screen::Response)),
            Self::Handoff => matches!(place, Place::Lead | Place::At(Screen::Response)),
            Self::On(screen) => place == Place::At(screen),
        }
    }

    /// Said where it does not.
    pub const fn elsewhere(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Lead => "works on a lead: Inbox (1), or Enter on a handoff",
            Self::LeadOrHandoff => "works on a lead or handoff: Inbox (1) or Response (3)",
            Self::Handoff => "works on a handoff: Response (3)",
            Self::On(Screen::Inbox) => "works on the Inbox (1)",
            Self::On(Screen::Capacity) => "works on Capacity (2)",
            Self::On(Screen::Response) => "works on Response (3)",
            Self::On(Screen::Sources) => "works on Sources (4)",
            Self::On(Screen::Report) => "works on the Report (5)",
            Self::On(Screen::Referrals) => "works on Referrals (6)",
            Self::On(Screen::Journal) => "works on the Journal (7)",
        }
    }
}

/// One command.
#[derive(Debug)]
pub struct Command {
    /// Its identity.
    pub id: Id,
    /// Its keys, the first one shown.
    pub keys: &'static [Key],
    /// What it does, as help and palette say it.
    pub title: &'static str,
    /// In the key line; empty where it needs no reminder.
    pub hint: &'static str,
    /// Its heading.
    pub group: Group,
    /// Where it works.
    pub scope: Scope,
    /// It asks before it acts, starting on Cancel.
    pub danger: bool,
    available: fn(&Model) -> Result<(), &'static str>,
}

impl Command {
    /// May it run here and now? If not, why.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn available(&self, model: &Model) -> Result<(), &'static str> {
        if !self.scope.holds(model.place()) {
            return Err(self.scope.elsewhere());
        }
        (self.available)(model)
    }

    /// Its keys as people read them.
    pub fn keys_text(&self) -> String {
        self.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }
}

/// The command with this identity.
pub fn command(id: Id) -> Option<&'static Command> {
    TABLE.iter().find(|command| command.id == id)
}

use Group as G;
use Key::{Char as C, Ctrl};
use Scope as S;

macro_rules! table {
    ($( $id:ident [$($key:expr),*] $hint:literal $title:literal, $group:expr, $scope:expr, $danger:literal, $when:expr; )*) => {
        /// Every command, in the order of the key line.
        pub static TABLE: &[Command] = &[ $( Command {
            id: Id::$id, keys: &[$($key),*], hint: $hint, title: $title, group: $group, scope: $scope, danger: $danger,
            available: $when,
        }, )* ];
    };
}

table! {
    Answer [C('i')] "answer…" "answer the open question: what they said, and what follows from it before it is saved", G::Lead, S::Lead, false, has_question;
    Fits [C('f')] "fits" "answer the open question: yes, it fits", G::Lead, S::Lead, false, has_question;
    FitsNot [C('d')] "doesn't" "answer the open question: no, it doesn't fit", G::Lead, S::Lead, false, has_question;
    Accept [C('a')] "accept" "accept the lead: you take it", G::Lead, S::Lead, false, can_accept;
    Contacted [C('c')] "contacted" "contacted: you reached them now; stops the response clock", G::Lead, S::Lead, false, is_out;
    NoAnswer [C('n')] "no answer" "no answer: you tried, nobody was there; counts as a first response", G::Lead, S::Lead, false, is_out;
    Won [C('w')] "won" "won: asks for its value", G::Lead, S::Lead, false, is_out;
    Lost [C('l')] "lost…" "lost: asks why", G::Lead, S::Lead, false, is_out;
    Return [C('r')] "return…" "return the lead: asks why, and once more before it is done", G::Lead, S::Lead, true, is_out;
    Snooze [C('z')] "snooze…" "snooze: out of sight until a moment; the clocks go on", G::Lead, S::Lead, false, can_snooze;
    PauseClock [C('p')] "pause…" "pause an answered lead that waits for something outside (asks for what, why and until when), or go on", G::Lead, S::Lead, false, can_pause_clock;
    Edit [C('e')] "edit…" "edit a field; the lead is decided again at once", G::Lead, S::Lead, false, can_edit;
    Note [C('N')] "note" "add a note", G::Lead, S::Lead, false, has_lead;
    Reassign [C('A')] "reassign…" "give the lead to another person: a new handoff", G::Lead, S::LeadOrHandoff, true, can_reassign;
    Explain [C('x')] "explain" "explain: what was written and read, the rule with its line, what would pass, what holds it", G::Lead, S::Lead, false, has_lead;
    Contact [C('y')] "phone" "show phone and e-mail large, to copy", G::Lead, S::Lead, false, has_detail;
    Mail [C('V')] "" "view the mail of the lead as it would go out now", G::Lead, S::LeadOrHandoff, false, has_lead;
    Retry [C('R')] "retry" "send the handoff again now", G::Handoff, S::Handoff, true, can_retry;
    Reroute [C('T')] "reroute…" "send the handoff to another destination, where it is surely in none", G::Handoff, S::Handoff, true, can_reroute;
    Resend [C('E')] "resend" "send the handoff anew, as it reads now; what is there already stays, so there may be two", G::Handoff, S::Handoff, true, can_resend;
    MarkSent [C('M')] "mark sent" "take the handoff as delivered; it is not sent again", G::Handoff, S::Handoff, true, can_settle;
    Drop [C('D')] "drop" "give the handoff up; the lead goes back to the queue", G::Handoff, S::Handoff, true, can_drop;
    RaiseCap [C('+')] "raise" "raise the cap under the cursor: asks for the reason", G::Capacity, S::On(Screen::Capacity), false, has_cap;
    LowerCap [C('-')] "lower" "lower the cap under the cursor: asks for the reason; 0 closes it", G::Capacity, S::On(Screen::Capacity), false, has_cap;
    ChangeCap [C('=')] "set" "set the cap under the cursor to any number", G::Capacity, S::On(Screen::Capacity), false, has_cap;
    ResetCap [C('0')] "reset" "put the cap back to the config's number", G::Capacity, S::On(Screen::Capacity), false, is_overridden;
    Away [C('a')] "away/back…" "somebody is away, or back: asks who, why and until when", G::Capacity, S::On(Screen::Capacity), true, has_people;
    Shift [C('s')] "shift…" "call somebody in, or send them off shift: asks who, why and until when", G::Capacity, S::On(Screen::Capacity), false, has_people;
    HandOver [C('H')] "hand over…" "give what somebody has not answered to the others, within everybody's caps", G::Capacity, S::On(Screen::Capacity), true, has_unanswered;
    Curve [C('v')] "curve" "the curve of the cap under the cursor: what other maximums would have come to, and its knee", G::Capacity, S::On(Screen::Capacity), false, has_cap;
    Pause [C('p')] "pause/resume" "pause the source (asks why), or read it again", G::Sources, S::On(Screen::Sources), true, has_source;
    PollNow [C('t')] "read now" "read the source now", G::Sources, S::On(Screen::Sources), false, can_poll;
    Backfill [C('b')] "back-fill…" "read the source again from an earlier moment: asks from when on", G::Sources, S::On(Screen::Sources), true, can_backfill;
    Preview [C('P')] "" "preview a draft of the rules: what the past days would have been", G::Figures, S::All, false, always;
    Shadow [C('S')] "" "shadow rules: the draft that decides beside the rules, how both did; start and stop it", G::Figures, S::All, false, always;
    Period [C('d')] "days" "the period of the figures: 7, 28, 91 or 365 days", G::Figures, S::On(Screen::Report), false, always;
    View [C('v')] "cohort/calendar" "leads by the day they were received (cohort), or events by the day they happened (calendar)", G::Figures, S::On(Screen::Report), false, always;
    By [C('s')] "split" "split by source, campaign, service, region, team, person or referral", G::Figures, S::On(Screen::Report), false, always;
    FigureBefore [Key::Left, C('h')] "" "the figure to the left; Enter shows its leads", G::Figures, S::On(Screen::Report), false, always;
    FigureAfter [Key::Right, C('l')] "figure" "the figure to the right; Enter shows its leads", G::Figures, S::On(Screen::Report), false, always;
    OverTime [C('c')] "chart" "the line over time instead of the funnel, where there is no room for both", G::Figures, S::On(Screen::Report), false, always;
    Reasons [C('x')] "why" "why: the verdict's rule, windows, and the reason of every figure that is missing", G::Figures, S::On(Screen::Report), false, has_figures;
    Split [C('s')] "split" "split the table by person, team, source or destination", G::Figures, S::On(Screen::Response), false, always;
    NextPanel [Key::Tab] "panel" "the next panel below the list: destinations, first response, table", G::Moving, S::On(Screen::Response), false, can_turn_panel;
    NextList [Key::Tab] "lists" "the next list: open, held, rejected, quarantine, closed", G::Moving, S::On(Screen::Inbox), false, always;
    PreviousList [Key::BackTab] "" "the list before", G::Moving, S::On(Screen::Inbox), false, always;
    Mine [C('m')] "mine" "only your own leads, or everyone's", G::Moving, S::On(Screen::Inbox), false, is_somebody;
    Open [Key::Enter] "open" "open what is under the cursor", G::Moving, S::All, false, can_open;
    Back [Key::Esc] "" "back one step, always", G::Moving, S::All, false, always;
    Filter [C('/')] "filter" "filter what is shown", G::Moving, S::All, false, can_filter;
    Undo [C('u')] "undo" "take your last act back", G::Everywhere, S::All, false, always;
    Repeat [C('.')] "" "do your last act again, on this lead", G::Everywhere, S::All, false, can_repeat;
    Palette [C(':')] "" "run any command by name", G::Everywhere, S::All, false, always;
    Help [C('?')] "help" "what every key does here, and why some do nothing now", G::Everywhere, S::All, false, always;
    Up [C('k'), Key::Up] "" "up", G::Moving, S::All, false, always;
    Down [C('j'), Key::Down] "" "down", G::Moving, S::All, false, always;
    PageUp [Key::PageUp] "" "a page up", G::Moving, S::All, false, always;
    PageDown [Key::PageDown] "" "a page down", G::Moving, S::All, false, always;
    First [C('g'), Key::Home] "" "to the first", G::Moving, S::All, false, always;
    Last [C('G'), Key::End] "" "to the last", G::Moving, S::All, false, always;
    Inbox [C('1')] "" "Inbox: whom to call next", G::Moving, S::All, false, always;
    Capacity [C('2')] "" "Capacity: caps and people", G::Moving, S::All, false, always;
    Response [C('3')] "" "Response: handoffs and first responses", G::Moving, S::All, false, always;
    Sources [C('4')] "" "Sources: where leads come from", G::Moving, S::All, false, always;
    Report [C('5')] "" "Report: funnel, cost, value and verdict by source", G::Moving, S::All, false, always;
    Referrals [C('6')] "" "Referrals: codes people gave", G::Moving, S::All, false, always;
    Journal [C('7')] "" "Journal: what happened", G::Moving, S::All, false, always;
    Refresh [Ctrl('r')] "" "ask the database again now", G::Everywhere, S::All, false, always;
    Redraw [Ctrl('l')] "" "draw the screen anew", G::Everywhere, S::All, false, always;
    Suspend [Ctrl('z')] "" "suspend; `fg` comes back", G::Everywhere, S::All, false, can_suspend;
    Quit [C('q'), Ctrl('c')] "" "quit", G::Everywhere, S::All, false, always;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let places = Screen::ALL.into_iter().map(Place::At).chain([Place::Lead]);
        for place in places {
            let mut seen = std::collections::HashMap::new();
            for command in TABLE.iter().filter(|command| command.scope.holds(place)) {
                for key in command.keys {
                    let before = seen.insert(*key, command.id);
                    assert_eq!(before, None, "{key} is bound twice on {place:?}");
                    assert_ne!(*key, Key::Backspace, "no act on Backspace");
                }
            }
        }
        let ids: std::collections::HashSet<_> = TABLE.iter().map(|command| command.id).collect();
        assert_eq!(ids.len(), TABLE.len());
    }
}
