//! E-mails, phones and edits.

use super::*;

#[test]
fn addresses_mail_cannot_be_sent_to_are_refused() {
    let long_local = format!("{}@example.org", "a".repeat(65));
    let long_all = format!("ada@{}.org", ["b".repeat(60).as_str(); 5].join("."));
    let long_label = format!("ada@{}.org", "b".repeat(64));
    for written in [
        "",
        " ",
        "@",
        "ada",
        "ada@",
        "@example.org",
        "ada@localhost",
        "ada@example",
        "ada@.org",
        "ada@example..org",
        "ada@-example.org",
        "ada@example-.org",
        "ada@exa_mple.org",
        "ada@192.168.0.1",
        "ada@[192.168.0.1]",
        "ada@example.o",
        "ada@example.123",
        ".ada@example.org",
        "ada.@example.org",
        "a..da@example.org",
        "ada lovelace@example.org",
        "ada@exam ple.org",
        "a@b@example.org",
        "\"ada l\"@example.org",
        "ada\r\nBcc: evil@example.org",
        "ada@example.org\r\nBcc: evil@example.org",
        "ada@example.org Bcc: evil@example.org",
        "Ada <ada@example.org> <evil@example.org",
        "ada(at)example.org",
        "\u{1b}[31mada@example.org",
        "ada@exa%2emple.org",
        "ada@xn--a.org",
        "ada@exämple",
        "a\u{fffd}da@example.org",
        "😀@example.org",
        "ada@example.org, bob",
        &long_local,
        &long_all,
        &long_label,
    ] {
        assert_eq!(email(written), None, "{written:?}");
    }
}

#[test]
fn addresses_are_read_as_people_write_them() {
    let local = "a".repeat(64);
    let longest = format!("{local}@{}.org", [["b".repeat(60).as_str(); 3].join("."), "c".repeat(2)].join("."));
    assert!(longest.len() <= 254);
    let same = |text: &str| (text.to_owned(), text.to_owned());
    let cases = [
        same("ada@example.org"),
        same("ada.lovelace+roof@mail.example.co.uk"),
        same("o'brien@example.ie"),
        same("a@b.io"),
        same("1234@qq.com"),
        same("x_y-z@example.museum"),
        same(&longest),
        ("Ada@EXAMPLE.org".into(), "Ada@example.org".into()),
        ("  ada@example.org  ".into(), "ada@example.org".into()),
        ("ada@example.org.".into(), "ada@example.org".into()),
        ("ada@example.org;".into(), "ada@example.org".into()),
        ("ada @ example.org".into(), "ada@example.org".into()),
        ("Ada Lovelace <ada@example.org>".into(), "ada@example.org".into()),
        ("\"Lovelace, Ada\" <ada@example.org>".into(), "ada@example.org".into()),
        ("<ada@example.org>".into(), "ada@example.org".into()),
        ("(ada@example.org)".into(), "ada@example.org".into()),
        ("'ada@example.org'".into(), "ada@example.org".into()),
        ("mailto:ada@example.org".into(), "ada@example.org".into()),
        ("MailTo:ada@example.org?subject=Hi".into(), "ada@example.org".into()),
        ("Ada <mailto:ada@example.org>".into(), "ada@example.org".into()),
        ("ada＠example.org".into(), "ada@example.org".into()),
        ("ada\u{200b}@example.org\r\n".into(), "ada@example.org".into()),
        ("ada@example。org".into(), "ada@example.org".into()),
        ("info@münchen.de".into(), "info@xn--mnchen-3ya.de".into()),
        ("info@MÜNCHEN.DE".into(), "info@xn--mnchen-3ya.de".into()),
        ("info@xn--mnchen-3ya.de".into(), "info@xn--mnchen-3ya.de".into()),
        ("info@straße.at".into(), "info@xn--strae-oqa.at".into()),
        ("почта@пример.рф".into(), "почта@xn--e1afmkfd.xn--p1ai".into()),
        ("用户@例子.中国".into(), "用户@xn--fsqu00a.xn--fiqs8s".into()),
        ("müller@example.de".into(), "müller@example.de".into()),
    ];
    for (written, address) in cases {
        let read = email(&written).unwrap_or_else(|| panic!("{written:?}"));
        assert_eq!(read.address, address, "{written:?}");
        assert_eq!(read.key, address.to_lowercase());
        assert!(!read.partial);
        assert_eq!(email(&address), Some(read), "reading is final: {address}");
    }
    let listed = email("Ada@example.org, bob@example.org;").unwrap();
    assert_eq!(
        (listed.address.as_str(), listed.key.as_str(), listed.partial),
        ("Ada@example.org", "ada@example.org", true)
    );
}

