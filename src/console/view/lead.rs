//! One lead: who, their own words, why it is here, until when, what happens next, what happened.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::nothing_yet;
use crate::console::layout;
use crate::console::model::{Model, RowKey};
use crate::console::say;
use crate::console::theme::{Role, Theme};
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::wrap::wrap;
use crate::console::widget::{Align, Columns};
use crate::desk::view::{HandoffRow, LeadDetail};
use crate::lead::{Answer, Mark};

/// Most lines of somebody's own words shown before they are cut; `x` and the ticket have the rest.
const WORDS_MAX: usize = 40;
/// Most further fields shown.
const FIELDS_MAX: usize = 12;
/// Columns of the words at the left.
const LABEL: usize = 8;

/// Draws the subject, or the quarantined record, into `area`.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let focus = model.opened.is_some();
    let name = model
        .detail()
        .map(|detail| detail.contact.name.clone())
        .or_else(|| model.subject_row().map(|row| row.name.clone()));
    let right = model.subject().map_or_else(String::new, |lead| format!("lead {lead}"));
    let title = name.unwrap_or_else(|| if record_shown(model) { "as received".to_owned() } else { String::new() });
    let inside = Panel { title, right, focus, ..Panel::default() }.draw(frame, area, theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let all = content(model, usize::from(inside.width));
    let height = usize::from(inside.height);
    let scroll = model.opened.map_or(0, |opened| opened.scroll).min(all.len().saturating_sub(height));
    let left = all.len().saturating_sub(scroll + height);
    panel::lines(frame, inside, all.into_iter().skip(scroll).take(height));
    if left > 0 && area.width > 30 {
        let keys = if focus { "↓" } else { "Enter" };
        let more = Columns::new(theme).add(&format!(" {}: {keys} ", say::more_lines(left)), Role::Quiet).line();
        let wide = (more.width() as u16).min(area.width - 4);
        frame.buffer_mut().set_line(area.right() - wide - 2, area.bottom() - 1, &more, wide);
    }
}

/// Lines of the opened lead at its width.
pub fn length(model: &Model) -> usize {
    content(model, usize::from(layout::lead_pane(model).width.saturating_sub(4))).len()
}

fn record_shown(model: &Model) -> bool {
    model.subject().is_none() && matches!(model.wanted, Some(RowKey::Record(_)))
}

fn content(model: &Model, width: usize) -> Vec<Line<'static>> {
    let mut out = Writer { theme: model.fixed.theme, width, lines: Vec::new() };
    match (model.detail(), model.subject()) {
        (Some(detail), _) => out.lead(model, detail),
        (None, Some(_)) => out.wrapped(&nothing_yet(&model.lead), Role::Quiet),
        (None, None) => out.record(model),
    }
    out.lines
}

struct Writer {
    theme: Theme,
    width: usize,
    lines: Vec<Line<'static>>,
}

