//! Currencies as people write them: ISO 4217 codes, signs, names; and whose `$` or `kr` it is.

use super::words::Means::{self, Currency, Sign};

/// ISO 4217's code for no known currency: `kr` where nobody can say whose.
pub const UNKNOWN_CURRENCY: &str = "XXX";

/// Signs and names. What several countries share is a [`Sign`], resolved by [`local`].
pub const ROWS: &[(Means, &str)] = &[
    (Currency("EUR"), "eur|euro|euros|eu|€"),
    (Currency("USD"), "usd|us dollar|us dollars|us - dollar|us - dollars|american dollars|bucks|us$|us $|u s $|usd$"),
    (
        Currency("GBP"),
        "gbp|pound|pounds|pound sterling|pounds sterling|british pound|british pounds|sterling|quid|£|₤|pfund|britische pfund",
    ),
    (
        Currency("CHF"),
        "chf|sfr|fr|franken|schweizer franken|stutz|swiss francs|swiss franc|francs suisses|francs|franc|franchi|francos|₣",
    ),
    (Currency("SEK"), "sek|kronor|swedish kronor|swedish krona|schwedische kronen"),
    (Currency("NOK"), "nok|norwegian kroner|norwegian krone|norwegische kronen"),
    (Currency("DKK"), "dkk|kroner|danish kroner|danish krone|danische kronen"),
    (Currency("ISK"), "isk|icelandic krona|islandische kronen"),
    (Currency("PLN"), "pln|zl|zloty|zlotys|zlotych|polish zloty"),
    (Currency("CZK"), "czk|kc|koruna|korun|czech koruna|czech crowns|tschechische kronen"),
    (Currency("HUF"), "huf|ft|forint|forints"),
    (Currency("RON"), "ron|lei"),
    (Currency("BGN"), "bgn|лв|лева"),
    (Currency("HRK"), "hrk|kn|kuna"),
    (Currency("RSD"), "rsd|din|дин|dinara|динара"),
    (Currency("JPY"), "jpy|yen|japanese yen|japanische yen|円|jp¥"),
    (Currency("CNY"), "cny|rmb|yuan|renminbi|元|cn¥"),
    (Currency("KRW"), "krw|₩|won|원"),
    (Currency("TWD"), "twd|nt$|ntd"),
    (Currency("THB"), "thb|฿|baht|บาท"),
    (Currency("VND"), "vnd|₫|đ|dong"),
    (Currency("IDR"), "idr|rp|rupiah"),
    (Currency("MYR"), "myr|rm|ringgit"),
    (Currency("PHP"), "php|₱"),
    (Currency("INR"), "inr|rupee|rupees|indian rupees|rs|₹|₨"),
    (Currency("PKR"), "pkr|pakistani rupees"),
    (Currency("LKR"), "lkr"),
    (Currency("BDT"), "bdt|৳|taka"),
    (Currency("CAD"), "cad|canadian dollar|canadian dollars|kanadische dollar|c$|ca$|cdn$|can$|cad$|cdn|ca $|c $"),
    (Currency("AUD"), "aud|australian dollar|australian dollars|australische dollar|a$|au$|aud$|aus$|au $|aus $"),
    (Currency("NZD"), "nzd|new zealand dollar|new zealand dollars|neuseeland dollar|nz$|nzd$|nz $"),
    (Currency("SGD"), "sgd|singapore dollars|s$|sg$|sg $|sgd$"),
    (Currency("HKD"), "hkd|hong kong dollars|hk$|hk $|hkd$"),
    (Currency("MXN"), "mxn|mexican pesos|mx$|mex$|mxn$"),
    (Currency("BRL"), "brl|reais|real brasileiro|r$|r $|brl$"),
    (Currency("JMD"), "jmd|j$"),
    (Currency("ZAR"), "zar|rand"),
    (Currency("AED"), "aed|dhs|uae dirhams"),
    (Currency("SAR"), "saudi riyals"),
    (Currency("TRY"), "lira|turkish lira|turkische lira|tl|₺"),
    (Currency("ILS"), "ils|nis|₪|shekel|shekels"),
    (Currency("UAH"), "uah|₴|грн|hryvnia|hryvnias|гривень"),
    (Currency("RUB"), "rub|₽|руб|рублеи|рубля|р|ruble|rubles|rouble|roubles|rubel"),
    (Currency("KZT"), "kzt|₸|tenge"),
    (Currency("GEL"), "₾|lari"),
    (Currency("AZN"), "azn|₼|manat"),
    (Currency("AMD"), "֏|dram"),
    (Currency("NGN"), "ngn|₦|naira"),
    (Currency("KES"), "ksh|kshs"),
    (Currency("GHS"), "ghs|₵|gh₵|cedi|cedis"),
    (Currency("CRC"), "crc|₡"),
    (Currency("PYG"), "pyg|₲|guarani|guaranies"),
    (Currency("MNT"), "mnt|₮"),
    (Currency("LAK"), "₭"),
    (Currency("KHR"), "khr|៛"),
    (Currency("PEN"), "s/|s/.|soles"),
    (Currency("BOB"), "bs|bolivianos"),
    (Currency("PAB"), "b/."),
    (Currency("CLP"), "clp$|chilean pesos"),
    (Currency("COP"), "cop$|colombian pesos"),
    (Currency("ARS"), "ars$|argentine pesos"),
    (Currency("UYU"), "$u|uyu$|uruguayan pesos"),
    (Currency("DOP"), "rd$|dominican pesos"),
    (Currency("TTD"), "tt$"),
    (Currency("BZD"), "bz$"),
    (Currency("MOP"), "mop$|pataca|patacas"),
    (Currency("XOF"), "cfa|fcfa|f cfa|francs cfa|franc cfa"),
    (Currency("KWD"), "kd|kuwaiti dinar|kuwaiti dinars|د.ك"),
    (Currency("BHD"), "bd|bahraini dinar|bahraini dinars"),
    (Currency("TND"), "dt|tunisian dinar|tunisian dinars"),
    (Currency("JOD"), "jd|jordanian dinar|jordanian dinars"),
    (Currency("EGP"), "جنيه|egyptian pound|egyptian pounds"),
    (Currency("LBP"), "lebanese pound|lebanese pounds"),
    (Currency("ALL"), "lek|leke"),
    (Currency("TZS"), "tsh"),
    (Currency("UGX"), "ush"),
    (Currency("IRR"), "﷼"),
    (Currency("AFN"), "؋"),
    (Currency("DEM"), "dem|dm|deutsche mark"),
    (Currency("BAM"), "konvertible mark"),
    (Currency(UNKNOWN_CURRENCY), "xxx|toman|تومان|br|₿|btc|bitcoin|bitcoins|eth|ethereum|usdt"),
    (Sign('$'), "$|dollar|dollars"),
    (Sign('k'), "kr|kronen|crowns"),
    (Sign('¥'), "¥"),
    (Sign('p'), "peso|pesos"),
    (Sign('d'), "dirham|dirhams|dinar|dinars|درهم"),
    (Sign('r'), "riyal|riyals|rial|rials|ريال|ریال"),
];

