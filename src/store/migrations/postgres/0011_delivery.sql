-- Whether a destination was seen to keep our key, by what it was then; how many copies of a handoff were found
-- there besides the one that is followed; the most urgent first.
alter table endpoint add column proof text;
alter table handoff add column copies bigint not null default 0;
create index handoff_urgent on handoff (destination_id, deadline_at, id) where state = 1;
