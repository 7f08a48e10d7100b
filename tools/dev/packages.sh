# need_packages GROUP...: installs from Debian 12 what a group of commands needs, and nothing that is there already.
# shellcheck shell=bash

PACKAGES_build=(g++ cmake ninja-build ccache pkg-config git ca-certificates
  libserialport-dev libcurl4-openssl-dev libsqlite3-dev libcpp-httplib-dev nlohmann-json3-dev libcli11-dev
  libspdlog-dev libfmt-dev libgtest-dev libssl-dev libsimdjson-dev libtomlplusplus-dev prometheus-cpp-dev zlib1g-dev libnats-dev liburing-dev
  # The log's tests run against real servers; without one they are skipped.
  nats-server)
PACKAGES_check=(clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev)
# The packages: built, looked at, and tried in a root of its own.
PACKAGES_deb=(debhelper dpkg-dev po-debconf lintian)
PACKAGES_deb_test=(mmdebstrap systemd-container)
PACKAGES_browser=(chromium)

# Node 18 is Debian's own; a newer one that is there already is as good.
has_node() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)'
}

is_installed() { [[ $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) == "install ok installed" ]]; }

need_packages() {
  local missing=() group package
  for group in "$@"; do
    if [[ $group == web ]]; then
      has_node || missing+=(nodejs npm)
      continue
    fi
    local -n list="PACKAGES_$group"
    for package in "${list[@]}"; do is_installed "$package" || missing+=("$package"); done
  done
  [[ ${#missing[@]} -eq 0 ]] && return 0
  if [[ ${HOLESHOT_NO_INSTALL:-0} == 1 ]]; then
    echo "./dev: missing packages: ${missing[*]} (apt-get install them, or unset HOLESHOT_NO_INSTALL)" >&2
    exit 1
  fi
  echo "./dev: installing ${missing[*]}" >&2
  local sudo=()
  if [[ $(id -u) -ne 0 ]]; then sudo=(sudo); fi
  # Everything goes to stderr: stdout belongs to the command.
  "${sudo[@]}" apt-get update -qq >&2
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}