#[test]
fn odd_addresses_are_flagged_and_left_alone() {
    let flagged = |text: &str| email(text).and_then(|email| email.warning);
    assert_eq!(flagged("ada@gmial.com"), Some(EmailWarning::Typo("gmail.com")));
    assert_eq!(email("ada@gmial.com").unwrap().address, "ada@gmial.com");
    assert_eq!(flagged("ada@team.mailinator.com").map(EmailWarning::name), Some("disposable"));
    assert_eq!(flagged("ada@gmail.com"), None);
    assert_eq!(EmailWarning::Typo("gmail.com").to_string(), "the domain looks like a slip for gmail.com");
    assert_eq!(serde_json::to_value(flagged("ada@gmail.con")).unwrap(), "typo");
}

#[test]
fn numbers_that_do_not_exist_are_refused() {
    for (country, written) in [
        ("DE", ""),
        ("DE", "5"),
        ("DE", "110"),
        ("DE", "+"),
        ("DE", "+49"),
        ("DE", "+49 1"),
        ("DE", "0000000000"),
        ("DE", "+49 30 90182012345678"),
        ("DE", "03090182012345678901234567890"),
        ("DE", "call me"),
        ("DE", "ada1815@example.org"),
        ("DE", "+999 123456"),
        ("DE", "+1 555 01"),
        ("DE", "\u{1b}[31m030 901820"),
        ("US", "0151 12345678"),
        ("US", "123-4567"),
        ("GB", "07911 12345"),
        ("FR", "06 12 34 56"),
        ("XX", "030 901820"),
        ("", "030 901820"),
    ] {
        assert_eq!(phone(written, country), None, "{country} {written:?}");
    }
}

