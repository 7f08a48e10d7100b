# build_preset PRESET [TARGET...], build_web, source_files.
# shellcheck shell=bash

# One cache serves every checkout: paths are made relative to the repository.
export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1

build_preset() {
  local preset=$1
  shift
  local log="build/$preset.configure.log"
  mkdir -p build
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
  local targets=()
  [[ $# -gt 0 ]] && targets=(--target "$@")
  cmake --build --preset "$preset" "${targets[@]}" >&2
}

# Installs the pages' packages when the lock file has changed, builds when a source is newer than the last build.
build_web() {
  (
    cd web
    if [[ ! -f node_modules/.lock-stamp ]] || ! cmp -s package-lock.json node_modules/.lock-stamp; then
      npm ci --no-audit --no-fund >&2
      cp package-lock.json node_modules/.lock-stamp
    fi
    if [[ ! -f dist/index.html ]] || [[ -n $(find . -path ./node_modules -prune -o -path ./dist -prune -o -type f -newer dist/index.html -print -quit) ]]; then
      npm run build >&2
    fi
  )
}

source_files() { git ls-files --cached --others --exclude-standard '*.cc' '*.h'; }
