#!/usr/bin/env bash
# The same 200 people, and each run killed with SIGKILL once, at a random moment between the first poll and the last
# acceptance; then the engine goes on until nothing is on the way. No lead lost, no ticket twice, no mail twice, no cap
# exceeded, nothing taken as sent that is not there.
#   tests/real/kill_runs.sh N [SEED]       see CONTRIBUTING.md for the servers it needs
set -euo pipefail
. "$(dirname "$0")/lib.sh"
runs=${1:?how many runs}
seed=${2:-$RANDOM}
RANDOM=$seed
longest_recovery=300 # seconds: a lease, the wait before an absence counts, and room

world seed >/dev/null
unfinished() { handoffs | awk '$3 == "queued" || $3 == "sending" || $3 == "unknown"' | lines; }

fresh
span=$(world kill 600 "$LEADGATE" --config "$dir/leadgate.toml" --data-dir "$dir/data" engine --once)
case $span in ended*) span=${span#ended } ;; *) fail "a run without a death did not end within 600 s" ;; esac
[ "$(unfinished)" = 0 ] || fail "a run without a death left something on the way"
say "a run without a death takes $span s from the first poll; $runs runs, seed $seed"

run=0 tries=0
while [ "$run" -lt "$runs" ]; do
  tries=$((tries + 1))
  [ "$tries" -le $((runs * 3 + 10)) ] || fail "most runs ended before they could be killed"
  fresh
  moment=$(awk -v span="$span" -v dice="$RANDOM" 'BEGIN { printf "%.3f", span * dice / 32768 }')
  end=$(world kill "$moment" "$LEADGATE" --config "$dir/leadgate.toml" --data-dir "$dir/data" engine --once)
  case $end in ended*) rm -rf "$dir"; continue ;; esac
  run=$((run + 1))
  handoffs >"$dir/at-death" || fail "run $run: the data cannot be read after the death ($dir)"
  say "run $run: $end s after the first poll: $(leads || true), $(lines <"$dir/at-death") handoffs, $(grep -c ' accepted ' "$dir/at-death" || true) sent"

  began=$SECONDS code=
  while :; do
    code=0; gate engine --once >"$dir/recovery.log" 2>&1 || code=$?
    handoffs >"$dir/handoffs"
    waiting=$(grep -cE ' (needs-person|refused) ' "$dir/handoffs" || true)
    # A pass that failed with nothing waiting for a person failed for its far sides, a list that did not answer in time.
    if [ "$(leads | cut -d' ' -f1)" = 200 ] && [ "$(unfinished)" = 0 ] && [ "$(handoffs | lines)" -ge 20 ] &&
      { [ "$code" = 0 ] || [ "$waiting" != 0 ]; }; then break; fi
    [ $((SECONDS - began)) -lt $longest_recovery ] ||
      { cat "$dir/recovery.log" >&2; handoffs | awk '$3 != "accepted"' >&2; fail "run $run: not settled after $longest_recovery s ($dir)"; }
    sleep 5
  done
  cut -d' ' -f1 "$dir/handoffs" | sort >"$dir/keys"

  mails_wanted=$(grep -c ' mail accepted ' "$dir/handoffs" || true)
  settled_mails "$dir/keys" "$mails_wanted" >/dev/null
  mails_of "$dir/keys" | sort >"$dir/mails"
  tickets_of "$dir/keys" | sort >"$dir/tickets"
  [ "$(leads | cut -d' ' -f1)" = 200 ] || fail "run $run: $(leads) leads, not 200 ($dir)"
  twice=$(uniq -d "$dir/mails"); [ -z "$twice" ] || fail "run $run: a mail twice: $twice ($dir)"
  twice=$(uniq -d "$dir/tickets"); [ -z "$twice" ] || fail "run $run: a ticket twice: $twice ($dir)"
  for way in mail roundup; do
    taken=$(awk -v way=$way '$2 == way && $3 != "dropped" && $3 != "refused"' "$dir/handoffs" | lines)
    [ "$taken" -le 10 ] || fail "run $run: $taken handoffs by $way where ten are allowed ($dir)"
  done
  awk '$3 == "accepted" || $3 == "tracking"' "$dir/handoffs" | while read -r key way _; do
    there=$dir/tickets; [ "$way" != mail ] || there=$dir/mails
    grep -qx "$key" "$there" || fail "run $run: $key counts as sent by $way and is not there ($dir)"
  done
  say "  nothing lost, nothing twice: $(lines <"$dir/mails") mails, $(lines <"$dir/tickets") tickets, $waiting for a person, $((SECONDS - began)) s"
  rm -rf "$dir"
done
say "$runs runs: no lead lost, no ticket twice, no mail twice"
