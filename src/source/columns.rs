//! Which column of a table is which field of a lead: by the names people give columns in five languages, and
//! by what stands in them. A guess is only ever a proposal that is shown.

use jiff::tz::TimeZone;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::preset::instant::Notation;

/// Names of columns, in lower case without accents, spaces and signs: English, German, French, Italian,
/// Spanish, and those of common exports.
const NAMES: &[(&str, &str)] = &[
    (
        "email",
        "email emailaddress emailadresse emailadress mail mailadresse workemail emailid courriel adressemail adresseemail adressecourriel posta postaelettronica indirizzoemail indirizzomail correo correoelectronico direcciondecorreo direcciondecorreoelectronico",
    ),
    (
        "phone",
        "phone phonenumber telephone telephonenumber tel mobile mobilephone mobilenumber cell cellphone telefon telefonnummer telnr rufnummer mobil mobiltelefon mobilnummer handy handynummer numerodetelephone portable telefono numeroditelefono cellulare numerodetelefono movil telefonomovil celular",
    ),
    ("given_name", "givenname firstname forename vorname prenom nomedibattesimo nombre nombredepila"),
    ("family_name", "familyname lastname surname nachname familienname nomdefamille cognome apellido apellidos"),
    (
        "name",
        "name fullname contact contactname ansprechpartner kontakt kunde kundenname vorundnachname vornamenachname nom nomcomplet nomprenom nome nominativo nomecognome nomeecognome nombrecompleto nombreyapellidos",
    ),
    (
        "company",
        "company companyname organisation organization business firma firmenname unternehmen betrieb societe entreprise raisonsociale azienda societa ditta ragionesociale empresa compania",
    ),
    ("postal_code", "postalcode postcode zip zipcode plz postleitzahl codepostal cap codicepostale codigopostal cp"),
    (
        "city",
        "city town place ort stadt wohnort ville commune localite citta comune localita ciudad poblacion localidad municipio",
    ),
    ("country", "country countrycode land staat pays paese nazione stato pais"),
    (
        "need",
        "service need product interest interestedin request subject betreff leistung produkt interesse bedarf anliegen wunsch gewuenschteleistung gewunschteleistung besoin produit prestation interet servizio prodotto richiesta esigenza servicio producto interes necesidad sujet oggetto asunto",
    ),
    (
        "timing",
        "timing timeframe timeline when startdate desireddate zeitraum zeitrahmen wann termin wunschtermin zeitpunkt delai quand echeance datesouhaitee tempistica tempistiche quando plazo cuando fechadeseada",
    ),
    ("budget", "budget budgetrange kostenrahmen preisrahmen investition presupuesto importo montant"),
    (
        "message",
        "message comment comments note notes description details remarks nachricht bemerkung bemerkungen anmerkung anmerkungen kommentar notiz notizen beschreibung mitteilung commentaire commentaires remarque remarques messaggio commento commenti messaggi mensaje comentario comentarios observaciones notas",
    ),
    (
        "created_at",
        "createdat createdtime created createddate creationdate date datetime timestamp submittedat submissiondate submitted receivedat datum zeitstempel eingang eingangsdatum erstelltam erstellt anfragedatum datedecreation creele horodatage data datacreazione dataora fecha fechadecreacion fechadeenvio fechayhora",
    ),
    ("campaign", "campaign campaignname utmcampaign kampagne kampagnenname campagne campagna campana nombredecampana"),
    (
        "referral",
        "referral referralcode referredby refcode empfehlungscode empfohlenvon empfehlung parrain codeparrainage codiceinvito codigodereferido recomendadopor",
    ),
    ("consent", "consentstatus optinstatus"),
    ("id", "id leadid recordid submissionid entryid responseid"),
];