#[test]
fn numbers_are_read_as_people_write_them() {
    use PhoneKind::{Fixed, FixedOrMobile, Mobile, Premium, TollFree, Unknown};
    for (country, written, e164, kind) in [
        ("DE", "030 901820", "+4930901820", Fixed),
        ("de", "030/901820", "+4930901820", Fixed),
        ("DE", "(030) 90 18-20", "+4930901820", Fixed),
        ("DE", "+49 30 901820", "+4930901820", Fixed),
        ("DE", "+49 (0)30 901820", "+4930901820", Fixed),
        ("DE", "+49 (0) 30 / 901820", "+4930901820", Fixed),
        ("DE", "(+49) 030 901820", "+4930901820", Fixed),
        ("DE", "0049 30 901820", "+4930901820", Fixed),
        ("DE", "0049 (0)30 901820", "+4930901820", Fixed),
        ("DE", "00 49-30-901820", "+4930901820", Fixed),
        ("DE", "+0049 30 901820", "+4930901820", Fixed),
        ("DE", "(0)30 901820", "+4930901820", Fixed),
        ("DE", "+030 901820", "+4930901820", Fixed),
        ("DE", "4930901820", "+4930901820", Fixed),
        ("DE", "4915112345678", "+4915112345678", Mobile),
        ("DE", "030 90182 - 0", "+4930901820", Fixed),
        ("DE", "030 / 90 18 20", "+4930901820", Fixed),
        ("DE", "0151/12345678", "+4915112345678", Mobile),
        ("DE", "0151–123 456 78", "+4915112345678", Mobile),
        ("DE", "Tel.: 0151 12345678", "+4915112345678", Mobile),
        ("DE", "p:+4915112345678", "+4915112345678", Mobile),
        ("DE", "tel:+49-151-12345678", "+4915112345678", Mobile),
        ("DE", "https://wa.me/4915112345678", "+4915112345678", Mobile),
        ("DE", "＋４９ １５１ １２３４５６７８", "+4915112345678", Mobile),
        ("DE", "+٤٩ ١٥١ ١٢٣٤٥٦٧٨", "+4915112345678", Mobile),
        ("DE", "0151\u{a0}1234\u{200b}5678", "+4915112345678", Mobile),
        ("DE", "0800 1234567", "+498001234567", TollFree),
        ("DE", "0900 1234567", "+499001234567", Premium),
        ("DE", "0180 5 123456", "+491805123456", Unknown),
        ("US", "+49 151 12345678", "+4915112345678", Mobile),
        ("US", "011 49 151 12345678", "+4915112345678", Mobile),
        ("US", "0049 151 12345678", "+4915112345678", Mobile),
        ("US", "(650) 253-0000", "+16502530000", FixedOrMobile),
        ("US", "1-650-253-0000", "+16502530000", FixedOrMobile),
        ("US", "650.253.0000", "+16502530000", FixedOrMobile),
        ("US", "1-800-FLOWERS", "+18003569377", TollFree),
        ("US", "900 234 5678", "+19002345678", Premium),
        ("CA", "416-967-1111", "+14169671111", FixedOrMobile),
        ("GB", "020 7946 0018", "+442079460018", Fixed),
        ("GB", "+44 (0)20 7946 0018", "+442079460018", Fixed),
        ("GB", "07911 123456", "+447911123456", Mobile),
        ("GB", "0800 1111", "+448001111", TollFree),
        ("FR", "06 12 34 56 78", "+33612345678", Mobile),
        ("FR", "01.42.68.53.00", "+33142685300", Fixed),
        ("FR", "+33 (0)1 42 68 53 00", "+33142685300", Fixed),
        ("IT", "02 3661 8300", "+390236618300", Fixed),
        ("IT", "+39 (0)331 123456", "+390331123456", Fixed),
        ("IT", "347 123 4567", "+393471234567", Mobile),
        ("IT", "391 234 5678", "+393912345678", Mobile),
        ("ES", "612 34 56 78", "+34612345678", Mobile),
        ("ES", "34 612 34 56 78", "+34612345678", Mobile),
        ("AT", "0664 1234567", "+436641234567", Mobile),
        ("AT", "01 58858", "+43158858", Fixed),
        ("CH", "079 123 45 67", "+41791234567", Mobile),
        ("CH", "044 668 18 00", "+41446681800", Fixed),
        ("CH", "0041 (0)44 668 18 00", "+41446681800", Fixed),
        ("NL", "06 12345678", "+31612345678", Mobile),
        ("BE", "0474 09 11 50", "+32474091150", Mobile),
        ("PL", "512 345 678", "+48512345678", Mobile),
        ("SE", "070-123 45 67", "+46701234567", Mobile),
        ("DK", "32 12 34 56", "+4532123456", FixedOrMobile),
        ("HU", "06 20 123 4567", "+36201234567", Mobile),
        ("HU", "+36 (0)20 123 4567", "+36201234567", Mobile),
        ("RU", "8 (912) 345-67-89", "+79123456789", Mobile),
        ("RU", "8 800 555-35-35", "+78005553535", TollFree),
        ("AR", "011 15-2345-6789", "+5491123456789", Mobile),
        ("BR", "(11) 96123-4567", "+5511961234567", Mobile),
        ("AU", "0412 345 678", "+61412345678", Mobile),
        ("AU", "0011 49 151 12345678", "+4915112345678", Mobile),
        ("JP", "090-1234-5678", "+819012345678", Mobile),
        ("JP", "010 49 30 901820", "+4930901820", Fixed),
        ("IN", "081234 56789", "+918123456789", Mobile),
        ("DE", "+800 1234 5678", "+80012345678", TollFree),
    ] {
        let read = phone(written, country).unwrap_or_else(|| panic!("{country} {written:?}"));
        assert_eq!((read.e164.as_str(), read.kind), (e164, kind), "{country} {written:?}");
        assert!(!read.partial || written.contains("FLOWERS"), "{written:?}");
        for elsewhere in ["US", "DE", "RU", "JP", ""] {
            assert_eq!(phone(e164, elsewhere).as_ref(), Some(&read), "reading is final: {e164} in {elsewhere}");
        }
    }
}

