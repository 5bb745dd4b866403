-- What the far side said is short and changes; what is sent is long and does not: apart, saying something does not write
-- the whole of it again.
create table said (handoff_id integer primary key, text text not null) strict;
insert into said (handoff_id, text) select handoff_id, last_text from payload where last_text <> '';
delete from payload where bytes is null;
alter table payload drop column last_text;
