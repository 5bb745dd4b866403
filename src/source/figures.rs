//! One row of a report: the paths of `[metrics]` as a [`Metric`]. Numbers come as numbers or as text.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::lead::Metric;
use crate::preset::document::{DayDoc, MetricsDoc};
use crate::preset::fault::Fault;
use crate::preset::read::PathDoc;
use crate::preset::{Names, Reader, View};
use crate::text::clean_line;

/// Longest id of a campaign.
const ID_MAX: usize = 200;
/// Most a campaign can cost in a day, in any currency: more is a mistake, and would not fit.
const SPEND_MAX: i64 = 1_000_000_000_000;
/// Longest name of a campaign.
const TITLE_MAX: usize = 200;

/// The compiled paths.
#[derive(Debug)]
pub struct Figures {
    campaign: Reader,
    title: Option<Reader>,
    day: Day,
    impressions: Option<Reader>,
    clicks: Option<Reader>,
    spend: Reader,
    currency: Option<Reader>,
}

#[derive(Debug)]
enum Day {
    Text(Box<Reader>),
    Parts(Box<[Reader; 3]>),
}

impl Figures {
    /// Compiles.
    ///
    /// # Errors
    /// Names the path that is wrong.
    pub fn compile(doc: &MetricsDoc, names: Names<'_>) -> Result<Self, Fault> {
        let reader = |part: &str, path: &PathDoc| Reader::compile(path, names).map_err(|fault| fault.within(part));
        let maybe = |part: &str, path: &Option<PathDoc>| path.as_ref().map(|path| reader(part, path)).transpose();
        let day = match &doc.day {
            DayDoc::Text(path) => Day::Text(Box::new(reader("day", path)?)),
            DayDoc::Parts(parts) => Day::Parts(Box::new([
                reader("day.year", &parts.year)?,
                reader("day.month", &parts.month)?,
                reader("day.day", &parts.day)?,
            ])),
        };
        Ok(Self {
            campaign: reader("campaign", &doc.campaign)?,
            title: maybe("title", &doc.title)?,
            day,
            impressions: maybe("impressions", &doc.impressions)?,
            clicks: maybe("clicks", &doc.clicks)?,
            spend: reader("spend", &doc.spend)?,
            currency: maybe("currency", &doc.currency)?,
        })
    }

    /// Reads a row.
    ///
    /// # Errors
    /// Says which part of it cannot be read.
    pub fn read(&self, raw: &str) -> Result<Metric, String> {
        let row: Value = serde_json::from_str(raw).map_err(|error| format!("not JSON ({error})"))?;
        let view = View::of(&row);
        let text = |reader: &Reader| reader.text(view).map_err(|error| error.to_string());
        let maybe = |reader: &Option<Reader>| reader.as_ref().map_or(Ok(None), &text);
        let campaign = text(&self.campaign)?.map(|id| clean_line(&id, ID_MAX)).filter(|id| !id.is_empty());
        let number = |part: &str, reader: &Option<Reader>| -> Result<Option<u64>, String> {
            let Some(text) = maybe(reader)? else { return Ok(None) };
            let number = decimal(&text).and_then(|number| u64::try_from(number.trunc()).ok());
            number.map(Some).ok_or_else(|| format!("{part} `{}` is no number", clean_line(&text, 40)))
        };
        let spend = text(&self.spend)?;
        let spend = spend.map(|text| {
            let amount = decimal(&text).filter(|amount| amount.abs() <= Decimal::from(SPEND_MAX));
            amount.ok_or_else(|| format!("spend `{}` is no amount", clean_line(&text, 40)))
        });
        Ok(Metric {
            campaign: campaign.ok_or_else(|| format!("no campaign ({})", self.campaign.label()))?,
            title: maybe(&self.title)?.map(|title| clean_line(&title, TITLE_MAX)).filter(|title| !title.is_empty()),
            day: self.day.read(view)?,
            impressions: number("impressions", &self.impressions)?,
            clicks: number("clicks", &self.clicks)?,
            spend: spend.transpose()?,
            currency: maybe(&self.currency)?.map(|text| currency(&text)).transpose()?,
        })
    }
}

