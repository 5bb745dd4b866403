-- What holding a source back left out, the last time: JSON, see store::Relieved.
alter table endpoint add column relieved text;
-- People who never confirmed their sign-up and were given up on that day.
alter table source_day add column lapsed bigint not null default 0;
