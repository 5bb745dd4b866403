//! `leadgate report --mail`: the report to somebody's mailbox, now.

use std::io::Write;

use futures::future::{BoxFuture, ready};

use super::session::Session;
use super::{CliError, json};
use crate::desk::owner::OWNER_SPLITS;
use crate::desk::{Desk as _, FiguresAsk, StoreDesk};
use crate::engine::owner::{post, words};
use crate::handoff::{self, Delivery, LeaseLost, Phases};
use crate::lead::{Class, Phase};
use crate::net::http::Http;
use crate::preset::Library;

/// Most addresses of one call.
const TO_MOST: usize = 20;

/// Sends it to `to`, else to whom the configuration names; exit code 1 where one of them surely or possibly did not
/// get it.
///
/// # Errors
/// Nobody is named, there is no mail server, or the report cannot be made.
pub(super) async fn send(
    desk: &StoreDesk,
    mut figures: FiguresAsk,
    to: &[String],
    session: &Session,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let config = &session.config;
    let named = config.report.mail.as_ref().map_or(&[][..], |mail| &mail.to[..]);
    let to = if to.is_empty() { named } else { to };
    if to.is_empty() {
        return Err(CliError::Failed("nobody is named: say --to ADDRESS, or set report.mail_to".into()));
    }
    if to.len() > TO_MOST {
        return Err(CliError::Failed(format!("{} addresses are more than {TO_MOST}", to.len())));
    }
    let by = config.letters_by().and_then(|id| config.destinations.get(id));
    let by = by.ok_or_else(|| {
        CliError::Failed("there is no mail server: add [destination.mail] with smtp = \"smtps://…\"".into())
    })?;
    let http = Http::new(std::sync::Arc::clone(&session.clock)).map_err(CliError::Failed)?;
    let server = tokio::task::block_in_place(|| handoff::build(by, &Library::built_in(), &http));
    let server = server.map_err(|failure| CliError::Failed(failure.to_string()))?;

    let more = OWNER_SPLITS.into_iter().filter(|split| !figures.by.contains(split)).collect::<Vec<_>>();
    figures.by.extend(more);
    let sheet = desk.sheet(figures, None).await?;
    let now = session.clock.now();
    let name = format!("report-by-hand-{}", now.as_microsecond());
    let mut taken = Vec::new();
    let mut told = Vec::new();
    for one in to {
        let sent = post(&*server, (name.clone(), now), &sheet, one, &Unclaimed).await;
        let (is_taken, said) = outcome(&by.id, sent);
        if is_taken {
            taken.push(one.clone());
        }
        if !as_json {
            writeln!(out, "{one}: {said}")?;
        }
        told.push(serde_json::json!({ "to": one, "taken": is_taken, "said": said }));
    }
    if !taken.is_empty() {
        session.store.report_mailed(desk.seat().who.clone(), taken.clone(), sheet.subject.clone()).await?;
    }
    if as_json {
        json(out, &serde_json::json!({ "subject": sheet.subject, "by": by.id, "mails": told }))?;
    }
    Ok(u8::from(taken.len() < to.len()))
}

/// Was it taken, and what is said of it.
fn outcome(by: &str, sent: Result<Delivery, String>) -> (bool, String) {
    match sent {
        Ok(delivery) if matches!(delivery.class, Class::Ok | Class::Exists) => {
            (true, format!("sent; {} says: {}", by, delivery.message))
        }
        Ok(delivery) if delivery.class == Class::Unknown => {
            (false, format!("may have arrived, ask before it is sent again; {}", words(by, &delivery)))
        }
        Ok(delivery) => (false, format!("not sent; {}", words(by, &delivery))),
        Err(why) => (false, format!("not sent; {why}")),
    }
}

/// Sent while somebody waits for it: no row is claimed.
struct Unclaimed;

impl Phases for Unclaimed {
    fn enter(&self, _phase: Phase) -> BoxFuture<'_, Result<(), LeaseLost>> {
        Box::pin(ready(Ok(())))
    }
}
