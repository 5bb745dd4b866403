//! Names of countries and states as people write them, to ISO 3166 codes.

pub mod gazetteer;
mod world;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::fold::{fold, loose};

/// What people call countries besides the ISO names and codes: German, French, Italian, Spanish, short forms.
const COUNTRIES: &[(&str, &str)] = &[
    (
        "DE",
        "deutschland|germany|ger|d|brd|bundesrepublik deutschland|federal republic of germany|allemagne|germania|alemania|deutschl",
    ),
    ("AT", "österreich|austria|a|aut|republik österreich|autriche|oesterreich"),
    ("CH", "schweiz|switzerland|swiss|sui|suisse|svizzera|svizra|suiza|die schweiz|confoederatio helvetica"),
    ("LI", "liechtenstein|fl|fürstentum liechtenstein"),
    ("FR", "frankreich|france|f|francia|république française"),
    ("IT", "italien|italy|italia|i|italie|südtirol|alto adige"),
    ("ES", "spanien|spain|españa|e|espagne|spagna"),
    ("PT", "portugal|p"),
    ("NL", "niederlande|netherlands|the netherlands|nederland|holland|pays bas|paesi bassi|países bajos"),
    ("BE", "belgien|belgium|belgië|belgique|b|belgio|bélgica"),
    ("LU", "luxemburg|luxembourg|lëtzebuerg|l|lussemburgo"),
    (
        "GB",
        "uk|vk|united kingdom|great britain|britain|england|scotland|wales|northern ireland|u k|großbritannien|vereinigtes königreich|schottland|royaume uni|regno unito|reino unido|gb uk",
    ),
    ("IE", "irland|ireland|irl|republic of ireland|irlande|irlanda|eire"),
    (
        "US",
        "usa|united states|u s|u s a|america|vereinigte staaten|amerika|états unis|stati uniti|estados unidos|united states of america",
    ),
    ("CA", "kanada|canada|canadá"),
    ("DK", "dänemark|denmark|danmark|danemark|danimarca|dinamarca"),
    ("SE", "schweden|sweden|sverige|suède|svezia|suecia"),
    ("NO", "norwegen|norway|norge|norvège|norvegia|noruega"),
    ("FI", "finnland|finland|suomi|finlande|finlandia"),
    ("IS", "island|iceland"),
    ("PL", "polen|poland|polska|pologne|polonia"),
    ("CZ", "tschechien|czech republic|czechia|česko|česká republika|tchéquie"),
    ("SK", "slowakei|slovakia|slovensko|slovaquie"),
    ("HU", "ungarn|hungary|magyarország|hongrie|ungheria"),
    ("SI", "slowenien|slovenia|slovenija|slovénie"),
    ("HR", "kroatien|croatia|hrvatska|croatie|croazia"),
    ("RO", "rumänien|romania|românia|roumanie"),
    ("BG", "bulgarien|bulgaria|bulgarie"),
    ("GR", "griechenland|greece|hellas|grèce|grecia"),
    ("TR", "türkei|turkey|türkiye|turquie|turchia"),
    ("CY", "zypern|cyprus"),
    ("MT", "malta"),
    ("EE", "estland|estonia|eesti"),
    ("LV", "lettland|latvia|latvija"),
    ("LT", "litauen|lithuania|lietuva"),
    ("UA", "ukraine"),
    ("RU", "russland|russia|russian federation"),
    ("RS", "serbien|serbia|srbija"),
    ("BA", "bosnien|bosnia|bosnien und herzegowina"),
    ("AU", "australien|australia"),
    ("NZ", "neuseeland|new zealand"),
    ("JP", "japan"),
    ("CN", "china"),
    ("IN", "indien|india"),
    ("BR", "brasilien|brazil|brasil"),
    ("MX", "mexiko|mexico|méxico"),
    ("AE", "vae|uae|vereinigte arabische emirate|dubai"),
    ("ZA", "südafrika|south africa"),
    ("KR", "südkorea|south korea|korea"),
    ("IL", "israel"),
];

