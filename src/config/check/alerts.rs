//! `[alerts]`: who hears at once what cannot wait.

use url::Url;

use super::secrets::secret;
use crate::config::checked::{AlertHook, Alerts};
use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::raw;

const HOOK: &str = "an http or https address, like \"https://example.com/leadgate\"";
/// Longest address.
const HOOK_MOST: usize = 2_000;

/// Checks `[alerts]`.
pub fn check(field: Option<&Field>, mistakes: &mut Mistakes) -> Alerts {
    let raw = field.map(|field| raw::Alerts::read(field, mistakes)).unwrap_or_default();
    let mut flag =
        |field: &Option<Field>, usual| field.as_ref().and_then(|field| field.flag(mistakes)).unwrap_or(usual);
    let (bell, desktop) = (flag(&raw.bell, true), flag(&raw.desktop, false));
    let key = raw.secret.as_ref().and_then(|field| secret(field, mistakes));
    let Some(address) = &raw.url else {
        if let Some(field) = &raw.secret {
            mistakes.add(field.silent("signs nothing: there is no url").hint("add url, or remove it"));
        }
        return Alerts { bell, desktop, hook: None };
    };
    let url = address.parse(HOOK, hook, mistakes);
    Alerts { bell, desktop, hook: url.map(|url| AlertHook { url, secret: key }) }
}

/// An address of the web that may be written down in plain text.
pub(super) fn hook(text: &str) -> Result<String, String> {
    let address = Url::parse(text).map_err(|_| "is not an address".to_owned())?;
    if !matches!(address.scheme(), "http" | "https") || address.host_str().is_none() {
        return Err("is not an address of the web".into());
    }
    if !address.username().is_empty() || address.password().is_some() {
        return Err("holds a sign-in, and this address is written down in plain text".into());
    }
    if text.len() > HOOK_MOST {
        return Err("is too long".into());
    }
    Ok(text.to_owned())
}
