//! What ends by the calendar and not by a mistake: versions of an interface, and the time a vendor keeps leads.
//! Both are dates in a preset, so that they can be said before they hurt.

use jiff::SignedDuration;
use jiff::civil::Date;

use super::document::SourcePreset;
use super::fault::Fault;
use super::instant;
use super::template::{Scope, Template};
use super::vars::Values;

/// So many days before its end a version is told of.
const AHEAD_DAYS: i32 = 60;

/// A version that ends soon, or has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The version in use.
    pub version: String,
    /// Its last day.
    pub on: Date,
    /// Days until then; negative when it is over.
    pub days: i32,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { version, on, days } = self;
        match days {
            ..0 => write!(f, "version {version} of the interface ended on {on}: set a newer one"),
            0 => write!(f, "version {version} of the interface ends today: set a newer one"),
            1 => write!(f, "version {version} of the interface ends tomorrow: set a newer one"),
            days => write!(f, "version {version} of the interface ends on {on}, in {days} days: set a newer one"),
        }
    }
}

/// Is what a preset says about its versions and its retention well said?
///
/// # Errors
/// A length of time that is none, or a template with unknown names.
pub fn check(preset: &SourcePreset, values: &Values) -> Result<(), Fault> {
    ends(preset, values)?;
    retention(preset).map(drop)
}

/// What a source set up with these values should be told about its version on this day.
///
/// # Errors
/// As [`check`].
pub fn warnings(preset: &SourcePreset, values: &Values, today: Date) -> Result<Vec<Warning>, Fault> {
    let Some((version, on)) = ends(preset, values)? else { return Ok(Vec::new()) };
    let days = (on - today).get_days();
    Ok(if days <= AHEAD_DAYS { vec![Warning { version, on, days }] } else { Vec::new() })
}

/// How long the vendor keeps leads, where the preset says it.
///
/// # Errors
/// It is no length of time.
pub fn retention(preset: &SourcePreset) -> Result<Option<SignedDuration>, Fault> {
    let length = preset.retention.as_deref().map(instant::duration).transpose();
    length.map_err(|fault| fault.within("retention"))
}

/// The version in use and its last day, where that is known.
///
/// # Errors
/// The template of `sunset.of` is malformed.
pub fn ends(preset: &SourcePreset, values: &Values) -> Result<Option<(String, Date)>, Fault> {
    let Some(doc) = &preset.sunset else { return Ok(None) };
    let of =
        Template::compile(&doc.of, &values.scope(Scope::new(), false)).map_err(|fault| fault.within("sunset.of"))?;
    let version = of.text(&values.context())?;
    Ok(doc.on.get(&version).map(|day| (version.clone(), *day)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preset(sunset: &str) -> SourcePreset {
        let rest = "format = 1\nid = \"x\"\ntitle = \"X\"\nretention = \"90 days\"\nvars = { version = { prompt = \"\", default = \"v21.0\" } }\nhttp = { base = \"https://x.org\" }\nauth = { kind = \"none\" }\nrequest = {}\ncursor = { strategy = \"snapshot\" }\nextract = { records = \"$[*]\" }\nmap = {}\n";
        toml::from_str(&format!("{rest}{sunset}")).unwrap()
    }

    fn told(sunset: &str, today: &str) -> Result<Vec<String>, Fault> {
        let preset = preset(sunset);
        let values = Values::sample(&preset.vars).unwrap();
        let warnings = warnings(&preset, &values, today.parse().unwrap())?;
        Ok(warnings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_version_is_told_of_sixty_days_ahead_and_after_its_end() {
        let doc =
            "sunset = { of = \"{{ vars.version }}\", on = { \"v21.0\" = \"2027-01-21\", \"v22.0\" = \"2027-05-20\" } }";
        assert!(told(doc, "2026-11-21").unwrap().is_empty());
        assert_eq!(
            told(doc, "2026-11-22").unwrap(),
            ["version v21.0 of the interface ends on 2027-01-21, in 60 days: set a newer one"]
        );
        assert!(told(doc, "2027-01-21").unwrap()[0].contains("ends today"));
        assert!(told(doc, "2027-02-01").unwrap()[0].contains("ended on 2027-01-21"));
        assert!(told("", "2027-02-01").unwrap().is_empty());
        assert_eq!(retention(&preset("")).unwrap().unwrap().as_hours(), 90 * 24);
    }

    #[test]
    fn a_version_that_no_variable_names_is_told() {
        let fault = |doc: &str| told(doc, "2027-01-01").unwrap_err().message;
        assert!(fault("sunset = { of = \"{{ vars.v }}\", on = {} }").contains("unknown name"));
    }
}
