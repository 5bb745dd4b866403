create sequence notice_ids;
-- The ladder's rungs are worked out when the clocks start and kept: a change of the config moves no promise.
create table ladder (
  handoff_id bigint not null, n bigint not null, rung text not null, due_at bigint not null, done_at bigint,
  outcome text, told bigint not null default 0, primary key (handoff_id, n)
);
create index ladder_due on ladder (due_at) where done_at is null;
create index ladder_untold on ladder (done_at) where told = 1;
create table notice (
  id bigint primary key, at bigint not null, person text not null, kind text not null, handoff_id bigint not null,
  due_at bigint not null, tries bigint not null default 0, sent_at bigint, why text
);
create index notice_due on notice (due_at) where sent_at is null;
create index notice_sent on notice (person, sent_at) where sent_at is not null;
alter table handoff add column policy text;
alter table handoff add column seen_owner text;
alter table handoff add column attempts bigint not null default 0;
alter table handoff add column try_at bigint;
alter table handoff add column decide_by bigint;
alter table handoff add column pause text;
alter table handoff add column paused_at bigint;
alter table handoff add column paused_until bigint;
alter table handoff add column alerted_at bigint;
