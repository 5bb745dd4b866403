//! The few conditions of Request Tracker's TicketSQL that leadgate's searches use. Anything else is
//! refused, never ignored: a search that ignores a condition finds every ticket.

use jiff::Timestamp;

use super::desk_server::{KEY_FIELD, QUEUE};

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// Every ticket.
    Everything,
    /// Tickets whose key field has this value.
    Key(String),
    /// Tickets changed after this instant.
    UpdatedAfter(Timestamp),
}

impl Condition {
    /// Reads conditions joined by `AND`; what could not be understood is the error.
    pub fn read_all(query: &str) -> Result<Vec<Self>, String> {
        query.split(" AND ").map(condition).collect()
    }
}

fn condition(text: &str) -> Result<Condition, String> {
    let text = text.trim();
    let refused = || format!("Unable to parse the query near: {text}");
    let quoted = |text: &str| {
        let inner = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        Some(inner.replace("\\'", "'"))
    };
    if let Some(rest) = text.strip_prefix("'CF.{").or_else(|| text.strip_prefix("CF.{")) {
        let (name, rest) = rest.split_once('}').ok_or_else(refused)?;
        let value =
            rest.trim_start_matches('\'').trim_start().strip_prefix('=').and_then(quoted).ok_or_else(refused)?;
        return if name == KEY_FIELD { Ok(Condition::Key(value)) } else { Err(format!("Unknown custom field {name}")) };
    }
    let (name, rest) = text.split_once(char::is_whitespace).ok_or_else(refused)?;
    let rest = rest.trim_start();
    match name {
        "Queue" => match rest.strip_prefix('=').and_then(quoted) {
            Some(name) if name == QUEUE => Ok(Condition::Everything),
            Some(name) => Err(format!("Unknown queue {name}")),
            None => Err(refused()),
        },
        "id" => Ok(Condition::Everything),
        "LastUpdated" => {
            let at = rest.strip_prefix('>').and_then(quoted).ok_or_else(refused)?;
            let at = at.parse().or_else(|_| format!("{}Z", at.replacen(' ', "T", 1)).parse()).map_err(|_| refused())?;
            Ok(Condition::UpdatedAfter(at))
        }
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_refused() {
        let key = vec![Condition::Key("LG1".into())];
        assert_eq!(Condition::read_all("'CF.{LeadGate ID}' = 'LG1'"), Ok(key.clone()));
        assert_eq!(Condition::read_all("CF.{LeadGate ID}='LG1'"), Ok(key));
        let since = "Queue = 'Leads' AND LastUpdated > '2026-11-23 08:00:01'";
        assert_eq!(Condition::read_all(since).unwrap().len(), 2);
        for bad in ["", "'CF.{Typo}' = 'x'", "Queue = 'Other'", "LastUpdated > 'soon'", "Subject LIKE 'x'", "id"] {
            assert!(Condition::read_all(bad).is_err(), "{bad:?}");
        }
    }
}
