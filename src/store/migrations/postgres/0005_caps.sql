-- What a cap counts (when that changes its slots are made anew from the handoffs that are out; 'old': as it
-- was before this migration), whether its window moves, and since when it is full. Hooks that are to be told.
alter table cap add column rule text;
alter table cap add column rolling bigint not null default 0;
alter table cap add column full_at bigint;
update cap set rule = 'old';
create sequence hook_ids;
create table hook (
  id bigint primary key, cap text not null, url text not null, body text not null, due_at bigint not null,
  tries bigint not null default 0
);
create index hook_due on hook (due_at);