/// Codes beside those named above. Many are words too (`ALL`, `TOP`, `PEN`), so they count in capitals and
/// beside an amount only.
const CODES: &[&str] = &[
    "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AWG", "BAM", "BBD", "BHD", "BIF", "BMD", "BND", "BOB", "BSD", "BTN",
    "BWP", "BYN", "BZD", "CDF", "CLF", "CLP", "COP", "CUP", "CVE", "DJF", "DOP", "DZD", "EGP", "ERN", "ETB", "FJD",
    "FKP", "GEL", "GIP", "GMD", "GNF", "GTQ", "GYD", "HNL", "HTG", "IQD", "IRR", "JOD", "KES", "KGS", "KMF", "KPW",
    "KWD", "KYD", "LAK", "LBP", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MOP", "MRU", "MUR", "MVR",
    "MWK", "MZN", "NAD", "NIO", "NPR", "OMR", "PAB", "PEN", "PGK", "QAR", "RWF", "SAR", "SBD", "SCR", "SDG", "SHP",
    "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TZS", "UGX",
    "UYU", "UZS", "VES", "VUV", "WST", "XAF", "XCD", "XOF", "XPF", "YER", "ZMW", "ZWL",
];

/// The currency of a word in capitals, as it was written.
pub fn code(written: &str) -> Option<&'static str> {
    if written == "R" {
        return Some("ZAR");
    }
    CODES.binary_search(&written).ok().and_then(|at| CODES.get(at).copied())
}

/// The currency a sign stands for in a country, and whether nobody there could mean another.
pub fn local(sign: char, country: &str) -> (&'static str, bool) {
    match (sign, country) {
        ('$', "US" | "PR" | "EC" | "SV") => ("USD", true),
        ('$', "CA") => ("CAD", false),
        ('$', "AU") => ("AUD", false),
        ('$', "NZ") => ("NZD", false),
        ('$', "SG") => ("SGD", false),
        ('$', "HK") => ("HKD", false),
        ('$', "TW") => ("TWD", false),
        ('$' | 'p', "MX") => ("MXN", false),
        ('$' | 'p', "AR") => ("ARS", false),
        ('$' | 'p', "CL") => ("CLP", false),
        ('$' | 'p', "CO") => ("COP", false),
        ('$' | 'p', "UY") => ("UYU", false),
        ('p', "PH") => ("PHP", true),
        ('$', _) => ("USD", false),
        ('k', "NO") => ("NOK", true),
        ('k', "DK" | "FO" | "GL") => ("DKK", true),
        ('k', "IS") => ("ISK", true),
        ('k', "CZ") => ("CZK", true),
        ('k', "SE") => ("SEK", true),
        ('d', "AE") => ("AED", true),
        ('d', "MA") => ("MAD", true),
        ('d', "RS") => ("RSD", true),
        ('d', "KW") => ("KWD", true),
        ('r', "SA") => ("SAR", true),
        ('r', "QA") => ("QAR", true),
        ('r', "OM") => ("OMR", true),
        ('k' | 'p' | 'd' | 'r', _) => (UNKNOWN_CURRENCY, false),
        ('¥', "CN") => ("CNY", true),
        _ => ("JPY", true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_of_three_letters() {
        assert!(CODES.is_sorted());
        assert!(CODES.iter().all(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())));
    }
}
