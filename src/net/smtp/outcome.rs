//! What a step of a submission came to: an answer, or where and why there is none.

use std::error::Error as _;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::response::Response;
use tokio::time::error::Elapsed;

use super::reply::{Cause, Reply, Step, Trouble};
use crate::text::clean_line;

/// Longest error text kept, in characters.
const ERROR_MAX: usize = 600;

pub(super) fn settled<T>(step: Step, answer: Result<Result<T, SmtpError>, Elapsed>) -> Result<T, Trouble> {
    match answer {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Trouble { step, cause: cause_of(&error) }),
        Err(_) => Err(lost(step, "the mail server did not answer in time")),
    }
}

pub(super) fn cause_of(error: &SmtpError) -> Cause {
    let inner = error.source().map(ToString::to_string).unwrap_or_default();
    match error.status() {
        Some(code) => Cause::Reply(Reply::new(code.into(), &inner)),
        None if inner.contains("incomplete response") => {
            Cause::Lost("the mail server closed the connection without an answer".to_owned())
        }
        None => Cause::Lost(clean_line(&error.to_string(), ERROR_MAX)),
    }
}

pub(super) fn reply_of(response: &Response) -> Reply {
    Reply::new(response.code().into(), &response.message().collect::<Vec<_>>().join(" "))
}

/// Does an answer to EHLO offer this extension?
pub(super) fn offers(answer: &Response, keyword: &str) -> bool {
    answer.message().any(|line| line.trim().eq_ignore_ascii_case(keyword))
}

pub(super) fn lost(step: Step, text: &str) -> Trouble {
    Trouble { step, cause: Cause::Lost(clean_line(text, ERROR_MAX)) }
}

pub(super) fn refused(step: Step, text: String) -> Trouble {
    Trouble { step, cause: Cause::Refused(text) }
}

pub(super) fn not_local(host: &str) -> Trouble {
    refused(
        Step::Connect,
        format!(
            "{host} is not this machine, and without TLS mail may only go to this machine: use smtps:// or smtp://"
        ),
    )
}
