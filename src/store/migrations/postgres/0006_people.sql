-- Whom a known customer goes to again: the person who had them before.
alter table lead add column owner text;
