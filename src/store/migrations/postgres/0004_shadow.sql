-- Drafts that decide beside the rules in force, and what they said of each lead. No personal data.
create sequence shadow_ids;
create table shadow (
  id bigint primary key, hash text not null, body text not null, live_hash text not null, dir text not null,
  name text not null, who text not null, reason text not null, since bigint not null, ended_at bigint, ended_by text, trouble text
);
create unique index shadow_running on shadow ((ended_at is null)) where ended_at is null;
create table shadow_verdict (
  shadow_id bigint not null, lead_id bigint not null, live bigint not null, draft bigint not null,
  service text, codes text not null, primary key (shadow_id, lead_id)
);
create index shadow_verdict_lead on shadow_verdict (lead_id);
