#!/bin/bash
# The steps of ./dev test --deb, run as a service inside the root. /out/status gets 0 at the end.
set -euo pipefail
export LANG=C.UTF-8 TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin
readonly kConfig=/etc/holeshot/gateway.toml kData=/var/lib/holeshot-gateway kSpool=/var/lib/holeshot-gateway/spool.db
readonly kUnit=holeshot-gateway.service kTrack=zolder

# A step may send its own output elsewhere; a failure is told all the same.
exec 9>&1

step() { echo "-- $*"; }
fail() {
  exec >&9 2>&1
  echo "FAILED: $*"
  systemctl status --no-pager -l "$kUnit" 2>&1 | head -20
  journalctl --no-pager -n 40 -u "$kUnit" -u holeshot-central 2>&1
  exit 1
}
# Looks every 0.2 s for at most SECONDS.
within() {
  local seconds=$1 what=$2 i
  shift 2
  for ((i = 0; i < seconds * 5; i++)); do
    if "$@"; then return 0; fi
    sleep 0.2
  done
  fail "$what: not within $seconds s"
}
shown() { systemctl show --value -p "$1" "${2:-$kUnit}"; }
is() { [[ $(shown "$1") == "$2" ]] || fail "$1 is \"$(shown "$1")\" and not \"$2\""; }
status_has() { [[ $(shown StatusText "${2:-$kUnit}") == *"$1"* ]]; }
active() { [[ $(shown ActiveState) == active && $(shown SubState) == running ]]; }
# apt as somebody at a terminal runs it, who answers nothing: a question would stand in the output.
apt_install() {
  DEBIAN_FRONTEND=teletype apt-get install -y --no-install-recommends "$@" </dev/null >/tmp/apt.out 2>&1 ||
    { cat /tmp/apt.out; fail "apt-get install $*"; }
  if grep -E '\[(yes/no|Y/n|y/N)|\(Y/I/N/O/D/Z\)' /tmp/apt.out; then fail "apt asked a question"; fi
}
# The inspector stays when the package goes.
look() { /test/gateway spool "$@" --spool "$kSpool"; }
pending() { look stats --json 2>/dev/null | sed 's/.*"pending":\([0-9]*\).*/\1/'; }
at_least() { [[ $(pending) -ge $1 ]]; }
none_waits() { [[ $(pending) -eq 0 ]]; }
# boot:seq of each record in FILE, which the spool or the log has told, sorted.
keys_of() {
  sed -n 's/.*"event_id_context":{"boot_id":"\([^"]*\)","client_id":"[^"]*","seq":\([0-9]*\)}.*/\1:\2/p' "$1" | sort
}
waiting() {
  look list --state pending --limit 1000000 --json >/tmp/rows
  keys_of /tmp/rows >"$1"
  [[ -s $1 ]] || fail "nothing waits"
}
all_still_wait() {
  waiting /tmp/now
  [[ -z $(comm -23 "$1" /tmp/now) ]] || fail "$(comm -23 "$1" /tmp/now | wc -l) records of the backlog are gone"
  echo "   $(wc -l <"$1") records waited before, all of them among $(wc -l </tmp/now) that wait now"
}

step "installs, asks nothing, says what to do"
apt_install /test/holeshot-gateway.deb
cp /usr/bin/holeshot-gateway /test/gateway
grep -q 'http://127.0.0.1:8090/' /tmp/apt.out || fail "no address to look at"
grep -q 'track_id' /tmp/apt.out || fail "not said what to fill in"

