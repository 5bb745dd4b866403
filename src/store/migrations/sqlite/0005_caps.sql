-- What a cap counts (when that changes its slots are made anew from the handoffs that are out; 'old': as it
-- was before this migration), whether its window moves, and since when it is full. Hooks that are to be told.
alter table cap add column rule text;
alter table cap add column rolling integer not null default 0;
alter table cap add column full_at integer;
update cap set rule = 'old';
create table hook (
  id integer primary key, cap text not null, url text not null, body text not null, due_at integer not null,
  tries integer not null default 0
) strict;
create index hook_due on hook (due_at);