#[test]
fn what_stands_behind_a_number_is_noticed_and_not_dialled() {
    for (written, e164) in [
        ("030 901820 ext. 12", "+4930901820"),
        ("030 901820 x12", "+4930901820"),
        ("030 901820, 12", "+4930901820"),
        ("030 901820#12", "+4930901820"),
        ("tel:+49-30-901820;ext=12", "+4930901820"),
        ("030 901820 Durchwahl 12", "+4930901820"),
        ("0151 12345678 (ab 18 Uhr)", "+4915112345678"),
        ("0151 12345678 NUR ABENDS", "+4915112345678"),
        ("030 901820 oder 0151 12345678", "+4930901820"),
        ("030/901820 / 0151/12345678", "+4930901820"),
        ("0151 12345678 - 030 901820123", "+4915112345678"),
        ("+49 30 901820 +49 151 12345678", "+4930901820"),
    ] {
        let read = phone(written, "DE").unwrap_or_else(|| panic!("{written:?}"));
        assert_eq!((read.e164.as_str(), read.partial), (e164, true), "{written:?}");
    }
}

/// Every example number of every plan, so that no country is read worse than its own plan says.
#[test]
fn each_countrys_own_examples_are_read() {
    let kinds = [
        (Type::Mobile, PhoneKind::Mobile),
        (Type::FixedLine, PhoneKind::Fixed),
        (Type::TollFree, PhoneKind::TollFree),
        (Type::PremiumRate, PhoneKind::Premium),
    ];
    let mut missed = Vec::new();
    let mut read = 0;
    for plan in DATABASE.iter().filter(|plan| plan.id() != "001") {
        for (of, kind) in kinds {
            let Some(example) = plan.descriptors().get(of).and_then(|pattern| pattern.example()) else { continue };
            let e164 = format!("+{}{example}", plan.country_code());
            let is = |written: &str| {
                phone(written, plan.id()).is_some_and(|phone| {
                    let either = phone.kind == PhoneKind::FixedOrMobile;
                    phone.e164 == e164 && (phone.kind == kind || either)
                })
            };
            let national = format!("{}{example}", plan.national_prefix().unwrap_or_default());
            for written in [&e164, &national] {
                read += 1;
                if !is(written) {
                    missed.push(format!("{} {written} {:?}", plan.id(), phone(written, plan.id())));
                }
            }
        }
    }
    assert!(read > 1_000);
    assert!(missed.is_empty(), "{} of {read}: {missed:#?}", missed.len());
}

#[test]
fn an_edit_is_refused_with_a_reason_and_changes_nothing() {
    let mut contact = cleaned(&record()).contact;
    let before = contact.clone();
    let mut refused = |field: &str, value: &str| {
        let why = set_field(&mut contact, field, value, "DE").unwrap_err();
        assert_eq!(contact, before);
        why
    };
    assert_eq!(refused("email", "ada@\u{1b}x"), "\"ada@x\" is not an e-mail address; write it like ada@example.org");
    assert!(refused("email", "ada@example.org, bob@example.org").contains("not an e-mail"));
    assert!(refused("phone", "12").contains("no phone number in DE"));
    let why = refused("emial", "x");
    assert!(why.starts_with("there is no field \"emial\"; did you mean email? There are name, email, phone"), "{why}");
    assert!(why.ends_with("city and roof"), "{why}");
    assert!(refused("\u{202e}shoe size", "44").starts_with("there is no field \"shoe size\"; there are name"));
    contact.email = None;
    let why = set_field(&mut contact, "phone", " \u{200b}", "DE").unwrap_err();
    assert_eq!(why, "the phone is the only way to reach this person; give an e-mail first, then clear it");
    assert!(contact.phone.is_some());
}

