//! A chunk of leads in few bytes: words once a chunk, instants as distances from when the lead was received.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::lead::{Answer, Criterion, LeadId, VerdictKind};
use crate::store::leads::verdict;

/// The shape of a chunk; one of another shape is made anew.
const SHAPE: u8 = 1;

/// One inquiry of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// Source id.
    pub source: Arc<str>,
    /// Campaign as the source names it.
    pub campaign: Option<Arc<str>>,
    /// Referral code.
    pub referral: Option<Arc<str>>,
    /// When they asked.
    pub at: Timestamp,
}

/// A lead and all that happened to it.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyRow {
    /// The lead.
    pub id: LeadId,
    /// The source that brought it first.
    pub source: Arc<str>,
    /// Service id.
    pub service: Option<Arc<str>>,
    /// Stored.
    pub received_at: Timestamp,
    /// Asked.
    pub submitted_at: Timestamp,
    /// Decided last.
    pub decided_at: Timestamp,
    /// The verdict in force.
    pub verdict: VerdictKind,
    /// How it ended.
    pub end_code: Option<Arc<str>>,
    /// When it ended.
    pub closed_at: Option<Timestamp>,
    /// `DE-BE`, `DE 10`, `DE`.
    pub region: Option<Arc<str>>,
    /// Every criterion's answer, and whether it counts against the lead.
    pub marks: Vec<(Criterion, Answer, bool)>,
    /// Criteria a person answered with yes.
    pub overridden: Vec<Criterion>,
    /// Who has it: (team, person) of the latest handoff that was not dropped.
    pub with: Option<(Arc<str>, Arc<str>)>,
    /// First accepted.
    pub accepted_at: Option<Timestamp>,
    /// The promise of that handoff.
    pub answer_by: Option<Timestamp>,
    /// First response.
    pub first_at: Option<Timestamp>,
    /// Somebody said that they reached them.
    pub reached_at: Option<Timestamp>,
    /// A sign-up was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// Value won, minor units of the business's currency.
    pub won: Option<i64>,
    /// Its inquiries in order; only the first where there is nothing else.
    pub touches: Vec<Touch>,
}

#[derive(Serialize, Deserialize)]
struct Chunk {
    shape: u8,
    words: Vec<String>,
    leads: Vec<Packed>,
}

/// A place in the words.
type Word = u16;
/// Microseconds from when the lead was received.
type Away = i64;

#[derive(Serialize, Deserialize)]
struct Packed {
    id: i64,
    received: i64,
    source: Word,
    service: Option<Word>,
    submitted: Away,
    decided: Away,
    verdict: u8,
    end: Option<(Option<Word>, Option<Away>)>,
    region: Option<Word>,
    marks: Vec<(Word, Answer, bool)>,
    overridden: Vec<Word>,
    out: Option<Box<Out>>,
    reached: Option<Away>,
    confirmed: Option<Away>,
    touches: Vec<(Word, Option<Word>, Option<Word>, Away)>,
}

/// What only leads that were given to somebody have.
#[derive(Serialize, Deserialize)]
struct Out {
    with: Option<(Word, Word)>,
    accepted: Option<Away>,
    answer_by: Option<Away>,
    first: Option<Away>,
    won: Option<i64>,
}

/// Words by the order in which they came.
#[derive(Default)]
struct Words(Vec<String>, HashMap<Arc<str>, Word>);

impl Words {
    /// `None` where a chunk has more words than a place can name, which 256 leads cannot bring about but a damaged
    /// one might.
    fn place(&mut self, word: &Arc<str>) -> Option<Word> {
        if let Some(place) = self.1.get(word) {
            return Some(*place);
        }
        let place = Word::try_from(self.0.len()).ok()?;
        self.0.push(word.to_string());
        self.1.insert(Arc::clone(word), place);
        Some(place)
    }

