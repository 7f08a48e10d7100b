#!/usr/bin/env bash
# ./dev kill-test --sabotage [KILLS] [SEED]: shows that the kill test can fail. Builds the programs with one promise
# broken, runs the same test, and demands that it notices: no_fsync (the spool says "durable" before it is) and
# no_dedupe (the log takes everything as new).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ROOT=$PWD
source tools/dev/build.sh
kills=${1:-60} seed=${2:-1}
for promise in no_fsync no_dedupe; do
  cmake --preset release -B "build/sabotage-$promise" -DHOLESHOT_SABOTAGE="$promise" >/dev/null
  cmake --build "build/sabotage-$promise" --target holeshot-gateway holeshot-central holeshot-sim >&2
  echo "== $promise: the kill test must fail"
  if node tests/e2e/kill_run.mjs --bin "build/sabotage-$promise/bin" --kills "$kills" --seed "$seed"; then
    echo "sabotage $promise went unnoticed: the kill test cannot fail" >&2
    exit 1
  fi
done
echo "sabotage: both were noticed"