#[test]
fn an_edit_is_cleaned_and_tells_new_keys() {
    let mut contact = cleaned(&record()).contact;
    let mut set = |field: &str, value: &str| set_field(&mut contact, field, value, "DE").unwrap();
    assert_eq!(set("email", "Ada <Ada@Lovelace.example>"), [("email", "ada@lovelace.example".to_owned())]);
    assert_eq!(set("email", "ada@LOVELACE.example"), []);
    assert_eq!(set("phone", "0151/12345678 privat"), [("phone", "+4915112345678".to_owned())]);
    for field in ["company", "need", "timing", "budget", "country", "subdivision", "postal-code", "city", "roof"] {
        assert_eq!(set(field, &format!(" {field}\u{7} ")), []);
    }
    set("name", "  A.  Lovelace ");
    assert_eq!(contact.name, "A. Lovelace");
    assert_eq!(contact.company.as_deref(), Some("company"));
    assert_eq!((contact.need.as_str(), contact.timing.as_str(), contact.budget.as_str()), ("need", "timing", "budget"));
    assert_eq!((contact.place.country.as_str(), contact.place.postal_code.as_str()), ("country", "postal-code"));
    assert_eq!((contact.place.subdivision.as_str(), contact.place.city.as_str()), ("subdivision", "city"));
    assert_eq!((contact.extra["roof"].as_str(), contact.extra["phone"].as_str()), ("roof", "0151/12345678 privat"));
    set_field(&mut contact, "roof", "", "DE").unwrap();
    assert!(!contact.extra.contains_key("roof"));
}

#[test]
fn a_name_that_stood_in_follows_the_edit() {
    let record = Record { name: None, email: None, phone: Some("?".into()), ..record() };
    assert!(clean(&record, "DE", now()).is_err());
    let mut contact = cleaned(&Record { phone: Some("030 901820".into()), ..record }).contact;
    assert_eq!(contact.name, "+4930901820");
    set_field(&mut contact, "phone", "030 901821", "DE").unwrap();
    assert_eq!(contact.name, "+4930901821");
    set_field(&mut contact, "email", "ada@example.org", "DE").unwrap();
    assert_eq!(contact.name, "ada");
    set_field(&mut contact, "phone", "", "DE").unwrap();
    assert_eq!((contact.name.as_str(), contact.phone.as_deref()), ("ada", None));
    set_field(&mut contact, "name", "Ada", "DE").unwrap();
    set_field(&mut contact, "email", "grace@example.org", "DE").unwrap();
    assert_eq!(contact.name, "Ada");
    set_field(&mut contact, "name", "", "DE").unwrap();
    assert_eq!(contact.name, "grace");
}

proptest::proptest! {
    #[test]
    fn readers_survive_any_text_and_read_their_own_words(
        text in "\\PC{0,40}|[\\x00-\\u{10ffff}]{0,60}|[+0-9()/ -]{0,24}|[a-z.<>\",;: ]{0,20}@[a-zäß.-]{0,20}",
        country in "DE|US|IT|RU|AR|HU|[A-Za-z]{0,3}",
    ) {
        if let Some(read) = email(&text) {
            proptest::prop_assert_eq!(email(&read.address).map(|again| again.address), Some(read.address.clone()));
            proptest::prop_assert!(read.address.parse::<lettre::Address>().is_ok());
            proptest::prop_assert!(read.address.len() <= 254);
        }
        if let Some(read) = phone(&text, &country) {
            let again = phone(&read.e164, &country).unwrap();
            proptest::prop_assert_eq!(&again.e164, &read.e164);
            proptest::prop_assert!(read.e164.len() <= 16 && read.e164.starts_with('+'));
            proptest::prop_assert!(read.e164.bytes().skip(1).all(|byte| byte.is_ascii_digit()));
        }
        let mut contact = Contact { email: Some("ada@example.org".into()), ..Contact::default() };
        for field in FIELDS {
            let before = contact.clone();
            if set_field(&mut contact, field, &text, &country).is_err() {
                proptest::prop_assert_eq!(&contact, &before);
            }
            proptest::prop_assert!(contact.email.is_some() || contact.phone.is_some());
        }
    }
}

const FIELDS: [&str; 12] = [
    "name",
    "email",
    "phone",
    "company",
    "need",
    "timing",
    "budget",
    "country",
    "subdivision",
    "postal-code",
    "city",
    "x",
];
