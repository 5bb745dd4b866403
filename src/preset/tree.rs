//! A body as a tree whose text leaves are templates. The serialiser quotes it, so no lead text can break
//! it; what came out empty is left out, tables and lists that became empty with it.

use serde_json::{Map, Value};

use super::fault::Fault;
use super::read::is_empty;
use super::template::{Context, Scope, Template};

/// Deepest tree of a body.
const DEPTH_MAX: usize = 16;

/// A compiled body.
#[derive(Debug)]
pub enum Tree {
    /// A text; one lone expression keeps its type.
    Leaf(Template),
    /// A number or boolean as written.
    Fixed(Value),
    /// A list.
    List(Vec<Tree>),
    /// A table; its keys are templates too.
    Table(Vec<(Template, Tree)>),
}

impl Tree {
    /// Compiles.
    ///
    /// # Errors
    /// Names the leaf and what is wrong with it.
    pub fn compile(value: &toml::Value, scope: &Scope) -> Result<Self, Fault> {
        Self::at_depth(value, scope, 0)
    }

    fn at_depth(value: &toml::Value, scope: &Scope, depth: usize) -> Result<Self, Fault> {
        if depth > DEPTH_MAX {
            return Err(Fault::new(format!("deeper than {DEPTH_MAX} tables")));
        }
        Ok(match value {
            toml::Value::String(text) => Self::Leaf(Template::compile(text, scope)?),
            toml::Value::Integer(number) => Self::Fixed(Value::from(*number)),
            toml::Value::Float(number) => Self::Fixed(Value::from(*number)),
            toml::Value::Boolean(flag) => Self::Fixed(Value::from(*flag)),
            toml::Value::Datetime(at) => Self::Fixed(Value::from(at.to_string())),
            toml::Value::Array(items) => {
                Self::List(items.iter().map(|item| Self::at_depth(item, scope, depth + 1)).collect::<Result<_, _>>()?)
            }
            toml::Value::Table(table) => {
                let entries = table.iter().map(|(key, value)| {
                    let tree = Self::at_depth(value, scope, depth + 1).map_err(|fault| fault.within(key))?;
                    Ok((Template::compile(key, scope)?, tree))
                });
                Self::Table(entries.collect::<Result<_, _>>()?)
            }
        })
    }

    /// Renders; `None` where nothing is left.
    ///
    /// # Errors
    /// A leaf that cannot be rendered.
    pub fn render(&self, context: &Context) -> Result<Option<Value>, Fault> {
        let value = match self {
            Self::Leaf(template) => template.json(context)?,
            Self::Fixed(value) => value.clone(),
            Self::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.extend(item.render(context)?);
                }
                Value::Array(list)
            }
            Self::Table(entries) => {
                let mut table = Map::new();
                for (key, tree) in entries {
                    let key = key.text(context)?;
                    if let (false, Some(value)) = (key.is_empty(), tree.render(context)?) {
                        table.insert(key, value);
                    }
                }
                Value::Object(table)
            }
        };
        Ok(Some(value).filter(|value| !is_empty(value)))
    }
}

/// Puts `extra` over `base`: tables are merged, everything else replaced. For fields a site demands that
/// a preset cannot know.
pub fn merge(base: &mut toml::Value, extra: &toml::Value) {
    match (base, extra) {
        (toml::Value::Table(base), toml::Value::Table(extra)) => {
            for (key, value) in extra {
                match base.get_mut(key) {
                    Some(below) => merge(below, value),
                    None => {
                        base.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (base, extra) => *base = extra.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_a_tree_no_text_can_break() {
        let body: toml::Value = toml::from_str(
            r#"
            title = "{{ lead.name }} wants {{ lead.need }}"
            score = "{{ lead.score }}"
            phone = "{{ lead.phone }}"
            internal = false
            tags = ["leadgate", "{{ lead.phone }}"]
            [article]
            subject = "{{ lead.phone }}"
            [fields]
            "{{ vars.field }}" = "{{ lead.name }}"
            "{{ lead.phone }}" = "no key, no leaf"
            "#,
        )
        .unwrap();
        let tree = Tree::compile(&body, &Scope::new().open("lead").open("vars")).unwrap();
        let hostile = "\"},{\"x\":\"\r\nX: {{ vars.field }}";
        let context = Context::from_serialize(&json!({
            "lead": {"name": hostile, "need": "a roof", "score": 80, "phone": null},
            "vars": {"field": "customfield_7"},
        }));
        assert_eq!(
            tree.render(&context).unwrap().unwrap(),
            json!({
                "title": format!("{hostile} wants a roof"),
                "score": 80,
                "internal": false,
                "tags": ["leadgate"],
                "fields": {"customfield_7": hostile},
            })
        );
        let empty = Tree::compile(&toml::Value::from("{{ lead.phone }}"), &Scope::new().open("lead")).unwrap();
        assert_eq!(empty.render(&context).unwrap(), None);
    }

    #[test]
    fn a_site_may_add_fields() {
        let mut base: toml::Value = toml::from_str("a = 1\n[b]\nc = 2\nd = 3").unwrap();
        merge(&mut base, &toml::from_str("[b]\nd = 4\ne = 5").unwrap());
        assert_eq!(base, toml::from_str("a = 1\n[b]\nc = 2\nd = 4\ne = 5").unwrap());
    }
}
