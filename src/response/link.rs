//! The signed link in a handoff that says yes: it names one handoff and one purpose, ends by itself, and can be
//! made by nobody who lacks this installation's key. Opening it shows a page; only its button says yes, since mail
//! scanners open links.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::clock::later;
use crate::lead::HandoffId;

/// How long a link holds: nobody accepts later than this.
pub const LINK_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);
/// What a link is signed for; another purpose has another word, and neither opens the other's door.
const PURPOSE: &str = "leadgate/acknowledge/1";
/// Longest link looked at, in bytes.
const LINK_MAX: usize = 160;

/// Why a link opens nothing. Never says which part was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// Not made by this installation, or changed on its way.
    #[error("this link is not whole: open it from the mail again")]
    Unknown,
    /// Its time is over.
    #[error("this link has ended")]
    Ended,
}

/// The part of the address that says yes to `handoff`, made at `now`.
pub fn sign(key: &[u8; 32], handoff: HandoffId, now: Timestamp) -> String {
    let ends = later(now, LINK_FOR).as_second();
    format!("{}.{ends}.{}", handoff.0, URL_SAFE_NO_PAD.encode(mac(key, handoff.0, ends).finalize().into_bytes()))
}

/// Which handoff a link says yes to.
///
/// # Errors
/// It was not made here, or it has ended.
pub fn open(key: &[u8; 32], link: &str, now: Timestamp) -> Result<HandoffId, BadLink> {
    if link.len() > LINK_MAX {
        return Err(BadLink::Unknown);
    }
    let mut parts = link.splitn(3, '.');
    let mut number = || parts.next()?.parse::<i64>().ok();
    let (Some(handoff), Some(ends)) = (number(), number()) else { return Err(BadLink::Unknown) };
    let given = parts.next().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(BadLink::Unknown)?;
    // Compared in constant time, and before anything else is said of it.
    mac(key, handoff, ends).verify_slice(&given).map_err(|_| BadLink::Unknown)?;
    if now.as_second() >= ends { Err(BadLink::Ended) } else { Ok(HandoffId(handoff)) }
}

/// What a call to look at a destination is signed for.
const LOOK: &str = "leadgate/look/1";

/// The part of the address by which this destination may call for a look; it holds until the installation's key
/// changes, for it is written into the settings of a ticket system.
pub fn sign_look(key: &[u8; 32], destination: &str) -> String {
    format!("{destination}.{}", URL_SAFE_NO_PAD.encode(look_mac(key, destination).finalize().into_bytes()))
}

/// Which destination a call names; `None` when it was not made here.
pub fn opens_look(key: &[u8; 32], link: &str) -> Option<String> {
    let (destination, given) = link.rsplit_once('.').filter(|_| link.len() <= LINK_MAX)?;
    let given = URL_SAFE_NO_PAD.decode(given).ok()?;
    look_mac(key, destination).verify_slice(&given).ok()?;
    Some(destination.to_owned())
}

fn look_mac(key: &[u8; 32], destination: &str) -> Hmac<Sha256> {
    let mut block = [0_u8; 64];
    for (place, byte) in block.iter_mut().zip(blake3::derive_key(LOOK, key)) {
        *place = byte;
    }
    <Hmac<Sha256> as Mac>::new((&block).into()).chain_update(LOOK).chain_update(destination)
}

fn mac(key: &[u8; 32], handoff: i64, ends: i64) -> Hmac<Sha256> {
    // A key shorter than a block is filled up with zeros (RFC 2104).
    let mut block = [0_u8; 64];
    for (place, byte) in block.iter_mut().zip(blake3::derive_key(PURPOSE, key)) {
        *place = byte;
    }
    let mac = <Hmac<Sha256> as Mac>::new((&block).into());
    mac.chain_update(PURPOSE).chain_update(handoff.to_be_bytes()).chain_update(ends.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_names_its_own_destination_only() {
        let key = [7; 32];
        let link = sign_look(&key, "desk");
        assert_eq!(opens_look(&key, &link), Some("desk".to_owned()));
        assert_eq!(opens_look(&[8; 32], &link), None);
        for wrong in [link.replacen("desk", "mail", 1), String::new(), "desk.".into(), "desk".into(), "x".repeat(500)] {
            assert_eq!(opens_look(&key, &wrong), None, "{wrong}");
        }
        let yes = sign(&key, HandoffId(1), Timestamp::UNIX_EPOCH);
        assert_eq!(opens_look(&key, &yes), None, "another purpose");
    }

    #[test]
    fn a_link_opens_one_handoff_until_it_ends_and_no_other() {
        let (key, now) = ([7; 32], "2026-11-23T08:00:00Z".parse::<Timestamp>().unwrap());
        let link = sign(&key, HandoffId(42), now);
        assert_eq!(open(&key, &link, now), Ok(HandoffId(42)));
        assert_eq!(open(&key, &link, later(now, LINK_FOR)), Err(BadLink::Ended));
        assert_eq!(open(&[8; 32], &link, now), Err(BadLink::Unknown), "another installation");
        let other = link.replacen("42", "43", 1);
        let longer = link.replacen(&later(now, LINK_FOR).as_second().to_string(), "99999999999", 1);
        for wrong in
            [other.as_str(), &longer, "", ".", "..", "42", &"9".repeat(500), &link.chars().take(40).collect::<String>()]
        {
            assert_eq!(open(&key, wrong, now), Err(BadLink::Unknown), "{wrong}");
        }
    }
}
