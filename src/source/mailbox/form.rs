//! What a form sends: lines of `name: value`, in the words of whoever made the form. Known names become the
//! names of fields, others stay as they are.

use serde_json::{Map, Value};

use crate::source::columns;
use crate::text::clean_line;

/// Longest name, in characters.
const NAME_MAX: usize = 60;
/// Most words of a name.
const WORDS_MAX: usize = 6;
/// Fewest names that make a form.
const FIELDS_MIN: usize = 3;
/// Most names read.
const FIELDS_MAX: usize = 100;
/// Longest value, in characters.
const VALUE_MAX: usize = 20_000;

/// The fields, if the text is that of a form.
pub(super) fn fields(text: &str) -> Option<Map<String, Value>> {
    let mut form = Form::default();
    for line in text.lines() {
        form.line(line);
    }
    form.close();
    let reaches = ["email", "phone"].iter().any(|name| form.fields.contains_key(*name));
    // A letter may hold a line with a colon, too: a form is mostly such lines.
    let mostly = form.named * 2 >= form.loose || form.known >= FIELDS_MIN;
    (form.named >= FIELDS_MIN && reaches && mostly).then_some(form.fields)
}

#[derive(Default)]
struct Form {
    fields: Map<String, Value>,
    /// The field whose value is being read.
    open: Option<(String, String)>,
    /// Lines with a name.
    named: usize,
    /// Of these with a known one.
    known: usize,
    /// Lines that belong to none.
    loose: usize,
}

impl Form {
    fn line(&mut self, line: &str) {
        let within_message = self.open.as_ref().is_some_and(|(name, _)| name == "message");
        if let Some((name, value)) = split(line) {
            let field = columns::field_of(name);
            // Somebody's own words may hold a colon.
            if field.is_some() || !within_message {
                self.close();
                self.named += 1;
                self.known += usize::from(field.is_some());
                let name = field.map_or_else(|| clean_line(name, NAME_MAX), str::to_owned);
                self.open = Some((name, value.to_owned()));
                return;
            }
        }
        match &mut self.open {
            Some((_, value)) if within_message || !line.trim().is_empty() => {
                if !value.is_empty() {
                    value.push('\n');
                }
                value.push_str(line.trim_end());
            }
            // An empty line ends a value, but not the wait for one.
            Some((_, value)) if !value.is_empty() => self.close(),
            None if !line.trim().is_empty() => self.loose += 1,
            _ => {}
        }
    }

    fn close(&mut self) {
        let Some((name, value)) = self.open.take() else { return };
        // Some programs write an address twice: `ada@example.org<mailto:ada@example.org>`.
        let value = value.split("<mailto:").next().unwrap_or_default().trim().trim_matches('*').trim();
        let value: String = value.chars().take(VALUE_MAX).collect();
        if value.is_empty() || self.fields.len() >= FIELDS_MAX {
            return;
        }
        match self.fields.get_mut(&name) {
            // Said twice: both are kept.
            Some(Value::String(before)) if *before != value => {
                before.push_str(", ");
                before.push_str(&value);
            }
            Some(_) => {}
            None => drop(self.fields.insert(name, Value::String(value))),
        }
    }
}

/// `Name: value`, `*Name:* value`, `• Name : value`.
fn split(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_start_matches(['•', '-', '·']).trim_start();
    let (name, value) = line.split_once(':')?;
    let name = name.trim_matches(|char: char| char == '*' || char == '_' || char.is_whitespace());
    let value = value.trim_start_matches(['*', '_']).trim();
    let letters = name.chars().any(char::is_alphabetic);
    let plain = name.chars().all(|char| char.is_alphanumeric() || " -_.()/?&'’*#".contains(char));
    let short = name.chars().count() <= NAME_MAX && name.split_whitespace().count() <= WORDS_MAX;
    (letters && plain && short && !value.starts_with("//")).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        fields(text).map_or_else(|| "no form".to_owned(), |fields| Value::Object(fields).to_string())
    }

    #[test]
    fn names_and_values_are_read_as_forms_send_them() {
        let german = "Neue Anfrage über das Kontaktformular\n\nIhr Name: Zoë Müller\nIhre E-Mail-Adresse: zoe@example.org<mailto:zoe@example.org>\nTelefon:\n030 901820\nDachfläche: 120 m²\nNachricht: Ein Dach, bitte.\n\nZeitraum bisher: unklar\nmehr dazu gern: bald\n\n-- \nGesendet von example.org";
        assert_eq!(
            read(german),
            r#"{"Dachfläche":"120 m²","email":"zoe@example.org","message":"Ein Dach, bitte.\n\nZeitraum bisher: unklar\nmehr dazu gern: bald\n\n--\nGesendet von example.org","name":"Zoë Müller","phone":"030 901820"}"#
        );
        let english =
            "*First name:* Ada\n*Last name:* Roe\n*Email:* ada@example.org\n*ZIP:* 10115\n*Email:* ada2@example.org";
        assert_eq!(
            read(english),
            r#"{"email":"ada@example.org, ada2@example.org","family_name":"Roe","given_name":"Ada","postal_code":"10115"}"#
        );
    }

    #[test]
    fn a_letter_is_no_form() {
        assert_eq!(read("Dear all,\nplease note: I need a roof.\nMy number: 030 901820\nBest, Ada"), "no form");
        assert_eq!(read("See https://example.org at 10:30"), "no form");
        assert_eq!(read("a: 1\nb: 2\nc: 3"), "no form", "nobody can be reached");
        assert_eq!(read(""), "no form");
    }
}
