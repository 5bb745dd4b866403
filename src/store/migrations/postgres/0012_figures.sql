-- Costs of several days and what they are (spend, fee, credit; source 0: of no source), booked rates of
-- currencies by day, and what the figures are looked up by.
alter table cost add column until text;
alter table cost add column kind text not null default 'spend';
create sequence rate_ids;
create table rate (
  id bigint primary key, currency text not null, day text not null, rate text not null, as_of bigint not null, who text not null
);
create index rate_day on rate (currency, day);
create index lead_received on lead (received_at, id);
create index lead_decided on lead (decided_at, id);
create index lead_closed on lead (closed_at, id) where closed_at is not null;
create index handoff_accepted on handoff (accepted_at, lead_id) where accepted_at is not null;
create index handoff_first on handoff (first_at, lead_id) where first_at is not null;
create index journal_method on journal (at) where kind in ('config', 'cap-set', 'cap-reset', 'change-noted');
create trigger rate_append_only before update or delete on rate for each row execute function append_only();
create trigger rate_keep before truncate on rate for each statement execute function append_only();