    #[allow(clippy::option_option)] // no word, or no place for it
    fn maybe(&mut self, word: Option<&Arc<str>>) -> Option<Option<Word>> {
        word.map_or(Some(None), |word| self.place(word).map(Some))
    }

    fn criterion(&mut self, criterion: &Criterion) -> Option<Word> {
        self.place(&criterion.name().into())
    }
}

/// The bytes of a chunk; `None` where it does not fit the shape and is read from its rows each time.
pub(super) fn pack(rows: &[JourneyRow]) -> Option<Vec<u8>> {
    let mut words = Words::default();
    let leads = rows.iter().map(|row| packed(row, &mut words)).collect::<Option<Vec<_>>>()?;
    postcard::to_allocvec(&Chunk { shape: SHAPE, words: words.0, leads }).ok()
}

fn packed(row: &JourneyRow, words: &mut Words) -> Option<Packed> {
    let zero = row.received_at.as_microsecond();
    let away = |at: Timestamp| at.as_microsecond().checked_sub(zero);
    #[allow(clippy::option_option)] // no instant, or one too far away
    let maybe = |at: Option<Timestamp>| at.map_or(Some(None), |at| away(at).map(Some));
    let with = match &row.with {
        Some((team, person)) => Some((words.place(team)?, words.place(person)?)),
        None => None,
    };
    let out = Out {
        with,
        accepted: maybe(row.accepted_at)?,
        answer_by: maybe(row.answer_by)?,
        first: maybe(row.first_at)?,
        won: row.won,
    };
    let is_out = row.with.is_some() || row.accepted_at.is_some() || row.first_at.is_some() || row.won.is_some();
    let ended = row.end_code.is_some() || row.closed_at.is_some();
    let mut touches = Vec::with_capacity(row.touches.len());
    for touch in &row.touches {
        let (campaign, referral) = (words.maybe(touch.campaign.as_ref())?, words.maybe(touch.referral.as_ref())?);
        touches.push((words.place(&touch.source)?, campaign, referral, away(touch.at)?));
    }
    let mut marks = Vec::with_capacity(row.marks.len());
    for (criterion, answer, against) in &row.marks {
        marks.push((words.criterion(criterion)?, *answer, *against));
    }
    Some(Packed {
        id: row.id.0,
        received: zero,
        source: words.place(&row.source)?,
        service: words.maybe(row.service.as_ref())?,
        submitted: away(row.submitted_at)?,
        decided: away(row.decided_at)?,
        verdict: row.verdict as u8,
        end: if ended { Some((words.maybe(row.end_code.as_ref())?, maybe(row.closed_at)?)) } else { None },
        region: words.maybe(row.region.as_ref())?,
        marks,
        overridden: row.overridden.iter().map(|one| words.criterion(one)).collect::<Option<_>>()?,
        out: is_out.then(|| Box::new(out)),
        reached: maybe(row.reached_at)?,
        confirmed: maybe(row.confirmed_at)?,
        touches,
    })
}

/// The leads of a chunk; `None` where the bytes are of another shape or make no sense.
pub(super) fn unpack(bytes: &[u8]) -> Option<Vec<JourneyRow>> {
    if bytes.first() != Some(&SHAPE) {
        return None;
    }
    let chunk: Chunk = postcard::from_bytes(bytes).ok()?;
    let words: Vec<Arc<str>> = chunk.words.iter().map(|word| word.as_str().into()).collect();
    let criteria: Vec<Criterion> = chunk.words.into_iter().map(Criterion::from).collect();
    chunk.leads.into_iter().map(|lead| unpacked(lead, &words, &criteria)).collect()
}

