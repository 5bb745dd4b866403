-- Leads as the figures count them, 256 a row: kept by the engine, read by every report. A row says what the leads of
-- its chunk (id / 256) are; whatever changes one of them takes the row away in the same transaction.
create table journeys (chunk integer primary key, body blob not null) strict;
create trigger journeys_lead_new after insert on lead begin
  delete from journeys where chunk = new.id / 256; end;
create trigger journeys_lead after update of source_id, service, received_at, submitted_at, decided_at, verdict, end_code, closed_at, facts
  on lead begin delete from journeys where chunk = new.id / 256; end;
create trigger journeys_handoff_new after insert on handoff begin
  delete from journeys where chunk = new.lead_id / 256; end;
create trigger journeys_handoff after update of state, team, person, accepted_at, answer_by, first_at on handoff begin
  delete from journeys where chunk = new.lead_id / 256; end;
create trigger journeys_handoff_gone after delete on handoff begin
  delete from journeys where chunk = old.lead_id / 256; end;
create trigger journeys_mark after insert on mark begin
  delete from journeys where chunk = new.lead_id / 256; end;
create trigger journeys_reached after insert on journal when new.kind = 'contacted' and new.lead_id is not null begin
  delete from journeys where chunk = new.lead_id / 256; end;
create trigger journeys_touch_new after insert on inquiry when new.lead_id is not null begin
  delete from journeys where chunk = new.lead_id / 256; end;
create trigger journeys_touch after update of source_id, lead_id, consent, campaign, referral, submitted_at, received_at on inquiry begin
  delete from journeys where chunk in (old.lead_id / 256, new.lead_id / 256); end;
create trigger journeys_touch_gone after delete on inquiry when old.lead_id is not null begin
  delete from journeys where chunk = old.lead_id / 256; end;
