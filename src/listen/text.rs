//! The Prometheus text format, as far as it is needed: help, type, one line a value, labels escaped.

/// A page of metrics being written.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// Begins a metric; `kind` is `counter` or `gauge`.
    pub fn metric(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    /// One value of it.
    pub fn value(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let written: Vec<String> =
            labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
        if written.is_empty() {
            self.line(format_args!("{name} {value}"));
        } else {
            self.line(format_args!("{name}{{{}}} {value}", written.join(",")));
        }
    }

    /// The whole page.
    pub fn into_text(self) -> String {
        self.0
    }

    fn line(&mut self, words: std::fmt::Arguments<'_>) {
        self.0.push_str(&words.to_string());
        self.0.push('\n');
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_lines_are_whole() {
        let mut page = Page::default();
        page.metric("leadgate_x", "gauge", "Something.");
        page.value("leadgate_x", &[("a", "q\"\\\n"), ("b", "c")], 2);
        page.value("leadgate_y", &[], 0.5);
        let expected = "# HELP leadgate_x Something.\n# TYPE leadgate_x gauge\nleadgate_x{a=\"q\\\"\\\\\\n\",b=\"c\"} 2\nleadgate_y 0.5\n";
        assert_eq!(page.into_text(), expected);
    }
}