fn unpacked(lead: Packed, words: &[Arc<str>], criteria: &[Criterion]) -> Option<JourneyRow> {
    let at = |away: Away| Timestamp::from_microsecond(lead.received.checked_add(away)?).ok();
    #[allow(clippy::option_option)] // no instant, or one that makes no sense
    let maybe = |away: Option<Away>| away.map_or(Some(None), |away| at(away).map(Some));
    let word = |place: Word| words.get(usize::from(place)).cloned();
    #[allow(clippy::option_option)] // no word, or one that is not there
    let maybe_word = |place: Option<Word>| place.map_or(Some(None), |place| word(place).map(Some));
    let criterion = |place: Word| criteria.get(usize::from(place)).cloned();
    let (end, closed) = lead.end.unwrap_or((None, None));
    let out = lead.out.map_or(Out { with: None, accepted: None, answer_by: None, first: None, won: None }, |out| *out);
    let mut touches = Vec::with_capacity(lead.touches.len());
    for (source, campaign, referral, asked) in lead.touches {
        let (campaign, referral) = (maybe_word(campaign)?, maybe_word(referral)?);
        touches.push(Touch { source: word(source)?, campaign, referral, at: at(asked)? });
    }
    let mut marks = Vec::with_capacity(lead.marks.len());
    for (place, answer, against) in lead.marks {
        marks.push((criterion(place)?, answer, against));
    }
    Some(JourneyRow {
        id: LeadId(lead.id),
        source: word(lead.source)?,
        service: maybe_word(lead.service)?,
        received_at: at(0)?,
        submitted_at: at(lead.submitted)?,
        decided_at: at(lead.decided)?,
        verdict: verdict(i64::from(lead.verdict)),
        end_code: maybe_word(end)?,
        closed_at: maybe(closed)?,
        region: maybe_word(lead.region)?,
        marks,
        overridden: lead.overridden.into_iter().map(criterion).collect::<Option<_>>()?,
        with: match out.with {
            Some((team, person)) => Some((word(team)?, word(person)?)),
            None => None,
        },
        accepted_at: maybe(out.accepted)?,
        answer_by: maybe(out.answer_by)?,
        first_at: maybe(out.first)?,
        reached_at: maybe(lead.reached)?,
        confirmed_at: maybe(lead.confirmed)?,
        won: out.won,
        touches,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + secs).unwrap()
    }

    fn row(id: i64) -> JourneyRow {
        JourneyRow {
            id: LeadId(id),
            source: "meta".into(),
            service: Some("roof".into()),
            received_at: at(10),
            submitted_at: at(0),
            decided_at: at(11),
            verdict: VerdictKind::Qualified,
            end_code: Some("R-FAKE".into()),
            closed_at: Some(at(90_000)),
            region: Some("DE 10".into()),
            marks: vec![
                (Criterion::Timing, Answer::Met, false),
                (Criterion::Field("roof".into()), Answer::Unmet, true),
            ],
            overridden: vec![Criterion::Need],
            with: Some(("west".into(), "anna".into())),
            accepted_at: Some(at(20)),
            answer_by: None,
            first_at: Some(at(30)),
            reached_at: Some(at(31)),
            confirmed_at: None,
            won: Some(-5),
            touches: vec![Touch { source: "meta".into(), campaign: Some("c".into()), referral: None, at: at(-100) }],
        }
    }

    #[test]
    fn what_was_packed_comes_back_and_what_is_damaged_does_not() {
        let bare = JourneyRow {
            service: None,
            end_code: None,
            closed_at: None,
            region: None,
            marks: Vec::new(),
            overridden: Vec::new(),
            with: None,
            accepted_at: None,
            first_at: None,
            reached_at: None,
            won: None,
            touches: Vec::new(),
            ..row(8)
        };
        let rows = vec![row(7), bare];
        let bytes = pack(&rows).unwrap();
        assert_eq!(unpack(&bytes).unwrap(), rows);
        assert_eq!(unpack(&pack(&[]).unwrap()).unwrap(), []);
        for cut in 0..bytes.len() {
            assert_eq!(unpack(&bytes[..cut]), None, "cut at {cut}");
        }
        let mut other = bytes;
        other[0] = SHAPE + 1;
        assert_eq!(unpack(&other), None);
    }
}
