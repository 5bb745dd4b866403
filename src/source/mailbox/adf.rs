//! Auto-lead Data Format 1.0: the XML in which lead providers send people who want a car, and by now others. Read
//! as text between tags: no entity is ever expanded but the five of XML itself, no document type is looked at,
//! depth, length and count are bounded.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value, json};

use crate::text::clean;

/// Longest document, in bytes.
const DOCUMENT_MAX: usize = 1024 * 1024;
/// Deepest element.
const DEPTH_MAX: usize = 16;
/// Most tags and texts.
const EVENTS_MAX: usize = 20_000;
/// Most people in one document.
const PROSPECTS_MAX: usize = 50;
/// Longest text of an element, in characters.
const TEXT_MAX: usize = 20_000;

/// The people of a document; empty where it is none, or one that is not well formed.
pub(super) fn prospects(text: &str) -> Vec<Value> {
    // Attribute case and declarations differ between senders, the root element does not.
    let lower = text.to_ascii_lowercase();
    let (Some(from), Some(to)) = (lower.find("<adf"), lower.rfind("</adf>")) else { return Vec::new() };
    let document = text.get(from..to + "</adf>".len()).unwrap_or_default();
    if document.len() > DOCUMENT_MAX { Vec::new() } else { read(document).unwrap_or_default() }
}

/// `None`: not well formed, or beyond a bound.
fn read(document: &str) -> Option<Vec<Value>> {
    let mut reader = Reader::from_str(document);
    reader.config_mut().trim_text(false);
    reader.config_mut().expand_empty_elements = true;
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut all = Vec::new();
    let mut person = Map::new();
    for _ in 0..EVENTS_MAX {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                path.push(name_of(&tag));
                text.clear();
                if path.len() > DEPTH_MAX {
                    return None;
                }
            }
            Event::Text(part) => text.push_str(&part.decode().ok()?),
            Event::CData(part) => text.push_str(&part.decode().ok()?),
            Event::GeneralRef(entity) => text.push_str(&entity_text(&entity)?),
            Event::End(_) => {
                keep(&mut person, &path, &clean(&text, TEXT_MAX, true));
                text.clear();
                if path.pop()?.starts_with("prospect") {
                    all.push(finished(std::mem::take(&mut person)));
                    if all.len() >= PROSPECTS_MAX {
                        return Some(all);
                    }
                }
            }
            Event::DocType(_) => return None,
            Event::Eof => return Some(all),
            _ => {}
        }
        if text.len() > TEXT_MAX * 4 {
            return None;
        }
    }
    None
}

/// `&amp;` and `&#228;`; anything else stays as it is written.
fn entity_text(entity: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if let Some(char) = entity.resolve_char_ref().ok()? {
        return Some(char.to_string());
    }
    let name = entity.decode().ok()?;
    Some(match name.as_ref() {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        other => format!("&{other};"),
    })
}

/// An element's name with what tells it from others of this name: `name:first`, `phone:cellphone`.
fn name_of(tag: &BytesStart<'_>) -> String {
    let name = String::from_utf8_lossy(tag.local_name().as_ref()).to_ascii_lowercase();
    let part = tag.attributes().flatten().find_map(|attribute| {
        let key = attribute.key.as_ref().to_ascii_lowercase();
        let wanted = matches!((name.as_str(), key.as_slice()), ("name", b"part") | ("phone", b"type"));
        wanted.then(|| String::from_utf8_lossy(&attribute.value).to_ascii_lowercase())
    });
    part.map_or(name.clone(), |part| format!("{name}:{part}"))
}

/// Elements and the member each fills; the first one counts, addresses and vehicles gather.
const MEMBERS: &[(&str, &str)] = &[
    ("prospect/id", "id"),
    ("prospect/requestdate", "requestdate"),
    ("customer/contact/name", "name"),
    ("customer/contact/name:full", "name"),
    ("customer/contact/name:first", "first_name"),
    ("customer/contact/name:last", "last_name"),
    ("customer/contact/email", "email"),
    ("customer/contact/phone", "phone"),
    ("customer/contact/phone:voice", "phone"),
    ("customer/contact/phone:cellphone", "phone"),
    ("customer/contact/phone:mobile", "phone"),
    ("contact/address/street", "street"),
    ("contact/address/city", "city"),
    ("contact/address/regioncode", "region"),
    ("contact/address/postalcode", "postal_code"),
    ("contact/address/country", "country"),
    ("customer/timeframe/description", "timeframe"),
    ("customer/timeframe/earliestdate", "earliest_date"),
    ("customer/comments", "comments"),
    ("vehicle/year", "vehicle"),
    ("vehicle/make", "vehicle"),
    ("vehicle/model", "vehicle"),
    ("vehicle/comments", "vehicle_comments"),
    ("vehicle/price", "price"),
    ("provider/name", "provider"),
    ("provider/name:full", "provider"),
    ("provider/service", "service"),
    ("vendor/vendorname", "vendor"),
];

