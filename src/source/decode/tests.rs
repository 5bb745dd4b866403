//! Files as people and programs write them.

use std::io::{BufReader, Read};

use super::*;

fn csv() -> Settings {
    Settings { format: DecodeDoc::Csv, ..Settings::default() }
}

fn jsonl() -> Settings {
    Settings { format: DecodeDoc::Jsonl, ..Settings::default() }
}

fn json() -> Settings {
    Settings::default()
}

/// Each record as its line and its JSON or what is wrong with it.
fn told(bytes: &[u8], settings: &Settings) -> Vec<String> {
    let items = whole(bytes, settings).unwrap();
    let one = |item: Item| match item.body {
        Ok(json) => format!("{}: {json}", item.line),
        Err(broken) => format!("{}! {} [{}]", item.line, broken.why, broken.raw.trim_end()),
    };
    items.into_iter().map(one).collect()
}

/// What a file that is still being written gives, where the next look begins, and whether something waits.
fn unfinished(bytes: &[u8], settings: &Settings) -> (Vec<String>, u64, bool) {
    let Some(layout) = Layout::of(bytes, false, settings).unwrap() else { return (Vec::new(), 0, true) };
    let from = usize::try_from(layout.start().offset).unwrap();
    let mut items = Items::new(&layout, &bytes[from..], layout.start(), false);
    let mut bodies = Vec::new();
    while let Some(item) = items.next_item().unwrap() {
        bodies.push(item.body.unwrap());
    }
    (bodies, items.settled().offset, items.waits())
}

