//! Text to read over a screen: help, explain, contact, a source in full.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::console::commands::{self, Group};
use crate::console::layout;
use crate::console::model::dialog::Text;
use crate::console::model::{Model, Place, Screen};
use crate::console::say;
use crate::console::theme::{Role, Theme};
use crate::console::widget::wrap::wrap;
use crate::console::widget::{Align, Columns};
use crate::desk::view::{LeadDetail, SourceLine};
use crate::health::Weight;
use crate::lead::LeadId;

/// Where the text of a page is.
pub fn area(model: &Model, text: Text) -> Rect {
    let body = layout::parts(model.size).body;
    if text == Text::Contact {
        return Rect { x: body.x + 2, width: body.width.saturating_sub(4), ..body };
    }
    let frame = layout::middle(body, 96, body.height);
    Rect {
        x: frame.x + 2,
        y: frame.y + 1,
        width: frame.width.saturating_sub(4),
        height: frame.height.saturating_sub(2),
    }
}

/// The title of a page.
pub fn title(model: &Model, text: Text) -> String {
    match text {
        Text::Help => match model.place() {
            Place::Lead => "help: a lead".to_owned(),
            Place::At(screen) => format!("help: {}", screen.title()),
        },
        Text::Explain(lead) => format!("why · lead {lead}"),
        Text::Mail(lead) => format!("mail · lead {lead}"),
        Text::Contact => String::new(),
        Text::Shadow => "shadow rules".to_owned(),
        Text::Source => model.sources.selected().map_or_else(String::new, |source| source.title.clone()),
        Text::Figures => "why these figures".to_owned(),
    }
}

/// Its lines at this width.
pub fn lines(model: &Model, text: Text, width: usize) -> Vec<Line<'static>> {
    let mut page = Writer { theme: model.fixed.theme, width, lines: Vec::new() };
    match text {
        Text::Help => page.help(model),
        Text::Explain(lead) => page.explain(model, lead),
        Text::Shadow => page.shadow(model),
        Text::Mail(lead) => page.mail(model, lead),
        Text::Contact => match model.detail() {
            Some(detail) => page.contact(detail),
            None => page.text("The lead is no longer here.", Role::Quiet),
        },
        Text::Figures => page.reasons(model),
        Text::Source => match model.sources.selected() {
            Some(source) => page.source(model, source),
            None => page.text("The source is no longer here.", Role::Quiet),
        },
    }
    page.lines
}

/// A source's details, for the panel below the list.
pub fn source_lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    lines(model, Text::Source, width)
}

/// Writes a page line by line.
pub(super) struct Writer {
    pub(super) theme: Theme,
    pub(super) width: usize,
    pub(super) lines: Vec<Line<'static>>,
}

impl Writer {
    pub(super) fn text(&mut self, text: &str, role: Role) {
        for line in wrap(text, self.width) {
            self.lines.push(Columns::new(self.theme).add(&line, role).line());
        }
    }

    pub(super) fn blank(&mut self) {
        self.lines.push(Line::default());
    }

