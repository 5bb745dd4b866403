-- The ladder's rungs are worked out when the clocks start and kept: a change of the config moves no promise.
create table ladder (
  handoff_id integer not null, n integer not null, rung text not null, due_at integer not null, done_at integer,
  outcome text, told integer not null default 0, primary key (handoff_id, n)
) strict, without rowid;
create index ladder_due on ladder (due_at) where done_at is null;
create index ladder_untold on ladder (done_at) where told = 1;
create table notice (
  id integer primary key, at integer not null, person text not null, kind text not null, handoff_id integer not null,
  due_at integer not null, tries integer not null default 0, sent_at integer, why text
) strict;
create index notice_due on notice (due_at) where sent_at is null;
create index notice_sent on notice (person, sent_at) where sent_at is not null;
alter table handoff add column policy text;
alter table handoff add column seen_owner text;
alter table handoff add column attempts integer not null default 0;
alter table handoff add column try_at integer;
alter table handoff add column decide_by integer;
alter table handoff add column pause text;
alter table handoff add column paused_at integer;
alter table handoff add column paused_until integer;
alter table handoff add column alerted_at integer;