#[test]
fn rows_become_objects_whatever_stands_between_the_cells() {
    for delimiter in [",", ";", "\t", "|"] {
        let text = "name,mail\nAda,ada@example.org\nZoë,zoe@example.org\n".replace(',', delimiter);
        let expected =
            [r#"2: {"name":"Ada","mail":"ada@example.org"}"#, r#"3: {"name":"Zoë","mail":"zoe@example.org"}"#];
        assert_eq!(told(text.as_bytes(), &csv()), expected, "{delimiter:?}");
        assert_eq!(told(text.replace('\n', "\r\n").as_bytes(), &csv()), expected, "{delimiter:?}");
    }
    // Commas within cells of a file with semicolons, and the other way round.
    let prices = "name;budget;town\nAda;1,5;Bonn, Ost\nBo;2,5;Köln, West\n";
    assert_eq!(told(prices.as_bytes(), &csv())[0], r#"2: {"name":"Ada","budget":"1,5","town":"Bonn, Ost"}"#);
    assert_eq!(told(b"mail\nada@example.org\n", &csv()), [r#"2: {"mail":"ada@example.org"}"#]);
    assert_eq!(told(b"sep=;\r\na;b\r\n1;2\r\n", &csv()), [r#"3: {"a":"1","b":"2"}"#]);
    assert_eq!(told(b"a,b\r1,2\r3,4\r", &csv()), [r#"2: {"a":"1","b":"2"}"#, r#"3: {"a":"3","b":"4"}"#]);
}

#[test]
fn quotes_line_breaks_and_formulas_are_data() {
    let text = "name,wish\n\"Roe, Ada\",\"A roof\nand a \"\"good\"\" one\"\n=1+1,@cmd\nBo,5\" pipe\n";
    assert_eq!(
        told(text.as_bytes(), &csv()),
        [
            r#"2: {"name":"Roe, Ada","wish":"A roof\nand a \"good\" one"}"#,
            r#"4: {"name":"=1+1","wish":"@cmd"}"#,
            r#"5: {"name":"Bo","wish":"5\" pipe"}"#,
        ]
    );
    let header = "\"what\nyou want\",who\nroof,Ada\n";
    assert_eq!(told(header.as_bytes(), &csv()), [r#"3: {"what you want":"roof","who":"Ada"}"#]);
}

#[test]
fn characters_are_read_by_mark_by_bytes_or_as_said() {
    let expected = [r#"2: {"Straße":"Größe 5 €"}"#];
    let text = "Straße\nGröße 5 €\n";
    let utf16 = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        let mut all = mark.to_vec();
        all.extend(text.encode_utf16().flat_map(bytes));
        all
    };
    let western = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for (name, bytes) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8 with a mark", marked),
        ("Windows-1252", western.clone()),
        ("UTF-16 LE", utf16(b"\xff\xfe", u16::to_le_bytes)),
        ("UTF-16 BE", utf16(b"\xfe\xff", u16::to_be_bytes)),
        ("UTF-16 LE without a mark", utf16(b"", u16::to_le_bytes)),
        ("UTF-16 BE without a mark", utf16(b"", u16::to_be_bytes)),
    ] {
        assert_eq!(told(&bytes, &csv()), expected, "{name}");
    }
    let mut said = csv();
    said.set_encoding("utf-8").unwrap();
    assert_eq!(told(b"a\n\xe4\nb\n", &said), ["2! it is not UTF-8 [\u{fffd}]", r#"3: {"a":"b"}"#]);
    said.set_encoding("iso-8859-15").unwrap();
    assert_eq!(told(b"a\n5 \xa4\n", &said), [r#"2: {"a":"5 €"}"#]);
    assert!(said.set_encoding("utf-9").unwrap_err().message.contains("windows-1252"));
    assert!(said.set_encoding("iso-2022-jp").is_err());
    assert!(said.set_delimiter("ab").unwrap_err().message.contains("one character"));
    // U+0A0A and U+0A00 hold the bytes of a line end in the wrong places.
    let tricky: Vec<u8> = "a\n\u{a0a}\u{a00}x\nb\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut utf16 = csv();
    utf16.set_encoding("utf-16le").unwrap();
    assert_eq!(told(&tricky, &utf16), ["2: {\"a\":\"\u{a0a}\u{a00}x\"}", r#"3: {"a":"b"}"#]);
}

#[test]
fn headers_are_made_distinct_or_said() {
    assert_eq!(told(b"a,,a,\n1,2,3,4\n", &csv()), [r#"2: {"a":"1","column 2":"2","a (2)":"3","column 4":"4"}"#]);
    let mut without = csv();
    without.header = Header::None;
    assert_eq!(told(b"1,2\n", &without), [r#"1: {"column 1":"1","column 2":"2"}"#]);
    without.header = Header::Names(vec!["x".into(), "y".into()]);
    assert_eq!(
        told(b"1,2\n1\n", &without),
        [r#"1: {"x":"1","y":"2"}"#, "2! it has 1 cells where the header has 2 [1]"]
    );
}

#[test]
fn a_broken_row_costs_one_row_and_says_its_line() {
    let text = "a,b\n1,2\n\n1\n1,2,3\n1,2,,\n,\n3,4\n";
    assert_eq!(
        told(text.as_bytes(), &csv()),
        [
            r#"2: {"a":"1","b":"2"}"#,
            "4! it has 1 cells where the header has 2 [1]",
            "5! it has 3 cells where the header has 2 [1,2,3]",
            r#"6: {"a":"1","b":"2"}"#,
            r#"8: {"a":"3","b":"4"}"#,
        ]
    );
    let quote = "a,b\n1,\"2\n3,4\n5,6\n";
    assert_eq!(
        told(quote.as_bytes(), &csv()),
        ["2! a quoted cell begins here and does not end [1,\"2]", r#"3: {"a":"3","b":"4"}"#, r#"4: {"a":"5","b":"6"}"#]
    );
    let wide = format!("a\n{}\n", "x,".repeat(COLUMNS_MAX + 5));
    assert!(told(wide.as_bytes(), &csv())[0].contains("more than 1000 cells"));
}

#[test]
fn a_quote_nobody_closes_does_not_swallow_a_large_file() {
    let mut text = "a,b\n1,\"2\n".to_owned();
    while text.len() < 3 * RECORD_MAX {
        text.push_str("3,4\n");
    }
    let rows = (text.len() - 9) / 4;
    let items = whole(text.as_bytes(), &csv()).unwrap();
    assert!(items[0].body.as_ref().unwrap_err().why.contains("does not end"));
    assert_eq!(items.len(), rows + 1);
    assert!(items[1..].iter().all(|item| item.body.is_ok()));
}

#[test]
fn what_is_too_long_is_passed_over_and_its_head_kept() {
    let text = format!("a\n{}\nb\n", "x".repeat(RECORD_MAX + 10));
    let items = whole(text.as_bytes(), &csv()).unwrap();
    let broken = items[0].body.as_ref().unwrap_err();
    assert!(broken.why.contains("longer than") && broken.raw.len() == KEPT_MAX, "{}", broken.why);
    assert_eq!(items[1].body.as_ref().unwrap(), r#"{"a":"b"}"#);
    assert_eq!(items[1].line, 3);
    let long = format!("[\"{}\", {{\"a\":1}}]", "x".repeat(RECORD_MAX));
    let items = whole(long.as_bytes(), &json()).unwrap();
    assert!(items[0].body.as_ref().unwrap_err().raw.len() == KEPT_MAX);
    assert_eq!(items[1].body.as_ref().unwrap(), "{\"a\":1}");
}

#[test]
fn what_is_no_text_says_what_it_is() {
    let why = |bytes: &[u8]| Layout::of(bytes, true, &csv()).unwrap_err();
    assert!(why(b"PK\x03\x04\x14\0").contains("Excel"));
    assert!(why(b"\x1f\x8b\x08\0").contains("unpack"));
    assert!(why(b"a,b\n\0\0\0\0c").contains("zero bytes"));
    assert!(why(b"\"a,b\n1,2\n").contains("quote"));
    assert_eq!(told(b"", &csv()), Vec::<String>::new());
    assert_eq!(told(b"a,b\n", &csv()), Vec::<String>::new());
}

#[test]
fn json_lines_and_documents() {
    let text = "{\"a\":1}\n\n  {\"a\": 2} \r\n{broken\n{\"a\":3}";
    assert_eq!(told(text.as_bytes(), &jsonl()), ["1: {\"a\":1}", "3: {\"a\": 2}", "4: {broken", "5: {\"a\":3}"]);
    let array = "\u{feff}[ {\"a\": \"]}\\\"\"},\n {\"b\": [1, {}]}, 7, \"x\" ]\n";
    assert_eq!(told(array.as_bytes(), &json()), ["1: {\"a\": \"]}\\\"\"}", "2: {\"b\": [1, {}]}", "2: 7", "2: \"x\""]);
    assert_eq!(told(b"{\"a\": 1}\n{\"a\": 2}", &json()), ["1: {\"a\": 1}", "2: {\"a\": 2}"]);
    assert_eq!(told(b"[{\"a\": 1}, {\"a\"", &json()), ["1: {\"a\": 1}", "1! it is cut off [{\"a\"]"]);
}

#[test]
fn an_unfinished_last_record_waits_and_is_read_once_it_is_whole() {
    let text = "a,b\n1,2\n3,4";
    assert_eq!(unfinished(text.as_bytes(), &csv()), (vec![r#"{"a":"1","b":"2"}"#.to_owned()], 8, true));
    let (rows, at, waits) = unfinished(b"a,b\n1,2\n3,4\n", &csv());
    assert_eq!((rows.len(), at, waits), (2, 12, false));
    let (rows, at, waits) = unfinished(b"a,b\n1,2\n3,\"4\n", &csv());
    assert_eq!((rows.len(), at, waits), (1, 8, true), "a line break within quotes is no end");
    assert_eq!(unfinished(b"a,b", &csv()), (vec![], 0, true));
    assert_eq!(unfinished(b"{\"a\":1}\n{\"a\"", &jsonl()), (vec!["{\"a\":1}".to_owned()], 8, true));
    assert_eq!(unfinished(b"[{\"a\":1}, {\"a\"", &json()), (vec!["{\"a\":1}".to_owned()], 8, true));
    // A resumed reader stands behind the header, or within the list.
    let layout = Layout::of(b"a,b\n1,2\n3,4\n", false, &csv()).unwrap().unwrap();
    let mut rest = Items::new(&layout, &b"3,4\n"[..], Position { offset: 8, lines: 2 }, false);
    assert_eq!(rest.next_item().unwrap().unwrap(), Item { line: 3, body: Ok(r#"{"a":"3","b":"4"}"#.to_owned()) });
    assert_eq!(rest.settled(), Position { offset: 12, lines: 3 });
    let layout = Layout::of(b"[{},{}]", false, &json()).unwrap().unwrap();
    let mut rest = Items::new(&layout, &b",{\"b\":1}]"[..], Position { offset: 3, lines: 0 }, false);
    assert_eq!(rest.next_item().unwrap().unwrap().body.unwrap(), "{\"b\":1}");
}

#[test]
fn numbers_with_a_decimal_comma_become_plain_ones() {
    let settings = Settings { decimal_comma: true, delimiter: Some(b';'), ..csv() };
    let text = "n\n1.234,56\n1234,5\n12\n-3,5\n1.234\n12.34,5\n030/12\nAda\n";
    let cells: Vec<String> = whole(text.as_bytes(), &settings).unwrap().into_iter().map(|i| i.body.unwrap()).collect();
    let plain = ["1234.56", "1234.5", "12", "-3.5", "1234", "12.34,5", "030/12", "Ada"];
    assert_eq!(cells, plain.map(|cell| format!("{{\"n\":\"{cell}\"}}")));
}

#[test]
fn a_file_larger_than_memory_needs_one_record_of_it() {
    /// Endless rows, cut after `left` bytes.
    struct Endless(u64);
    impl Read for Endless {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let row = b"ada@example.org;roof\n";
            let most = buf.len().min(usize::try_from(self.0).unwrap());
            for (at, byte) in buf.iter_mut().take(most).enumerate() {
                *byte = row[at % row.len()];
            }
            let whole = most - most % row.len();
            self.0 -= whole as u64;
            Ok(whole)
        }
    }
    let layout = Layout::of(b"mail;wish\n", false, &csv()).unwrap().unwrap();
    let mut items = Items::new(&layout, BufReader::new(Endless(20 * 1024 * 1024)), layout.start(), true);
    let mut count = 0_u64;
    while let Some(item) = items.next_item().unwrap() {
        assert!(item.body.is_ok());
        count += 1;
    }
    assert_eq!(count, items.settled().lines - 1);
    assert!(count > 900_000);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_go_on_for_ever(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        for settings in [csv(), jsonl(), json()] {
            if let Ok(items) = whole(&bytes, &settings) {
                proptest::prop_assert!(items.len() <= bytes.len());
            }
        }
    }

    #[test]
    fn cells_survive_being_written_and_read(rows in proptest::collection::vec(proptest::collection::vec("[a-z\",;\n ]{0,8}", 3), 1..6)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["x", "y", "z"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let settings = Settings { delimiter: Some(b','), ..csv() };
        let read = whole(&writer.into_inner().unwrap(), &settings).unwrap();
        let kept: Vec<_> = rows.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).collect();
        proptest::prop_assert_eq!(read.len(), kept.len());
        for (item, row) in read.into_iter().zip(kept) {
            let value: serde_json::Value = serde_json::from_str(&item.body.unwrap()).unwrap();
            proptest::prop_assert_eq!(&value["x"], &row[0]);
            proptest::prop_assert_eq!(&value["z"], &row[2]);
        }
    }
}
