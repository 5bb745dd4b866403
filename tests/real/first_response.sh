#!/usr/bin/env bash
# One handoff by mail and one by ticket, with the engine running: an automatic answer, a help desk's acknowledgement, a
# mail of the lead and a comment of our own say nothing; a ticket that was taken says yes; the first human reply counts, and
# is there within seconds.
#   tests/real/first_response.sh       see CONTRIBUTING.md for the servers it needs
set -euo pipefail
. "$(dirname "$0")/lib.sh"
within=60 # seconds; a mail is told of at once (IDLE), a ticket asked every two seconds, at first

world seed >/dev/null
fresh
. "$LEADGATE_SERVERS/mail.env"
awk -v user="${MAIL_USER/@/%40}" -v host="$IMAP_HOST:$IMAPS_PORT" -v dir="$dir" '
  { print }
  /^\[destination.mail\]$/ {
    printf "mailbox.imap = \"imaps://%s@%s/INBOX\"\nmailbox.every = \"30m\"\n", user, host
    printf "mailbox.password = { file = \"%s/mail.password\" }\n", dir
  }
  /^\[destination.roundup\]$/ { print "ask_every = \"2s\"" }' "$dir/leadgate.toml" >"$dir/with-mailbox.toml"
mv "$dir/with-mailbox.toml" "$dir/leadgate.toml"
for _ in 1 2 3; do # a busy machine: the list may take longer than it is waited for
  if gate engine --once; then break; fi
done
handoffs >"$dir/handoffs"
by_mail=$(awk '$2 == "mail" { print $1; exit }' "$dir/handoffs")
by_ticket=$(awk '$2 == "roundup" { print $1; exit }' "$dir/handoffs")
[ -n "$by_mail" ] && [ -n "$by_ticket" ] || fail "nothing was handed off ($dir)"
say "by mail: $by_mail; by ticket: $by_ticket"

"$LEADGATE" --config "$dir/leadgate.toml" --data-dir "$dir/data" engine >"$dir/engine.out" 2>&1 &
engine=$!
trap 'kill "$engine" 2>/dev/null || true' EXIT
answered() { handoffs | awk -v key="$1" '$1 == key { print $4 }'; }
silent() { # WHAT: neither counts as answered
  sleep 3
  same "$1" "- -" "$(answered "$by_mail") $(answered "$by_ticket")"
}
until_answered() { # KEY WHAT
  local began=$SECONDS
  until [ "$(answered "$1")" = answered ]; do
    [ $((SECONDS - began)) -lt $within ] || fail "$2: not seen within $within s ($dir)"
    sleep 0.2
  done
  say "  ok: $2: seen within $((SECONDS - began + 1)) s"
}

lead=$(gate handoffs --json | python3 -c 'import json, sys; rows = json.load(sys.stdin)
print(next(row["lead"] for row in (rows if isinstance(rows, list) else next(iter(rows.values()))) if row["token"] == sys.argv[1]))' "$by_mail")
asked_by=$(gate lead show "$lead" --json | grep -o 'lead[0-9]*@example.test' | head -n 1)
[ -n "$asked_by" ] || fail "who asked is not known ($dir)"
world mail "anna@$MAIL_DOMAIN" "$by_mail" "Automatic reply: lead" "I am away until Monday." "Auto-Submitted: auto-replied"
silent "an automatic answer"
world mail "helpdesk@far.example" "$by_mail" "[far #4711] Lead" "Your request has been received. Please do not reply to this message."
silent "a help desk's acknowledgement"
world mail "$MAIL_USER" "$by_mail" "Lead" "Our own." "X-LeadGate-Key: $by_mail"
world comment "$by_ticket"
silent "a mail and a comment of our own"
world mail "$asked_by" "$by_mail" "Re: Lead" "When do you come?"
world status "$by_ticket"
silent "a mail of the lead, and a changed status"

world take "$by_ticket"
began=$SECONDS
until gate handoffs --json | python3 -c 'import json, sys
sys.exit(not any(row["token"] == sys.argv[1] and row["ack_at"] for row in json.load(sys.stdin)))' "$by_ticket"; do
  [ $((SECONDS - began)) -lt $within ] || fail "whose ticket it is says yes: not seen within $within s ($dir)"
  sleep 0.2
done
say "  ok: whose ticket it is says yes: seen within $((SECONDS - began + 1)) s"
silent "a ticket that was taken"

world mail "anna@$MAIL_DOMAIN" "$by_mail" "Re: Lead" "Called her, we meet on Thursday."
until_answered "$by_mail" "a person's mail"
world reply "$by_ticket"
until_answered "$by_ticket" "a person's message in the ticket"
first=$(gate handoffs --json | grep -o '"first_at": *"[^"]*"' | sort)
world mail "boss@$MAIL_DOMAIN" "$by_mail" "Re: Lead" "I called her, too."
world reply "$by_ticket"
sleep 5
same "the first ones stay" "$first" "$(gate handoffs --json | grep -o '"first_at": *"[^"]*"' | sort)"
same "answered" 2 "$(handoffs | grep -c ' answered$' || true)"
say "all as it should be; the data is in $dir"
