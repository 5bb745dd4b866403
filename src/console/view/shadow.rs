//! The draft beside the rules: what runs and why, how both did by what became of the leads, where they differ.

use ratatui::text::Line;

use super::page::Writer;
use super::{nothing_yet, preview};
use crate::console::model::Model;
use crate::console::say;
use crate::console::theme::Role;
use crate::console::widget::{Align, Columns};
use crate::desk::view::{FigureLine, ShadowRun};

/// Columns of a figure's name.
const NAME: usize = 20;

impl Writer {
    pub(super) fn shadow(&mut self, model: &Model) {
        match &model.shadow.value {
            None => self.text(&nothing_yet(&model.shadow), Role::Quiet),
            Some(None) => {
                self.text("No draft of the rules ever ran beside them.", Role::Text);
                self.blank();
                self.text(
                    "A draft that runs here decides every new lead too. Nothing is done by what it says; later both are \
                     scored by what was won and what came back. P shows what a draft would have done in the past days.",
                    Role::Quiet,
                );
                self.blank();
                self.text("s  start one", Role::Accent);
            }
            Some(Some(run)) => self.run(model, run),
        }
    }

    fn run(&mut self, model: &Model, run: &ShadowRun) {
        let moment = |at| say::moment(at, model.now, &model.seat.zone);
        let since = moment(run.since);
        match run.ended_at {
            None => self.text(&format!("{} decides beside the rules in force since {since}", run.name), Role::Bright),
            Some(at) => self.text(&format!("{} decided from {since} until {}", run.name, moment(at)), Role::Bright),
        }
        self.text(&format!("{}: {}", run.who, run.reason), Role::Quiet);
        if let Some(trouble) = &run.trouble {
            self.text(&format!("It does not decide at present: {trouble}"), Role::Bad);
            self.text(
                "New leads are decided by the rules in force as ever. End it, and start a mended draft.",
                Role::Warn,
            );
        }
        self.blank();
        let decided = format!("{} leads decided by both, {} of them differently: {}", run.leads, run.differ, run.ends);
        self.text(&decided, Role::Text);
        self.blank();
        let column = self.width.saturating_sub(NAME) / 2;
        self.lines.push(self.columns(column, ("", "in force", "draft"), Role::Quiet));
        for FigureLine { name, now, draft, .. } in &run.figures {
            self.lines.push(self.columns(column, (name, now, draft), Role::Text));
        }
        self.blank();
        for note in &run.notes {
            self.text(note, Role::Quiet);
        }
        self.differing(model, run);
        self.blank();
        self.text(if run.ended_at.is_none() { "e  end it" } else { "s  start another one" }, Role::Accent);
    }

    fn columns(&self, column: usize, (name, now, draft): (&str, &str, &str), role: Role) -> Line<'static> {
        Columns::new(self.theme)
            .col(name, NAME.saturating_sub(2), Align::Left, Role::Quiet)
            .col(now, column, Align::Right, role)
            .col(draft, column.saturating_sub(1), Align::Right, role)
            .line()
    }

    fn differing(&mut self, model: &Model, run: &ShadowRun) {
        if run.differing.is_empty() {
            return;
        }
        self.blank();
        self.text("Decided differently, the latest first", Role::Accent);
        for (lead, ended) in &run.differing {
            self.lines.push(preview::flip(model, lead, Some(ended), self.width));
        }
        let more = run.differ.saturating_sub(run.differing.len() as u64);
        if more > 0 {
            self.text(&format!("… and {more} more: `leadgate shadow show --leads N` has them"), Role::Quiet);
        }
    }
}
