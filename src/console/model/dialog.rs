//! Dialogs as data. Each remembers what it is about (a lead, a cap, a source) from the moment it was
//! opened, so that nothing that happens behind it can change what it will do.

use jiff::Timestamp;
use tui_input::Input;

use crate::console::commands::Id;
use crate::desk::Act;
use crate::desk::view::Question;
use crate::lead::{Code, HandoffId, LeadId, Waits};

/// Most characters of one typed line.
pub const LINE_MAX: usize = 2_000;

/// One open dialog.
#[derive(Debug, Clone)]
pub enum Dialog {
    /// What will happen, asked before an act that cannot simply be undone.
    Confirm(Confirm),
    /// Pick one of a list.
    Pick(Pick),
    /// Type one line.
    Type(Type),
    /// Change a cap.
    Cap(Box<CapChange>),
    /// What the past days would have been under a draft.
    Draft(DraftPage),
    /// What each of a range of maximums of a cap would have come to.
    Sweep(SweepPage),
    /// Text to read.
    Page(Page),
}

/// A question before an act; it starts on Cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// What will happen.
    pub question: String,
    /// The act.
    pub act: Act,
    /// Whether the button that does it has the focus.
    pub on_go: bool,
}

/// What one line of a list stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Close the lead as lost.
    Lost(LeadId, Code),
    /// Return the lead.
    Return(LeadId, Code),
    /// Out of sight until then; `None` wakes it.
    Snooze(LeadId, Option<Timestamp>),
    /// Type until when.
    SnoozeTyped(LeadId),
    /// It waits for this: asks why and until when.
    Waits(LeadId, Waits),
    /// Edit this field, which now reads so.
    Field(LeadId, String, String),
    /// Set this field to this value.
    Value(LeadId, String, String),
    /// Answer the question with this.
    Say(Box<Question>, String),
    /// Type the answer to the question.
    SayTyped(Box<Question>),
    /// Give the lead to this person.
    Person(LeadId, String),
    /// Send the handoff to this destination.
    Destination(HandoffId, String),
    /// This person (id, name) is away: asks why and until when.
    Away(String, String),
    /// They are back.
    Back(String),
    /// This person (id, name) is called in, or sent off: asks why and until when.
    Shift(String, String, bool),
    /// What they have not answered goes to the others.
    HandOver(String),
    /// Look at this lead.
    Look(LeadId),
    /// Run this command.
    Command(Id),
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What people read and type to find it.
    pub label: String,
    /// Beside it, quiet.
    pub beside: String,
    /// Why it cannot be picked now.
    pub disabled: Option<&'static str>,
    /// What it stands for.
    pub choice: Choice,
}

/// A list to pick from; typing narrows it.
#[derive(Debug, Clone)]
pub struct Pick {
    /// What is picked.
    pub title: String,
    /// Every line.
    pub lines: Vec<Line>,
    /// The lines that match what was typed, best first.
    pub matching: Vec<usize>,
    /// What was typed.
    pub typed: Input,
    /// The line under the cursor, among the matching ones.
    pub at: usize,
    /// Digits pick directly.
    pub digits: bool,
}

/// What a typed line is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// The value of a won lead.
    Won(LeadId),
    /// A word with a return.
    ReturnNote(LeadId, Code),
    /// Until when a lead is out of sight.
    Snooze(LeadId),
    /// Why a lead is paused, and until when.
    PauseClock(LeadId, Waits),
    /// A field's new text.
    Field(LeadId, String),
    /// The answer to a lead's open question.
    Answer(Box<Question>),
    /// A note.
    Note(LeadId),
    /// Why a source is paused.
    Pause(String),
    /// The file of a draft that is looked at.
    Draft,
    /// The file of a draft that is to decide beside the rules.
    Shadow,
    /// Why this draft file is to decide beside the rules.
    ShadowReason(String),
    /// From when on a source is read again.
    Backfill(String),
    /// Why somebody is away, and until when.
    Leave(String),
    /// Why somebody is called in, or sent off, and until when.
    Shift(String, bool),
    /// What this screen is filtered by: applied while typing; holds what it was before.
    Filter(String),
}

