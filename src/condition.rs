//! Conditions an operator writes: one expression over what is known of a lead, true or false, or unknown where
//! it asks about something that is not known. No statements, no files, no environment; steps and depth are
//! bounded.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use minijinja::{Environment, Expression, UndefinedBehavior, Value};
use serde::Serialize;

use crate::names::nearest;

/// Steps one condition may take.
const FUEL: u64 = 10_000;
/// Depth one condition may recurse to.
const RECURSION: usize = 32;
/// Longest condition, in bytes.
const LENGTH_MAX: usize = 2_000;

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(RECURSION);
    engine.add_test("defined", |value: &Value| !value.is_undefined() && !value.is_none());
    engine.add_test("in", |value: &Value, list: &Value| {
        list.try_iter().is_ok_and(|mut all| all.any(|one| one == *value))
    });
    engine.add_filter("lower", |text: &str| text.to_lowercase());
    engine.add_filter("length", |value: &Value| value.len());
    engine
});

/// A compiled condition.
#[derive(Clone)]
pub struct Condition {
    text: String,
    expression: Arc<Expression<'static, 'static>>,
    /// Names it needs a value of.
    needs: BTreeSet<String>,
}

impl std::fmt::Debug for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Condition").field(&self.text).finish()
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Condition {
    /// Compiles. `names`: the dotted names it may use; one that ends in `.` allows everything below.
    ///
    /// # Errors
    /// The rest of a sentence that begins with the condition: what is malformed, or which name is unknown.
    pub fn compile(text: &str, names: &[&str]) -> Result<Self, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("is longer than {LENGTH_MAX} characters"));
        }
        let said = |error: minijinja::Error| {
            let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
            format!("cannot be understood: {detail}")
        };
        let expression = ENGINE.compile_expression_owned(text.to_owned()).map_err(said)?;
        let mut needs = BTreeSet::new();
        for name in expression.undeclared_variables(true) {
            let below = |known: &&&str| known.ends_with('.') && name.starts_with(**known);
            if !names.contains(&name.as_str()) && !names.iter().any(|known| below(&known)) {
                let near = nearest(&name, names.iter().copied());
                let near = near.map_or_else(|| names.join(", "), |near| format!("did you mean {near}?"));
                return Err(format!("names {name}, which is not known here: {near}"));
            }
            if !text.contains(&format!("{name} is defined")) && !text.contains(&format!("{name} is not defined")) {
                needs.insert(name);
            }
        }
        Ok(Self { text: text.to_owned(), expression: Arc::new(expression), needs })
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Does it hold? `None` where a name it asks about has no value, or its values cannot be compared. A name it
    /// tests with `is defined` may be without one.
    pub fn holds(&self, known: &impl Serialize) -> Option<bool> {
        let known = Value::from(minijinja::value::Serde(known));
        let missing = |name: &String| {
            let found = name.split('.').try_fold(known.clone(), |value, part| value.get_attr(part));
            found.map_or(true, |value| value.is_undefined() || value.is_none())
        };
        if self.needs.iter().any(missing) {
            return None;
        }
        self.expression.eval(known).ok().map(|value| value.is_true())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NAMES: &[&str] = &["budget.max", "region.country", "field."];

    fn holds(text: &str) -> Option<bool> {
        let known = json!({
            "budget": {"max": 12_000, "min": null}, "region": {"country": "DE"}, "field": {"area": 120, "kind": "flat"},
        });
        Condition::compile(text, NAMES).unwrap().holds(&known)
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let refused = |text: &str| Condition::compile(text, NAMES).unwrap_err();
        assert!(refused("budget.max >=").contains("cannot be understood"));
        assert!(refused("budget.mx > 1").contains("did you mean budget.max?"));
        assert!(refused("env.HOME").contains("not known here"));
        assert!(refused("{% if 1 %}").contains("cannot be understood"));
        assert!(refused(&"1 + ".repeat(1_000)).contains("longer"));
    }

    #[test]
    fn three_answers() {
        assert_eq!(holds("budget.max >= 10000 and region.country == 'DE'"), Some(true));
        assert_eq!(holds("field.area > 200 or field.kind in ['flat', 'house']"), Some(true));
        assert_eq!(holds("region.country != 'DE'"), Some(false));
        assert_eq!(holds("field.roof > 10"), None, "not known");
        assert_eq!(holds("field.roof is not defined or field.roof > 10"), Some(true));
        assert_eq!(holds("field.kind > 10 and field.kind - 1 > 2"), None, "not comparable");
    }

    #[test]
    fn it_ends() {
        assert_eq!(holds("field.area > 0 and [1] * 1000000000 == 1"), None);
    }
}
