#!/usr/bin/env bash
# 200 people on a real mailing list, two teams with room for ten each a day, one worked by mail, one by ticket:
# who is handed off, who is held, an answer that is measured, and nothing twice.
#   tests/real/mailman_roundup.sh          see CONTRIBUTING.md for the servers it needs
set -euo pipefail
. "$(dirname "$0")/lib.sh"

say "people: $(world seed), 200 of them"
fresh
say "config and data: $dir"
gate check || fail "leadgate check does not like $dir/leadgate.toml"

say "engine --once"
gate engine --once || fail "engine --once ended with $?"
same "leads" 200 "$(leads | cut -d' ' -f1)"
same "held" 180 "$(stage held)"
handoffs >"$dir/handoffs"
cut -d' ' -f1 "$dir/handoffs" >"$dir/keys"
same "handed off" 20 "$(lines <"$dir/keys")"
same "by mail, sent" 10 "$(grep -c ' mail accepted ' "$dir/handoffs" || true)"
same "by ticket, sent" 10 "$(grep -c ' roundup accepted ' "$dir/handoffs" || true)"
same "in the mailboxes (IMAP)" 10 "$(settled_mails "$dir/keys" 10)"
same "in Roundup (REST)" 10 "$(tickets_of "$dir/keys" | lines)"

key=$(grep ' roundup ' "$dir/handoffs" | head -n 1 | cut -d' ' -f1)
say "an answer: $(world reply "$key")"
answered=
for _ in $(seq 20); do # a ticket is asked a minute after it was made, then more rarely
  gate engine --once || fail "engine --once after the answer ended with $?"
  handoffs | grep -q "^$key .* answered$" && { answered=yes; break; }
  sleep 10
done
[ -n "$answered" ] || fail "the answer to $key was not seen within 200 s"
same "answered" 1 "$(handoffs | grep -c ' answered$' || true)"

say "engine --once again, the same day"
gate engine --once || fail "the second engine --once ended with $?"
same "handoffs" 20 "$(handoffs | lines)"
same "mails" 10 "$(settled_mails "$dir/keys" 10)"
same "tickets" 10 "$(tickets_of "$dir/keys" | lines)"
same "held" 180 "$(stage held)"
say "all as it should be; the data is in $dir"
