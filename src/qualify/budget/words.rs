//! Words around amounts: currencies, multipliers, qualifiers, numbers written out. English, German, French,
//! Italian and Spanish in one table, since the words do not collide here.

use std::sync::LazyLock;

use rust_decimal::Decimal;

use super::currencies;
use crate::qualify::phrases::Phrases;

/// What a word means beside an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// ISO 4217.
    Currency(&'static str),
    /// A dollar, crown or yen whose country must be known.
    Sign(char),
    /// Times ten to the power of.
    Times(u32),
    /// A number written out.
    Number(u32),
    /// One before a multiplier, nothing elsewhere.
    Article,
    /// So many digits (`five-figure`).
    Figures(u32),
    /// About.
    About,
    /// Not more than.
    AtMost,
    /// At least.
    AtLeast,
    /// `bis`: to between two amounts, else not more than.
    UpTo,
    /// To, between two amounts.
    To,
    /// `-`: to between two amounts, else below zero.
    Dash,
    /// Hundredths of what follows: `half a million`.
    Hundredths(i64),
    /// A hundredth of the currency; French for hundreds before one (`deux cents euros`).
    Cents,
    /// `c`: cents behind a number, about before one.
    CentsOrCirca,
    /// `p`: pence where it is glued to its number.
    Pence,
    /// `+`, `plus`: at least, or something that comes on top.
    Plus,
    /// `±`.
    PlusMinus,
    /// `de`: from, or nothing before a currency (`un millón de euros`).
    De,
    /// Nothing between an amount and its currency (`un million d'euros`).
    Of,
    /// `-stellig`, `-figure` behind a number of digits.
    Stellig,
    /// Opens a range: the next `and` joins.
    Between,
    /// Joins under `between`.
    And,
    /// Joins alternatives.
    Or,
    /// A vague number: `a few thousand`.
    Vague,
    /// The number before it counts something else.
    Measure,
    /// An amount for each month, square metre, hour.
    Rate,
    /// `per`, before a unit.
    Per,
    /// Below zero.
    Minus,
    /// What it cost before: the other amount counts where there is one.
    Former,
}

#[allow(clippy::enum_glob_use)] // the table names every meaning
use Means::*;

