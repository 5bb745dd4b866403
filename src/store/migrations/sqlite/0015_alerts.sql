-- What somebody is to hear at once: an answer that is late, a handoff that cannot go on. Written with the event it
-- tells of, told once; no personal data. Those with the same message are told together, in the same words each time.
create table alert (
  id integer primary key, at integer not null, kind text not null, lead_id integer not null, handoff_id integer not null,
  message text, due_at integer not null, tries integer not null default 0, told_at integer, why text
) strict;
create index alert_untold on alert (due_at) where told_at is null;
create index alert_told on alert (told_at) where told_at is not null;
