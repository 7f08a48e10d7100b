#!/usr/bin/env bash
# ./dev fuzz [NAME] [SECONDS]: libFuzzer over the targets of build/fuzz, starting from the regression corpus. What it
# finds beyond the corpus stays in build/fuzz/corpus; a crash is kept there too and named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
name=${1:-} seconds=${2:-60}
found=0
for program in build/fuzz/bin/fuzz/*_fuzz; do
  target=$(basename "$program" _fuzz)
  [[ -z $name || $target == "$name" ]] || continue
  found=1
  mkdir -p "build/fuzz/corpus/$target"
  echo "== fuzz $target for $seconds s"
  log=build/fuzz/$target.log
  if ! "$program" -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="build/fuzz/corpus/$target-" \
    "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" >"$log" 2>&1; then
    tail -40 "$log" >&2
    echo "fuzz $target failed; the input is in build/fuzz/corpus/$target-*" >&2
    exit 1
  fi
  grep -E 'stat::(number_of_executed|average_exec|new_units)' "$log"
done
[[ $found == 1 ]] || { echo "fuzz: no target named '$name'" >&2; exit 2; }
