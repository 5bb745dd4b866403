//! `[listen]`: an open door, so what opens it further is said in so many words.

use std::net::SocketAddr;

use url::Url;

use super::secrets::secret;
use crate::config::checked::Listen;
use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::raw;

const BIND: &str = "an address of this machine with a port, like \"127.0.0.1:8787\"";
const PUBLIC: &str = "the address your proxy is known by, like \"https://leads.example.com\"";
/// Most requests in a minute that may be allowed.
const PER_MINUTE_MAX: i64 = 1_000_000;
const PER_SOURCE: u32 = 600;
const PER_PEER: u32 = 300;

/// Checks `[listen]`; `None` where nothing listens.
pub fn check(field: Option<&Field>, mistakes: &mut Mistakes) -> Option<Listen> {
    let raw = raw::Listen::read(field?, mistakes);
    let mut flag = |field: &Option<Field>| field.as_ref().and_then(|field| field.flag(mistakes)).unwrap_or(false);
    let (allow_remote, behind_proxy) = (flag(&raw.allow_remote), flag(&raw.behind_proxy));
    let mut many = |field: &Option<Field>, default: u32| {
        let number = field.as_ref().and_then(|field| field.number(1, PER_MINUTE_MAX, mistakes));
        number.and_then(|number| u32::try_from(number).ok()).unwrap_or(default)
    };
    let (per_source, per_peer) = (many(&raw.per_source, PER_SOURCE), many(&raw.per_peer, PER_PEER));
    let metrics_token = raw.metrics_token.as_ref().and_then(|field| secret(field, mistakes));
    let public_url = raw.public_url.as_ref().and_then(|field| field.parse(PUBLIC, public, mistakes));
    let written = raw.bind.as_ref()?;
    let bind = written.parse(
        BIND,
        |text| text.parse::<SocketAddr>().map_err(|_| "is not an address with a port".to_owned()),
        mistakes,
    )?;
    if !bind.ip().is_loopback() && !allow_remote {
        let mistake = written.mistake("can be reached from other machines, and leadgate speaks no TLS itself");
        mistakes.add(mistake.hint(
            "keep 127.0.0.1 and let a reverse proxy with TLS pass requests on; or, where one stands in front on another machine, say allow_remote = true",
        ));
        return None;
    }
    Some(Listen { bind, public_url, behind_proxy, metrics_token, per_source, per_peer })
}

fn public(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|_| "is not an address".to_owned())?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !plain || url.password().is_some() {
        return Err("is not a plain http:// or https:// address".into());
    }
    Ok(text.trim_end_matches('/').to_owned())
}