const ROWS: &[(Means, &str)] = &[
    (
        Cents,
        "cent|cents|ct|cts|¢|pence|penny|pennies|centime|centimes|rappen|centesimi|centimos|centavos|kopecks|kopeks|kopiykas|paise|paisa|sen|sens|groszy|ore|bani|haleru|kurus",
    ),
    (CentsOrCirca, "c"),
    (Pence, "p"),
    (Times(2), "hundred|hundreds|hundert"),
    (Times(3), "k|tsd|tds|t|tausend|thousand|thousands|grand|mille|mila|mil|milles|ths|tausender|riesen|grands"),
    (Times(5), "lakh|lakhs|lac|lacs"),
    (Times(6), "mio|mill|mil lion|million|millions|millionen|mln|mn|mm|milione|milioni|millon|millones|mios"),
    (Times(7), "crore|crores|cr"),
    (Times(9), "mrd|milliarde|milliarden|billion|billions|bn|milliard|milliards|miliardi"),
    (Number(1), "one|eins"),
    (Article, "eine|ein|einen|a|an|un|une|uno|una"),
    (Number(2), "two|zwei|deux|due|dos"),
    (Number(3), "three|drei|trois|tre|tres"),
    (Number(4), "four|vier|quatre|quattro|cuatro"),
    (Number(5), "five|funf|cinq|cinque|cinco"),
    (Number(6), "six|sechs|sei|seis"),
    (Number(7), "seven|sieben|sept|sette|siete"),
    (Number(8), "eight|acht|huit|otto|ocho"),
    (Number(9), "nine|neun|neuf|nove|nueve"),
    (Number(10), "ten|zehn|dix|dieci|diez"),
    (Number(11), "eleven|elf"),
    (Number(12), "twelve|dozen|dutzend|zwolf|douze|dodici|doce"),
    (Number(15), "fifteen|funfzehn|quinze|quindici|quince"),
    (Number(20), "twenty|zwanzig|vingt|venti|veinte"),
    (Number(30), "thirty|dreissig|trente|trenta|treinta"),
    (Number(40), "forty|vierzig|quarante|quaranta|cuarenta"),
    (Number(50), "fifty|funfzig|cinquante|cinquanta|cincuenta"),
    (Number(60), "sixty|sechzig"),
    (Number(70), "seventy|siebzig"),
    (Number(80), "eighty|achtzig"),
    (Number(90), "ninety|neunzig"),
    (Number(13), "thirteen|dreizehn"),
    (Number(14), "fourteen|vierzehn"),
    (Number(16), "sixteen|sechzehn"),
    (Number(17), "seventeen|siebzehn"),
    (Number(18), "eighteen|achtzehn"),
    (Number(19), "nineteen|neunzehn"),
    (Number(100), "cien|ciento|cento"),
    (Number(200), "doscientos|duecento"),
    (Number(300), "trescientos|trecento"),
    (Number(500), "quinientos|cinquecento"),
    (Figures(3), "three figure|three figures|three digit|dreistellig|dreistelliger|dreistelligen"),
    (Figures(4), "four figure|four figures|four digit|vierstellig|vierstelliger|vierstelligen"),
    (Figures(5), "five figure|five figures|five digit|funfstellig|funfstelliger|funfstelligen"),
    (Figures(6), "six figure|six figures|six digit|sechsstellig|sechsstelliger|sechsstelligen"),
    (
        About,
        "about|around|ish|- ish|approx|approximately|roughly|circa|ca|zirka|etwa|ungefahr|rund|um die|in the region of|in the neighborhood of|in the neighbourhood of|in the range of|or so|so um|~|so|\
         environ|a peu pres|circa un|intorno a|aproximadamente|unos|alrededor de|somewhere around|in der grossenordnung|grob|ballpark|gegen|schatzungsweise|mas o menos|plus ou moins|piu o meno|more or less|mehr oder weniger|unos|in etwa|give or take|knapp|nearly|almost|close to",
    ),
    (
        AtMost,
        "up to|at the very most|at the most|lower than|cheaper than|max|maximum|maximal|maximale|at most|under|below|less than|not more than|no more than|not over|no higher than|cap|capped at|limit|limit of|\
         upper limit|not exceeding|not to exceed|hochstens|unter|weniger als|nicht mehr als|nicht uber|bis zu|bis max|bis maximal|bis hochstens|obergrenze|hochstgrenze|\
         limit bei|deckel|<|<=|=<|jusqu'a|jusqu a|moins de|pas plus de|au plus|au maximum|maximum de|fino a|meno di|al massimo|massimo|non piu di|hasta|menos de|\
         como maximo|maximo|no mas de|upto|not above|maxi|or less|oder weniger|or below|or under|tops|ou moins|o meno|o menos|no greater than",
    ),
    (
        AtLeast,
        "at least|min|minimum|minimal|from|over|more than|above|starting at|starting from|upwards of|in excess of|north of|not less than|no less than|\
         not under|ab|ab nur|schon ab|mindestens|uber|mehr als|nicht weniger als|nicht unter|von|mind|>|>=|=>|or more|starts at|starts from|beginning at|beginning from|prices from|or above|or over|and up|and more|upwards|\
         oder mehr|und mehr|aufwarts|au moins|a partir de|plus de|des|minimum de|ou plus|almeno|minimo|a partire da|piu di|oltre|da|o piu|al menos|\
         desde|mas de|como minimo|o mas|untergrenze|exceeding|greater than|higher than|at the very least",
    ),
    (UpTo, "bis|until|till|bis ca|bis etwa|bis rund|bis ungefahr|up to about|up to around|up to approx"),
    (To, "to|through|a|al|y hasta"),
    (Dash, "-|--"),
    (Hundredths(25), "quarter of a|a quarter of a|quarter|a quarter|eine viertel|viertel"),
    (
        Hundredths(50),
        "half a|half|eine halbe|halbe|halben|einer halben|demi|demi -|un demi|un demi -|mezzo|medio|half of a",
    ),
    (Hundredths(75), "three quarters of a|three quarter|dreiviertel"),
    (Hundredths(150), "one and a half|anderthalb|eineinhalb|einundeinhalb"),
    (Hundredths(250), "two and a half|zweieinhalb|zweiundeinhalb"),
    (Hundredths(350), "three and a half|dreieinhalb"),
    (Plus, "+|plus|zzgl|zuzuglich"),
    (PlusMinus, "±|+ / -|plus / minus|plus minus|plus or minus|plus oder minus"),
    (De, "de"),
    (Of, "d|di|del|of"),
    (Stellig, "stellig|stelliger|stelligen|stelliges|figure|figures|digit|digits|cifre|cifras|chiffres"),
    (Between, "between|zwischen|zw|entre|tra|fra|somewhere between|irgendwo zwischen"),
    (And, "and|und|et|e|y|u|&"),
    (Or, "or|oder|ou|o|/|bzw|beziehungsweise"),
    (
        Vague,
        "few|a few|some|several|paar|ein paar|einige|mehrere|quelques|alcune|algunos|couple of|a couple of|couple|a couple|many|viele|etliche",
    ),
    (
        Measure,
        "%|pc|pcs|unit|star|stars|stern|sterne|reviews|bewertungen|ratings|kg|lb|lbs|oz|night|nights|nacht|user|seat|mo|yr|wk|percent|h|hr|hrs|hour|hours|stunde|stunden|std|prozent|qm|sqm|m2|m3|m²|kwp|kw|kwh|zimmer|room|rooms|stuck|stk|piece|pieces|month|months|monat|monate|monaten|year|years|jahr|jahre|jahren|\
         day|days|tag|tage|tagen|week|weeks|woche|wochen|person|personen|people|persons|cm|km|meter|metre|metres|liter|uhr|raten|installments|instalments|module|modules|panels|fenster|windows|wohnungen|einheiten|units|sq|sqft|ft2",
    ),
    (
        Rate,
        "monthly|per month|a month|each month|monatlich|mtl|im monat|pro monat|je monat|p m|pm|pcm|pw|p w|p a|weekly|per week|per year|per annum|im jahr|yearly|annually|pro jahr|jahrlich|hourly|per hour|an hour|pro stunde|die stunde|in der stunde|stundlich|per day|pro tag|taglich|per m2|pro m2|pro qm|je qm|je m2|per sqm|pro person|per person|pro stuck|per piece|par mois|al mese|al mes|por mes|pro kwp|per kwp|pro kw",
    ),
    (Per, "per|pro|je"),
    (Minus, "minus|negative|negativ"),
    (
        Former,
        "was|rrp|msrp|uvp|statt|anstatt|instead of|list price|listenpreis|regular price|old price|alter preis|streichpreis|previously|originally|formerly|fruher|bisher|ursprunglich|reduced from|down from|discounted from",
    ),
];

