//! Names in sentences: which of the known ones somebody meant, and lists of them.

/// The nearest of `known` to `word`, when it is near enough to have been meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let near = known.into_iter().map(|name| (strsim::damerau_levenshtein(&word, &name.to_lowercase()), name)).min()?;
    // A third of the letters may be wrong, so that `prset` finds `preset` and `zone` does not find `name`.
    (near.0 <= (word.chars().count() / 3).max(1)).then_some(near.1)
}

/// A list for a sentence: `a`, `a or b`, `a, b or c`.
pub fn either<S: AsRef<str>>(names: &[S]) -> String {
    join(names, "or")
}

/// A list for a sentence: `a`, `a and b`, `a, b and c`.
pub fn all_of<S: AsRef<str>>(names: &[S]) -> String {
    join(names, "and")
}

fn join<S: AsRef<str>>(names: &[S], word: &str) -> String {
    let mut out = String::new();
    for (place, name) in names.iter().enumerate() {
        if place > 0 {
            out.push_str(if place + 1 == names.len() { " " } else { ", " });
            if place + 1 == names.len() {
                out.push_str(word);
                out.push(' ');
            }
        }
        out.push_str(name.as_ref());
    }
    out
}
