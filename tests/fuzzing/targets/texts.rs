//! Any text, read by every reader: the checks are those of `tests/reading/hostile.rs`.

#![no_main]
#![allow(clippy::unwrap_used, dead_code)] // what the table-driven runs use besides

#[path = "../../reading/hostile.rs"]
mod hostile;
#[path = "../../reading/machine.rs"]
mod machine;

use std::sync::LazyLock;

use leadgate::qualify::lexicon::Lexicon;
use libfuzzer_sys::fuzz_target;

static LEXICONS: LazyLock<[Lexicon; 2]> =
    LazyLock::new(|| [Lexicon::new(&[]), Lexicon::new(&["fr".to_owned(), "de".to_owned()])]);
static BENCH: LazyLock<machine::Bench> = LazyLock::new(|| {
    // The numbering plans are loaded once.
    leadgate::intake::phone("030 901820", "DE");
    machine::Bench::new()
});

fuzz_target!(|text: &str| {
    if text.chars().count() <= hostile::LONG {
        hostile::check(text, LEXICONS.as_slice(), &BENCH);
    }
});
