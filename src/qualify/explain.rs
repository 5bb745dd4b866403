//! A verdict in sentences, one a criterion: the same in the console, the command line and mails.

use super::decide::Decision;
use crate::lead::reading::Assumed;
use crate::lead::{Answer, Mark, VerdictKind};

/// One sentence for each criterion, then one for each thing that was assumed.
pub fn explain(decision: &Decision) -> Vec<String> {
    let mut sentences = vec![headline(decision)];
    sentences.extend(decision.verdict.marks.iter().map(sentence));
    sentences.extend(decision.facts.assumed.iter().map(|assumed| assumption(*assumed).to_owned()));
    sentences
}

fn headline(decision: &Decision) -> String {
    let kind = match decision.verdict.kind {
        VerdictKind::Qualified => "Qualified",
        VerdictKind::Review => "A person must look",
        VerdictKind::Disqualified => "Disqualified",
    };
    match decision.verdict.score {
        Some(score) => format!("{kind}, {score} of 100 points."),
        None => format!("{kind}."),
    }
}

fn sentence(mark: &Mark) -> String {
    let name = mark.criterion.name();
    let mut text = match (mark.answer, &mark.code) {
        (Answer::Met, _) if mark.straddles => format!("{name}: partly fits: {}; asked is {}.", mark.read, mark.rule),
        (Answer::Met, _) => format!("{name}: fits: {}; asked is {}.", mark.read, mark.rule),
        (Answer::Unmet, Some(code)) => {
            format!("{name}: {} ({code}) Read: {}; asked is {}.", code.sentence(), mark.read, mark.rule)
        }
        (Answer::Unmet, None) => format!("{name}: does not fit: {}; asked is {}.", mark.read, mark.rule),
        (Answer::Unknown, Some(code)) => format!("{name}: {} ({code}) Asked is {}.", code.sentence(), mark.rule),
        (Answer::Unknown, None) => format!("{name}: not known, which is fine here; asked is {}.", mark.rule),
    };
    if let Some(change) = mark.passes_if.as_ref().filter(|_| mark.code.is_some()) {
        text.push_str(" Passes if ");
        text.push_str(change);
        text.push('.');
    }
    text
}

/// What was assumed, as a sentence.
pub const fn assumption(assumed: Assumed) -> &'static str {
    match assumed {
        Assumed::DateOrder => "assumed: day and month stand in the order usual in the lead's country.",
        Assumed::AmountNotation => "assumed: marks and signs in the amount are used as usual in the lead's country.",
        Assumed::Country => "assumed: no country was written; the postal code has the form of this one.",
    }
}
