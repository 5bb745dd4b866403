//! What a mail server's answer means (RFC 5321, RFC 3463). The one rule behind the table: before the
//! final dot nothing was handed over, after it only a reply that was read can say so.

use crate::lead::Class;
use crate::text::clean_line;

/// Longest reply text kept, in characters.
const TEXT_MAX: usize = 600;
/// Least wait after a policy refusal that will pass (greylisting, rate limits), in seconds.
const GREYLIST_WAIT_SECS: u64 = 300;

/// How far a submission came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Resolving the name and opening the connection.
    Connect,
    /// The TLS handshake, with or without STARTTLS.
    Tls,
    /// Waiting for the server's first line.
    Greeting,
    /// EHLO.
    Hello,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// The DATA command.
    Data,
    /// Writing the message; the final dot has not been written.
    Body,
    /// The final dot may be on the wire; only its answer is missing.
    Dot,
}

impl Step {
    /// What was being done, for people.
    pub const fn doing(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::Tls => "setting up TLS",
            Self::Greeting => "waiting for the greeting",
            Self::Hello => "saying EHLO",
            Self::Auth => "signing in",
            Self::Mail => "naming the sender (MAIL FROM)",
            Self::Rcpt => "naming the recipient (RCPT TO)",
            Self::Data => "asking to send (DATA)",
            Self::Body => "sending the message",
            Self::Dot => "waiting for the answer to the whole message",
        }
    }
}

/// A reply of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Three digits, e.g. 550.
    pub code: u16,
    /// Enhanced status code (RFC 3463), e.g. 5.1.1, where one was given.
    pub enhanced: Option<(u16, u16, u16)>,
    /// The text, cleaned, with the enhanced code in it.
    pub text: String,
}

impl Reply {
    /// Reads the enhanced code off the front of `text` and cleans the rest.
    pub fn new(code: u16, text: &str) -> Self {
        let text = clean_line(text, TEXT_MAX);
        Self { code, enhanced: enhanced(&text), text }
    }

    /// 4xx.
    pub const fn is_transient(&self) -> bool {
        self.code / 100 == 4
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.text)
    }
}

fn enhanced(text: &str) -> Option<(u16, u16, u16)> {
    let mut parts = text.split(' ').next()?.split('.').map(|part| part.parse::<u16>().ok());
    let code = (parts.next()??, parts.next()??, parts.next()??);
    (parts.next().is_none() && matches!(code.0, 2 | 4 | 5)).then_some(code)
}

/// Why a submission did not end in a 2xx to the final dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The server answered no.
    Reply(Reply),
    /// The connection failed, ended or fell silent.
    Lost(String),
    /// We would not go on: what the server offers does not fit our settings.
    Refused(String),
    /// The caller's own step before the content failed; the message was not sent.
    Stopped,
}

/// A submission that failed: where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// How far it came.
    pub step: Step,
    /// Why it went no further.
    pub cause: Cause,
}

impl Trouble {
    /// What it means for the handoff.
    pub fn class(&self) -> Class {
        match &self.cause {
            Cause::Reply(reply) => classify(self.step, reply),
            Cause::Refused(_) => Class::Config,
            Cause::Lost(_) if self.step == Step::Dot => Class::Unknown,
            Cause::Lost(_) | Cause::Stopped => Class::Retry,
        }
    }

    /// The least wait before trying again, in seconds, where the reply implies one.
    pub fn wait_secs(&self) -> Option<u64> {
        match &self.cause {
            Cause::Reply(Reply { enhanced: Some((4, 7, _)), .. }) => Some(GREYLIST_WAIT_SECS),
            _ => None,
        }
    }

    /// Is the connection of no further use?
    pub fn ends_connection(&self) -> bool {
        match &self.cause {
            Cause::Reply(reply) => reply.code == 421 || self.step < Step::Mail,
            Cause::Lost(_) | Cause::Refused(_) => true,
            Cause::Stopped => false,
        }
    }

    /// How to fix it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        let text = match &self.cause {
            Cause::Lost(text) => text.as_str(),
            _ => "",
        };
        match (self.class(), self.step) {
            (Class::Auth, _) => Some("check user and password of this destination"),
            (Class::Config, Step::Mail) => Some("check `from`: the server must let this user send as that address"),
            (Class::Config, Step::Tls | Step::Greeting | Step::Hello | Step::Auth) => {
                Some("check host, port and the scheme: smtps:// is TLS at once, smtp:// is STARTTLS")
            }
            (Class::Retry, Step::Tls) if text.contains("certificate") => {
                Some("if the server's certificate comes from your own authority, name it in ca_file")
            }
            (Class::Retry, Step::Tls) if text.contains("corrupt message") => {
                Some("this port seems not to begin with TLS: smtp:// is STARTTLS, smtps:// is TLS at once")
            }
            (Class::Unknown, _) => Some("it may have arrived: look for the key before sending again"),
            _ => None,
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let doing = self.step.doing();
        match &self.cause {
            Cause::Reply(reply) => write!(f, "{doing}: the mail server answered {reply}"),
            Cause::Lost(text) | Cause::Refused(text) => write!(f, "{doing}: {text}"),
            Cause::Stopped => write!(f, "{doing}: stopped before anything was sent"),
        }
    }
}

/// The meaning of a negative reply at a step. Positive replies never get here; one that fits no step
/// (a 354 after the dot) is read as if there were none.
pub fn classify(step: Step, reply: &Reply) -> Class {
    let after_dot = step == Step::Dot;
    match reply.code / 100 {
        4 => transient(reply),
        5 => permanent(step, reply),
        _ if after_dot => Class::Unknown,
        _ => Class::Retry,
    }
}

fn transient(reply: &Reply) -> Class {
    match reply.enhanced {
        Some((4, 2, 3) | (4, 3, 4)) => Class::Reject, // too big will stay too big
        _ => Class::Retry,
    }
}

fn permanent(step: Step, reply: &Reply) -> Class {
    // A reply whose two codes disagree is read by its three digits (RFC 5321 4.2).
    let detail = reply.enhanced.filter(|code| code.0 == 5).map(|code| (code.1, code.2));
    match (reply.code, detail) {
        (_, Some((7, 8 | 9))) | (535 | 534 | 538, _) => return Class::Auth,
        (530, Some((7, 0))) | (_, Some((7, 20..=27))) => return Class::Config,
        (530, _) => return Class::Auth,
        _ => {}
    }
    match step {
        Step::Connect | Step::Greeting if reply.code == 554 => return Class::Retry,
        // Before a sender is named nothing can be this lead's fault.
        Step::Connect | Step::Tls | Step::Greeting | Step::Hello => return Class::Config,
        Step::Auth if (500..=504).contains(&reply.code) => return Class::Config,
        Step::Auth => return Class::Retry,
        _ => {}
    }
    match detail {
        Some((2, 3) | (3, 4)) => Class::Reject, // too big
        Some((1, 1 | 2 | 10) | (2, 1 | 2)) if step != Step::Mail => Class::Reject,
        Some((3, 2) | (4, 1 | 2 | 5)) => Class::Retry,
        Some((5, _)) => Class::Config,
        _ if (500..=504).contains(&reply.code) => Class::Config,
        _ if step == Step::Mail => Class::Config, // the sender or this client is not wanted, not the lead
        None if reply.code == 552 && step == Step::Rcpt => Class::Retry, // the old way to say "too many recipients"
        _ => Class::Reject,
    }
}