/// What people call states, cantons and provinces besides the ISO names and codes.
const STATES: &[(&str, &str)] = &[
    ("DE-BW", "baden württemberg|bw|bawü|baden wuerttemberg"),
    ("DE-BY", "bavaria|bayern|freistaat bayern"),
    ("DE-BE", "berlin"),
    ("DE-HB", "bremen|freie hansestadt bremen"),
    ("DE-HH", "hamburg|freie und hansestadt hamburg"),
    ("DE-HE", "hesse|hessen"),
    ("DE-MV", "meck pomm|mecklenburg vorpommern|mecklenburg western pomerania|mv"),
    ("DE-NI", "lower saxony|niedersachsen|nds"),
    ("DE-NW", "north rhine westphalia|nordrhein westfalen|nrw"),
    ("DE-RP", "rhineland palatinate|rheinland pfalz|rlp"),
    ("DE-SL", "saarland"),
    ("DE-SN", "saxony|sachsen|freistaat sachsen"),
    ("DE-ST", "saxony anhalt|sachsen anhalt"),
    ("DE-SH", "schleswig holstein"),
    ("DE-TH", "thuringia|thüringen|freistaat thüringen"),
    ("DE-BB", "brandenburg"),
    ("AT-1", "burgenland|bgld"),
    ("AT-2", "kärnten|carinthia|ktn"),
    ("AT-3", "niederösterreich|lower austria|nö"),
    ("AT-4", "oberösterreich|upper austria|oö"),
    ("AT-5", "salzburg|sbg"),
    ("AT-6", "steiermark|styria|stmk"),
    ("AT-7", "tirol|tyrol"),
    ("AT-8", "vorarlberg|vbg"),
    ("AT-9", "wien|vienna"),
    ("CH-AG", "aargau|argovie"),
    ("CH-AI", "appenzell innerrhoden"),
    ("CH-AR", "appenzell ausserrhoden"),
    ("CH-BE", "bern|berne|kanton bern"),
    ("CH-BL", "basel landschaft|baselland|basel land"),
    ("CH-BS", "basel stadt|basel"),
    ("CH-FR", "fribourg|freiburg im üechtland|kanton freiburg"),
    ("CH-GE", "genève|genf|geneva|ginevra"),
    ("CH-GL", "glarus"),
    ("CH-GR", "graubünden|grisons|grigioni"),
    ("CH-JU", "jura"),
    ("CH-LU", "luzern|lucerne"),
    ("CH-NE", "neuchâtel|neuenburg"),
    ("CH-NW", "nidwalden"),
    ("CH-OW", "obwalden"),
    ("CH-SG", "sankt gallen|st gallen|saint gall"),
    ("CH-SH", "schaffhausen"),
    ("CH-SO", "solothurn|soleure"),
    ("CH-SZ", "schwyz"),
    ("CH-TG", "thurgau|thurgovia"),
    ("CH-TI", "ticino|tessin"),
    ("CH-UR", "uri"),
    ("CH-VD", "vaud|waadt"),
    ("CH-VS", "valais|wallis"),
    ("CH-ZG", "zug|zoug"),
    ("CH-ZH", "zürich|zurich"),
    ("FR-IDF", "île de france|ile de france|région parisienne"),
    ("FR-ARA", "auvergne rhône alpes"),
    ("FR-PAC", "provence alpes côte d azur|paca"),
    ("FR-BRE", "bretagne|brittany"),
    ("FR-NOR", "normandie|normandy"),
    ("FR-20R", "corse|corsica|korsika"),
    ("IT-21", "piemonte|piedmont|piemont"),
    ("IT-25", "lombardia|lombardy|lombardei"),
    ("IT-34", "veneto|venetien"),
    ("IT-52", "toscana|tuscany|toskana"),
    ("IT-75", "puglia|apulia|apulien"),
    ("IT-82", "sicilia|sicily|sizilien"),
    ("IT-88", "sardegna|sardinia|sardinien"),
    ("IT-23", "valle d aosta|aosta valley|aostatal"),
    ("NL-NH", "noord holland|north holland|nordholland"),
    ("NL-ZH", "zuid holland|south holland|südholland"),
    ("NL-NB", "noord brabant|north brabant|nordbrabant"),
    ("NL-FR", "fryslân|friesland"),
    ("NL-ZE", "zeeland|seeland"),
    (
        "BE-BRU",
        "bruxelles capitale|brussels capital region|région de bruxelles capitale|brussels hoofdstedelijk gewest",
    ),
    ("BE-VLG", "vlaanderen|flandern|flanders|flandre"),
    ("BE-WAL", "wallonie|wallonia|wallonien|wallonië"),
    ("BE-VAN", "antwerpen|antwerp|anvers"),
    ("BE-WLG", "liège|lüttich|luik"),
    ("ES-CT", "cataluña|catalunya|catalonia|katalonien"),
    ("ES-AN", "andalucía|andalusia|andalusien"),
    ("ES-MD", "comunidad de madrid|community of madrid"),
    ("ES-PV", "país vasco|euskadi|basque country|baskenland"),
    ("ES-IB", "illes balears|islas baleares|balearic islands|balearen"),
    ("ES-CN", "canarias|islas canarias|canary islands|kanaren|kanarische inseln"),
    ("US-CA", "california|kalifornien|calif"),
    ("US-DC", "district of columbia|washington dc|washington d c"),
    ("US-NY", "new york|new york state|state of new york"),
    ("US-PA", "pennsylvania|pennsylvanien"),
    ("CA-QC", "québec|quebec"),
    ("CA-BC", "british columbia|b c|colombie britannique"),
    ("CA-NL", "newfoundland and labrador|newfoundland|neufundland"),
    ("CA-PE", "prince edward island|p e i|pei"),
    ("IT-32", "südtirol trentino|trentino alto adige|trentino südtirol"),
    ("IT-BZ", "südtirol|bozen|alto adige"),
    ("GB-ENG", "england"),
    ("GB-SCT", "scotland|schottland"),
    ("GB-WLS", "wales"),
    ("GB-NIR", "northern ireland|nordirland"),
];

