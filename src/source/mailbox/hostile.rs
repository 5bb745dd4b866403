//! Broken mails: whatever stands in a mailbox is opened without harm.

use std::time::{Duration, Instant};

use super::letter::{Letter, open};

const MAILS: &[&str] = &[
    "From: Ada <ada@example.org>\r\nTo: leads@dach.example\r\nSubject: =?utf-8?B?RGFjaA==?=\r\nMessage-ID: <1@x>\r\n\
     Date: Sun, 22 Nov 2026 08:00:00 +0100\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nName: Ada\r\n\
     E-Mail: ada@example.org\r\nTelefon: 030 901820\r\nNachricht: Ein Dach, bitte.\r\n> quoted\r\n-- \r\nA.\r\n",
    "From: dealer@example.com\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/xml\r\n\
     Content-Transfer-Encoding: quoted-printable\r\n\r\n<?xml version=3D\"1.0\"?><?adf version=3D\"1.0\"?><adf><prospect>\
     <id sequence=3D\"1\">7</id><customer><contact><name part=3D\"first\">A&amp;B</name><email>a@example.org</email>\
     <phone type=3D\"voice\">&#48;30</phone></contact></customer></prospect></adf>\r\n--b--\r\n",
    "Subject: x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+TmFtZTogQWRhPC9wPg==\r\n",
    "Auto-Submitted: auto-replied\r\nList-Id: <x>\r\nPrecedence: bulk\r\nReturn-Path: <>\r\n\r\nOn Mon, Ada wrote:\r\n> a\r\n",
];
const ODD: &[&str] =
    &["\r\n", "\0", "<", "</adf>", "<![CDATA[", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "&b;", "=", "--b", ":", "\u{fffd}"];
/// Longest mail made here, in bytes.
const LONG: usize = 10_000;

/// A mail made of others.
fn mail(dice: &mut fastrand::Rng) -> Vec<u8> {
    let mut mail = MAILS[dice.usize(..MAILS.len())].as_bytes().to_vec();
    for _ in 0..dice.usize(..6) {
        let at = dice.usize(..=mail.len());
        match dice.u8(..6) {
            0 => mail.truncate(at),
            1 => drop(mail.drain(..at)),
            2 => drop(mail.splice(at..at, ODD[dice.usize(..ODD.len())].bytes())),
            3 => drop(mail.splice(at..at, MAILS[dice.usize(..MAILS.len())].bytes())),
            4 => mail.extend(ODD[dice.usize(..ODD.len())].repeat(dice.usize(..500)).bytes()),
            _ if at < mail.len() => mail[at] = dice.u8(..),
            _ => {}
        }
    }
    mail.truncate(LONG);
    mail
}

fn check(dice: &mut fastrand::Rng) {
    let mail = mail(dice);
    let read = open(&mail, None);
    assert_eq!(read, open(&mail, None), "{}", String::from_utf8_lossy(&mail));
    if let Some(Letter::Read(records)) = read {
        for record in records {
            assert!(serde_json::from_str::<serde_json::Value>(&record).is_ok_and(|record| record.is_object()));
        }
    }
}

#[test]
fn broken_mails_are_opened_or_passed_over() {
    let mut dice = fastrand::Rng::with_seed(1);
    (0..1_000).for_each(|_| check(&mut dice));
}

#[test]
#[ignore = "runs for as long as asked; see tests/fuzz"]
fn hostile_mails_for_as_long_as_asked() {
    let asked = |name: &str, usual: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let mut dice = fastrand::Rng::with_seed(asked("LEADGATE_FUZZ_SEED", 1));
    let (start, length) = (Instant::now(), Duration::from_secs(asked("LEADGATE_FUZZ_SECONDS", 60)));
    while start.elapsed() < length {
        check(&mut dice);
    }
}