step "the service is up and waits for its settings"
within 20 "service up" active
is Type notify
within 5 "says what is missing" status_has "not configured: no track_id is set"
is NRestarts 0
echo "   $(shown StatusText)"
# The page that the installation named, and the command, say the same.
page() {
  { exec 3<>/dev/tcp/127.0.0.1/8090; } 2>/dev/null || fail "nothing listens on 127.0.0.1:8090"
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:8090\r\nConnection: close\r\n\r\n' "$1" >&3
  timeout 10 cat <&3
  exec 3<&-
}
page / >/tmp/page
grep -q '^HTTP/1.1 200' /tmp/page || fail "the page: $(head -1 /tmp/page)"
page /api/status >/tmp/page
grep -q 'not set up yet: no track_id is set' /tmp/page || fail "the page does not say what is missing"
code=0
holeshot-gateway status >/tmp/status || code=$?
[[ $code == 2 ]] || fail "status gave $code and not 2 (red)"
head -6 /tmp/status

step "its user, its rights, its files"
[[ $(stat -c %U "/proc/$(shown MainPID)") == holeshot-gateway ]] || fail "runs as somebody else"
id -nG holeshot-gateway | grep -qw dialout || fail "not in group dialout"
[[ $(stat -c '%a %U' /etc/holeshot/gateway.key) == "600 root" ]] || fail "gateway.key can be read"
[[ $(stat -c '%a %U' $kData) == "700 holeshot-gateway" ]] || fail "data folder: $(stat -c '%a %U' $kData)"
dpkg-query -W -f '${Conffiles}' holeshot-gateway | grep -q $kConfig || fail "$kConfig is no conffile"
grep -zq '^CREDENTIALS_DIRECTORY=' "/proc/$(shown MainPID)/environ" || fail "no credentials"
udevadm test /sys/class/mem/null >/tmp/udev.out 2>&1 || true
grep -q '61-holeshot-gateway.rules' /tmp/udev.out || fail "the udev rule is not read"
if grep -E '61-holeshot-gateway.rules:[0-9]+' /tmp/udev.out; then fail "the udev rule is wrong"; fi

step "inside its walls: group dialout counts, names are resolved, the rest of the disk is closed"
install -m 660 -g dialout /dev/null $kData/port
# The unit as it is shipped, with another program in it.
in_the_walls() {
  sed -e "s|^ExecStart=.*|ExecStart=/bin/sh -c '$1'|" -e '/^Restart/d' -e '/^Watchdog/d' -e '/^RuntimeDirectory/d' -e 's/^Type=.*/Type=oneshot/' \
    /lib/systemd/system/$kUnit >/run/systemd/system/walls.service
  systemctl daemon-reload
  systemctl start walls.service
}
in_the_walls "echo bytes >$kData/port" || fail "a file of group dialout cannot be written"
in_the_walls 'getent ahosts localhost' || fail "localhost is not resolved"
if in_the_walls 'echo x >/var/tmp/walls && echo x >/etc/holeshot/walls' 2>/dev/null; then fail "it may write to /etc"; fi
if in_the_walls 'cat /etc/holeshot/gateway.key' 2>/dev/null; then fail "it may read the key behind systemd's back"; fi
rm $kData/port /run/systemd/system/walls.service
systemctl daemon-reload
systemctl reset-failed

step "the settings are saved: it begins by itself, and keeps what the decoder says"
printf '[Service]\nExecStart=/usr/local/bin/holeshot-sim --listen 127.0.0.1:5403 --speed 20\n' >/run/systemd/system/sim.service
systemctl daemon-reload
systemctl start sim
sed -i -e "s|^#track_id.*|track_id = \"$kTrack\"|" -e 's|^#central.*|central = "http://127.0.0.1:8080"|' \
  -e 's|^#decoders.*|decoders = ["tcp://127.0.0.1:5403"]|' $kConfig
echo '# written by a volunteer' >>$kConfig
sum=$(sha256sum <$kConfig)
within 20 "spool made" test -e $kSpool
within 60 "a backlog of 300" at_least 300
within 20 "status line" status_has "records kept"
is NRestarts 0
echo "   $(shown StatusText)"
page /api/status >/tmp/page
grep -q '"track":"zolder"' /tmp/page || fail "the page shows no gateway"
[[ $(stat -c '%a %U' /run/holeshot-gateway/control) == "660 holeshot-gateway" ]] || fail "control socket: $(ls -l /run/holeshot-gateway)"
holeshot-gateway flush || fail "flush over the control socket"

