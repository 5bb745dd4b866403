//! Who is the same person: e-mail and phone in one spelling (`domain-rules` 3).

use serde::{Deserialize, Serialize};

use super::email;

/// What a person is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// E-mail address.
    Email,
    /// Phone number.
    Phone,
}

/// One thing a person is known by, in the one spelling in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// E-mail or phone.
    pub kind: KeyKind,
    /// The address in lower case, or the number in E.164.
    pub value: String,
}

/// The keys of a person; the plus part of an address counts, since it may be another mailbox.
pub fn keys(email: Option<&str>, phone: Option<&str>) -> Vec<Key> {
    let email = email.map(|address| Key { kind: KeyKind::Email, value: email::key(address) });
    let phone = phone.map(|number| Key { kind: KeyKind::Phone, value: number.to_owned() });
    email.into_iter().chain(phone).collect()
}
