//! All the console knows, as plain data. Only `update` changes it; `view` reads it. Nothing here asks the
//! time, the desk or the terminal.

pub mod cursor;
pub mod dialog;
pub mod inbox;
pub mod loaded;
pub mod preview;
pub mod report;
pub mod response;
pub mod screens;

use jiff::Timestamp;

pub use cursor::Cursor;
pub use dialog::Dialog;
pub use inbox::{Inbox, RowKey};
pub use loaded::Loaded;
pub use preview::Previewing;
pub use report::{Period, ReportScreen};
pub use response::ResponseScreen;
pub use screens::{CapacityScreen, JournalScreen, SourcesScreen};

use self::dialog::{Choice, Purpose, Type};
use super::theme::Theme;
use crate::desk::view::{Explanation, HandoffRow, LeadDetail, LeadRow, MailPreview, Question, ShadowRun, WouldBe};
use crate::desk::{Act, Pulse, Seat};
use crate::lead::LeadId;

/// Without an answer for this long the picture counts as old.
pub const STALE_AFTER_SECS: i64 = 3;
/// After a failed question the next try comes this much later.
pub const RETRY_SECS: i64 = 2;
/// After this long without a word from the store the screen asks by itself.
pub const PROBE_SECS: i64 = 15;

/// The screens, in the order of their digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Screen {
    /// Leads: whom to call next.
    #[default]
    Inbox,
    /// Caps and people.
    Capacity,
    /// Handoffs and first responses.
    Response,
    /// Where leads come from.
    Sources,
    /// Figures.
    Report,
    /// Referral codes.
    Referrals,
    /// What happened.
    Journal,
}

impl Screen {
    /// Every screen.
    pub const ALL: [Self; 7] =
        [Self::Inbox, Self::Capacity, Self::Response, Self::Sources, Self::Report, Self::Referrals, Self::Journal];

    /// Its name in the title line.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Inbox => "Inbox",
            Self::Capacity => "Capacity",
            Self::Response => "Response",
            Self::Sources => "Sources",
            Self::Report => "Report",
            Self::Referrals => "Referrals",
            Self::Journal => "Journal",
        }
    }

    /// Its place in the title line, from 0.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Where the keys go: a screen, or a lead opened over one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// A screen.
    At(Screen),
    /// An opened lead.
    Lead,
}

/// The tone of a status line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A remark.
    Info,
    /// It was done.
    Good,
    /// It failed.
    Bad,
}

/// What the status line says for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its tone.
    pub tone: Tone,
    /// One sentence.
    pub text: String,
    /// When it goes away.
    pub until: Timestamp,
}

/// A lead or record opened over a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Which one.
    pub key: RowKey,
    /// First line shown.
    pub scroll: usize,
}

/// What is fixed for a session besides the seat.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// Colours and marks.
    pub theme: Theme,
    /// The business's currency, for typed amounts.
    pub currency: String,
}

/// The whole state.
#[derive(Debug, Clone)]
pub struct Model {
    /// The present instant as last told.
    pub now: Timestamp,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Who sits here.
    pub seat: Seat,
    /// Theme and currency.
    pub fixed: Fixed,
    /// What the engine last said.
    pub pulse: Pulse,
    /// When the store last answered us.
    pub heard_at: Option<Timestamp>,
    /// Something changed that this screen has not asked for yet.
    pub outdated: bool,
    /// The screen shown.
    pub screen: Screen,
    /// A lead opened over it.
    pub opened: Option<Opened>,
    /// Inbox.
    pub inbox: Inbox,
    /// What the last question for a lead or record was about.
    pub wanted: Option<RowKey>,
    /// When this screen was last asked for.
    pub asked_at: Option<Timestamp>,
    /// The lead under the cursor or opened.
    pub lead: Loaded<LeadDetail>,
    /// Why the lead that was asked about last was decided so.
    pub explained: Loaded<Explanation>,
    /// The answer to an open question that is being given, and its lead.
    pub weighed: Option<(LeadId, String)>,
    /// What it would come to.
    pub would_be: Loaded<WouldBe>,
    /// The draft beside the rules; none where none ever ran.
    pub shadow: Loaded<Option<ShadowRun>>,
    /// The mail that was asked about last.
    pub mail: Loaded<MailPreview>,
    /// The preview that is wanted.
    pub preview: Previewing,
    /// The draft's preview or list a lead was opened from: back goes there.
    pub came_from: Option<Dialog>,
    /// The quarantined record under the cursor: number, raw text, reason.
    pub record: Loaded<(i64, String, String)>,
    /// Capacity.
    pub capacity: CapacityScreen,
    /// Response.
    pub response: ResponseScreen,
    /// Sources.
    pub sources: SourcesScreen,
    /// Report.
    pub report: ReportScreen,
    /// Journal.
    pub journal: JournalScreen,
    /// What each screen is filtered by.
    pub filters: [String; 7],
    /// Open dialogs, the innermost last.
    pub dialogs: Vec<Dialog>,
    /// What the status line says for a while.
    pub status: Option<Status>,
    /// Acts on their way.
    pub acting: u32,
    /// What `.` repeats.
    pub last_act: Option<Act>,
    /// Number of the last request.
    pub ticket: u64,
}