    pub(super) fn labelled(&mut self, label: &str, text: &str, role: Role) {
        for (at, part) in wrap(text, self.width.saturating_sub(13)).iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            self.lines.push(Columns::new(self.theme).col(label, 12, Align::Left, Role::Quiet).add(part, role).line());
        }
    }

    fn help(&mut self, model: &Model) {
        self.text(about(model.place()), Role::Text);
        let place = model.place();
        for here in [true, false] {
            for group in Group::ALL {
                let list: Vec<_> = commands::TABLE
                    .iter()
                    .filter(|command| command.group == group && command.scope.holds(place) == here)
                    .collect();
                if list.is_empty() {
                    continue;
                }
                self.blank();
                let elsewhere = if here { "" } else { " (on other screens)" };
                self.text(&format!("{}{elsewhere}", group.title()), Role::Accent);
                for command in list {
                    self.command(model, command);
                }
            }
        }
        self.blank();
        self.text(
            "Marks: ✓ met or answered  ✗ unmet  ? unknown  ● due  ◐ at risk  ○ waiting  ‖ paused  ! failed or missed",
            Role::Quiet,
        );
    }

    fn command(&mut self, model: &Model, command: &commands::Command) {
        let asks = if command.danger { " (asks first)" } else { "" };
        let (text, key, role) = match command.available(model) {
            Ok(()) => (format!("{}{asks}", command.title), Role::Bright, Role::Text),
            Err(reason) => (format!("{} – {reason}", command.title), Role::Quiet, Role::Quiet),
        };
        for (at, part) in wrap(&text, self.width.saturating_sub(13)).iter().enumerate() {
            let keys = if at == 0 { command.keys_text() } else { String::new() };
            self.lines
                .push(Columns::new(self.theme).col(&keys, 11, Align::Right, key).add(" ", role).add(part, role).line());
        }
    }

    /// The mail of a lead: what a program made, so its lines are kept as they are.
    fn mail(&mut self, model: &Model, lead: LeadId) {
        let Some(mail) = model.mail.value.as_ref().filter(|mail| mail.lead == lead) else {
            return self.text(&super::nothing_yet(&model.mail), Role::Quiet);
        };
        self.labelled("by", &format!("{} to {}", mail.destination, mail.to), Role::Quiet);
        self.labelled("subject", &mail.subject, Role::Bright);
        self.text(&mail.note, Role::Quiet);
        self.blank();
        for line in mail.text.lines() {
            self.lines.push(Columns::new(self.theme).add(line, Role::Text).line());
        }
    }

    /// Nothing stands beside these lines, so that the terminal's own selection copies just them.
    fn contact(&mut self, detail: &LeadDetail) {
        let contact = &detail.contact;
        self.blank();
        self.text(&contact.name, Role::Bright);
        for value in [&contact.phone, &contact.phone_raw, &contact.email].into_iter().flatten() {
            self.blank();
            self.text(value, Role::Bright);
        }
        if contact.phone.is_none() && contact.phone_raw.is_none() && contact.email.is_none() {
            self.blank();
            self.text("Neither phone nor e-mail is known.", Role::Quiet);
        }
        self.blank();
        self.text(
            "Select a line with the mouse to copy it; a double click takes a number or an address whole.",
            Role::Quiet,
        );
    }

    fn source(&mut self, model: &Model, source: &SourceLine) {
        let (now, zone) = (model.now, &model.seat.zone);
        if let Some(error) = &source.error {
            let times = if source.fails > 1 { format!(" ({} times in a row)", source.fails) } else { String::new() };
            self.labelled("error", &format!("{error}{times}"), Role::Bad);
        }
        for gap in &source.gaps {
            self.labelled("to set up", gap, Role::Warn);
        }
        if let Some(paused) = &source.paused {
            self.labelled("paused", paused, Role::Warn);
        }
        if let Some(slowed) = &source.slowed {
            self.labelled("slowed", slowed, Role::Warn);
        }
        if let Some(avoided) = &source.avoided {
            self.labelled("avoided", avoided, Role::Text);
        }
        for notice in &source.notices {
            let (label, role) = match notice.weight {
                Weight::Alarm => ("alarm", Role::Bad),
                Weight::Warn => ("warning", Role::Warn),
                Weight::Info => ("note", Role::Quiet),
            };
            self.labelled(label, &format!("{} · {}", notice.what, notice.fix), role);
        }
        if let Some(backfill) = &source.backfill {
            let role = if backfill.open { Role::Accent } else { Role::Quiet };
            self.labelled("back-fill", &backfill.text, role);
        }
        let last = source.last_ok_at.map_or_else(|| "never".to_owned(), |at| say::relative(at, now, zone));
        let next_at = source.due_at.filter(|_| source.paused.is_none());
        let next = next_at.map_or_else(String::new, |at| format!(" · next {}", say::relative(at, now, zone)));
        self.labelled(if source.told { "told" } else { "read" }, &format!("{last}{next}"), Role::Text);
        let days: u64 = source.days.iter().sum();
        let usual = source.usual.map_or_else(String::new, |band| format!(" ({} is usual)", band.words()));
        let leads = format!("{} today{usual} · {days} in {} days", source.today, source.days.len());
        self.labelled("leads", &leads, Role::Text);
        if let Some(spend) = &source.spend {
            self.labelled("spend", &format!("{spend} today"), Role::Text);
        }
        self.labelled("phase", &format!("{}: {}", source.phase.word(), source.phase.means()), Role::Text);
        if source.pending + source.lapsed > 0 {
            let text = format!("{} not confirmed yet · {} given up in 28 days", source.pending, source.lapsed);
            self.labelled("sign-ups", &text, Role::Text);
        }
        if source.quarantined > 0 {
            let records = if source.quarantined == 1 { "record" } else { "records" };
            let text = format!("{} {records} nobody could read: Inbox (1), then Tab to quarantine", source.quarantined);
            self.labelled("quarantined", &text, Role::Warn);
        }
        self.labelled("source", &format!("{} · preset {} · {}", source.id, source.preset, source.channel), Role::Quiet);
    }
}

const fn about(place: Place) -> &'static str {
    match place {
        Place::Lead => {
            "One lead: who they are, what they wrote, why it is here, until when to answer, and what happened. Esc goes back."
        }
        Place::At(Screen::Inbox) => {
            "Whom to call next. The first lines are missed and at risk, then what is due; then leads that need one answer from you. Tab walks the other lists."
        }
        Place::At(Screen::Capacity) => {
            "How many leads each team may take. A full cap holds leads until its window ends; raise it and they go out, close it with 0 and they wait."
        }
        Place::At(Screen::Response) => {
            "Every handoff and how fast people answered. What is unknown or needs you stands first: leadgate does not send twice on its own."
        }
        Place::At(Screen::Sources) => {
            "Where leads come from: is each read in time (lag: since its last complete read), what came in and what it cost, where it is on its way, and what is wrong with its fix."
        }
        Place::At(Screen::Report) => {
            "What became of the inquiries of a period, what they cost, and whether that is worth it: the same figures as `leadgate report`. ← → choose a figure, Enter shows the leads behind it. A figure that does not exist says why instead of 0."
        }
        Place::At(Screen::Referrals) => "Referral codes people gave.",
        Place::At(Screen::Journal) => "What happened lately over all leads, the latest first.",
    }
}