step "hangs (SIGSTOP): the watchdog restarts it, nothing is lost"
waiting /tmp/before
pid=$(shown MainPID)
kill -STOP "$pid"
restarted() { [[ $(shown MainPID) != "$pid" && $(shown MainPID) != 0 ]] && active; }
within 90 "restarted by the watchdog" restarted
is NRestarts 1
journalctl -u $kUnit --no-pager | grep -qi 'watchdog timeout' || fail "it was not the watchdog"
all_still_wait /tmp/before

step "upgraded with a full backlog and an edited configuration"
waiting /tmp/before
pid=$(shown MainPID)
apt_install /test/holeshot-gateway_next.deb
[[ $(dpkg-query -W -f '${Version}' holeshot-gateway) == 99.0 ]] || fail "not upgraded"
within 20 "running again" restarted
all_still_wait /tmp/before
[[ $(sha256sum <$kConfig) == "$sum" ]] || fail "the configuration was changed"
grown=$(($(pending) + 50))
within 60 "goes on reading" at_least $grown

step "removed: stops, keeps data and configuration"
waiting /tmp/before
apt-get remove -y holeshot-gateway </dev/null >/tmp/apt.out 2>&1 || fail "apt-get remove: $(cat /tmp/apt.out)"
[[ ! -e /usr/bin/holeshot-gateway ]] || fail "the program is still there"
[[ $(shown ActiveState) != active ]] || fail "still running"
all_still_wait /tmp/before
[[ $(sha256sum <$kConfig) == "$sum" ]] || fail "the configuration was changed"

step "installed again: goes on where it was"
apt_install /test/holeshot-gateway_next.deb
within 20 "service up" active
all_still_wait /tmp/before

step "central is installed: up, serves the page, takes the whole backlog once"
waiting /tmp/before
apt_install /test/holeshot-central.deb
grep -q 'http://127.0.0.1:8080/' /tmp/apt.out || fail "central's address is not told"
central_active() { [[ $(shown ActiveState holeshot-central) == active ]]; }
within 30 "central up" central_active
within 20 "central's status" status_has "events in the log" holeshot-central
[[ $(stat -c %U "/proc/$(shown MainPID holeshot-central)") == holeshot-central ]] || fail "central runs as somebody else"
exec 3<>/dev/tcp/127.0.0.1/8080
printf 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
timeout 10 cat <&3 >/tmp/page
exec 3<&-
if ! grep -q '^HTTP/1.1 200' /tmp/page || ! grep -q '<title>' /tmp/page; then fail "no page: $(head -1 /tmp/page)"; fi
systemctl stop sim
within 90 "the backlog drained" none_waits
holeshot-central log dump --data /var/lib/holeshot-central --subject "timing.ingest.raw.v1.$kTrack" >/tmp/dump
keys_of /tmp/dump >/tmp/arrived
[[ -z $(uniq -d /tmp/arrived) ]] || fail "doubled at central"
[[ -z $(comm -23 /tmp/before /tmp/arrived) ]] || fail "$(comm -23 /tmp/before /tmp/arrived | wc -l) did not arrive"
echo "   $(wc -l </tmp/arrived) records at central, the $(wc -l </tmp/before) of the backlog among them, none twice"
apt_install /test/holeshot-central_next.deb
within 30 "central up after its upgrade" central_active

step "nginx before central, as the example says: TLS, page, batches, live updates; strangers may not write"
apt-get install -y --no-install-recommends nginx openssl </dev/null >/tmp/apt.out 2>&1 || fail "nginx: $(cat /tmp/apt.out)"
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=timing.example.org -keyout /srv/key.pem -out /srv/cert.pem 2>/dev/null
sed -e 's|/etc/letsencrypt/live/timing.example.org/fullchain.pem|/srv/cert.pem|' \
  -e 's|/etc/letsencrypt/live/timing.example.org/privkey.pem|/srv/key.pem|' \
  /usr/share/doc/holeshot-central/nginx.conf >/etc/nginx/conf.d/holeshot.conf
