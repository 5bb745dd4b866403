//! `leadgate parse` as a shell meets it: one object a line whatever comes in, and wrong options told apart.

#![allow(clippy::unwrap_used)] // a test fails loudly

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const NOW: &str = "2027-02-10T10:00:00Z";

fn parse(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_leadgate"))
        .args(["--json", "parse"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Written aside: a child that stops early must not stop the test.
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn objects(output: &Output) -> Vec<Value> {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn fields(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn every_line_gives_one_object_whatever_it_holds() {
    const LONG: usize = 3_000_000;
    let mut input = b"tomorrow\n\n\0tom\0orrow\n\xff\xfe 500 \xe2\x82\n   \r\n".to_vec();
    input.extend(std::iter::repeat_n(b'9', LONG));
    input.extend(b"\nnext week");
    let expected: [(&str, &[&str]); 5] = [
        ("timing", &["earliest", "input", "latest", "urgency"]),
        ("budget", &["currency", "input", "max", "min", "qualifier"]),
        ("region", &["country", "input", "postal_code", "subdivision"]),
        ("phone", &["e164", "input", "kind"]),
        ("email", &["address", "input", "valid", "warning"]),
    ];
    for (what, names) in expected {
        let read = objects(&parse(&[what, "--now", NOW], &input));
        assert_eq!(read.len(), 7, "{what}");
        assert!(read.iter().all(|object| fields(object) == names), "{what}");
        let long = read[5]["input"].as_str().unwrap().len();
        assert!(long > 1_000 && long < 100_000, "{what}: a long line is cut, not kept: {long}");
        assert_eq!(read[6]["input"], "next week", "{what}: the line behind a long one is whole");
    }
    let timing = objects(&parse(&["timing", "--now", NOW], &input));
    assert_eq!(timing[0]["earliest"], "2027-02-11");
    assert_eq!(timing[1]["urgency"], "unknown");
    assert_eq!(timing[6]["latest"], "2027-02-21");
    assert!(objects(&parse(&["timing"], b"")).is_empty());
}

#[test]
fn wrong_options_are_refused_with_what_would_do() {
    for (args, hint) in [
        (&["timing", "x", "--country", "ZZ"][..], "like DE"),
        (&["timing", "x", "--country", "Germany"], "like DE"),
        (&["timing", "x", "--country", ""], "like DE"),
        (&["timing", "x", "--lang", "tlh"], "en, de, fr, it, es"),
        (&["timing", "x", "--lang", "en,de"], "en, de, fr, it, es"),
        (&["timing", "x", "--now", "tomorrow"], "RFC 3339"),
        (&["timing", "x", "--now", "2027-02-30T00:00:00Z"], "RFC 3339"),
        (&["timing", "x", "--now", "2027-02-10"], "RFC 3339"),
    ] {
        let output = parse(args, b"");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code(), &told["ok"]), (Some(1), &Value::Bool(false)), "{args:?}");
        assert!(told["error"].as_str().unwrap().contains(hint), "{args:?}: {told}");
    }
    // Without a language each text is read in the one that knows it: this "due" is Italian for two.
    let read = objects(&parse(&["timing", "fra due settimane", "--now", NOW], b""));
    assert_eq!(read[0]["latest"], "2027-02-24");
    let read = objects(&parse(&["timing", "morgen", "--lang", "DE", "--country", "at", "--now", NOW], b""));
    assert_eq!(read[0]["earliest"], "2027-02-11");
    assert_eq!(parse(&["weather", "x"], b"").status.code(), Some(2));
}
