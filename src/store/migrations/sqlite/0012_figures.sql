-- Costs of several days and what they are (spend, fee, credit; source 0: of no source), booked rates of
-- currencies by day, and what the figures are looked up by.
alter table cost add column until text;
alter table cost add column kind text not null default 'spend';
create table rate (
  id integer primary key, currency text not null, day text not null, rate text not null, as_of integer not null, who text not null
) strict;
create index rate_day on rate (currency, day);
create trigger rate_append_only before update on rate begin select raise(abort, 'rates are append-only'); end;
create trigger rate_keep before delete on rate begin select raise(abort, 'rates are append-only'); end;
create index lead_received on lead (received_at, id);
create index lead_decided on lead (decided_at, id);
create index lead_closed on lead (closed_at, id) where closed_at is not null;
create index handoff_accepted on handoff (accepted_at, lead_id) where accepted_at is not null;
create index handoff_first on handoff (first_at, lead_id) where first_at is not null;
create index journal_method on journal (at) where kind in ('config', 'cap-set', 'cap-reset', 'change-noted');
