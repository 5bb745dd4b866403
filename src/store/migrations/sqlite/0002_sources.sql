-- How sources are read. A fifth place for personal data: recheck.record is the far side's own id of
-- somebody, needed to ask about them again; the row goes when they confirm, leave or are forgotten.
alter table endpoint add column quiet integer not null default 0;
alter table endpoint add column strain integer not null default 0;
alter table endpoint add column first_ok_at integer;
alter table endpoint add column last_new_at integer;
alter table endpoint add column doubt_at integer;
alter table endpoint add column backfill text;
alter table endpoint add column pressure text;
alter table endpoint add column facts text;
create table source_day (
  source_id integer not null, day text not null, asked integer not null default 0, came integer not null default 0,
  touches integer not null default 0, aside integer not null default 0, late integer not null default 0,
  late_secs integer not null default 0, primary key (source_id, day)
) strict, without rowid;
create index source_day_day on source_day (day);
create table member (source_id integer not null, skey integer not null, primary key (source_id, skey)) strict, without rowid;
create table recheck (
  source_id integer not null, skey integer not null, record text not null, lead_id integer not null, due_at integer not null,
  primary key (source_id, skey)
) strict, without rowid;
create index recheck_due on recheck (source_id, due_at);
create index recheck_lead on recheck (lead_id);
insert into source_day (source_id, day, came)
  select source_id, strftime('%Y-%m-%d', received_at / 1000000, 'unixepoch') as day, count(*) from lead group by source_id, day;
insert into source_day (source_id, day, asked)
  select source_id, strftime('%Y-%m-%d', submitted_at / 1000000, 'unixepoch') as day, count(*) from lead group by source_id, day
  on conflict (source_id, day) do update set asked = excluded.asked;
update endpoint set first_ok_at = (select min(received_at) from lead where source_id = endpoint.id),
  last_new_at = (select max(received_at) from lead where source_id = endpoint.id) where kind = 'source';