fn keep(person: &mut Map<String, Value>, path: &[String], text: &str) {
    let path = path.join("/");
    let Some((_, member)) = MEMBERS.iter().find(|(end, _)| path.ends_with(end)).filter(|_| !text.is_empty()) else {
        return;
    };
    match person.get_mut(*member) {
        Some(Value::String(before)) if matches!(*member, "vehicle" | "street") => {
            before.push(' ');
            before.push_str(text);
        }
        Some(_) => {}
        None => drop(person.insert((*member).to_owned(), json!(text))),
    }
}

/// With its moment as one, where it is one.
fn finished(mut person: Map<String, Value>) -> Value {
    let moment = person.get("requestdate").and_then(Value::as_str).and_then(crate::preset::instant::parse);
    if let Some(moment) = moment {
        person.insert("date".to_owned(), json!(moment.to_string()));
    }
    Value::Object(person)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"<?ADF VERSION="1.0"?><?XML VERSION="1.0"?>
<adf><prospect status="new"><id sequence="1" source="x">77</id><requestdate>2026-09-14T10:00:00-05:00</requestdate>
<vehicle interest="buy"><year>2026</year><make>Volta</make><model>E &amp; S</model></vehicle>
<customer><contact primarycontact="1"><name part="first">Ada</name><name part="last">R&#246;e</name>
<email>ada@example.org</email><phone type="voice" time="evening">030 901820</phone><phone type="fax">1</phone>
<address><street line="1">Main 1</street><city>Bonn</city><postalcode>53111</postalcode><country>DE</country></address></contact>
<timeframe><description>within 2 weeks</description></timeframe><comments><![CDATA[Call <me>]]></comments></customer>
<vendor><contact><name part="full">Dealer</name><email>dealer@example.org</email></contact></vendor></prospect>
<prospect><customer><contact><name part="full">Bo Li</name><email>bo@example.org</email></contact></customer></prospect></adf>"#;

    #[test]
    fn people_are_read_from_a_document() {
        let all = prospects(DOCUMENT);
        assert_eq!(all.len(), 2);
        let ada = json!({
            "id": "77", "requestdate": "2026-09-14T10:00:00-05:00", "date": "2026-09-14T15:00:00Z",
            "vehicle": "2026 Volta E & S", "first_name": "Ada", "last_name": "Röe", "email": "ada@example.org",
            "phone": "030 901820", "street": "Main 1", "city": "Bonn", "postal_code": "53111", "country": "DE",
            "timeframe": "within 2 weeks", "comments": "Call <me>",
        });
        assert_eq!(all[0], ada, "the dealer is not the customer");
        assert_eq!(all[1], json!({ "name": "Bo Li", "email": "bo@example.org" }));
    }

    #[test]
    fn nothing_is_expanded_and_everything_is_bounded() {
        let bomb = r#"<!DOCTYPE adf [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><adf><prospect><customer><contact>
            <name part="full">&b;&unknown;</name><email>a@example.org</email></contact></customer></prospect></adf>"#;
        assert_eq!(prospects(bomb)[0]["name"], "&b;&unknown;");
        let inside = bomb.replace("<prospect>", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><prospect>");
        assert!(prospects(&inside).is_empty());
        let deep = format!("<adf><prospect>{}{}</prospect></adf>", "<a>".repeat(1_000), "</a>".repeat(1_000));
        assert!(prospects(&deep).is_empty());
        let many = format!("<adf>{}</adf>", "<prospect><id>1</id></prospect>".repeat(1_000));
        assert_eq!(prospects(&many).len(), PROSPECTS_MAX);
        let long = format!("<adf><prospect><id>{}</id></prospect></adf>", "x".repeat(DOCUMENT_MAX));
        assert!(prospects(&long).is_empty());
        for broken in
            ["", "<adf>", "<adf></adf>", "<adf><prospect></adf>", "</adf><adf>", "<adf><prospect><a b=></adf>"]
        {
            assert!(prospects(broken).is_empty(), "{broken}");
        }
    }
}
