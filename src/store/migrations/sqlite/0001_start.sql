-- Instants are microseconds UTC, money minor units, documents JSON text. Personal data lives in
-- contact, raw, payload and note, and nowhere else.
create table meta (key text primary key, value integer not null) strict, without rowid;
create table secret (key text primary key, value blob not null) strict, without rowid;
create table proc (
  id integer primary key, kind text not null, who text not null, host text not null, pid integer not null,
  version text not null, started_at integer not null, beat_at integer not null, ended_at integer,
  n integer not null default 0, head blob not null
) strict;
create table config (
  id integer primary key, hash text not null unique, body text not null, activated_at integer not null
) strict;
create table endpoint (
  id integer primary key, kind text not null, name text not null, cursor text not null default '{}',
  due_at integer not null default 0, fails integer not null default 0, last_ok_at integer, last_try_at integer,
  class text, error text, proc_id integer, token integer not null default 0, lease_until integer,
  unique (kind, name)
) strict;
create table inquiry (
  id integer primary key, source_id integer not null, skey integer not null, digest integer not null,
  received_at integer not null, submitted_at integer not null, lead_id integer, code text not null,
  consent integer not null, campaign text, referral text, proc_id integer not null, event integer not null
) strict;
create unique index inquiry_skey on inquiry (source_id, skey);
create index inquiry_lead on inquiry (lead_id) where lead_id is not null;
create index inquiry_aside on inquiry (id) where lead_id is null;
create table raw (inquiry_id integer primary key, body text not null) strict;
create table lead (
  id integer primary key, received_at integer not null, submitted_at integer not null, stage integer not null,
  source_id integer not null, service text, verdict integer not null, score integer,
  config_id integer not null, decided_at integer not null, lane integer, priority integer not null default 0,
  expires_at integer, snoozed_until integer, end_code text, closed_at integer, rev integer not null default 1,
  facts text not null
) strict;
create index lead_stage on lead (stage, id);
create index lead_source on lead (source_id, id);
create index lead_lane on lead (lane, priority desc, id) where stage = 2;
create index lead_queue on lead (priority desc, id) where stage = 2;
create index lead_expiry on lead (expires_at) where stage = 2 and expires_at is not null;
create table contact (lead_id integer primary key, name text not null, fields text not null) strict;
create table contact_key (key integer primary key, lead_id integer not null) strict, without rowid;
create table lane (id integer primary key, key text not null unique, codes text not null default '[]') strict;
create table cap (id integer primary key, name text not null unique) strict;
insert into cap (id, name) values (0, '*');
create table slot (
  cap_id integer not null, at integer not null, handoff_id integer not null, amount integer not null,
  primary key (cap_id, at, handoff_id)
) strict, without rowid;
create index slot_handoff on slot (handoff_id);
create table handoff (
  id integer primary key, lead_id integer not null, destination_id integer not null, route text not null,
  hop integer not null, round integer not null, token text not null, person text not null, team text not null,
  state integer not null, phase integer not null default 1, attempt integer not null default 0,
  misses integer not null default 0, due_at integer not null, deadline_at integer not null,
  valid_until integer, proc_id integer, claim integer not null default 0, lease_until integer,
  reference text, number text, url text, code text, decided_at integer not null, first_try_at integer,
  last_try_at integer, accepted_at integer, answer_by integer, at_risk_at integer, ack_by integer,
  ack_at integer, first_at integer, first_quality integer, poll_at integer, polls integer not null default 0,
  closed_at integer, end_code text, config_id integer not null
) strict;
create unique index handoff_once on handoff (lead_id, round, destination_id);
create index handoff_token on handoff (token);
create index handoff_due on handoff (destination_id, due_at) where state = 1;
create index handoff_valid on handoff (valid_until) where state = 1 and valid_until is not null;
create index handoff_lease on handoff (lease_until) where state = 2;
create index handoff_unknown on handoff (due_at) where state = 6;
create index handoff_state on handoff (state, id);
create index handoff_open on handoff (person, answer_by, id) where closed_at is null;
create index handoff_poll on handoff (poll_at) where poll_at is not null;
create table payload (handoff_id integer primary key, bytes blob, last_text text not null default '') strict;
create table mark (
  id integer primary key, handoff_id integer not null, lead_id integer not null, kind text not null,
  at integer not null, seen_at integer not null, quality integer not null, origin text not null,
  code text, amount integer, voids integer
) strict;
create index mark_handoff on mark (handoff_id);
create index mark_lead on mark (lead_id);
create table note (
  id integer primary key, lead_id integer not null, at integer not null, who text not null, kind text not null,
  body text not null, salt blob not null
) strict;
create index note_lead on note (lead_id);
create table override (
  id integer primary key, kind text not null, name text not null, value integer not null, since integer not null,
  until integer, at integer not null, who text not null, reason text not null, ended_at integer
) strict;
create index override_live on override (kind, name) where ended_at is null;
create table cost (
  id integer primary key, source_id integer not null, campaign text, day text not null, amount integer not null,
  currency text not null, impressions integer, clicks integer, as_of integer not null, who text not null
) strict;
create index cost_day on cost (source_id, day);
create table journal (
  proc_id integer not null, n integer not null, at integer not null, who text not null, config_id integer,
  kind text not null, lead_id integer, handoff_id integer, count integer not null, body text not null,
  hash blob not null, primary key (proc_id, n)
) strict, without rowid;
create index journal_lead on journal (lead_id) where lead_id is not null;
create index journal_at on journal (at);
create index journal_who on journal (who, at) where who <> 'leadgate';
create trigger journal_append_only before update on journal begin select raise(abort, 'the journal is append-only'); end;
create trigger journal_keep before delete on journal begin select raise(abort, 'the journal is append-only'); end;
create trigger mark_append_only before update on mark begin select raise(abort, 'marks are append-only'); end;
create trigger mark_keep before delete on mark begin select raise(abort, 'marks are append-only'); end;
create trigger cost_append_only before update on cost begin select raise(abort, 'costs are append-only'); end;
create trigger cost_keep before delete on cost begin select raise(abort, 'costs are append-only'); end;
create trigger config_append_only before update on config begin select raise(abort, 'configs are append-only'); end;
create trigger config_keep before delete on config begin select raise(abort, 'configs are append-only'); end;
