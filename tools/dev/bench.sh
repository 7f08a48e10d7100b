#!/usr/bin/env bash
# ./dev bench [NAME] [--json]: runs the programs in build/release/bin/bench and the end-to-end latency run. Each prints
# JSON lines {name, value, unit, floor, floor_name, ratio}; without --json they are shown as a table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
name="" json=0
for arg in "$@"; do
  case $arg in
    --json) json=1 ;;
    -*) echo "bench: unknown option $arg" >&2; exit 2 ;;
    *) name=$arg ;;
  esac
done

found=0
run_all() {
  local program
  for program in build/release/bin/bench/holeshot-bench-*; do
    [[ -z $name || $program == *"-$name" ]] || continue
    found=1
    "$program"
  done
  if [[ -z $name || $name == latency ]]; then
    found=1
    node tests/bench/latency.mjs --bin build/release/bin
  fi
  if [[ -z $name || $name == gateway ]]; then
    found=1
    node tests/bench/gateway.mjs --bin build/release/bin
  fi
  [[ $found == 1 ]] || { echo "bench: no bench named '$name'; there are: latency gateway $(basename -a build/release/bin/bench/* | sed 's/holeshot-bench-//' | tr '\n' ' ')" >&2; exit 2; }
}
if [[ $json == 1 ]]; then run_all; else run_all | node tools/dev/bench_table.mjs; fi
