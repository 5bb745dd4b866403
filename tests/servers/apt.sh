#!/usr/bin/env bash
# Installs Debian packages for the tests, as root, without letting any of them start a service.
#   apt.sh PACKAGE...
# The guard is /usr/sbin/policy-rc.d, put there only if there is none and taken away again in any case.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "apt.sh: only root can install: $*" >&2; exit 4; }
command -v apt-get >/dev/null || { echo "apt.sh: no apt-get here; install yourself: $*" >&2; exit 4; }
guard=/usr/sbin/policy-rc.d
if [ ! -e "$guard" ]; then
  trap 'rm -f "$guard"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$guard"; chmod +x "$guard"
fi
echo "installing: $*" >&2
{ apt-get -q update
  DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"; } >&2
