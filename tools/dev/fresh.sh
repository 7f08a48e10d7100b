#!/usr/bin/env bash
# ./dev fresh [test|run|all]: proves the README on a machine that has nothing. Makes a bare Debian 12 root, clones this
# repository's HEAD into it, and there runs ./dev test, or ./dev run until the board answers. Needs root (chroot, mounts in
# a namespace of its own). HOLESHOT_FRESH_ROOT keeps the root in a folder of your choice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
what=${1:-all}
case $what in test | run | all) ;; *) echo "usage: ./dev fresh [test|run|all]" >&2; exit 2 ;; esac
[[ $(id -u) -eq 0 ]] || { echo "./dev fresh: needs root, for chroot and mounts" >&2; exit 1; }
command -v mmdebstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends mmdebstrap; } >&2

root=${HOLESHOT_FRESH_ROOT:-$(mktemp -d /tmp/holeshot-fresh.XXXXXX)}
if [[ -z ${HOLESHOT_FRESH_ROOT:-} ]]; then trap 'rm -rf --one-file-system "$root"' EXIT; fi
echo "== a bare Debian 12 in $root"
[[ -d $root/usr ]] || mmdebstrap --quiet --variant=minbase --include=ca-certificates,git bookworm "$root"
# What the network of this machine needs, the new one needs too: names, and certificates of a proxy that reads TLS.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
cp /etc/hosts "$root/etc/hosts"
mkdir -p "$root/usr/local/share/ca-certificates"
cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
chroot "$root" update-ca-certificates >/dev/null 2>&1

rm -rf "$root/src"
mkdir -p "$root/src"
git clone --quiet --no-hardlinks . "$root/src/holeshot"
captures=${HOLESHOT_CAPTURES:-../shared/captures}
if [[ -d $captures ]]; then mkdir -p "$root/src/shared" && cp -r "$captures" "$root/src/shared/captures"; fi

inside() {
  unshare --mount --pid --fork --kill-child bash -c '
    set -e
    root=$1; shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    exec chroot "$root" env -i HOME=/root TERM=dumb LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt bash -c "cd /src/holeshot || exit 1; $*"' inside "$root" "$@"
}

if [[ $what != run ]]; then
  echo "== ./dev test in it"
  SECONDS=0
  inside './dev test'
  echo "== ./dev test: green in ${SECONDS} s, packages included"
fi
if [[ $what != test ]]; then
  echo "== ./dev run in it"
  SECONDS=0
  inside './dev run --http 127.0.0.1:18080 --live 127.0.0.1:18081 --speed 10 --motos 2 >run.log 2>&1 & run=$!
    for i in $(seq 900); do grep -q finished: run.log && break; kill -0 $run || { cat run.log; exit 1; }; sleep 1; done
    node -e "fetch(\"http://127.0.0.1:18080/\").then(async r => { const t = await r.text(); if (!r.ok || !/<title>/.test(t)) process.exit(1); })"
    kill -INT $run; wait $run; cat run.log | tail -20; grep -q finished: run.log'
  echo "== ./dev run: the board answered and a moto finished, ${SECONDS} s"
fi
