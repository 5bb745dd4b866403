//! The queue's rows: lanes and their heads, slots counted under the lock, and the one transaction that
//! releases (`data-model` 5 and 6). The decision itself is a pure function passed in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::caps::{self, CapRule, CountAgain};
use super::counting::{lane_heads, lanes, uses};
use super::db::args;
use super::overrides::{self, Override};
use super::{Note, Store, StoreError, Tx};
use crate::clock::later;
use crate::lead::{Code, HandoffId, HandoffState, LeadId, Stage, Token};
use crate::queue::{Give, LaneHeads, Plan, Uses};

/// Most waiting leads that are read to look ahead, of all lanes together.
const HEADS_ALL: usize = 20_000;
/// Of every lane so many at least.
const HEADS_LEAST: usize = 20;
/// Most reservations taken back in one transaction.
const STALE_AT_ONCE: usize = 500;

/// A cap to be counted.
#[derive(Debug, Clone)]
pub struct Count {
    /// Cap id.
    pub cap: String,
    /// Slots since then count; `None` counts all that are there.
    pub since: Option<Timestamp>,
    /// Only the newest instant matters (nothing is limited).
    pub newest_only: bool,
    /// Its window moves: every slot is needed.
    pub rolls: bool,
}

/// Where a team's handoffs go first.
#[derive(Debug, Clone)]
pub struct FirstStop {
    /// Route id.
    pub route: String,
    /// Endpoint row of its first destination.
    pub destination: i64,
    /// Time to get it delivered.
    pub deadline: SignedDuration,
}

/// What a release needs besides the rows.
#[derive(Clone, Default)]
pub struct ReleaseAsk {
    /// Caps to count.
    pub counts: Vec<Count>,
    /// First stop by team.
    pub stops: BTreeMap<String, FirstStop>,
    /// Config version.
    pub config: i64,
    /// Most releases in one transaction.
    pub most: usize,
    /// What the caps count; one that counts something else than it did is counted anew.
    pub caps: Vec<CapRule>,
    /// How to count anew.
    pub again: Option<CountAgain>,
    /// Whom to tell when a cap fills or frees, by cap.
    pub hooks: BTreeMap<String, String>,
}

/// What a release asks for and how it decides, under what people set while running; worked out once the caps
/// are locked, so that nothing can be set in between.
pub type Asking = Box<dyn Fn(&[Override], Timestamp) -> (ReleaseAsk, Planner) + Send + Sync>;

/// A pure decision over lanes and uses.
pub type Planner = Box<dyn Fn(&[LaneHeads], &mut Uses, Timestamp, usize) -> Plan + Send + Sync>;

impl Store {
    /// Releases held leads: lock, count, decide, write, all or nothing. Returns the plan that was kept.
    ///
    /// # Errors
    /// The database did not answer, or a lead changed meanwhile ([`StoreError::Conflict`]; ask again).
    pub async fn release(&self, ask: ReleaseAsk, plan: Planner) -> Result<Plan, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_caps().await?;
                release(tx, &ask, &plan).await
            })
        })
        .await
    }

    /// As [`Self::release`], under what people have set at this very moment.
    ///
    /// # Errors
    /// As [`Self::release`].
    pub async fn release_in_force(&self, asking: Asking) -> Result<Plan, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_caps().await?;
                let set = overrides::live(tx).await?;
                let (ask, plan) = asking(&set, tx.now());
                release(tx, &ask, &plan).await
            })
        })
        .await
    }

    /// Takes back reservations that were not sent within the windows they were counted in: the lead waits
    /// again, in front. Returns how many.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn take_back_stale(&self) -> Result<usize, StoreError> {
        let mut taken = 0;
        loop {
            let now = self.write(|tx| Box::pin(take_back_stale(tx))).await?;
            taken += now;
            if now < STALE_AT_ONCE {
                return Ok(taken);
            }
        }
    }

    /// Lanes with their first held leads and the uses of caps, as a release would see them: at most `heads` of a lane,
    /// fewer where there are many lanes.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn queue_state(&self, counts: Vec<Count>, heads: usize) -> Result<(Vec<LaneHeads>, Uses), StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let uses = uses(tx, &counts).await?;
                let count = tx.one_int("select count(*) from lane", vec![]).await?;
                let share = HEADS_ALL / usize::try_from(count).unwrap_or(1).max(1);
                let lanes = lanes(tx, heads.min(share.max(HEADS_LEAST))).await?;
                Ok((lanes.into_iter().map(|(lane, _)| lane).collect(), uses))
            })
        })
        .await
    }

    /// Ends held leads whose time is over, at their true expiry. Returns how many.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn expire_held(&self, most: u32) -> Result<usize, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = format!(
                    "select id, expires_at from lead where stage = 2 and expires_at is not null and expires_at <= $1 \
                     order by expires_at limit $2{}",
                    tx.skip_locked()
                );
                let due = tx.all(&sql, args![tx.now(), i64::from(most)]).await?;
                for row in &due {
                    let (lead, at) = (row.int(0)?, row.at(1)?);
                    let code = Code::Expired.to_string();
                    let sql = "update lead set stage = $1, end_code = $2, closed_at = $3, rev = rev + 1 \
                               where id = $4 and stage = $5";
                    tx.guarded(sql, args![Stage::Closed.number(), &code, at, lead, Stage::Held.number()]).await?;
                    let body = serde_json::json!({ "code": code, "at": at.to_string() });
                    tx.note(Note::new("expired").lead(LeadId(lead)).body(body));
                }
                Ok(due.len())
            })
        })
        .await
    }
}