/// A line to type.
#[derive(Debug, Clone)]
pub struct Type {
    /// What is asked.
    pub title: String,
    /// How to write it.
    pub hint: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What was typed.
    pub typed: Input,
    /// Why it cannot be taken.
    pub error: Option<String>,
}

/// A part of the cap dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapPart {
    /// The new maximum.
    Max,
    /// The reason.
    Reason,
    /// Change nothing.
    Cancel,
    /// Save until the local midnight.
    Tonight,
    /// Save for good.
    Save,
    /// Look at the curve of other maximums.
    Curve,
}

impl CapPart {
    /// The order Tab walks.
    pub const ALL: [Self; 6] = [Self::Max, Self::Reason, Self::Cancel, Self::Tonight, Self::Save, Self::Curve];
}

/// A change of a cap.
#[derive(Debug, Clone)]
pub struct CapChange {
    /// Cap id.
    pub cap: String,
    /// For people.
    pub title: String,
    /// Maximum now.
    pub old: Option<u32>,
    /// Used and reserved now.
    pub taken: u32,
    /// The new maximum as typed.
    pub max: Input,
    /// The reason as typed.
    pub reason: Input,
    /// What has the focus.
    pub part: CapPart,
    /// Why it cannot be saved.
    pub error: Option<String>,
}

/// The preview of a draft, open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftPage {
    /// Its file as typed.
    pub file: String,
    /// How often another length of time was asked for.
    pub days: usize,
    /// How often it was read again.
    pub round: u32,
    /// The line under the cursor.
    pub at: usize,
}

/// The curve of a cap's maximum, open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepPage {
    /// Cap id.
    pub cap: String,
    /// For people.
    pub title: String,
    /// The middle of the range.
    pub around: u32,
    /// How often another length of time was asked for.
    pub days: usize,
    /// The point under the cursor.
    pub at: usize,
}

/// Which text to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// What every key does here, and why some do nothing.
    Help,
    /// Why this lead was decided so, and what holds it.
    Explain(LeadId),
    /// What this lead's mail would say.
    Mail(LeadId),
    /// Phone and e-mail, large enough to copy.
    Contact,
    /// A source in full.
    Source,
    /// The draft beside the rules, and how both did.
    Shadow,
    /// The verdict's rule, and why figures of a line are missing.
    Figures,
}

/// Text to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Which.
    pub text: Text,
    /// First line shown.
    pub scroll: usize,
}

impl Pick {
    /// A list with everything matching.
    pub fn new(title: impl Into<String>, lines: Vec<Line>, digits: bool) -> Self {
        let matching = (0..lines.len()).collect();
        Self { title: title.into(), lines, matching, typed: Input::default(), at: 0, digits }
    }

    /// The line under the cursor.
    pub fn line(&self) -> Option<&Line> {
        self.lines.get(*self.matching.get(self.at)?)
    }

    /// Matches the lines anew with what was typed.
    pub fn narrow(&mut self) {
        use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
        self.at = 0;
        let typed = self.typed.value();
        if typed.trim().is_empty() {
            self.matching = (0..self.lines.len()).collect();
            return;
        }
        let mut config = nucleo_matcher::Config::DEFAULT;
        config.prefer_prefix = true;
        let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = nucleo_matcher::Matcher::new(config);
        let mut buffer = Vec::new();
        let mut found: Vec<(u32, usize)> = self
            .lines
            .iter()
            .enumerate()
            .filter_map(|(at, line)| {
                let text = nucleo_matcher::Utf32Str::new(&line.label, &mut buffer);
                pattern.score(text, &mut matcher).map(|score| (score, at))
            })
            .collect();
        found.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.matching = found.into_iter().map(|(_, at)| at).collect();
    }
}

impl Type {
    /// An empty line, or one that starts with `value` (cleaned to one line).
    pub fn new(title: impl Into<String>, hint: impl Into<String>, purpose: Purpose, value: &str) -> Self {
        let typed = Input::new(crate::text::clean_line(value, LINE_MAX));
        Self { title: title.into(), hint: hint.into(), purpose, typed, error: None }
    }
}
