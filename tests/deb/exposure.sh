#!/bin/sh
# exposure.sh UNIT TENTHS: systemd's own measure of what a service could reach (10 is everything) is at most TENTHS / 10.
# Ends with 77 where systemd cannot say.
set -eu
if ! systemd-analyze security --offline=yes --help >/dev/null 2>&1; then
  echo "skipped: no systemd-analyze that measures files (systemd 250 or newer)"
  exit 77
fi
systemd-analyze security --no-pager --offline=yes --threshold="$2" "$1"
