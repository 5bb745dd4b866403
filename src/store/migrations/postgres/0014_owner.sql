-- The report that goes out by mail, one row a period and recipient: claimed before it is sent, so that each gets it once.
-- state: waiting, sending, sent, unknown (may have arrived), failed, missed (its period is over), by-hand.
-- dot: the last step of sending was begun, after which it may have arrived.
create table owner_mail (
  period text not null, recipient text not null, scheduled_at bigint not null, until bigint not null,
  state text not null, due_at bigint not null, tries bigint not null default 0, claim bigint not null default 0,
  proc_id bigint, dot bigint not null default 0, why text, primary key (period, recipient)
);
create index owner_mail_scheduled on owner_mail (scheduled_at);
-- Stop-losses of caps, as they were last looked at: body says by which figures. tripped_at: since when it acts;
-- let_go_at: when a person let it go, after which it rests.
create table stop_loss (
  cap text primary key, looked_at bigint not null, tripped_at bigint, let_go_at bigint, body text not null
);
