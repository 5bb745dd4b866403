-- How sources are read. A fifth place for personal data: recheck.record is the far side's own id of
-- somebody, needed to ask about them again; the row goes when they confirm, leave or are forgotten.
alter table endpoint add column quiet bigint not null default 0;
alter table endpoint add column strain bigint not null default 0;
alter table endpoint add column first_ok_at bigint;
alter table endpoint add column last_new_at bigint;
alter table endpoint add column doubt_at bigint;
alter table endpoint add column backfill text;
alter table endpoint add column pressure text;
alter table endpoint add column facts text;
create table source_day (
  source_id bigint not null, day text not null, asked bigint not null default 0, came bigint not null default 0,
  touches bigint not null default 0, aside bigint not null default 0, late bigint not null default 0,
  late_secs bigint not null default 0, primary key (source_id, day)
);
create index source_day_day on source_day (day);
create table member (source_id bigint not null, skey bigint not null, primary key (source_id, skey));
create table recheck (
  source_id bigint not null, skey bigint not null, record text not null, lead_id bigint not null, due_at bigint not null,
  primary key (source_id, skey)
);
create index recheck_due on recheck (source_id, due_at);
create index recheck_lead on recheck (lead_id);
insert into source_day (source_id, day, came)
  select source_id, to_char(to_timestamp(received_at / 1000000) at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)
  from lead group by 1, 2;
insert into source_day (source_id, day, asked)
  select source_id, to_char(to_timestamp(submitted_at / 1000000) at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)
  from lead group by 1, 2
  on conflict (source_id, day) do update set asked = excluded.asked;
update endpoint set first_ok_at = (select min(received_at) from lead where source_id = endpoint.id),
  last_new_at = (select max(received_at) from lead where source_id = endpoint.id) where kind = 'source';