impl Day {
    fn read(&self, view: View<'_>) -> Result<Date, String> {
        let text = |reader: &Reader| -> Result<String, String> {
            let found = reader.text(view).map_err(|error| error.to_string())?;
            found.ok_or_else(|| format!("no day ({})", reader.label()))
        };
        let bad = |text: &str| format!("`{}` is no day", clean_line(text, 40));
        match self {
            Self::Text(reader) => {
                let text = text(reader)?;
                text.get(..10).unwrap_or(&text).parse().map_err(|_| bad(&text))
            }
            Self::Parts(parts) => {
                let mut numbers = [0_i16; 3];
                for (number, reader) in numbers.iter_mut().zip(parts.iter()) {
                    let text = text(reader)?;
                    *number = text.parse().map_err(|_| bad(&text))?;
                }
                let [year, month, day] = numbers;
                let small = |number: i16| i8::try_from(number).map_err(|_| bad(&number.to_string()));
                Date::new(year, small(month)?, small(day)?).map_err(|_| bad(&format!("{year}-{month}-{day}")))
            }
        }
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())
}

fn currency(text: &str) -> Result<String, String> {
    let code = text.trim().to_ascii_uppercase();
    let fits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if fits { Ok(code) } else { Err(format!("`{}` is no currency like EUR", clean_line(text, 40))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::Values;

    fn read(doc: &str, row: &str) -> Result<Metric, String> {
        let values = Values::default();
        Figures::compile(&toml::from_str(doc).unwrap(), Names::of(&values)).unwrap().read(row)
    }

    const META: &str = "campaign = \"$.campaign_id\"\ntitle = \"$.campaign_name\"\nday = \"$.date_start\"\nimpressions = \"$.impressions\"\nclicks = \"$.clicks\"\nspend = \"$.spend\"\ncurrency = \"$.account_currency\"";

    #[test]
    fn every_vendors_notation_is_read() {
        let row = r#"{"campaign_id":"1202","campaign_name":"Spring \u001b[31m","impressions":"1204","clicks":"37","spend":"52.18","date_start":"2026-09-13","account_currency":"nok"}"#;
        let metric = read(META, row).unwrap();
        assert_eq!((metric.campaign.as_str(), metric.title.as_deref()), ("1202", Some("Spring [31m")));
        assert_eq!((metric.impressions, metric.clicks, metric.spend), (Some(1_204), Some(37), "52.18".parse().ok()));
        assert_eq!((metric.day.to_string().as_str(), metric.currency.as_deref()), ("2026-09-13", Some("NOK")));
        let google = "campaign = \"$.campaign.id\"\nday = \"$.segments.date\"\nspend = { at = \"$.metrics.costMicros\", pipe = [\"divide:1000000\"] }";
        let row = r#"{"campaign":{"id":"555"},"segments":{"date":"2026-09-13"},"metrics":{"costMicros":"61230000"}}"#;
        assert_eq!(read(google, row).unwrap().spend, "61.23".parse().ok());
        let linkedin = "campaign = { at = \"$.pivotValues[0]\", pipe = [\"tail\"] }\nday = { year = \"$.d.year\", month = \"$.d.month\", day = \"$.d.day\" }\nspend = \"$.cost\"";
        let metric = read(linkedin, r#"{"pivotValues":["urn:li:sponsoredCampaign:9001"],"d":{"year":2026,"month":9,"day":13},"cost":"73.4400"}"#).unwrap();
        assert_eq!((metric.campaign.as_str(), metric.day.to_string().as_str()), ("9001", "2026-09-13"));
        let tiktok = "campaign = \"$.dimensions.campaign_id\"\nday = \"$.dimensions.stat_time_day\"\nspend = \"$.metrics.spend\"";
        let row =
            r#"{"dimensions":{"campaign_id":"17","stat_time_day":"2026-09-13 00:00:00"},"metrics":{"spend":"1.5E1"}}"#;
        assert_eq!(read(tiktok, row).unwrap().spend, "15".parse().ok());
    }

    #[test]
    fn what_cannot_be_read_says_which_part() {
        for (row, told) in [
            (r#"{"date_start":"2026-09-13"}"#, "no campaign"),
            (r#"{"campaign_id":"1"}"#, "no day"),
            (r#"{"campaign_id":"1","date_start":"yesterday"}"#, "`yesterday` is no day"),
            (r#"{"campaign_id":"1","date_start":"2026-09-13","spend":"lots"}"#, "spend `lots`"),
            (r#"{"campaign_id":"1","date_start":"2026-09-13","clicks":-1}"#, "clicks `-1`"),
            (r#"{"campaign_id":"1","date_start":"2026-09-13","account_currency":"krone"}"#, "no currency"),
            ("{", "not JSON"),
        ] {
            assert!(read(META, row).unwrap_err().contains(told), "{row}");
        }
    }
}