rm -f /etc/nginx/sites-enabled/default
nginx -t 2>/tmp/nginx.out || fail "nginx -t: $(cat /tmp/nginx.out)"
systemctl restart nginx
# First line of the answer to METHOD PATH [HEADER...], over TLS.
answer() {
  local method=$1 path=$2 header
  shift 2
  { printf '%s %s HTTP/1.1\r\nHost: timing.example.org\r\n' "$method" "$path"
    for header in "$@"; do printf '%s\r\n' "$header"; done
    printf '\r\n'; } |
    timeout 10 openssl s_client -quiet -connect 127.0.0.1:443 -servername timing.example.org 2>/dev/null | head -1 | tr -d '\r'
}
expect() {
  local wanted=$1 got
  shift
  got=$(answer "$@") || true
  [[ $got == "HTTP/1.1 $wanted"* ]] || fail "$1 $2 gave \"$got\" and not $wanted"
}
expect 200 GET / 'Connection: close'
expect 101 GET "/ws/v1/live?track_id=$kTrack" 'Connection: Upgrade' 'Upgrade: websocket' 'Sec-WebSocket-Version: 13' \
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
expect 403 POST /api/seed-demo 'Content-Length: 0' 'Connection: close'
expect 400 POST /api/ingest/batch 'Content-Type: application/json' 'Content-Length: 0' 'Connection: close'

step "purged where nobody answers: keeps records, says so; settings and key are gone"
DEBIAN_FRONTEND=noninteractive apt-get purge -y holeshot-gateway holeshot-central </dev/null >/tmp/apt.out 2>&1 ||
  fail "apt-get purge: $(cat /tmp/apt.out)"
[[ -s $kSpool && -d /var/lib/holeshot-central ]] || fail "purge has deleted records"
grep -q "$kData is kept" /tmp/apt.out || fail "not said that records are kept"
[[ ! -e /etc/holeshot ]] || fail "left in /etc/holeshot: $(ls -A /etc/holeshot)"

step "purged by somebody who says yes, at the question or beforehand: all gone"
apt_install /test/holeshot-gateway.deb /test/holeshot-central.deb
echo yes | DEBIAN_FRONTEND=teletype dpkg --purge holeshot-central >/tmp/dpkg.out 2>&1 || fail "purge: $(cat /tmp/dpkg.out)"
grep -q 'Delete the log of all races?' /tmp/dpkg.out || fail "purge did not ask: $(cat /tmp/dpkg.out)"
[[ ! -e /var/lib/holeshot-central ]] || fail "the log is still there: $(cat /tmp/dpkg.out)"
echo 'holeshot-gateway holeshot-gateway/delete-data boolean true' | debconf-set-selections
DEBIAN_FRONTEND=noninteractive apt-get purge -y holeshot-gateway </dev/null >/tmp/apt.out 2>&1 ||
  fail "apt-get purge: $(cat /tmp/apt.out)"
[[ ! -e $kData ]] || fail "records are still there"

step "nothing is left behind"
rm -f /etc/nginx/conf.d/holeshot.conf
left=$(systemctl list-units --no-legend --plain --all 'holeshot-gateway*' 'holeshot-central*' | grep -v not-found || true)
[[ -z $left ]] || fail "units: $left"
left=$(find / -xdev \( -path /proc -o -path /test -o -path /out -o -path /var/log -o -path /var/cache -o -path /var/lib/apt \
  -o -path /tmp \) -prune -o \( -name '*holeshot*' ! -name 'holeshot-test*' ! -name holeshot-sim -print \))
[[ -z $left ]] || fail "files: $left"
echo 0 >/out/status
