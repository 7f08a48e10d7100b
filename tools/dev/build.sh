# build_preset PRESET [TARGET...], build_web, build_sdk, source_files.
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

# Installs a folder's npm packages when its lock file has changed. Runs in that folder.
npm_packages() {
  if [[ ! -f node_modules/.lock-stamp ]] || ! cmp -s package-lock.json node_modules/.lock-stamp; then
    npm ci --no-audit --no-fund >&2
    cp package-lock.json node_modules/.lock-stamp
  fi
}

# Builds the pages when a source of theirs, or of the SDK that they take their connection from, is newer than the last build.
build_web() {
  (
    cd web
    npm_packages
    if [[ ! -f dist/index.html ]] || [[ -n $(find . ../sdk/src \( -path ./node_modules -o -path ./dist \) -prune -o -type f -newer dist/index.html -print -quit) ]]; then
      npm run build >&2
    fi
  )
}

build_sdk() {
  (
    cd sdk
    npm_packages
    if [[ ! -f dist/holeshot-live.min.js ]] || [[ -n $(find src scripts package.json -type f -newer dist/holeshot-live.min.js -print -quit) ]]; then
      npm run build >&2
    fi
  )
}

source_files() { git ls-files --cached --others --exclude-standard '*.cc' '*.h'; }
