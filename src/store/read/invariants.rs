//! What must always hold, each a query for the rows that break it.

use crate::store::{Store, StoreError};

const INVARIANTS: &[(&str, &str)] = &[
    (
        "a lead is out without an open handoff",
        "select id from lead l where stage = 3 and not exists \
         (select 1 from handoff h where h.lead_id = l.id and h.closed_at is null)",
    ),
    (
        "a lead has two handoffs on their way",
        "select lead_id from handoff where state in (1, 2, 6) group by lead_id having count(*) > 1",
    ),
    (
        "a held lead has a handoff on its way",
        "select h.id from handoff h join lead l on l.id = h.lead_id where l.stage = 2 and h.state in (1, 2, 6)",
    ),
    ("a held lead waits in no lane", "select id from lead where stage = 2 and lane is null"),
    (
        "a closed lead has an open handoff",
        "select h.id from handoff h join lead l on l.id = h.lead_id where l.stage = 4 and h.closed_at is null",
    ),
    (
        "a handoff on its way holds no slot",
        "select h.id from handoff h where state in (1, 2, 6) and not exists \
         (select 1 from slot s where s.handoff_id = h.id)",
    ),
    (
        "a slot belongs to no handoff",
        "select s.handoff_id from slot s left join handoff h on h.id = s.handoff_id where h.id is null",
    ),
    (
        "an accepted record has no lead",
        "select id from inquiry where lead_id is null and code in ('I-OK', 'I-DUP', 'I-DUP-OPEN')",
    ),
    (
        "an e-mail or phone belongs to no lead",
        "select k.key from contact_key k left join lead l on l.id = k.lead_id where l.id is null",
    ),
    (
        "a process counts other entries than it wrote",
        "select p.id from proc p where p.n <> (select count(*) from journal j where j.proc_id = p.id)",
    ),
    (
        "the journal tells another number of records than were stored",
        "select j.n from journal j where j.kind = 'intake' and j.count <> \
         (select count(*) from inquiry i where i.proc_id = j.proc_id and i.event = j.n)",
    ),
    (
        "a first response is not the earliest mark",
        "select h.id from handoff h join mark m on m.handoff_id = h.id where m.kind = 'first' and not exists \
         (select 1 from mark v where v.handoff_id = m.handoff_id and v.voids = m.id) group by h.id, h.first_at having min(m.at) <> h.first_at",
    ),
    (
        "an erased lead still has its contact",
        "select c.lead_id from contact c join lead l on l.id = c.lead_id where l.erased_at is not null",
    ),
    (
        "a record of an erased lead is still there as received",
        "select r.inquiry_id from raw r join inquiry i on i.id = r.inquiry_id join lead l on l.id = i.lead_id \
         where l.erased_at is not null",
    ),
    ("an erased lead is not closed", "select id from lead where erased_at is not null and stage <> 4"),
];

impl Store {
    /// Checks what must always hold (`data-model` 11); returns the names of what does not, with row ids.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn invariants(&self) -> Result<Vec<(String, Vec<i64>)>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let mut broken = Vec::new();
                for (name, sql) in INVARIANTS {
                    let rows = tx.all(sql, vec![]).await?;
                    if !rows.is_empty() {
                        let ids = rows.iter().map(|row| row.int(0)).collect::<Result<_, _>>()?;
                        broken.push(((*name).to_owned(), ids));
                    }
                }
                Ok(broken)
            })
        })
        .await
    }
}
