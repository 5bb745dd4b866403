-- The report that goes out by mail, one row a period and recipient: claimed before it is sent, so that each gets it once.
-- state: waiting, sending, sent, unknown (may have arrived), failed, missed (its period is over), by-hand.
-- dot: the last step of sending was begun, after which it may have arrived.
create table owner_mail (
  period text not null, recipient text not null, scheduled_at integer not null, until integer not null,
  state text not null, due_at integer not null, tries integer not null default 0, claim integer not null default 0,
  proc_id integer, dot integer not null default 0, why text, primary key (period, recipient)
) strict;
create index owner_mail_scheduled on owner_mail (scheduled_at);
-- Stop-losses of caps, as they were last looked at: body says by which figures. tripped_at: since when it acts;
-- let_go_at: when a person let it go, after which it rests.
create table stop_loss (
  cap text primary key, looked_at integer not null, tripped_at integer, let_go_at integer, body text not null
) strict;
