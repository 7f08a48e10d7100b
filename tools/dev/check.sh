#!/usr/bin/env bash
# ./dev check [format|headers|tidy|asan|tsan ...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ROOT=$PWD
source tools/dev/build.sh

check_format() {
  if ! source_files | xargs clang-format-19 --dry-run -Werror; then
    echo "check: format differs; ./dev fmt mends it" >&2
    return 1
  fi
}
# Each public header compiled alone.
check_headers() { build_preset dev all_verify_interface_header_sets; }
check_tidy() {
  cmake --preset tidy >/dev/null || return 1
  # Sources of the rooms; headers are seen through them. Two at a time: this is what a small machine has.
  git ls-files '*.cc' | grep -v '^tests/fuzz/' |
    xargs -P 2 -n 4 clang-tidy-19 --quiet -p build/tidy 2>/dev/null
}
check_sanitized() {
  # `||` below turns errexit off in here, so each step says itself that it must hold. The browser and whole-day tests
  # measure nothing in a slowed-down build that the others do not.
  build_preset "$1" && ctest --preset "$1" --no-tests=error -LE 'browser|slow|web'
}

failed=()
for part in "${@:-format headers tidy asan tsan}"; do
  for name in $part; do
    echo "== check $name"
    case $name in
      format) check_format ;;
      headers) check_headers ;;
      tidy) check_tidy ;;
      asan | tsan) check_sanitized "$name" ;;
      *) echo "check: unknown part '$name': format, headers, tidy, asan, tsan" >&2; exit 2 ;;
    esac || failed+=("$name")
  done
done
if [[ ${#failed[@]} -gt 0 ]]; then
  echo "check failed: ${failed[*]}" >&2
  exit 1
fi
echo "check: all green"
