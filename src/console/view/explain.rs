//! Why a lead was decided as it was and what holds it: what `leadgate explain` prints, to scroll.

use super::lead::sign;
use super::nothing_yet;
use super::page::Writer;
use crate::console::model::Model;
use crate::console::say;
use crate::console::theme::Role;
use crate::desk::view::{ExplainedCriterion, Explanation};
use crate::lead::{LeadId, VerdictKind};

impl Writer {
    pub(super) fn explain(&mut self, model: &Model, lead: LeadId) {
        match &model.explained.value {
            Some(explained) if explained.lead == Some(lead) => self.explanation(model, explained),
            _ => self.text(&nothing_yet(&model.explained), Role::Quiet),
        }
    }

    fn explanation(&mut self, model: &Model, explained: &Explanation) {
        let (word, role) = match explained.verdict {
            VerdictKind::Qualified => ("Qualified", Role::Good),
            VerdictKind::Review => ("In review: a person must answer one question", Role::Warn),
            VerdictKind::Disqualified => ("Disqualified; kept, with every reason", Role::Bad),
        };
        let service = explained.service.as_ref().map_or_else(String::new, |service| format!(" · service {service}"));
        let score = explained.score.map_or_else(String::new, |score| format!(" · {score} of 100 points"));
        self.text(&format!("{word}{service}{score}"), role);
        self.holds(model, explained);
        for criterion in &explained.criteria {
            self.criterion(criterion);
        }
        self.blank();
        for assumed in &explained.assumed {
            self.labelled("assumed", assumed, Role::Text);
        }
        let version = if explained.config_in_force { "in force" } else { "older than the one in force" };
        self.labelled("config", &format!("{} ({version})", explained.config_hash), Role::Quiet);
        self.labelled("readers", &format!("version {}", explained.readers), Role::Quiet);
    }

    /// What a rep asks first: why does it wait, and until when?
    fn holds(&mut self, model: &Model, explained: &Explanation) {
        let (now, zone) = (model.now, &model.seat.zone);
        for holds in &explained.held_by {
            let frees =
                holds.frees_at.map_or_else(String::new, |at| format!("; frees {}", say::relative(at, now, zone)));
            self.labelled("held", &format!("{} ({}){frees}", holds.sentence, holds.code), Role::Warn);
        }
        if let Some(at) = explained.leaves_at {
            self.labelled("leaves", &format!("the queue about {}", say::relative(at, now, zone)), Role::Text);
        }
        self.labelled("next", &explained.next, Role::Text);
    }

    fn criterion(&mut self, one: &ExplainedCriterion) {
        let (mark, role) = sign(one.answer);
        let points = one.points.map_or_else(String::new, |(weight, points)| format!(" · {points} of {weight} points"));
        self.blank();
        self.text(&format!("{mark} {}{points}", one.criterion.name()), role);
        let said = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
        let written = if one.written.is_empty() { "nothing".to_owned() } else { format!("\"{}\"", one.written) };
        self.labelled("written", &written, Role::Text);
        self.labelled("read", &said(&one.read, "not said, or not readable"), Role::Text);
        self.labelled("asked", &one.rule, Role::Text);
        if let Some(key) = &one.key {
            let at = one.written_at.as_ref().map_or_else(String::new, |at| format!("  {at}"));
            self.labelled("rule", &format!("{key}{at}"), Role::Quiet);
        }
        if let Some(key) = &one.weight_key {
            let at = one.weight_at.as_ref().map_or_else(String::new, |at| format!("  {at}"));
            self.labelled("weight", &format!("{key}{at}"), Role::Quiet);
        }
        if let (Some(code), Some(sentence)) = (&one.code, &one.sentence) {
            self.labelled("because", &format!("{sentence} ({code})"), role);
        }
        if let Some(change) = &one.passes_if {
            self.labelled("passes if", change, Role::Bright);
        }
    }
}
