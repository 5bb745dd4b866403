//! Postal codes: each country's own notation.

/// The code in the country's own notation; `None` when it cannot be one of that country. Countries whose
/// notation is not listed take any code of 2 to 10 letters and digits.
pub fn postal_code(text: &str, country: &str) -> Option<String> {
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let foreign = text.chars().any(|c| !c.is_ascii_alphanumeric() && !matches!(c, ' ' | '-' | '.'));
    if foreign || compact.len() > 10 {
        return None;
    }
    let compact =
        compact.strip_prefix(country).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(&compact);
    let digits = |count: usize| {
        (compact.len() == count && compact.bytes().all(|b| b.is_ascii_digit())).then(|| compact.to_owned())
    };
    let grouped = |pattern: &str, at: usize, mark: char| {
        let (head, tail) = fits(compact, pattern).then_some(compact)?.split_at_checked(at)?;
        Some(format!("{head}{mark}{tail}"))
    };
    match country {
        "DE" => digits(5).filter(|code| !code.starts_with("00")),
        "FR" | "IT" | "ES" | "FI" | "HR" | "TR" | "MX" | "EE" | "UA" | "RS" | "MC" | "SM" | "VA" | "BA" | "ME"
        | "LT" | "KR" | "TH" | "MY" | "ID" | "PK" | "SA" | "MA" => digits(5),
        "AT" | "CH" | "BE" | "LI" | "LU" | "DK" | "NO" | "HU" | "SI" | "BG" | "CY" | "AU" | "NZ" | "ZA" => {
            digits(4).filter(|code| !code.starts_with('0') || matches!(country, "DK" | "NO" | "AU" | "NZ" | "ZA"))
        }
        "LV" | "MK" | "AL" | "GE" | "PH" => digits(4),
        "IS" => digits(3),
        "RO" | "CN" | "IN" | "RU" | "SG" | "VN" | "KZ" => digits(6),
        "BR" => grouped("99999999", 5, '-'),
        // Three pairs of letters are never used.
        "NL" => grouped("9999AA", 4, ' ')
            .filter(|code| !code.starts_with('0') && !["SA", "SD", "SS"].iter().any(|pair| code.ends_with(pair))),
        "IE" => irish(compact),
        "PL" => grouped("99999", 2, '-'),
        "PT" => grouped("9999999", 4, '-'),
        "SE" | "CZ" | "SK" | "GR" => grouped("99999", 3, ' '),
        "JP" => grouped("9999999", 3, '-'),
        "CA" => grouped("A9A9A9", 3, ' ')
            .filter(|code| !code.contains(['D', 'F', 'I', 'O', 'Q', 'U']) && !code.starts_with(['W', 'Z'])),
        "US" => digits(5).filter(|code| !code.starts_with("000")).or_else(|| grouped("999999999", 5, '-')),
        "GB" => british(compact),
        _ => (2..=10).contains(&compact.len()).then(|| compact.to_owned()),
    }
}

/// A country whose notation is like no other's.
pub fn only_country(text: &str) -> Option<&'static str> {
    let lettered = text.contains(|c: char| c.is_ascii_alphabetic());
    let by_letters = ["GB", "CA", "NL", "IE"].into_iter();
    by_letters.filter(|_| lettered).find(|country| postal_code(text, country).is_some()).or_else(|| hyphened(text))
}

/// Where the hyphen stands among the digits: `90210-1234`, `00-950`, `1000-001`, `100-0001`, `01310-100`.
fn hyphened(text: &str) -> Option<&'static str> {
    let (before, after) = text.split_once('-')?;
    if !(before.bytes().chain(after.bytes())).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match (before.len(), after.len()) {
        (5, 4) => Some("US"),
        (2, 3) => Some("PL"),
        (4, 3) => Some("PT"),
        (3, 4) => Some("JP"),
        (5, 3) => Some("BR"),
        _ => None,
    }
}

/// Routing key, blank, unique identifier (`D02 AF30`).
fn irish(compact: &str) -> Option<String> {
    let (key, unique) = compact.split_at_checked(3)?;
    let sound = (fits(key, "A99") || key == "D6W")
        && unique.len() == 4
        && unique.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && unique.bytes().any(|byte| byte.is_ascii_alphabetic());
    sound.then(|| format!("{key} {unique}"))
}

fn fits(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(b, want)| match want {
            b'9' => b.is_ascii_digit(),
            _ => b.is_ascii_uppercase(),
        })
}

/// Outward code, blank, inward code (`SW1A 1AA`).
fn british(compact: &str) -> Option<String> {
    let (outward, inward) = compact.split_at_checked(compact.len().checked_sub(3)?)?;
    // Letters that are easily mistaken are not used in the inward code; the old Girobank's is like no other.
    let mistaken = |code: &str| code.contains(['C', 'I', 'K', 'M', 'O', 'V']);
    let sound = compact == "GIR0AA"
        || !mistaken(inward)
            && ["A9", "A99", "AA9", "AA99", "A9A", "AA9A"].iter().any(|pattern| fits(outward, pattern))
            && fits(inward, "9AA");
    sound.then(|| format!("{outward} {inward}"))
}

/// A country's letter or code before a postal code: `D-10405`, `CH-8001`, `A 1010`.
pub fn prefixed(text: &str) -> Option<(&'static str, &str)> {
    let letters = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let (prefix, rest) = text.split_at(letters);
    let code = rest.trim_start_matches(['-', ' ', '–']);
    let country = match prefix.to_ascii_uppercase().as_str() {
        "D" | "DE" => "DE",
        "A" | "AT" => "AT",
        "CH" => "CH",
        "F" | "FR" => "FR",
        "I" | "IT" => "IT",
        "NL" => "NL",
        "B" | "BE" => "BE",
        "L" | "LU" => "LU",
        "FL" | "LI" => "LI",
        "PL" => "PL",
        "DK" => "DK",
        "S" | "SE" => "SE",
        "N" | "NO" => "NO",
        "FIN" | "FI" => "FI",
        "E" | "ES" => "ES",
        "P" | "PT" => "PT",
        "CZ" => "CZ",
        "SK" => "SK",
        "H" | "HU" => "HU",
        "SLO" | "SI" => "SI",
        "HR" => "HR",
        "LV" => "LV",
        "LT" => "LT",
        "EE" => "EE",
        "GR" => "GR",
        "RO" => "RO",
        "BG" => "BG",
        "US" => "US",
        _ => return None,
    };
    (rest.len() > code.len() || prefix.len() <= 2).then_some(())?;
    code.starts_with(|c: char| c.is_ascii_digit()).then_some((country, code))
}