async fn release(tx: &mut Tx, ask: &ReleaseAsk, plan: &Planner) -> Result<Plan, StoreError> {
    caps::renew(tx, ask).await?;
    let counted = uses(tx, &ask.counts).await?;
    let (mut heads, codes): (Vec<LaneHeads>, Vec<String>) = lanes(tx, 1).await?.into_iter().unzip();
    // One lead a lane tells which lanes move; only those are read further, until no lane ran out of leads
    // that were read. So the order is that of reading everything, at the cost of reading little.
    let mut read_whole = BTreeSet::new();
    let decided = loop {
        let decided = plan(&heads, &mut counted.clone(), tx.now(), ask.most);
        let given: BTreeSet<LeadId> = decided.give.iter().map(|give| give.lead).collect();
        let ran_out = |lane: &&mut LaneHeads| lane.leads.last().is_some_and(|last| given.contains(&last.lead));
        let mut more = false;
        for lane in heads.iter_mut().filter(ran_out) {
            if read_whole.insert(lane.id) {
                lane.leads = lane_heads(tx, lane.id, ask.most).await?;
                more = true;
            }
        }
        if !more {
            break decided;
        }
    };
    let counted_under: BTreeSet<&String> =
        decided.give.iter().flat_map(|give| give.caps.iter()).map(|(cap, _)| cap).collect();
    let caps = cap_ids(tx, counted_under).await?;
    write_gives(tx, ask, &decided.give, &caps).await?;
    for (lane, before) in heads.iter().zip(codes) {
        let codes = decided.blocked.get(&lane.id).map_or(&[][..], Vec::as_slice);
        let text = serde_json::to_string(codes).unwrap_or_else(|_| "[]".into());
        if text != before {
            tx.run("update lane set codes = $1 where id = $2", args![text, lane.id]).await?;
        }
    }
    caps::tell_full(tx, &decided, &ask.hooks).await?;
    Ok(decided)
}

/// Queues a handoff for each, with its slots.
async fn write_gives(
    tx: &mut Tx,
    ask: &ReleaseAsk,
    gives: &[Give],
    caps: &BTreeMap<String, i64>,
) -> Result<(), StoreError> {
    let rounds = rounds(tx, gives).await?;
    let sql = "update lead set stage = v.column4, rev = rev + 1 from (ROWS) v \
               where id = v.column1 and rev = v.column2 and stage = v.column3";
    let (held, out) = (Stage::Held.number(), Stage::Out.number());
    let rows = gives.iter().map(|give| args![give.lead.0, give.rev, held, out]).collect();
    if !tx.each(sql, 4, rows).await? {
        return Err(StoreError::Conflict);
    }
    let mut new = Vec::with_capacity(gives.len());
    for give in gives {
        let Some(stop) = ask.stops.get(&give.team) else {
            return Err(StoreError::Damaged(format!("team {} has no route", give.team)));
        };
        new.push(NewHandoff {
            lead: give.lead,
            destination: stop.destination,
            route: &stop.route,
            hop: 0,
            round: rounds.get(&give.lead).map_or(1, |last| last + 1),
            token: new_token()?,
            person: &give.person,
            team: &give.team,
            deadline: stop.deadline,
            valid_until: give.valid_until,
            config: ask.config,
        });
    }
    let mut slots = Vec::new();
    for ((give, new), id) in gives.iter().zip(&new).zip(insert_handoffs(tx, &new).await?) {
        let row = |(cap, amount): &(String, u32)| Some(args![*caps.get(cap)?, tx.now(), id.0, i64::from(*amount)]);
        slots.extend(give.caps.iter().filter_map(row));
        let (person, team, round) = (&give.person, &give.team, new.round);
        let body = serde_json::json!({ "person": person, "team": team, "round": round, "code": "H-RELEASED" });
        tx.note(Note::new("released").lead(give.lead).handoff(id).body(body));
    }
    tx.bulk("slot (cap_id, at, handoff_id, amount)", 4, slots, "").await.map(drop)
}

/// The last round of each that was handed off before.
async fn rounds(tx: &mut Tx, gives: &[Give]) -> Result<HashMap<LeadId, i64>, StoreError> {
    if gives.is_empty() {
        return Ok(HashMap::new());
    }
    let places = tx.link.list(gives.len(), 0);
    let sql = format!("select lead_id, max(round) from handoff where lead_id in {places} group by lead_id");
    let rows = tx.all_once(sql, gives.iter().map(|give| give.lead.0.into()).collect()).await?;
    rows.iter().map(|row| Ok((LeadId(row.int(0)?), row.int(1)?))).collect()
}

