//! What is known about mail providers: the big ones, whose names people mistype, and the ones that hand
//! out addresses to throw away. Both only ever raise a flag; nobody's address is changed by a guess.

use strsim::osa_distance;

/// Shortest provider name in which one wrong letter is still recognised; below, too much is one letter away.
const NAME_MIN: usize = 5;

/// Big providers: the name, and the domains they have under it (the first is the usual one).
const BIG: &[(&str, &[&str])] = &[
    ("aol", &["aol.com", "aol.de"]),
    ("arcor", &["arcor.de"]),
    ("bluewin", &["bluewin.ch"]),
    ("btinternet", &["btinternet.com"]),
    ("comcast", &["comcast.net"]),
    ("freenet", &["freenet.de"]),
    ("gmail", &["gmail.com"]),
    ("gmx", &["gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com"]),
    ("googlemail", &["googlemail.com"]),
    (
        "hotmail",
        &["hotmail.com", "hotmail.de", "hotmail.fr", "hotmail.it", "hotmail.es", "hotmail.co.uk", "hotmail.ch"],
    ),
    ("icloud", &["icloud.com"]),
    ("laposte", &["laposte.net"]),
    ("libero", &["libero.it"]),
    ("mailbox", &["mailbox.org"]),
    ("orange", &["orange.fr"]),
    ("outlook", &["outlook.com", "outlook.de", "outlook.fr", "outlook.it", "outlook.es", "outlook.at"]),
    ("posteo", &["posteo.de", "posteo.net"]),
    ("proton", &["proton.me"]),
    ("protonmail", &["protonmail.com", "protonmail.ch"]),
    ("seznam", &["seznam.cz"]),
    ("t-online", &["t-online.de"]),
    ("telenet", &["telenet.be"]),
    ("verizon", &["verizon.net"]),
    ("virgilio", &["virgilio.it"]),
    ("wanadoo", &["wanadoo.fr"]),
    ("web", &["web.de"]),
    ("yahoo", &["yahoo.com", "yahoo.de", "yahoo.fr", "yahoo.it", "yahoo.es", "yahoo.co.uk", "yahoo.co.jp"]),
    ("yandex", &["yandex.ru", "yandex.com"]),
];

/// Real names one letter away from a big one.
const REAL: &[&str] = &["email", "mail", "range", "ymail", "zmail"];

/// Endings nobody has who writes a big provider's name before them, and the one they meant.
const SLIPS: &[(&str, &str)] = &[
    ("c", "com"),
    ("cm", "com"),
    ("cmo", "com"),
    ("co", "com"),
    ("com.com", "com"),
    ("comm", "com"),
    ("con", "com"),
    ("coom", "com"),
    ("cpm", "com"),
    ("d", "de"),
    ("de.de", "de"),
    ("dee", "de"),
    ("ed", "de"),
    ("ne", "net"),
    ("nett", "net"),
    ("ocm", "com"),
    ("om", "com"),
    ("ten", "net"),
    ("vom", "com"),
    ("xom", "com"),
];

/// Providers of addresses to throw away, sorted. Their subdomains count too.
const DISPOSABLE: &[&str] = &[
    "0-mail.com",
    "10minutemail.com",
    "10minutemail.net",
    "20minutemail.com",
    "anonbox.net",
    "burnermail.io",
    "byom.de",
    "discard.email",
    "discardmail.com",
    "discardmail.de",
    "dispostable.com",
    "einrot.com",
    "emailondeck.com",
    "fakeinbox.com",
    "getairmail.com",
    "getnada.com",
    "grr.la",
    "guerrillamail.biz",
    "guerrillamail.com",
    "guerrillamail.de",
    "guerrillamail.info",
    "guerrillamail.net",
    "guerrillamail.org",
    "guerrillamailblock.com",
    "harakirimail.com",
    "inboxkitten.com",
    "incognitomail.org",
    "jetable.org",
    "kurzepost.de",
    "luxusmail.org",
    "mailcatch.com",
    "maildrop.cc",
    "mailexpire.com",
    "mailinator.com",
    "mailinator.net",
    "mailinator2.com",
    "mailnesia.com",
    "mailnull.com",
    "mailsac.com",
    "meltmail.com",
    "mintemail.com",
    "minuteinbox.com",
    "moakt.com",
    "mohmal.com",
    "mt2015.com",
    "mytrashmail.com",
    "nowmymail.com",
    "objectmail.com",
    "sharklasers.com",
    "sofort-mail.de",
    "spam4.me",
    "spambog.com",
    "spambog.de",
    "spamgourmet.com",
    "spoofmail.de",
    "temp-mail.io",
    "temp-mail.org",
    "tempail.com",
    "tempinbox.com",
    "tempmail.com",
    "tempmail.net",
    "tempmailo.com",
    "tempr.email",
    "throwawaymail.com",
    "trash-mail.com",
    "trash-mail.de",
    "trashmail.com",
    "trashmail.de",
    "trashmail.net",
    "trbvm.com",
    "wegwerfemail.de",
    "wegwerfmail.de",
    "wegwerfmail.net",
    "yopmail.com",
    "yopmail.fr",
    "yopmail.net",
];

