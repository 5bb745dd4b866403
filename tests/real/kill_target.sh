#!/usr/bin/env bash
# Kills the engine with SIGKILL N times on a far side at its worst (tests/delivery/kills.rs), at low priority, and prints
# the figures. Data lies in memory where there is /dev/shm: SIGKILL spares what was written, so a disk proves no more.
# LEADGATE names another binary than the tests' own. Each of AT ONCE plays two worlds at a time: two or three a second.
#   tests/real/kill_target.sh N [AT ONCE]
set -euo pipefail
cd "$(dirname "$0")/../.."
kills=${1:?how many kills} at_once=${2:-1}
[ -d /dev/shm ] && export TMPDIR=/dev/shm
cargo test --quiet --test delivery --no-run
pids=()
for n in $(seq "$at_once"); do
  LEADGATE_KILLS=$(((kills + at_once - 1) / at_once)) nice -n 10 \
    cargo test --quiet --test delivery kills -- --nocapture 2>&1 | sed "s/^/$n: /" &
  pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
exit $failed
