//! The schema holds for what the reader takes, and not for what it refuses.

use std::fs;

use super::*;
use crate::preset::reference::EXAMPLE;

/// What is wrong with a value by the keywords the schema uses; empty where nothing is.
fn wrong(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Value::Object(words) = schema else { panic!("{at}: {schema} is no schema") };
    if words.contains_key("if") {
        let branch = if wrong(root, &words["if"], value, at).is_empty() { "then" } else { "else" };
        found.extend(wrong(root, &words[branch], value, at));
    }
    for (word, says) in words {
        match word.as_str() {
            "$ref" => {
                let name = says.as_str().unwrap().strip_prefix("#/definitions/").unwrap();
                let below = root["definitions"].get(name).unwrap_or_else(|| panic!("{at}: there is no {name}"));
                found.extend(wrong(root, below, value, at));
            }
            "allOf" => found.extend(says.as_array().unwrap().iter().flat_map(|one| wrong(root, one, value, at))),
            "anyOf" => {
                let tried: Vec<_> = says.as_array().unwrap().iter().map(|one| wrong(root, one, value, at)).collect();
                if !tried.iter().any(Vec::is_empty) {
                    found.extend(tried.into_iter().flatten());
                }
            }
            "type" => {
                let is = match value {
                    Value::Object(_) => "object",
                    Value::Array(_) => "array",
                    Value::String(_) => "string",
                    Value::Bool(_) => "boolean",
                    Value::Number(number) if number.is_f64() => "number",
                    _ => "integer",
                };
                let any = says.as_array().cloned().unwrap_or_else(|| vec![says.clone()]);
                if !any.iter().any(|one| one == is || (one == "number" && is == "integer")) {
                    found.push(format!("{at} is {is}, not {says}"));
                }
            }
            "enum" if !says.as_array().unwrap().contains(value) => {
                found.push(format!("{at}: {value} is none of {says}"));
            }
            "const" if says != value => found.push(format!("{at} is not {says}")),
            "pattern" => {
                let matches = regex::Regex::new(says.as_str().unwrap()).unwrap();
                if !value.as_str().is_some_and(|text| matches.is_match(text)) {
                    found.push(format!("{at}: {value} does not match {says}"));
                }
            }
            "required" => {
                let missing = says.as_array().unwrap().iter().filter(|key| value.get(key.as_str().unwrap()).is_none());
                found.extend(missing.map(|key| format!("{at}: {key} is missing")));
            }
            "items" => {
                let items = value.as_array().into_iter().flatten();
                found.extend(items.flat_map(|item| wrong(root, says, item, &format!("{at}[]"))));
            }
            "properties" | "additionalProperties" => {
                for (key, below) in value.as_object().into_iter().flatten() {
                    let own = words.get("properties").and_then(|all| all.get(key));
                    let here = format!("{at}.{key}");
                    match (word.as_str(), own, says) {
                        ("properties", Some(own), _) => found.extend(wrong(root, own, below, &here)),
                        ("additionalProperties", None, Value::Bool(false)) => found.push(format!("{here} is unknown")),
                        ("additionalProperties", None, says) => found.extend(wrong(root, says, below, &here)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    found
}

fn root() -> Value {
    serde_json::from_str(&schema()).unwrap()
}

fn told(text: &str) -> Vec<String> {
    let preset: toml::Table = text.parse().unwrap();
    wrong(&root(), &root(), &serde_json::to_value(preset).unwrap(), "")
}

#[test]
fn every_preset_holds() {
    assert_eq!(told(EXAMPLE), Vec::<String>::new());
    for folder in ["sources", "destinations"] {
        for file in fs::read_dir(format!("config/presets/{folder}")).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(told(&fs::read_to_string(&path).unwrap()), Vec::<String>::new(), "{}", path.display());
        }
    }
}

#[test]
fn every_example_of_the_reference_holds() {
    let root = root();
    let mut seen = 0;
    let defs = root["definitions"].as_object().unwrap().values();
    for part in defs.chain([&root["then"], &root["else"]]) {
        let tables = [Some(part)].into_iter().chain(part["anyOf"].as_array().into_iter().flatten().map(Some)).flatten();
        for (key, schema) in tables.filter_map(|table| table["properties"].as_object()).flatten() {
            for example in schema["examples"].as_array().into_iter().flatten() {
                let wrong = wrong(&root, schema, example, key);
                assert!(wrong.is_empty(), "{wrong:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn a_slip_is_marked() {
    for (from, to, words) in [
        ("strategy = \"since\"", "strategy = \"sinse\"", "is none of"),
        ("overlap", "ovrelap", ".cursor.ovrelap is unknown"),
        ("email = \"$.email\"", "email = 7", ".map.email is integer"),
        ("class = \"config\"", "class = \"confg\"", "is none of"),
        ("title = \"Our own form backend\"", "", "\"title\" is missing"),
        ("size = 100", "size = \"100\"", "is string, not \"integer\""),
        ("status = [404]", "statsu = [404]", ".errors[].when.statsu is unknown"),
        ("[paging]", "[each]\nrecrods = \"$\"\n[paging]", ".each.recrods is unknown"),
        ("[paging]", "[job.poll]\ndone = \"$.x\"\n[paging]", "\"start\" is missing"),
        ("[paging]", "[vars.x]\nkind = \"secert\"\nprompt = \"\"\n[paging]", "is none of"),
        ("name = \"$.name\"", "name = { at = \"$.name\", pipe = [\"trmi\"] }", "is none of"),
    ] {
        assert!(EXAMPLE.contains(from), "{from}");
        let told = told(&EXAMPLE.replace(from, to));
        assert!(told.iter().any(|told| told.contains(words)), "{words}: {told:?}");
    }
}