/// The table.
pub static WORDS: LazyLock<Phrases<Means>> = LazyLock::new(|| Phrases::new(&[ROWS, currencies::ROWS].concat()));

/// Words of German that are several: `zehntausend`, `fünfundzwanzigtausend`, `keur`, `teur`.
pub fn compound(word: &str) -> Option<(Decimal, Option<&'static str>)> {
    match word {
        "viertelmillion" => return Some((Decimal::from(250_000), None)),
        "dreiviertelmillion" => return Some((Decimal::from(750_000), None)),
        "zweieinhalbtausend" => return Some((Decimal::from(2_500), None)),
        "anderthalbtausend" | "eineinhalbtausend" => return Some((Decimal::from(1_500), None)),
        _ => {}
    }
    for (currency, iso) in
        [("eur", "EUR"), ("euro", "EUR"), ("chf", "CHF"), ("sfr", "CHF"), ("usd", "USD"), ("gbp", "GBP")]
    {
        let times = match word.strip_suffix(currency) {
            Some("k" | "t" | "tsd") => 3,
            Some("m" | "mio") => 6,
            _ => continue,
        };
        return Some((Decimal::from(10_i64.pow(times)), Some(iso)));
    }
    german(word).or_else(|| italian(word)).map(|value| (Decimal::from(value), None))
}

/// Thousands in one Italian word: `cinquemila`, `centomila`.
fn italian(word: &str) -> Option<u32> {
    small(word.strip_suffix("mila")?).map(|thousands| thousands * 1_000)
}

/// A German number in one word, below a million.
pub fn german(word: &str) -> Option<u32> {
    if let Some((before, after)) = word.split_once("tausend") {
        let thousands = if before.is_empty() { 1 } else { below_thousand(before)? };
        let rest = if after.is_empty() { 0 } else { below_thousand(after)? };
        return Some(thousands * 1_000 + rest);
    }
    below_thousand(word).filter(|value| *value >= 21)
}

fn below_thousand(word: &str) -> Option<u32> {
    let Some((before, after)) = word.split_once("hundert") else { return below_hundred(word) };
    let hundreds = if before.is_empty() { 1 } else { below_hundred(before)? };
    let after = after.strip_prefix("und").unwrap_or(after);
    Some(hundreds * 100 + if after.is_empty() { 0 } else { below_hundred(after)? })
}

fn below_hundred(word: &str) -> Option<u32> {
    if let Some((ones, tens)) = word.split_once("und") {
        let (ones, tens) = (small(ones)?, small(tens)?);
        return (ones < 10 && tens >= 20).then_some(ones + tens);
    }
    small(word)
}

fn small(word: &str) -> Option<u32> {
    match WORDS.longest(std::iter::once(word))? {
        (Number(value), _) => Some(value),
        (Article, _) => Some(1),
        _ => None,
    }
}