/// A handoff about to be queued.
pub(super) struct NewHandoff<'a> {
    pub(super) lead: LeadId,
    pub(super) destination: i64,
    pub(super) route: &'a str,
    pub(super) hop: i64,
    pub(super) round: i64,
    pub(super) token: Token,
    pub(super) person: &'a str,
    pub(super) team: &'a str,
    pub(super) deadline: SignedDuration,
    pub(super) valid_until: Option<Timestamp>,
    pub(super) config: i64,
}

/// Queues one; its id.
pub(super) async fn insert_handoff(tx: &mut Tx, new: &NewHandoff<'_>) -> Result<HandoffId, StoreError> {
    let ids = insert_handoffs(tx, std::slice::from_ref(new)).await?;
    ids.first().copied().ok_or_else(|| StoreError::Damaged("no id for handoff".into()))
}

/// Queues them; their ids in the same order.
async fn insert_handoffs(tx: &mut Tx, new: &[NewHandoff<'_>]) -> Result<Vec<HandoffId>, StoreError> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<HandoffId> = tx.next_ids("handoff", new.len()).await?.into_iter().map(HandoffId).collect();
    let now = tx.now();
    let row = |(new, id): (&NewHandoff<'_>, &HandoffId)| {
        args![
            id.0,
            new.lead.0,
            new.destination,
            new.route,
            new.hop,
            new.round,
            new.token.as_str(),
            new.person,
            new.team,
            HandoffState::Queued.number(),
            now,
            later(now, new.deadline),
            new.valid_until,
            now,
            new.config
        ]
    };
    let into = "handoff (id, lead_id, destination_id, route, hop, round, token, person, team, state, due_at, \
                deadline_at, valid_until, decided_at, config_id)";
    tx.bulk(into, 15, new.iter().zip(&ids).map(row).collect(), "").await?;
    Ok(ids)
}

pub(super) fn new_token() -> Result<Token, StoreError> {
    getrandom::u64()
        .map(Token::from_entropy)
        .map_err(|error| StoreError::Unusable(format!("no random numbers: {error}")))
}

/// Row ids of caps by name; missing ones are created.
pub(super) async fn cap_ids<'a>(
    tx: &mut Tx,
    names: impl IntoIterator<Item = &'a String>,
) -> Result<BTreeMap<String, i64>, StoreError> {
    let mut known = BTreeMap::new();
    for row in tx.all("select name, id from cap", vec![]).await? {
        known.insert(row.text(0)?, row.int(1)?);
    }
    let wanted: BTreeSet<&String> = names.into_iter().collect();
    for name in wanted {
        if !known.contains_key(name) {
            let id = tx.next_id("cap").await?;
            tx.run("insert into cap (id, name) values ($1, $2) on conflict (name) do nothing", args![id, name]).await?;
            known.insert(name.clone(), tx.one_int("select id from cap where name = $1", args![name]).await?);
        }
    }
    Ok(known)
}

async fn take_back_stale(tx: &mut Tx) -> Result<usize, StoreError> {
    tx.lock_caps().await?;
    let sql = format!(
        "select id, lead_id, claim from handoff where state = 1 and valid_until <= $1 order by valid_until limit $2{}",
        tx.skip_locked()
    );
    let stale = tx.all(&sql, args![tx.now(), STALE_AT_ONCE]).await?;
    for row in &stale {
        let (id, lead, claims) = (row.int(0)?, row.int(1)?, row.int(2)?);
        tx.run("delete from slot where handoff_id = $1", args![id]).await?;
        if claims == 0 {
            tx.guarded("delete from handoff where id = $1 and state = 1 and claim = 0", args![id]).await?;
        } else {
            let sql = "update handoff set state = $1, closed_at = $2, end_code = $3 where id = $4 and state = $5";
            let values = args![
                HandoffState::Dropped.number(),
                tx.now(),
                Code::Cancelled.to_string(),
                id,
                HandoffState::Queued.number()
            ];
            tx.guarded(sql, values).await?;
        }
        // A lead that is out no more (closed meanwhile) stays where it is; one row must not stop the rest.
        match back_to_queue(tx, LeadId(lead)).await {
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
        let body = serde_json::json!({ "why": "not sent within the window it was counted in" });
        tx.note(Note::new("held-again").lead(LeadId(lead)).handoff(HandoffId(id)).body(body));
    }
    Ok(stale.len())
}

/// A lead that was out waits again; its id keeps it in front.
pub(super) async fn back_to_queue(tx: &mut Tx, lead: LeadId) -> Result<(), StoreError> {
    let sql = "update lead set stage = $1, rev = rev + 1 where id = $2 and stage = $3";
    tx.guarded(sql, args![Stage::Held.number(), lead.0, Stage::Out.number()]).await
}