impl Model {
    /// A model before anything was heard.
    pub fn new(seat: Seat, fixed: Fixed, first: Screen, now: Timestamp, size: (u16, u16)) -> Self {
        Self {
            now,
            size,
            seat,
            fixed,
            pulse: Pulse::default(),
            heard_at: None,
            outdated: false,
            screen: first,
            opened: None,
            inbox: Inbox::default(),
            wanted: None,
            asked_at: None,
            lead: Loaded::default(),
            explained: Loaded::default(),
            weighed: None,
            would_be: Loaded::default(),
            shadow: Loaded::default(),
            mail: Loaded::default(),
            preview: Previewing::default(),
            came_from: None,
            record: Loaded::default(),
            capacity: CapacityScreen::default(),
            response: ResponseScreen::default(),
            sources: SourcesScreen::default(),
            report: ReportScreen::default(),
            journal: JournalScreen::default(),
            filters: Default::default(),
            dialogs: Vec::new(),
            status: None,
            acting: 0,
            last_act: None,
            ticket: 0,
        }
    }

    /// Where the keys go when no dialog is open.
    pub const fn place(&self) -> Place {
        if self.opened.is_some() { Place::Lead } else { Place::At(self.screen) }
    }

    /// The innermost open dialog.
    pub fn dialog(&self) -> Option<&Dialog> {
        self.dialogs.last()
    }

    /// The filter of this screen.
    pub fn filter(&self) -> &str {
        &self.filters[self.screen.index()]
    }

    /// The lead acts are about: the opened one, else the one under the cursor.
    pub fn subject(&self) -> Option<LeadId> {
        match (self.opened, self.screen) {
            (Some(Opened { key: RowKey::Lead(lead), .. }), _) => Some(lead),
            (None, Screen::Inbox) => self.inbox.selected_row().and_then(|row| row.lead),
            (None, Screen::Response) => self.handoff().map(|handoff| handoff.lead),
            (None, Screen::Journal) => self.journal.cursor.key.as_ref().and_then(|event| event.lead),
            _ => None,
        }
    }

    /// The subject's line, where one is known.
    pub fn subject_row(&self) -> Option<&LeadRow> {
        let lead = self.subject()?;
        let detail = self.detail().map(|detail| &detail.row);
        let listed = || self.inbox.rows().iter().find(|row| row.lead == Some(lead));
        if self.opened.is_none() && self.screen == Screen::Inbox {
            return self.inbox.selected_row();
        }
        detail.or_else(listed)
    }

    /// All about the subject, once it has been read.
    pub fn detail(&self) -> Option<&LeadDetail> {
        let lead = self.subject()?;
        self.lead.value.as_ref().filter(|detail| detail.lead == lead)
    }

    /// The open question of the subject, once it has been read.
    pub fn question(&self) -> Option<&Question> {
        self.detail()?.question.as_ref().filter(|question| question.criterion.is_some())
    }

    /// The answer that the innermost dialog would give, and to which lead's question.
    pub fn would_say(&self) -> Option<(LeadId, String)> {
        let (question, text) = match self.dialog()? {
            Dialog::Type(Type { purpose: Purpose::Answer(question), typed, .. }) => (question, typed.value()),
            Dialog::Pick(pick) => match &pick.line()?.choice {
                Choice::Say(question, text) => (question, text.as_str()),
                _ => return None,
            },
            _ => return None,
        };
        (!text.trim().is_empty()).then(|| (question.lead, text.to_owned()))
    }

    /// The handoff acts are about: under the cursor of Response, or the open one of the subject.
    pub fn handoff(&self) -> Option<&HandoffRow> {
        if self.opened.is_some() {
            return self.detail()?.handoffs.first();
        }
        (self.screen == Screen::Response).then(|| self.response.selected())?
    }

    /// The next request number.
    pub fn next_ticket(&mut self) -> u64 {
        self.ticket += 1;
        self.ticket
    }

    /// How long the store has been silent although it was asked, in seconds; `None` when all is well.
    pub fn silent_secs(&self) -> Option<i64> {
        let waiting = self.waiting();
        let silent =
            waiting.failed || waiting.since.is_some_and(|at| super::say::secs(at, self.now) > STALE_AFTER_SECS);
        let heard = self.heard_at.max(self.pulse.heard_at);
        let since = heard.or(waiting.since).unwrap_or(self.now);
        silent.then(|| super::say::secs(since, self.now).max(0))
    }

    /// What the visible screen waits for.
    pub fn waiting(&self) -> loaded::Waiting {
        let mut waiting = match self.screen {
            Screen::Inbox => self.inbox.loaded().waiting(),
            Screen::Capacity => self.capacity.data.waiting(),
            Screen::Response => self.response.data.waiting(),
            Screen::Sources => self.sources.data.waiting(),
            Screen::Report => self.report.data.waiting(),
            Screen::Referrals => loaded::Waiting::default(),
            Screen::Journal => self.journal.data.waiting(),
        };
        if self.opened.is_some() || self.screen == Screen::Inbox {
            waiting = waiting.and(self.lead.waiting());
        }
        waiting
    }

    /// Does the screen show an age or a countdown?
    pub fn shows_ages(&self) -> bool {
        match self.screen {
            Screen::Inbox => !self.inbox.rows().is_empty(),
            Screen::Response => !self.response.items.is_empty(),
            Screen::Sources => self.sources.data.value.is_some(),
            _ => self.opened.is_some(),
        }
    }

    /// Seconds until the console wants to hear the time again.
    pub fn wake_secs(&self) -> i64 {
        let waiting = self.waiting();
        let busy =
            self.preview.runs() || self.status.is_some() || self.outdated || waiting.failed || waiting.since.is_some();
        if busy || self.shows_ages() { 1 } else { (60 - self.now.as_second().rem_euclid(60)).min(PROBE_SECS) }
    }
}