/// Big towns, in the spellings of the languages that are read: with a postal code they tell the country.
const TOWNS: &[(&str, &str)] = &[
    (
        "DE",
        "berlin|hamburg|münchen|munich|köln|cologne|frankfurt|frankfurt am main|stuttgart|düsseldorf|leipzig|dortmund|essen|bremen|dresden|hannover|nürnberg|duisburg|bochum|bonn|mannheim|karlsruhe|augsburg|kiel|potsdam|mainz|rostock|erfurt|kassel",
    ),
    ("AT", "wien|vienna|graz|linz|salzburg|innsbruck|klagenfurt|villach|wels|st pölten|bregenz|dornbirn"),
    (
        "CH",
        "zürich|zurich|genf|genève|geneva|basel|bern|berne|lausanne|winterthur|luzern|st gallen|lugano|biel|bienne|thun|chur|neuchâtel",
    ),
    (
        "FR",
        "paris|marseille|lyon|toulouse|nice|nantes|strasbourg|strassburg|montpellier|bordeaux|lille|rennes|reims|le havre|grenoble|dijon|toulon|angers|nîmes|metz|nancy",
    ),
    (
        "IT",
        "roma|rome|rom|milano|milan|mailand|napoli|neapel|torino|turin|palermo|genova|genua|bologna|firenze|florenz|florence|bari|catania|venezia|venedig|venice|verona|padova|trieste|bolzano|bozen|trento",
    ),
    (
        "NL",
        "amsterdam|rotterdam|den haag|the hague|utrecht|eindhoven|groningen|tilburg|almere|breda|nijmegen|maastricht|arnhem|haarlem",
    ),
    (
        "BE",
        "bruxelles|brussel|brussels|brüssel|antwerpen|anvers|antwerp|gent|gand|ghent|charleroi|liège|lüttich|brugge|bruges|namur|leuven|mons",
    ),
    ("LU", "luxembourg|luxemburg|esch sur alzette"),
    ("ES", "madrid|barcelona|valencia|sevilla|zaragoza|málaga|bilbao|palma|murcia|alicante|granada"),
    ("PT", "lisboa|lisbon|lissabon|porto|braga|coimbra"),
    (
        "US",
        "new york|los angeles|chicago|houston|phoenix|philadelphia|san antonio|san diego|dallas|san francisco|seattle|denver|boston|miami|atlanta|beverly hills|washington|las vegas|detroit",
    ),
    ("DK", "københavn|copenhagen|kopenhagen|aarhus|odense|aalborg"),
    ("SE", "stockholm|göteborg|gothenburg|malmö|uppsala"),
    ("NO", "oslo|bergen|trondheim|stavanger"),
    ("FI", "helsinki|espoo|tampere|turku"),
    ("PL", "warszawa|warsaw|warschau|kraków|krakau|łódź|wrocław|breslau|poznań|gdańsk"),
    ("CZ", "praha|prag|prague|brno|ostrava"),
    ("HU", "budapest|debrecen|szeged"),
];

/// Countries whose states are told by their names alone.
const NAMED_STATES: [&str; 11] = ["DE", "AT", "CH", "FR", "IT", "NL", "BE", "GB", "US", "CA", "ES"];
/// What ISO 3166-2 calls the first level below the country in those.
const FIRST_LEVEL: [&str; 9] = [
    "Land",
    "State",
    "Canton",
    "Metropolitan region",
    "Region",
    "Autonomous region",
    "Province",
    "Country",
    "Autonomous community",
];