/// How tables write moments, the likeliest first.
const TIMES: &[&str] = &[
    "rfc3339",
    "naive:%Y-%m-%d %H:%M:%S",
    "naive:%Y-%m-%dT%H:%M:%S",
    "naive:%Y-%m-%d %H:%M",
    "naive:%Y-%m-%d",
    "naive:%d.%m.%Y %H:%M:%S",
    "naive:%d.%m.%Y %H:%M",
    "naive:%d.%m.%Y",
    "naive:%d/%m/%Y %H:%M:%S",
    "naive:%d/%m/%Y %H:%M",
    "naive:%d/%m/%Y",
    "naive:%m/%d/%Y %H:%M:%S",
    "naive:%m/%d/%Y %H:%M",
    "naive:%m/%d/%Y",
];

/// What was guessed of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guess {
    /// Field and column.
    pub fields: Vec<(&'static str, String)>,
    /// How its moments are written.
    pub time: Option<&'static str>,
}

impl Guess {
    /// Looks at the columns' names and at some rows of cells.
    pub fn of(columns: &[String], rows: &[Vec<String>]) -> Self {
        let plain: Vec<String> = columns.iter().map(|column| simple(column)).collect();
        let mut guess = Self::default();
        for (field, names) in NAMES {
            // The name that is listed first is the likeliest; a column with nothing in it helps nobody.
            let mut names = names.split(' ');
            let at = names.find_map(|name| plain.iter().position(|column| column == name));
            let Some(at) = at.filter(|at| !rows.iter().all(|row| cell(row, *at).is_empty())) else { continue };
            match *field {
                "id" if !all_differ(rows, at) => {}
                "created_at" => {
                    guess.time = time(rows, at);
                    guess.fields.extend(guess.time.and(columns.get(at)).map(|column| ("created_at", column.clone())));
                }
                field => guess.fields.extend(columns.get(at).map(|column| (field, column.clone()))),
            }
        }
        if !guess.fields.iter().any(|(field, _)| *field == "email") {
            let by_content = (0..columns.len()).find(|at| holds_addresses(rows, *at));
            guess.fields.extend(by_content.and_then(|at| columns.get(at)).map(|column| ("email", column.clone())));
        }
        guess
    }
}

/// What stands before a name in a form that speaks to people.
const BEFORE: &[&str] = &["your", "ihre", "ihr", "deine", "dein", "votre", "vos", "su", "tu", "iltuo", "latua"];

/// The field that a name stands for, where it is a known one.
pub fn field_of(name: &str) -> Option<&'static str> {
    let name = simple(name);
    let known =
        |name: &str| NAMES.iter().find(|(_, names)| names.split(' ').any(|one| one == name)).map(|(field, _)| *field);
    known(&name).or_else(|| BEFORE.iter().filter_map(|before| name.strip_prefix(before)).find_map(known))
}

fn cell(row: &[String], at: usize) -> &str {
    row.get(at).map_or("", |cell| cell.trim())
}

/// `E-Mail-Adresse` as `emailadresse`.
fn simple(name: &str) -> String {
    let letters = name.nfd().filter(|char| !is_combining_mark(*char)).flat_map(char::to_lowercase);
    letters
        .flat_map(|char| if char == 'ß' { vec!['s', 's'] } else { vec![char] })
        .filter(|c| c.is_alphanumeric())
        .collect()
}

fn filled(rows: &[Vec<String>], at: usize) -> impl Iterator<Item = &str> {
    rows.iter().map(move |row| cell(row, at)).filter(|cell| !cell.is_empty())
}

/// An id that is missing or comes twice would make one lead of two.
fn all_differ(rows: &[Vec<String>], at: usize) -> bool {
    let cells: std::collections::BTreeSet<&str> = filled(rows, at).collect();
    !rows.is_empty() && cells.len() == rows.len()
}

fn holds_addresses(rows: &[Vec<String>], at: usize) -> bool {
    let (mut all, mut good) = (0_usize, 0_usize);
    for cell in filled(rows, at) {
        all += 1;
        let parts = cell.split_once('@');
        good +=
            usize::from(parts.is_some_and(|(who, host)| !who.is_empty() && host.contains('.') && !cell.contains(' ')));
    }
    all > 0 && good * 10 >= all * 8
}