/// Does this domain (ASCII, lower case) hand out addresses to throw away?
pub(super) fn is_disposable(domain: &str) -> bool {
    let mut rest = Some(domain);
    while let Some(name) = rest {
        if DISPOSABLE.binary_search(&name).is_ok() {
            return true;
        }
        rest = name.split_once('.').map(|(_, parent)| parent);
    }
    false
}

/// The big provider's domain that this one (ASCII, lower case) is a slip of the fingers away from.
pub(super) fn meant(domain: &str) -> Option<&'static str> {
    let (name, ending) = domain.split_once('.')?;
    let slip = SLIPS.iter().find(|(slip, _)| *slip == ending).map(|(_, meant)| *meant);
    let ending = slip.unwrap_or(ending);
    let (known, domains) = BIG.iter().find(|(known, domains)| {
        let same_ending = || domains.iter().any(|domain| ends(domain, ending));
        (*known == name || is_slip(name, known)) && same_ending()
    })?;
    // The name and the ending are both right: nothing to flag.
    if *known == name && (slip.is_none() || domains.contains(&domain)) {
        return None;
    }
    domains.iter().find(|domain| ends(domain, ending)).copied()
}

fn ends(domain: &str, ending: &str) -> bool {
    domain.split_once('.').is_some_and(|(_, own)| own == ending)
}

/// One letter added, left out, exchanged or swapped with its neighbour.
fn is_slip(name: &str, known: &str) -> bool {
    known.len() >= NAME_MIN
        && name.len().abs_diff(known.len()) <= 1
        && !REAL.contains(&name)
        && BIG.iter().all(|(other, _)| *other != name)
        && osa_distance(name, known) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_in_order() {
        assert!(DISPOSABLE.is_sorted());
        assert!(BIG.is_sorted_by_key(|(name, _)| *name));
        for (name, domains) in BIG {
            for domain in *domains {
                assert!(domain.starts_with(&format!("{name}.")), "{domain}");
                assert_eq!(meant(domain), None, "{domain}");
                assert!(!is_disposable(domain));
            }
        }
    }

    #[test]
    fn slips_are_seen_and_real_names_left_alone() {
        for (written, expected) in [
            ("gmial.com", "gmail.com"),
            ("gamil.com", "gmail.com"),
            ("gmal.com", "gmail.com"),
            ("gmaill.com", "gmail.com"),
            ("gmail.con", "gmail.com"),
            ("gmail.co", "gmail.com"),
            ("gmial.con", "gmail.com"),
            ("hotnail.com", "hotmail.com"),
            ("hotmial.de", "hotmail.de"),
            ("yaho.co.uk", "yahoo.co.uk"),
            ("outlok.com", "outlook.com"),
            ("t-onlin.de", "t-online.de"),
            ("web.dee", "web.de"),
            ("gmx.d", "gmx.de"),
            ("gmx.nett", "gmx.net"),
            ("iclod.com", "icloud.com"),
        ] {
            assert_eq!(meant(written), Some(expected), "{written}");
        }
        for real in
            ["mail.com", "email.com", "ymail.com", "gmx.us", "acme.de", "gmail.example.org", "we.de", "hotmail.be"]
        {
            assert_eq!(meant(real), None, "{real}");
        }
        assert!(is_disposable("mailinator.com") && is_disposable("team.mailinator.com"));
        assert!(!is_disposable("notmailinator.com") && !is_disposable("com"));
    }
}
