# Sourced by the scripts beside it: names of things, and sentences that end a run.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)
LEADGATE=${LEADGATE:-$repo/target/release/leadgate}
export LEADGATE_SERVERS=${LEADGATE_SERVERS:-/tmp/leadgate-servers}
[ -x "$LEADGATE" ] || { echo "$LEADGATE is missing: cargo build --release, or set LEADGATE" >&2; exit 2; }
command -v python3 >/dev/null || { echo "python3 is missing" >&2; exit 2; }

world() { python3 "$here/world.py" "$@"; }
say() { printf '%s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
same() { # WHAT WANTED GOT
  [ "$2" = "$3" ] || fail "$1: wanted $2, got $3"
  say "  ok: $1: $3"
}

fresh() { # a fresh data directory and config; sets dir
  dir=$(mktemp -d "${TMPDIR:-/tmp}/leadgate-real.XXXXXX")
  mkdir -m 700 "$dir/data"
  world config "$dir"
}
gate() { "$LEADGATE" --config "$dir/leadgate.toml" --data-dir "$dir/data" "$@"; }

leads() { gate leads --json | world count leads; }         # "200 held=180 out=20"
handoffs() { gate handoffs --json | world count handoffs; } # "KEY DESTINATION STATE answered|-", one a line
stage() { leads | tr ' ' '\n' | sed -n "s/^$1=//p" | grep . || echo 0; }

mails_of() { # KEYS-FILE: this run's Message-IDs in the mailboxes, one a line, as keys
  world mails | sed -n 's/^<lg\.\([0-9a-z]*\)@.*>$/LG\U\1/p' | { grep -Fx -f "$1" || true; }
}
tickets_of() { # KEYS-FILE: this run's keys in Roundup, one a ticket
  world tickets | cut -d' ' -f2 | { grep -Fx -f "$1" || true; }
}
lines() { grep -c . || true; }

settled_mails() { # KEYS-FILE WANTED: how many came, given 15 s (250 means queued, not delivered)
  local got _
  for _ in $(seq 30); do
    got=$(mails_of "$1" | lines)
    [ "$got" -lt "$2" ] || break
    sleep 0.5
  done
  echo "$got"
}
