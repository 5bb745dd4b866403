-- Drafts that decide beside the rules in force, and what they said of each lead. No personal data.
create table shadow (
  id integer primary key, hash text not null, body text not null, live_hash text not null, dir text not null,
  name text not null, who text not null, reason text not null, since integer not null, ended_at integer, ended_by text, trouble text
) strict;
create unique index shadow_running on shadow ((ended_at is null)) where ended_at is null;
create table shadow_verdict (
  shadow_id integer not null, lead_id integer not null, live integer not null, draft integer not null,
  service text, codes text not null, primary key (shadow_id, lead_id)
) strict, without rowid;
create index shadow_verdict_lead on shadow_verdict (lead_id);