impl Writer {
    fn columns(&self) -> Columns {
        Columns::new(self.theme)
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| line.width() > 0) {
            self.lines.push(Line::default());
        }
    }

    fn wrapped(&mut self, text: &str, role: Role) {
        for line in wrap(text, self.width) {
            let line = self.columns().add(&line, role).line();
            self.lines.push(line);
        }
    }

    /// A word at the left, text beside it, wrapped under itself.
    fn labelled(&mut self, label: &str, text: &str, role: Role) {
        for (at, part) in wrap(text, self.width.saturating_sub(LABEL + 1)).iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let line = self.columns().col(label, LABEL, Align::Left, Role::Quiet).add(part, role).line();
            self.lines.push(line);
        }
    }

    fn record(&mut self, model: &Model) {
        let Some(RowKey::Record(number)) = model.wanted else {
            self.wrapped("Nothing is under the cursor.", Role::Quiet);
            return;
        };
        match model.record.value.as_ref().filter(|(shown, ..)| *shown == number) {
            None => self.wrapped(&nothing_yet(&model.record), Role::Quiet),
            Some((_, raw, reason)) => {
                self.wrapped(reason, Role::Bright);
                self.blank();
                self.wrapped(raw, Role::Text);
            }
        }
    }

    fn lead(&mut self, model: &Model, detail: &LeadDetail) {
        self.question(detail);
        self.contact(detail);
        self.clock(model, detail);
        // Of a held one the clock's lines have said it.
        if detail.row.forecast.is_none() {
            self.labelled("next", &detail.next, Role::Text);
        }
        self.blank();
        self.words(detail);
        self.blank();
        for mark in &detail.verdict.marks {
            self.mark(mark);
        }
        self.score(detail);
        self.blank();
        self.handoff(detail.handoffs.first());
        self.origin(detail);
        self.blank();
        for event in &detail.timeline {
            let at = say::moment(event.at, model.now, &model.seat.zone);
            let text = format!("{} · {}", event.text, event.who);
            self.event(&at, &text);
        }
    }

    fn question(&mut self, detail: &LeadDetail) {
        let Some(question) = &detail.question else { return };
        for (text, role) in super::question::asked(question) {
            self.wrapped(&text, role);
        }
        let keys = [
            ("i ", Role::Accent),
            ("answer   ", Role::Text),
            ("f ", Role::Accent),
            ("yes, it fits   ", Role::Text),
            ("d ", Role::Accent),
            ("no, it doesn't", Role::Text),
        ];
        if question.criterion.is_some() {
            let line = keys.into_iter().fold(self.columns(), |line, (text, role)| line.add(text, role));
            self.lines.push(line.line());
        }
        self.blank();
    }

    fn contact(&mut self, detail: &LeadDetail) {
        let contact = &detail.contact;
        let phone =
            contact.phone.clone().or_else(|| contact.phone_raw.as_ref().map(|raw| format!("{raw} (not readable)")));
        let phone = phone.unwrap_or_else(|| "no phone".to_owned());
        let email = contact.email.clone().unwrap_or_else(|| "no e-mail".to_owned());
        if phone.chars().count() + email.chars().count() + 10 <= self.width {
            let line = self
                .columns()
                .add(&phone, Role::Bright)
                .add("   ", Role::Text)
                .add(&email, Role::Text)
                .add("  [y]", Role::Quiet);
            self.lines.push(line.line());
        } else {
            self.wrapped(&phone, Role::Bright);
            self.wrapped(&email, Role::Text);
        }
        let place =
            [&contact.place.postal_code, &contact.place.city, &contact.place.subdivision, &contact.place.country];
        let place =
            place.iter().filter(|part| !part.is_empty()).map(|part| part.as_str()).collect::<Vec<_>>().join(" ");
        let about = [contact.company.clone().unwrap_or_default(), place];
        let about = about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        if !about.is_empty() {
            self.wrapped(&about, Role::Quiet);
        }
    }

    fn words(&mut self, detail: &LeadDetail) {
        let contact = &detail.contact;
        if contact.need.trim().is_empty() {
            self.wrapped("They wrote nothing about what they want.", Role::Quiet);
        } else {
            let quoted = wrap(&format!("“{}”", contact.need), self.width);
            let cut = quoted.len() > WORDS_MAX;
            for line in quoted.into_iter().take(WORDS_MAX) {
                let line = self.columns().add(&line, Role::Text).line();
                self.lines.push(line);
            }
            if cut {
                self.wrapped("… (cut)", Role::Quiet);
            }
        }
        for (label, text) in [("when", &contact.timing), ("budget", &contact.budget)] {
            if !text.trim().is_empty() {
                self.labelled(label, &format!("“{text}”"), Role::Text);
            }
        }
        for (field, value) in contact.extra.iter().take(FIELDS_MAX) {
            self.labelled(field, value, Role::Quiet);
        }
    }

    fn mark(&mut self, mark: &Mark) {
        let (sign, role) = sign(mark.answer);
        let read = if mark.read.is_empty() { "not said" } else { &mark.read };
        let rule_width = (self.width / 2).min(34);
        let read_width = self.width.saturating_sub(LABEL + 1 + 2 + 1 + rule_width + 1);
        let straddle = if mark.straddles { " (partly)" } else { "" };
        let line = self
            .columns()
            .col(mark.criterion.name(), LABEL, Align::Left, Role::Quiet)
            .col(sign, 1, Align::Left, role)
            .col(
                &format!("{read}{straddle}"),
                read_width,
                Align::Left,
                if mark.answer == Answer::Met { Role::Text } else { role },
            )
            .col(&mark.rule, rule_width, Align::Left, Role::Quiet)
            .line();
        self.lines.push(line);
    }

    fn score(&mut self, detail: &LeadDetail) {
        let Some(score) = detail.verdict.score else { return };
        let parts: Vec<String> = detail
            .verdict
            .factors
            .iter()
            .map(|factor| format!("{} {}", factor.criterion.name(), factor.points))
            .collect();
        let parts = parts.join(" · ");
        let line = self
            .columns()
            .col("score", LABEL, Align::Left, Role::Quiet)
            .col(&score.to_string(), 3, Align::Right, Role::Bright)
            .col(&parts, self.width.saturating_sub(LABEL + 6), Align::Left, Role::Quiet)
            .line();
        self.lines.push(line);
    }

    fn clock(&mut self, model: &Model, detail: &LeadDetail) {
        let row = &detail.row;
        let (now, zone) = (model.now, &model.seat.zone);
        let (text, role) = match (row.first_at, row.answer_by) {
            (Some(at), _) => (format!("answered {}", say::relative(at, now, zone)), Role::Good),
            (None, Some(by)) if by <= now => {
                (format!("missed: the answer was due {}", say::relative(by, now, zone)), Role::Bad)
            }
            (None, Some(by)) => {
                let risk = row.at_risk_from.is_some_and(|from| from <= now);
                (format!("answer {}", say::relative(by, now, zone)), if risk { Role::Warn } else { Role::Bright })
            }
            (None, None) => return self.waiting(model, detail),
        };
        self.labelled("due", &text, role);
    }

    fn waiting(&mut self, model: &Model, detail: &LeadDetail) {
        let row = &detail.row;
        if let Some(at) = row.forecast {
            let text = format!("held, leaves the queue about {}", say::moment(at, model.now, &model.seat.zone));
            self.labelled("due", &text, Role::Bright);
        }
        for code in &row.codes {
            self.labelled("why", &code.sentence(), Role::Text);
        }
    }

    fn handoff(&mut self, handoff: Option<&HandoffRow>) {
        let Some(handoff) = handoff else { return };
        let number =
            handoff.number.as_ref().map_or_else(|| format!("key {}", handoff.token), |number| format!("#{number}"));
        let text = format!("{number} at {} · {} · {}", handoff.destination, handoff.state.word(), handoff.person);
        self.labelled("ticket", &text, Role::Text);
        if let Some(url) = &handoff.url {
            self.labelled("", url, Role::Accent);
        }
        let delayed = handoff.code == Some(crate::lead::Code::Retrying);
        if !handoff.last_text.is_empty() && (handoff.state != crate::lead::HandoffState::Accepted || delayed) {
            self.labelled("said", &handoff.last_text, Role::Quiet);
        }
    }

    fn origin(&mut self, detail: &LeadDetail) {
        let campaign = detail.campaign.as_ref().map(|campaign| format!(" · {campaign}")).unwrap_or_default();
        self.labelled("from", &format!("{}{campaign}", detail.source), Role::Quiet);
        if let Some(code) = &detail.referral {
            self.labelled("referral", code, Role::Text);
        }
    }

    fn event(&mut self, at: &str, text: &str) {
        for (index, part) in wrap(text, self.width.saturating_sub(10)).iter().enumerate() {
            let at = if index == 0 { at } else { "" };
            let line = self.columns().col(at, 9, Align::Left, Role::Quiet).add(part, Role::Quiet).line();
            self.lines.push(line);
        }
    }
}

/// The mark and colour of an answer.
pub const fn sign(answer: Answer) -> (&'static str, Role) {
    match answer {
        Answer::Met => ("✓", Role::Good),
        Answer::Unmet => ("✗", Role::Bad),
        Answer::Unknown => ("?", Role::Warn),
    }
}
