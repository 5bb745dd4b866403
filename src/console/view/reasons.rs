//! Why a line of the report says what it says: the verdict's rule, the windows and labels in force, and the reason of
//! every figure that is missing or odd.

use super::page::Writer;
use crate::console::model::Model;
use crate::console::theme::Role;
use crate::report::say::{self, share_in_full};
use crate::report::table;

impl Writer {
    fn capacity(&mut self, model: &Model) {
        let screen = &model.report;
        if let Some((error, _)) = &screen.beside.failed {
            self.text(&format!("the capacity could not be counted: {error}"), Role::Warn);
        }
        let Some(beside) = &screen.beside.value else { return };
        if let Some(line) = screen.capacity() {
            let ratio = |part: u64, word: &str| format!("({part} {word} {})", say::count(&line.capacity));
            self.labelled(
                "flood index",
                &format!("{} {}", say::index(&line.flood_index), ratio(line.demand, "for")),
                Role::Text,
            );
            let used = format!("{} {}", say::used(&line.utilisation), ratio(line.handed_off, "of"));
            self.labelled("utilisation", &used, Role::Text);
            let open = format!("{} of {}", say::count(&line.open), say::count(&line.open_at_most));
            self.labelled("open now", &open, Role::Text);
            self.labelled("capacity is", &line.basis, Role::Text);
            let wanted = ["demand", "given", "open"].map(|figure| line.wanted(figure)).join(", ");
            self.text(&format!("its leads: leadgate report --leads with {wanted}"), Role::Quiet);
            for note in &beside.capacity.notes {
                self.text(note, Role::Quiet);
            }
            self.blank();
        }
        if let Some(mail) = &beside.mail {
            let last = mail.last.as_deref().unwrap_or("none went out yet");
            self.labelled("by mail", &format!("next {} to {}", mail.next, mail.to.join(", ")), Role::Text);
            self.labelled("the last one", last, if mail.trouble { Role::Warn } else { Role::Text });
            self.blank();
        }
    }

    pub(super) fn reasons(&mut self, model: &Model) {
        let (Some(row), Some(data)) = (model.report.selected(), &model.report.data.value) else {
            self.text("The figures are still being counted.", Role::Quiet);
            return;
        };
        self.text(&row.title, Role::Bright);
        self.blank();
        for reason in table::why(row) {
            let role = if reason.ends_with(&row.value.rule) { Role::Text } else { Role::Warn };
            self.text(reason.strip_prefix(&format!("{}: ", row.title)).unwrap_or(&reason), role);
        }
        self.blank();
        for (label, share) in [
            ("qualified", &row.rates.qualified),
            ("handed off", &row.rates.handed_off),
            ("contacted", &row.rates.contacted),
            ("actionable", &row.rates.actionable),
            ("won", &row.rates.won),
            ("returned", &row.rates.returned),
            ("their fault", &row.rates.returned_fault),
        ] {
            self.labelled(label, &share_in_full(share), Role::Text);
        }
        self.blank();
        self.capacity(model);
        for line in table::frame_lines(data) {
            self.text(&line, Role::Quiet);
        }
        let by_line = if model.report.cursor.index == 0 {
            String::new()
        } else {
            format!("@{}={}", model.report.by.word(), row.key)
        };
        self.text(&format!("the same on the command line: leadgate report --leads won{by_line}"), Role::Quiet);
    }
}
