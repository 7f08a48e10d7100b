#!/usr/bin/env bash
# ./dev test --deb: the packages in a bare Debian 12 under a real systemd (systemd-nspawn), step by step; the steps are in
# inside.sh. Ends with 0 all well, 1 a step failed, 77 this machine cannot run such a root. HOLESHOT_DEB_BUILT=1 takes the packages
# that ./dev deb has left.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly kCannot=77 kBootAndStepsSeconds=600
work=$PWD/build/deb base=$PWD/build/deb/base-bookworm.tar
[[ $(id -u) -eq 0 ]] || { echo "deb test: needs root, for systemd-nspawn" >&2; exit $kCannot; }
command -v systemd-nspawn mmdebstrap >/dev/null || { echo "deb test: needs systemd-container and mmdebstrap" >&2; exit $kCannot; }

[[ ${HOLESHOT_DEB_BUILT:-0} == 1 ]] || tools/dev/deb.sh
root=$(mktemp -d "$work/root.XXXXXX") out=$(mktemp -d "$work/out.XXXXXX")
machine=
cleanup() {
  if [[ -n $machine ]]; then kill -TERM "$machine" 2>/dev/null || true; wait "$machine" 2>/dev/null || true; fi
  rm -rf --one-file-system "$root" "$out"
}
trap cleanup EXIT

# A week old at most, so that what it was made of is still on the mirrors.
if [[ -z $(find "$base" -mtime -7 2>/dev/null) ]]; then
  echo "== a bare Debian 12, kept in $base"
  mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,udev bookworm "${base%.tar}.new.tar"
  mv "${base%.tar}.new.tar" "$base"
fi
tar -x -C "$root" -f "$base"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
echo "127.0.0.1 localhost" >"$root/etc/hosts"
mkdir -p "$root/test" "$root/etc/systemd/system/multi-user.target.wants"

# The same files under a higher version, and the configuration as nobody had it: what a later release may do.
next_version() {
  local package=$1 folder=$work/next
  rm -rf "$folder"
  dpkg-deb -R "$package" "$folder"
  sed -i 's/^Version: .*/Version: 99.0/' "$folder/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$folder" "$root/test/$(basename "${package%%_*}")_next.deb" >/dev/null
  rm -rf "$folder"
}
for name in gateway central; do
  package=$(ls "$work"/holeshot-"$name"_[0-9]*.deb)
  cp "$package" "$root/test/holeshot-$name.deb"
  next_version "$package"
done
install -m 755 build/release/bin/holeshot-sim "$root/usr/local/bin/holeshot-sim"
install -m 755 tests/deb/inside.sh "$root/test/inside.sh"
# What the packages need, and nginx, come from Debian alone, and are fetched before the network is taken away.
chroot "$root" sh -c 'apt-get update -qq && apt-get install -qq -y --no-install-recommends --download-only \
  /test/holeshot-gateway.deb /test/holeshot-central.deb nginx openssl' >"$work/download.log" 2>&1 ||
  { cat "$work/download.log" >&2; echo "deb test: dependencies could not be fetched" >&2; exit 1; }
cat >"$root/etc/systemd/system/holeshot-test.service" <<'UNIT'
[Unit]
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
ExecStart=/test/inside.sh
StandardOutput=append:/out/log
StandardError=append:/out/log
UNIT
ln -s ../holeshot-test.service "$root/etc/systemd/system/multi-user.target.wants/holeshot-test.service"

echo "== boots it"
: >"$out/log"
tail -f "$out/log" &
follower=$!
timeout --kill-after=10 "$kBootAndStepsSeconds" systemd-nspawn --quiet -D "$root" -b --register=no --keep-unit \
  --private-network --bind="$out:/out" </dev/null >"$work/console.log" 2>&1 &
machine=$!
wait "$machine" || true
machine=
kill "$follower" 2>/dev/null || true
if [[ ! -s $out/log ]]; then
  tail -5 "$work/console.log" >&2
  echo "deb test: systemd-nspawn cannot boot a root here; its console is in $work/console.log" >&2
  exit $kCannot
fi
cp "$out/log" "$work/test.log"
if [[ $(cat "$out/status" 2>/dev/null) != 0 ]]; then
  echo "deb test: FAILED; all it said is in $work/test.log" >&2
  exit 1
fi
echo "deb test: every step held"