type Names = HashMap<String, &'static str>;

static COUNTRY_NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names::new();
    for country in rust_iso3166::ALL {
        names.insert(key(country.name), country.alpha2);
        names.insert(key(country.alpha3), country.alpha2);
    }
    for (code, spellings) in world::NAMES.iter().chain(COUNTRIES) {
        for spelling in spellings.split('|') {
            names.insert(key(spelling), code);
        }
    }
    names
});

static STATE_NAMES: LazyLock<HashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let mut names: HashMap<String, Vec<&'static str>> = HashMap::new();
    for (code, spellings) in STATES {
        for spelling in spellings.split('|') {
            add(&mut names, spelling, code);
        }
    }
    names
});

/// Every name of ISO 3166-2.
static ISO_NAMES: LazyLock<HashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for sub in rust_iso3166::ALL.iter().filter_map(|land| land.subdivisions()).flatten() {
        add(&mut names, sub.name, sub.code);
    }
    names
});

/// The first level below the countries of [`NAMED_STATES`].
static FIRST_NAMES: LazyLock<HashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let mut names = STATE_NAMES.clone();
    for land in NAMED_STATES.iter().filter_map(|land| rust_iso3166::from_alpha2(land)) {
        let first = |kind: &str, land: &str| {
            FIRST_LEVEL.contains(&kind) && !(kind == "Province" && matches!(land, "IT" | "ES"))
        };
        for sub in land.subdivisions().into_iter().flatten().filter(|sub| first(sub.subdivision_type, land.alpha2)) {
            add(&mut names, sub.name, sub.code);
        }
    }
    names
});

static TOWN_NAMES: LazyLock<Names> =
    LazyLock::new(|| TOWNS.iter().flat_map(|(land, towns)| towns.split('|').map(|town| (key(town), *land))).collect());

fn add(names: &mut HashMap<String, Vec<&'static str>>, name: &str, code: &'static str) {
    let codes = names.entry(key(name)).or_default();
    if !codes.contains(&code) {
        codes.push(code);
    }
}

/// ISO 3166-2 of the name of a state, canton, region or province that only one country has.
pub fn state(text: &str) -> Option<&'static str> {
    match FIRST_NAMES.get(&key(text)).map(Vec::as_slice) {
        Some([code]) => Some(code),
        _ => None,
    }
}

/// The country of a big town.
pub fn country_of_town(text: &str) -> Option<&'static str> {
    TOWN_NAMES.get(&key(text)).copied()
}

/// One spelling of a name: folded, umlauts alike, anything else a single blank.
fn key(name: &str) -> String {
    let loose = loose(&fold(name));
    let mut out = String::with_capacity(loose.len());
    for word in loose.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// ISO 3166-1 alpha-2 of a code or name.
pub fn country(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.len() == 2 {
        let upper = text.to_ascii_uppercase();
        if let Some(country) = rust_iso3166::from_alpha2(&upper) {
            return Some(country.alpha2);
        }
    }
    COUNTRY_NAMES.get(&key(text)).copied()
}

/// ISO 3166-2 of a code or name, of `country` where that is known. A name that several countries have is
/// read only with its country.
pub fn subdivision(text: &str, country: Option<&str>) -> Option<&'static str> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let upper = text.to_ascii_uppercase();
    let code = rust_iso3166::iso3166_2::from_code(&upper)
        .or_else(|| rust_iso3166::iso3166_2::from_code(&format!("{}-{upper}", country?)))
        .filter(|found| country.is_none_or(|country| found.country_code == country));
    if let Some(found) = code {
        return Some(found.code);
    }
    let wanted = key(text);
    let named = STATE_NAMES.get(&wanted).map(Vec::as_slice).unwrap_or_default();
    let mut named = named.iter().copied().filter(|code| country.is_none_or(|country| code.starts_with(country)));
    if let Some(code) = named.next() {
        return named.next().is_none().then_some(code);
    }
    let country = country?;
    ISO_NAMES.get(&wanted)?.iter().copied().find(|code| code.split('-').next() == Some(country))
}

/// Towns that are a state of their own.
pub fn city_state(city: &str, country: &str) -> Option<&'static str> {
    match (country, key(city).as_str()) {
        ("DE", "berlin") => Some("DE-BE"),
        ("DE", "hamburg") => Some("DE-HH"),
        ("AT", "wien" | "vienna") => Some("AT-9"),
        _ => None,
    }
}
