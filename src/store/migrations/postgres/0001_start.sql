-- Instants are microseconds UTC, money minor units, documents JSON text. Personal data lives in
-- contact, raw, payload and note, and nowhere else.
create sequence proc_ids;
create sequence config_ids;
create sequence endpoint_ids;
create sequence inquiry_ids;
create sequence lead_ids;
create sequence lane_ids;
create sequence cap_ids;
create sequence handoff_ids;
create sequence mark_ids;
create sequence note_ids;
create sequence override_ids;
create sequence cost_ids;
create table meta (key text primary key, value bigint not null);
create table secret (key text primary key, value bytea not null);
create table proc (
  id bigint primary key, kind text not null, who text not null, host text not null, pid bigint not null,
  version text not null, started_at bigint not null, beat_at bigint not null, ended_at bigint,
  n bigint not null default 0, head bytea not null
) with (fillfactor = 70);
create table config (
  id bigint primary key, hash text not null unique, body text not null, activated_at bigint not null
);
create table endpoint (
  id bigint primary key, kind text not null, name text not null, cursor text not null default '{}',
  due_at bigint not null default 0, fails bigint not null default 0, last_ok_at bigint, last_try_at bigint,
  class text, error text, proc_id bigint, token bigint not null default 0, lease_until bigint,
  unique (kind, name)
) with (fillfactor = 70);
create table inquiry (
  id bigint primary key, source_id bigint not null, skey bigint not null, digest bigint not null,
  received_at bigint not null, submitted_at bigint not null, lead_id bigint, code text not null,
  consent bigint not null, campaign text, referral text, proc_id bigint not null, event bigint not null
);
create unique index inquiry_skey on inquiry (source_id, skey);
create index inquiry_lead on inquiry (lead_id) where lead_id is not null;
create index inquiry_aside on inquiry (id) where lead_id is null;
create table raw (inquiry_id bigint primary key, body text not null);
create table lead (
  id bigint primary key, received_at bigint not null, submitted_at bigint not null, stage bigint not null,
  source_id bigint not null, service text, verdict bigint not null, score bigint,
  config_id bigint not null, decided_at bigint not null, lane bigint, priority bigint not null default 0,
  expires_at bigint, snoozed_until bigint, end_code text, closed_at bigint, rev bigint not null default 1,
  facts text not null
);
create index lead_stage on lead (stage, id);
create index lead_source on lead (source_id, id);
create index lead_lane on lead (lane, priority desc, id) where stage = 2;
create index lead_queue on lead (priority desc, id) where stage = 2;
create index lead_expiry on lead (expires_at) where stage = 2 and expires_at is not null;
create table contact (lead_id bigint primary key, name text not null, fields text not null);
create table contact_key (key bigint primary key, lead_id bigint not null);
create table lane (id bigint primary key, key text not null unique, codes text not null default '[]');
create table cap (id bigint primary key, name text not null unique);
insert into cap (id, name) values (0, '*');
create table slot (
  cap_id bigint not null, at bigint not null, handoff_id bigint not null, amount bigint not null,
  primary key (cap_id, at, handoff_id)
);
create index slot_handoff on slot (handoff_id);
create table handoff (
  id bigint primary key, lead_id bigint not null, destination_id bigint not null, route text not null,
  hop bigint not null, round bigint not null, token text not null, person text not null, team text not null,
  state bigint not null, phase bigint not null default 1, attempt bigint not null default 0,
  misses bigint not null default 0, due_at bigint not null, deadline_at bigint not null,
  valid_until bigint, proc_id bigint, claim bigint not null default 0, lease_until bigint,
  reference text, number text, url text, code text, decided_at bigint not null, first_try_at bigint,
  last_try_at bigint, accepted_at bigint, answer_by bigint, at_risk_at bigint, ack_by bigint,
  ack_at bigint, first_at bigint, first_quality bigint, poll_at bigint, polls bigint not null default 0,
  closed_at bigint, end_code text, config_id bigint not null
) with (fillfactor = 70);
create unique index handoff_once on handoff (lead_id, round, destination_id);
create index handoff_token on handoff (token);
create index handoff_due on handoff (destination_id, due_at) where state = 1;
create index handoff_valid on handoff (valid_until) where state = 1 and valid_until is not null;
create index handoff_lease on handoff (lease_until) where state = 2;
create index handoff_unknown on handoff (due_at) where state = 6;
create index handoff_state on handoff (state, id);
create index handoff_open on handoff (person, answer_by, id) where closed_at is null;
create index handoff_poll on handoff (poll_at) where poll_at is not null;
create table payload (handoff_id bigint primary key, bytes bytea, last_text text not null default '');
create table mark (
  id bigint primary key, handoff_id bigint not null, lead_id bigint not null, kind text not null,
  at bigint not null, seen_at bigint not null, quality bigint not null, origin text not null,
  code text, amount bigint, voids bigint
);
create index mark_handoff on mark (handoff_id);
create index mark_lead on mark (lead_id);
create table note (
  id bigint primary key, lead_id bigint not null, at bigint not null, who text not null, kind text not null,
  body text not null, salt bytea not null
);
create index note_lead on note (lead_id);
create table override (
  id bigint primary key, kind text not null, name text not null, value bigint not null, since bigint not null,
  until bigint, at bigint not null, who text not null, reason text not null, ended_at bigint
);
create index override_live on override (kind, name) where ended_at is null;
create table cost (
  id bigint primary key, source_id bigint not null, campaign text, day text not null, amount bigint not null,
  currency text not null, impressions bigint, clicks bigint, as_of bigint not null, who text not null
);
create index cost_day on cost (source_id, day);
create table journal (
  proc_id bigint not null, n bigint not null, at bigint not null, who text not null, config_id bigint,
  kind text not null, lead_id bigint, handoff_id bigint, count bigint not null, body text not null,
  hash bytea not null, primary key (proc_id, n)
);
create index journal_lead on journal (lead_id) where lead_id is not null;
create index journal_at on journal (at);
create index journal_who on journal (who, at) where who <> 'leadgate';
create function append_only() returns trigger language plpgsql as $$ begin raise exception '% is append-only', tg_table_name; end $$;
create trigger journal_append_only before update or delete on journal for each row execute function append_only();
create trigger mark_append_only before update or delete on mark for each row execute function append_only();
create trigger cost_append_only before update or delete on cost for each row execute function append_only();
create trigger config_append_only before update or delete on config for each row execute function append_only();
create trigger journal_keep before truncate on journal for each statement execute function append_only();
create trigger mark_keep before truncate on mark for each statement execute function append_only();
create trigger cost_keep before truncate on cost for each statement execute function append_only();
create trigger config_keep before truncate on config for each statement execute function append_only();
