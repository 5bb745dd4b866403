//! What the demo's people are called and what they write, in German and English: enough kinds that a list
//! of them looks like a week at a real installer's.

/// One kind of need, as people put it.
pub(super) struct Wish {
    /// The form's "what do you need" field.
    pub need: &'static str,
    /// What they add in their own words.
    pub message: &'static str,
    /// The campaign that such people come from.
    pub campaign: &'static str,
    /// Smallest and largest budget they would name, in thousands of euros.
    pub thousands: (u32, u32),
}

/// Wishes the demo's business can fulfil.
pub(super) const FITTING: &[Wish] = &[
    Wish {
        need: "Dachsanierung",
        message: "Flachdach, ca. 120 m², seit dem Frühjahr undicht.",
        campaign: "roof autumn",
        thousands: (8, 28),
    },
    Wish {
        need: "Neues Dach mit Dämmung",
        message: "Altbau von 1936, das Dach soll neu gedeckt und gleich gedämmt werden.",
        campaign: "roof autumn",
        thousands: (15, 45),
    },
    Wish {
        need: "Roof repair",
        message: "Tiles came off in the last storm, about 90 square metres, water in the attic.",
        campaign: "storm damage",
        thousands: (6, 18),
    },
    Wish {
        need: "Flachdach abdichten",
        message: "Garage und Anbau, zusammen etwa 60 m². Bitte mit Besichtigung.",
        campaign: "storm damage",
        thousands: (5, 12),
    },
    Wish {
        need: "Wärmepumpe",
        message: "Die Ölheizung von 1994 soll raus. Einfamilienhaus, 140 m², Fußbodenheizung im Erdgeschoss.",
        campaign: "heat pump landing",
        thousands: (18, 38),
    },
    Wish {
        need: "Heat pump",
        message: "Detached house, replacing gas. Could you also help with the subsidy application?",
        campaign: "heat pump landing",
        thousands: (16, 36),
    },
    Wish {
        need: "Luft-Wasser-Wärmepumpe",
        message: "Zweifamilienhaus, Förderung ist schon zugesagt. Wir suchen nur noch einen Betrieb.",
        campaign: "heat pump landing",
        thousands: (22, 48),
    },
    Wish {
        need: "Heat pump for six flats",
        message: "Small apartment building, the owners agreed last week. Site visit any afternoon.",
        campaign: "brand search",
        thousands: (40, 90),
    },
    Wish {
        need: "Solaranlage mit Speicher",
        message: "Süddach, etwa 9 kWp, dazu ein Speicher. Zählerschrank ist neu.",
        campaign: "solar lead form",
        thousands: (12, 26),
    },
    Wish {
        need: "Photovoltaik",
        message: "Scheune mit 200 m² Ostdach, Eigenverbrauch für den Hof.",
        campaign: "solar lead form",
        thousands: (20, 60),
    },
    Wish {
        need: "Solar panels",
        message: "Around 8 kWp with a battery and a wallbox for the car.",
        campaign: "brand search",
        thousands: (11, 24),
    },
    Wish {
        need: "Solar for our workshop",
        message: "About 300 m², no shade at all. We pay far too much for electricity.",
        campaign: "brand search",
        thousands: (25, 80),
    },
];

/// Things nobody at the demo's business does.
pub(super) const STRANGE: &[(&str, &str)] = &[
    ("Katalog", "Bitte senden Sie mir Ihren Katalog an die unten stehende Adresse."),
    ("Job application", "I would like to apply as an office assistant, my papers are attached."),
    ("Frage zur Rechnung 4711", "Auf der Rechnung steht die Anfahrt doppelt. Bitte prüfen."),
    ("Spare parts", "Do you sell pumps for washing machines?"),
    ("Partnership", "We bring your website to page one. Cheap backlinks, guaranteed."),
];

/// What must be one thing and names two.
pub(super) const TORN: (&str, &str) =
    ("Solar und Wärmepumpe", "Am liebsten beides aus einer Hand. Womit fangen wir an?");

/// Soon enough.
pub(super) const SOON: &[&str] = &[
    "so bald wie möglich",
    "asap",
    "in 2-3 Wochen",
    "within 3 months",
    "nächsten Monat",
    "next month",
    "innerhalb von 4 Wochen",
    "in 6 weeks",
    "in den nächsten 3 Monaten",
];

/// Too late for anybody's order book.
pub(super) const LATE: &[&str] = &["in 2 Jahren", "in two years", "in 18 Monaten"];

/// Berlin and Potsdam.
pub(super) const BERLIN: &[&str] =
    &["10115", "10243", "10405", "10551", "10829", "12043", "12163", "12524", "13187", "13353", "14057", "14195"];

/// Rhine and Ruhr.
pub(super) const WEST: &[&str] =
    &["40210", "40477", "42103", "44135", "45127", "47051", "50667", "50823", "51063", "53111"];

/// Where the demo's business does not go.
pub(super) const ELSEWHERE: &[&str] = &["80331", "70173", "20095", "01067", "90402"];

/// Given names, with how they are written in an address.
pub(super) const GIVEN: &[(&str, &str)] = &[
    ("Jürgen", "juergen"),
    ("Clara", "clara"),
    ("Sören", "soeren"),
    ("Ida", "ida"),
    ("Mia", "mia"),
    ("Felix", "felix"),
    ("Greta", "greta"),
    ("David", "david"),
    ("Aylin", "aylin"),
    ("Hannes", "hannes"),
    ("Priya", "priya"),
    ("Lukas", "lukas"),
    ("Olga", "olga"),
    ("Tom", "tom"),
    ("Zoë", "zoe"),
    ("Nils", "nils"),
    ("Emeka", "emeka"),
    ("Vera", "vera"),
];

/// Family names, with how they are written in an address.
pub(super) const FAMILY: &[(&str, &str)] = &[
    ("Müller", "mueller"),
    ("Becker", "becker"),
    ("Yılmaz", "yilmaz"),
    ("Keller", "keller"),
    ("Otto", "otto"),
    ("Engel", "engel"),
    ("Fischer", "fischer"),
    ("O’Brien", "obrien"),
    ("Nguyen", "nguyen"),
    ("Schröder", "schroeder"),
    ("Kowalska", "kowalska"),
    ("Lehmann", "lehmann"),
    ("Vogel", "vogel"),
    ("Jansen", "jansen"),
    ("Weiß", "weiss"),
    ("Haddad", "haddad"),
    ("Krause", "krause"),
];

/// Domains reserved for examples (RFC 2606): no mail to them can reach anybody.
pub(super) const DOMAINS: &[&str] = &["example.com", "example.org", "example.net"];
