#!/usr/bin/env bash
# A real mailing list on which people join and leave while its pages are read: everybody who was on it long enough to be seen is
# a lead once, nobody is missed, and exactly those who left count as gone.
#   tests/real/mailman_churn.sh [PEOPLE [ROUNDS]]     see CONTRIBUTING.md for the servers it needs
set -euo pipefail
. "$(dirname "$0")/lib.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/leadgate-real.XXXXXX")
mkdir -m 700 "$dir/data"
say "config and data: $dir"
world crowd "$dir" "${1:-2000}"
gate check || fail "leadgate check does not like $dir/leadgate.toml"
world churn "$dir" "${2:-8}" "$LEADGATE" --config "$dir/leadgate.toml" --data-dir "$dir/data" engine --once
# Twice in peace: who has left is known from a walk that nothing disturbed.
for _ in 1 2; do gate engine --once >/dev/null || fail "engine --once ended with $?"; done

world roster "$dir" ever >"$dir/ever.txt"
world roster "$dir" >"$dir/now.txt"
gate leads all --json >"$dir/leads.json"
read -r all people gone wrong <<<"$(world judge "$dir" <"$dir/leads.json")"
same "leads" "$(lines <"$dir/ever.txt")" "$all"
same "people who are a lead" "$(lines <"$dir/ever.txt")" "$people"
same "gone" "$(comm -23 "$dir/ever.txt" "$dir/now.txt" | lines)" "$gone"
same "wrongly here or wrongly gone" 0 "$wrong"
say "all as it should be"
