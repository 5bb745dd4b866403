//! Where secrets are, and the variables of presets among which they stand.

use std::collections::BTreeMap;

use crate::config::canonical::is_reference;
use crate::config::checked::Var;
use crate::config::field::Field;
use crate::config::mask::is_secret;
use crate::config::mistake::{Mistake, Mistakes};
use crate::config::node::{Table, Value};
use crate::config::paths::meant;
use crate::config::raw::{SecretAt, join};
use crate::config::secret::{Secret, too_open};

const WAYS: &str = "one of { env = \"NAME\" }, { file = \"path\" } or { command = \"pass show name\" }";
const VARIABLE: &str = "a text, a number, true or false, or a secret like { env = \"NAME\" }";

/// A mistake: a secret stands here in plain text.
pub fn plain(field: &Field) -> Mistake {
    field
        .silent("is a secret in plain text")
        .allowed(WAYS)
        .hint("put it into an environment variable, into a file only you can read, or let a command print it; then change it, for it has been seen")
}

/// A mistake: the password stands in an address.
pub fn in_address(field: &Field, example: &str) -> Mistake {
    let mistake = field.silent("carries its password in plain text");
    mistake.hint(format!("leave the user in the address and write password = {{ env = \"{example}\" }}; then change the password, for it has been seen"))
}

/// Where a secret is.
pub fn secret(field: &Field, mistakes: &mut Mistakes) -> Option<Secret> {
    if !matches!(field.node.value, Value::Table(_)) {
        mistakes.add(plain(field));
        return None;
    }
    let raw = SecretAt::read(field, mistakes);
    let ways = [&raw.env, &raw.file, &raw.command];
    if ways.iter().filter(|way| way.is_some()).count() != 1 {
        mistakes.add(field.silent("must say one way to find it").allowed(WAYS));
        return None;
    }
    if let Some(field) = &raw.env {
        let name = |text: &str| {
            let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if fits { Ok(Secret::Env(text.to_owned())) } else { Err("is not an environment variable".to_owned()) }
        };
        return field.parse("a name like \"SMTP_PASSWORD\"", name, mistakes);
    }
    if let Some(field) = &raw.command {
        return field.text("a command line, like \"pass show smtp\"", mistakes).map(Secret::Command);
    }
    let field = raw.file.as_ref()?;
    let path = meant(&field.text("the path of a file", mistakes)?, &field.place().sheet.dir);
    if let Some(problem) = too_open(&path) {
        mistakes.add(field.silent(format!("cannot be used: {problem}")));
    }
    Some(Secret::File(path))
}

/// The variables of a preset: every key its table has besides ours.
pub fn vars(path: &str, rest: Table, mistakes: &mut Mistakes) -> BTreeMap<String, Var> {
    let mut vars = BTreeMap::new();
    for (name, entry) in rest {
        let field = Field::new(join(path, &name), entry.node);
        if let Some(var) = var(&name, &field, mistakes) {
            vars.insert(name, var);
        }
    }
    vars
}

fn var(name: &str, field: &Field, mistakes: &mut Mistakes) -> Option<Var> {
    let text = match &field.node.value {
        Value::Table(table) if is_reference(table) => return secret(field, mistakes).map(Var::Secret),
        _ if is_secret(name) => {
            mistakes.add(if matches!(field.node.value, Value::Table(_)) {
                field.silent("must say one way to find it").allowed(WAYS)
            } else {
                plain(field)
            });
            return None;
        }
        Value::Text(text) | Value::Decimal(text) | Value::Date(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(yes) => yes.to_string(),
        Value::List(_) | Value::Table(_) => {
            mistakes.add(field.wrong_kind(VARIABLE));
            return None;
        }
    };
    Some(Var::Text(text))
}
