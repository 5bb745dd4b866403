//! The one text that stands for a configuration, whatever files and order it came from: a line for each
//! value, by key, secrets masked. Its hash is stored with every verdict, the text once per hash, so that
//! a decision can name the line that decided.

use super::mask::{REFERENCES, is_secret};
use super::node::{Table, Value};

/// The canonical text: TOML with dotted keys, sorted.
pub fn text(root: &Table) -> String {
    let mut out = String::with_capacity(4_096);
    lines(&mut out, "", root);
    out
}

/// First 16 hex digits of BLAKE3 over a canonical text.
pub fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().chars().take(16).collect()
}

/// Is this table a place where a secret is found?
pub fn is_reference(table: &Table) -> bool {
    !table.is_empty() && table.keys().all(|key| REFERENCES.contains(&key.as_str()))
}

fn lines(out: &mut String, path: &str, table: &Table) {
    for (key, entry) in table {
        let path = if path.is_empty() { bare(key) } else { format!("{path}.{}", bare(key)) };
        match &entry.node.value {
            Value::Table(inner) if !inner.is_empty() && !is_reference(inner) && !is_secret(key) => {
                lines(out, &path, inner);
            }
            value => {
                out.push_str(&path);
                out.push_str(" = ");
                one(out, key, value);
                out.push('\n');
            }
        }
    }
}

fn one(out: &mut String, key: &str, value: &Value) {
    match value {
        _ if is_secret(key) => out.push_str("\"***\""),
        Value::Table(table) if is_reference(table) => out.push_str("\"***\""),
        Value::Text(text) => out.push_str(&quoted(text)),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::Boolean(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Decimal(text) => match text.parse::<rust_decimal::Decimal>() {
            Ok(number) => out.push_str(&number.normalize().to_string()),
            Err(_) => out.push_str(text),
        },
        Value::Date(text) => out.push_str(text),
        Value::List(list) => {
            out.push('[');
            for (place, item) in list.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                one(out, key, &item.value);
            }
            out.push(']');
        }
        Value::Table(table) => {
            out.push('{');
            for (place, (key, entry)) in table.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { " " });
                out.push_str(&bare(key));
                out.push_str(" = ");
                one(out, key, &entry.node.value);
            }
            out.push_str(if table.is_empty() { "}" } else { " }" });
        }
    }
}

fn bare(key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if plain { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            char if char.is_control() => out.extend(format!("\\u{:04X}", u32::from(char)).chars()),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::mistake::Mistakes;
    use crate::config::node::{Sheet, document};

    fn canonical(source: &str) -> String {
        let mut mistakes = Mistakes::default();
        let table = document(&Sheet::new("test", Path::new(""), source), source, &mut mistakes);
        assert!(mistakes.is_empty());
        text(&table)
    }

    #[test]
    fn order_and_notation_do_not_matter() {
        let one = canonical("[b]\ny = 1.50\nx = { p = true, q = [1, \"ä\"] }\n[a]\nz = \"1\\n2\"\n");
        let two = canonical("a.z = '''1\n2'''\n[b]\ny = 1.5\n[b.x]\nq = [\n 1, # one\n 'ä']\np = true\n");
        assert_eq!(one, two);
        assert_eq!(one, "a.z = \"1\\u000A2\"\nb.x.p = true\nb.x.q = [1, \"ä\"]\nb.y = 1.5\n");
        assert_eq!(canonical(&one), one);
    }

    #[test]
    fn secrets_are_masked() {
        let text = canonical(
            "a.token = \"canary\"\na.x = { env = \"NAME\" }\na.y = [{ file = \"f\" }]\n[a.password]\ncommand = \"c\"\n",
        );
        assert_eq!(text, "a.password = \"***\"\na.token = \"***\"\na.x = \"***\"\na.y = [\"***\"]\n");
        assert_eq!(hash(&text).len(), 16);
    }
}
