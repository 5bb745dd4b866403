//! Why a line of the report says what it says: the verdict's rule, the windows and labels in force, and the reason of
//! every figure that is missing or odd.

use super::page::Writer;
use crate::console::model::Model;
use crate::console::theme::Role;
use crate::report::say::share_in_full;
use crate::report::table;

impl Writer {
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
