create sequence alert_ids;
-- What somebody is to hear at once: an answer that is late, a handoff that cannot go on. Written with the event it
-- tells of, told once; no personal data. Those with the same message are told together, in the same words each time.
create table alert (
  id bigint primary key, at bigint not null, kind text not null, lead_id bigint not null, handoff_id bigint not null,
  message text, due_at bigint not null, tries bigint not null default 0, told_at bigint, why text
);
create index alert_untold on alert (due_at) where told_at is null;
create index alert_told on alert (told_at) where told_at is not null;
