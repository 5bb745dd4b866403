-- Leads as the figures count them, 256 a row: kept by the engine, read by every report. A row says what the leads of
-- its chunk (id / 256) are; whatever changes one of them takes the row away in the same transaction. The shared lock
-- (1905 is this table's number) keeps whoever makes the row from doing so while a change is not committed yet.
create table journeys (chunk bigint primary key, body bytea not null);
create function forget_journeys(lead bigint) returns void language plpgsql as $$ begin
  if lead is null then return; end if;
  perform pg_advisory_xact_lock_shared(1905, (lead / 256)::int);
  delete from journeys where chunk = lead / 256;
end $$;
create function journeys_lead() returns trigger language plpgsql as $$ begin
  perform forget_journeys(new.id); return null; end $$;
create function journeys_of_lead() returns trigger language plpgsql as $$ begin
  if tg_op <> 'INSERT' then perform forget_journeys(old.lead_id); end if;
  if tg_op <> 'DELETE' and (tg_op = 'INSERT' or new.lead_id is distinct from old.lead_id) then perform forget_journeys(new.lead_id); end if;
  return null;
end $$;
create trigger journeys_lead_new after insert on lead for each row execute function journeys_lead();
create trigger journeys_lead after update of source_id, service, received_at, submitted_at, decided_at, verdict, end_code, closed_at, facts
  on lead for each row execute function journeys_lead();
create trigger journeys_handoff_new after insert or delete on handoff for each row execute function journeys_of_lead();
create trigger journeys_handoff after update of state, team, person, accepted_at, answer_by, first_at on handoff
  for each row execute function journeys_of_lead();
create trigger journeys_mark after insert on mark for each row execute function journeys_of_lead();
create trigger journeys_reached after insert on journal for each row when (new.kind = 'contacted') execute function journeys_of_lead();
create trigger journeys_touch_new after insert or delete on inquiry for each row execute function journeys_of_lead();
create trigger journeys_touch after update of source_id, lead_id, consent, campaign, referral, submitted_at, received_at on inquiry
  for each row execute function journeys_of_lead();