/// The one notation that reads every moment. Day and month may not be told apart: then none.
fn time(rows: &[Vec<String>], at: usize) -> Option<&'static str> {
    let reads = |name: &str| {
        let notation = Notation::parse(name, Some(&TimeZone::UTC)).ok().flatten();
        notation.is_some_and(|notation| filled(rows, at).all(|cell| notation.read(cell).is_some()))
    };
    let mut fit = TIMES.iter().copied().filter(|name| filled(rows, at).next().is_some() && reads(name));
    let first = fit.next()?;
    let turned = first.replace("%d/%m/", "%m/%d/");
    (turned == first || !fit.any(|name| name == turned)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(columns: &[&str], rows: &[&[&str]]) -> String {
        let columns: Vec<String> = columns.iter().map(|text| (*text).to_owned()).collect();
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        let guess = Guess::of(&columns, &rows);
        let mut told: Vec<String> = guess.fields.iter().map(|(field, column)| format!("{field}={column}")).collect();
        told.extend(guess.time.map(|time| format!("time={time}")));
        told.join(" ")
    }

    #[test]
    fn columns_are_known_by_name_in_five_languages() {
        let one = |columns: &[&str]| guess(columns, &[&["a"; 6], &["b"; 6]]);
        assert_eq!(
            one(&["First name", "Last Name", "E-mail address"]),
            "email=E-mail address given_name=First name family_name=Last Name"
        );
        assert_eq!(
            one(&["Vorname", "Nachname", "E-Mail", "PLZ", "Straße", "Rückruf"]),
            "email=E-Mail given_name=Vorname family_name=Nachname postal_code=PLZ"
        );
        assert_eq!(
            one(&["Prénom", "Nom de famille", "Courriel", "Téléphone", "Société"]),
            "email=Courriel phone=Téléphone given_name=Prénom family_name=Nom de famille company=Société"
        );
        assert_eq!(
            one(&["Nome e Cognome", "Posta elettronica", "Cellulare", "Città", "CAP"]),
            "email=Posta elettronica phone=Cellulare name=Nome e Cognome postal_code=CAP city=Città"
        );
        assert_eq!(
            one(&["Nombre", "Apellidos", "Correo electrónico", "Teléfono", "Código postal"]),
            "email=Correo electrónico phone=Teléfono given_name=Nombre family_name=Apellidos postal_code=Código postal"
        );
        assert_eq!(
            one(&["full_name", "phone_number", "campaign_name"]),
            "phone=phone_number name=full_name campaign=campaign_name"
        );
        assert_eq!(one(&["foo", "bar"]), "");
    }

    #[test]
    fn what_stands_in_a_column_counts() {
        assert_eq!(guess(&["Wer", "Wohin"], &[&["Ada", "ada@example.org"], &["Bo", ""]]), "email=Wohin");
        assert_eq!(
            guess(&["ID", "mail"], &[&["1", "a@x.org"], &["1", "b@x.org"]]),
            "email=mail",
            "an id that comes twice"
        );
        assert_eq!(guess(&["ID", "mail"], &[&["1", "a@x.org"], &["2", "b@x.org"]]), "email=mail id=ID");
        assert_eq!(
            guess(&["Telefon", "Mobil"], &[&["", "0151"], &["", "0152"]]),
            "",
            "the likelier name holds nothing"
        );
    }

    #[test]
    fn moments_are_taken_only_where_all_are_understood_one_way() {
        let time = |cells: &[&str]| guess(&["Datum"], &cells.iter().map(std::slice::from_ref).collect::<Vec<_>>());
        assert_eq!(time(&["14.09.2026 10:00", "01.10.2026 09:30"]), "created_at=Datum time=naive:%d.%m.%Y %H:%M");
        assert_eq!(time(&["2026-09-14T10:00:00Z"]), "created_at=Datum time=rfc3339");
        assert_eq!(time(&["31/01/2026"]), "created_at=Datum time=naive:%d/%m/%Y");
        assert_eq!(time(&["01/31/2026"]), "created_at=Datum time=naive:%m/%d/%Y");
        assert_eq!(time(&["01/02/2026"]), "", "January or February?");
        assert_eq!(time(&["14.09.2026", "gestern"]), "");
    }
}
