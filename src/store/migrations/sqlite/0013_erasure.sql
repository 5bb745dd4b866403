-- When somebody's personal part was erased, and whether a later record of theirs is suppressed (they asked to be
-- forgotten) or may be a new lead (they were erased by age). How a lead had ended stays, so that figures do.
alter table lead add column erased_at integer;
alter table lead add column suppressed integer not null default 0;
create index lead_ended on lead (coalesce(closed_at, decided_at)) where stage in (4, 5) and erased_at is null;
