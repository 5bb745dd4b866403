//! What somebody wrote, without what they answered to: everything from the line on that introduces a quotation.

/// Lines that introduce the mail that is answered, up to their variable part; lower case.
const INTRODUCTIONS: &[(&str, &str)] = &[
    ("on ", " wrote:"),
    ("am ", ":"),
    ("le ", " a écrit :"),
    ("le ", " a écrit:"),
    ("il ", " ha scritto:"),
    ("el ", " escribió:"),
];
/// Lines between an answer and the mail as it was.
const SEPARATORS: &[&str] = &[
    "-----original message-----",
    "----- original message -----",
    "-----ursprüngliche nachricht-----",
    "----- ursprüngliche nachricht -----",
    "-----message d'origine-----",
    "-----messaggio originale-----",
    "-----mensaje original-----",
    "________________________________",
];
/// The first line of a quoted header, and words one of the next lines begins with.
const HEADS: &[(&str, &[&str])] = &[
    ("from:", &["sent:", "date:", "to:"]),
    ("von:", &["gesendet:", "datum:", "an:"]),
    ("de :", &["envoyé :", "date :", "à :"]),
    ("da:", &["inviato:", "data:", "a:"]),
    ("de:", &["enviado:", "fecha:", "para:", "envoyé:"]),
];

/// The text before the first quotation; the whole text where nothing stands before it.
pub(super) fn cut(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let quoted = (0..lines.len()).find(|at| begins(&lines, *at)).unwrap_or(lines.len());
    let own = lines.iter().take(quoted).filter(|line| !line.trim_start().starts_with('>'));
    let own = own.copied().collect::<Vec<_>>().join("\n");
    if own.trim().is_empty() { text.trim().to_owned() } else { own.trim().to_owned() }
}

fn begins(lines: &[&str], at: usize) -> bool {
    let line = |at: usize| lines.get(at).map(|line| line.trim().to_lowercase()).unwrap_or_default();
    let this = line(at);
    if SEPARATORS.iter().any(|separator| this.starts_with(separator)) {
        return true;
    }
    // An introduction may be broken into two lines.
    let two = format!("{this} {}", line(at + 1));
    let introduces = |(begin, end): &(&str, &str)| {
        let whole = [&this, &two].into_iter().find(|text| text.starts_with(begin) && text.trim_end().ends_with(end));
        // "Am 14.09. um 10 Uhr schrieb Ada:"; any other line that ends in a colon is the writer's own.
        whole.is_some_and(|text| *begin != "am " || text.contains(" schrieb "))
    };
    if INTRODUCTIONS.iter().any(introduces) {
        return true;
    }
    let next = [line(at + 1), line(at + 2)];
    HEADS.iter().any(|(head, others)| {
        this.starts_with(head) && next.iter().any(|line| others.iter().any(|other| line.starts_with(other)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_are_cut_in_five_languages() {
        for introduction in [
            "On Mon, 14 Sep 2026 at 10:00, Own Roofs <desk@example.org> wrote:",
            "Am 14.09.2026 um 10:00 schrieb Own Roofs <desk@example.org>:",
            "Am Montag, 14. September 2026 um 10:00 Uhr schrieb Own Roofs\n<desk@example.org>:",
            "Le lun. 14 sept. 2026 à 10:00, Own Roofs <d@example.org> a écrit :",
            "Il giorno lun 14 set 2026 Own Roofs <d@example.org> ha scritto:",
            "El lun, 14 sept 2026, Own Roofs (<d@example.org>) escribió:",
            "-----Ursprüngliche Nachricht-----",
            "Von: Own Roofs\nGesendet: Montag",
            "From: Own Roofs\nSent: Monday",
        ] {
            let text = format!("Yes please.\n\nAda\n\n{introduction}\n> How about Monday?\n> Best\n");
            assert_eq!(cut(&text), "Yes please.\n\nAda", "{introduction}");
        }
        assert_eq!(cut("> you asked\nYes\n> and that\nNo"), "Yes\nNo");
    }

    #[test]
    fn what_people_write_themselves_stays() {
        let text = "Am liebsten hätte ich:\nein Dach\nOn Monday I am away. I wrote: call me";
        assert_eq!(cut(text), text);
        let forwarded = "From: shop@example.org\nSent: today\nA request";
        assert_eq!(cut(forwarded), forwarded, "all of it is what was forwarded");
    }
}
