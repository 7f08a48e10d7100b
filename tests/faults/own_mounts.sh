#!/bin/sh
# Runs a command with mounts of its own, where this user may: a disk that is cut off and mounted again must be held by
# nobody else, and every mount namespace that is made meanwhile (a container, a service) would hold a copy of it.
if [ "$(id -u)" = 0 ] && unshare --mount --propagation private true 2>/dev/null; then
  exec unshare --mount --propagation private "$@"
fi
exec "$@"
