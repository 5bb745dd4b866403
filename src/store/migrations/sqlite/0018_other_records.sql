-- Records that made no lead, by when they came: a report counts those of its period, not every inquiry there is.
create index inquiry_other on inquiry (received_at, source_id, lead_id) where code not in ('I-OK', 'I-LOOK-ALIKE', 'I-TEST');
