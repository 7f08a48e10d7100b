#!/usr/bin/env bash
# ./dev kill-test --sabotage [KILLS] [SEED]: shows that the kill test can fail. Builds the programs with one promise
# broken, runs the same test, and demands that it notices: no_fsync (the spool says "durable" before it is) and
# no_dedupe (the log takes everything as new).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ROOT=$PWD
source tools/dev/build.sh
kills=${1:-60} seed=${2:-1}
# The broken promise, and the count that must show it: a failure for any other reason proves nothing.
for pair in no_fsync:unspooled no_dedupe:duplicates; do
  promise=${pair%:*} count=${pair#*:}
  cmake --preset release -B "build/sabotage-$promise" -DHOLESHOT_SABOTAGE="$promise" >/dev/null
  cmake --build "build/sabotage-$promise" --target holeshot-gateway holeshot-central holeshot-sim >&2
  echo "== $promise: the kill test must count $count"
  status=0
  report=$(node tests/e2e/kill_run.mjs --bin "build/sabotage-$promise/bin" --kills "$kills" --seed "$seed") || status=$?
  echo "$report"
  if [[ $status -ne 3 || $report == *"\"$count\":0,"* ]]; then
    echo "sabotage $promise went unnoticed: the kill test cannot fail" >&2
    exit 1
  fi
done
echo "sabotage: both were noticed"
