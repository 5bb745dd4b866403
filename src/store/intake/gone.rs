//! A record that its source has no more. Nothing of it may be left but its id, so that its person is found by what was
//! stored under that.

use crate::lead::{Code, LeadId, Stage};
use crate::store::db::args;
use crate::store::{Note, StoreError, Tx};

use super::withdraw;

/// What was stored of a record when it came first.
pub(in crate::store) struct Before {
    /// Its row.
    pub(in crate::store) inquiry: i64,
    /// The lead it belongs to.
    pub(in crate::store) lead: Option<i64>,
}

/// What is stored of the record with this key.
pub(in crate::store) async fn before(tx: &mut Tx, source: i64, key: i64) -> Result<Option<Before>, StoreError> {
    let sql = "select id, lead_id from inquiry where source_id = $1 and skey = $2";
    let Some(row) = tx.one(sql, args![source, key]).await? else { return Ok(None) };
    Ok(Some(Before { inquiry: row.int(0)?, lead: row.int_opt(1)? }))
}

/// The record of a lead is gone: its consent is withdrawn, unless another source began it or the same person asked
/// elsewhere too. Somebody has it already: then their timeline shows it. Is the lead ended by that?
pub(in crate::store) async fn lose(tx: &mut Tx, source: i64, lead: i64) -> Result<bool, StoreError> {
    let sql = "select l.stage from lead l where l.id = $2 and l.source_id = $1 and not exists (select 1 from inquiry o \
               where o.lead_id = l.id and o.source_id <> $1 and o.consent in (1, 2))";
    let Some(row) = tx.one(sql, args![source, lead]).await? else { return Ok(false) };
    match Stage::from_number(row.int(0)?) {
        Some(Stage::Closed) | None => Ok(false),
        Some(Stage::Out) => {
            let body = serde_json::json!({ "code": Code::ConsentNone, "left": true });
            tx.note(Note::new("withdrawn-while-out").lead(LeadId(lead)).body(body));
            Ok(false)
        }
        Some(_) => withdraw(tx, lead).await.map(|()| true),
    }
}
