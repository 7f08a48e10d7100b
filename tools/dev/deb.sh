#!/usr/bin/env bash
# ./dev deb [--twice]: builds both packages into build/deb and demands that lintian finds nothing. The Debian
# source is packaging/debian; a copy of the tree with debian/ at its top lies in build/deb/source, so nothing lands in the
# checkout. --twice builds a second time and demands
# the same bytes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ROOT=$PWD
twice=0
for arg in "$@"; do
  case $arg in
    --twice) twice=1 ;;
    *) echo "usage: ./dev deb [--twice]" >&2; exit 2 ;;
  esac
done
work=$ROOT/build/deb source=$ROOT/build/deb/source

copy_tree() {
  rm -rf "$source"
  mkdir -p "$source"
  git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [[ -e $file ]] && printf '%s\0' "$file"
  done | tar --null -T - -c | tar -x -C "$source"
  mv "$source/packaging/debian" "$source/debian"
  cp -r web/dist "$source/web/dist"
}

# debhelper gives the build a home of its own, so the cache is named.
build() {
  copy_tree
  local cache log=$work/build.log
  cache=$(ccache --get-config cache_dir)
  if ! (cd "$source" && CCACHE_DIR=$cache CCACHE_BASEDIR=$source CCACHE_NOHASHDIR=1 \
    nice dpkg-buildpackage --build=binary --no-sign "--buildinfo-option=-O$work/holeshot.buildinfo" \
    "--changes-option=-O$work/holeshot.changes" >"$log" 2>&1); then
    tail -60 "$log" >&2
    echo "./dev deb: the build failed; all of it is in $log" >&2
    exit 1
  fi
}

check() {
  # As root it must be told so; builds in containers are.
  local root=()
  if [[ $(id -u) -eq 0 ]]; then root=(--allow-root); fi
  lintian "${root[@]}" -EI --pedantic --fail-on=error,warning,info,pedantic,experimental "$1"
}

sums() { (cd "$work" && sha256sum holeshot-*.deb); }

build
check "$work/holeshot.changes"
echo "lintian: nothing found" >&2
if [[ $twice == 1 ]]; then
  first=$(sums)
  build
  [[ $first == "$(sums)" ]] || { echo "./dev deb: a second build gave other bytes" >&2; diff <(echo "$first") <(sums) >&2; exit 1; }
  echo "reproducible: two builds, the same bytes" >&2
fi
ls "$work"/holeshot-*.deb
