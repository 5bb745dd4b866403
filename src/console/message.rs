//! All that can happen to the console, keys and answers alike, on one channel: hence one total order.

use jiff::Timestamp;

use super::input::Input;
use crate::desk::view::{
    Ask, Behind, Beside, Capacity, Event, Explanation, LeadDetail, MailPreview, Preview, Response, Rows, ShadowRun,
    SourceLine, WouldBe,
};
use crate::desk::{Act, DeskError, Done, FiguresAsk, PreviewAsk, Pulse, Refused};
use crate::lead::LeadId;
use crate::report::Report;

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// Time went on.
    Tick(Timestamp),
    /// The person did something.
    Input(Input),
    /// The engine or the store changed.
    Pulse(Pulse),
    /// The desk answered.
    Reply(Reply),
    /// The terminal is ours again after a suspend.
    Resumed,
}

/// A question to the desk.
#[derive(Debug, Clone, PartialEq)]
pub enum Load {
    /// A page of leads.
    Rows(Ask),
    /// One lead.
    Lead(LeadId),
    /// Why a lead was decided as it was.
    Explain(LeadId),
    /// What would become of a lead with this answer to its open question.
    Foresee(LeadId, String),
    /// The draft beside the rules.
    Shadow,
    /// Draft files whose path begins so.
    Drafts(String),
    /// A lead's mail.
    Mail(LeadId),
    /// A quarantined record.
    Record(i64),
    /// The Capacity screen.
    Capacity,
    /// The Response screen.
    Response,
    /// The Sources screen.
    Sources,
    /// The Report screen.
    Report(FiguresAsk),
    /// The leads behind a figure of it.
    Behind(FiguresAsk, String),
    /// What stands beside its figures.
    Beside(FiguresAsk),
    /// The Journal screen.
    Journal,
}

/// What a question is about: a newer one of the same kind replaces a queued one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Lists of leads.
    Rows,
    /// One lead.
    Lead,
    /// Why a lead was decided so.
    Explain,
    /// What an answer would come to.
    Foresee,
    /// The draft beside the rules.
    Shadow,
    /// Draft files.
    Drafts,
    /// A lead's mail.
    Mail,
    /// One record.
    Record,
    /// Capacity.
    Capacity,
    /// Response.
    Response,
    /// Sources.
    Sources,
    /// Report.
    Report,
    /// Leads behind a figure.
    Behind,
    /// What stands beside the figures.
    Beside,
    /// Journal.
    Journal,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Rows,
        Self::Lead,
        Self::Explain,
        Self::Foresee,
        Self::Shadow,
        Self::Drafts,
        Self::Mail,
        Self::Record,
        Self::Capacity,
        Self::Response,
        Self::Sources,
        Self::Report,
        Self::Behind,
        Self::Beside,
        Self::Journal,
    ];
}

impl Load {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Rows(_) => Kind::Rows,
            Self::Lead(_) => Kind::Lead,
            Self::Explain(_) => Kind::Explain,
            Self::Foresee(..) => Kind::Foresee,
            Self::Shadow => Kind::Shadow,
            Self::Drafts(_) => Kind::Drafts,
            Self::Mail(_) => Kind::Mail,
            Self::Record(_) => Kind::Record,
            Self::Capacity => Kind::Capacity,
            Self::Response => Kind::Response,
            Self::Sources => Kind::Sources,
            Self::Report(_) => Kind::Report,
            Self::Behind(..) => Kind::Behind,
            Self::Beside(_) => Kind::Beside,
            Self::Journal => Kind::Journal,
        }
    }
}

/// A question with the number its answer will carry.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Grows with every request.
    pub ticket: u64,
    /// What is asked.
    pub load: Load,
}

/// A preview that is wanted, with the number its answer will carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewRequest {
    /// Grows with every request.
    pub ticket: u64,
    /// What is tried.
    pub ask: PreviewAsk,
}

/// What came back.
#[derive(Debug, Clone)]
pub enum Data {
    /// A page of leads.
    Rows(Rows),
    /// One lead.
    Lead(Box<LeadDetail>),
    /// Why a lead was decided so.
    Explain(Box<Explanation>),
    /// What an answer would come to.
    WouldBe(Box<WouldBe>),
    /// The draft beside the rules; none where none ever ran.
    Shadow(Box<Option<ShadowRun>>),
    /// What was typed, and the files that begin so.
    Drafts(String, Vec<String>),
    /// A lead's mail.
    Mail(Box<MailPreview>),
    /// A record: raw text, reason.
    Record(String, String),
    /// Capacity.
    Capacity(Capacity),
    /// Response.
    Response(Box<Response>),
    /// Sources.
    Sources(Vec<SourceLine>),
    /// Report.
    Report(Box<Report>),
    /// Leads behind a figure.
    Behind(Behind),
    /// What stands beside the figures.
    Beside(Box<Beside>),
    /// Journal.
    Journal(Vec<Event>),
}

/// The one answer to a request or an act.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A question was answered, or failed.
    Loaded {
        /// The request's number.
        ticket: u64,
        /// What it was about.
        kind: Kind,
        /// What came back.
        data: Result<Data, DeskError>,
    },
    /// A newer question of the same kind took its place before it was asked.
    Superseded {
        /// The request's number.
        ticket: u64,
    },
    /// A preview is so far.
    Previewing {
        /// The request's number.
        ticket: u64,
        /// Leads decided again.
        decided: u64,
        /// How many there are; 0 while nobody knows.
        expected: u64,
    },
    /// A preview ended.
    Previewed {
        /// The request's number.
        ticket: u64,
        /// What came of it.
        answer: Result<Box<Preview>, DeskError>,
    },
    /// An act was done, refused, or did not answer.
    Acted {
        /// The act.
        act: Act,
        /// How it went.
        outcome: Outcome,
    },
}

/// How an act went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done(Done),
    /// It was not done.
    Refused(Refused),
    /// No answer in time: it may or may not have been done.
    Unknown(String),
}
