#!/usr/bin/env bash
# Starts the static binary in an empty root, laid out as the container image is: nothing but the
# binary, models, intents, config, and the devices that every container has. Says how long it took to be ready, kills it the hard way,
# starts it again and asks the API for a session. Called by `make static-check`.
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
binary=target/$host/release/kefu
port=${PORT:-18819}
root=$(mktemp -d)
pid=

finish() {
  if [ -n "$pid" ]; then
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  fi
  if mountpoint -q "$root/proc"; then umount -l "$root/proc"; fi
  rm -rf --one-file-system "$root"
}
trap finish EXIT

if ldd "$binary" 2>&1 | grep -q '=>'; then
  echo "$binary is not static:" >&2
  ldd "$binary" >&2
  exit 1
fi
mkdir -p "$root"/{data,tmp,models,proc}
# As every container has them.
mount -t proc proc "$root/proc"
mkdir "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/random" c 1 8
mknod -m 666 "$root/dev/urandom" c 1 9
cp "$binary" "$root/kefu"
cp -r intents config "$root/"
cp -r models/multilingual-e5-small "$root/models/"
chown -R 10001:10001 "$root/data" "$root/tmp" "$root/intents"
chmod 755 "$root"

start() { # name of this start
  local began=$(date +%s%N)
  chroot --userspec=10001:10001 "$root" /kefu serve --data-dir /data --listen "127.0.0.1:$port" \
    >"$root/tmp/log" 2>&1 &
  pid=$!
  for _ in $(seq 600); do
    if curl -fs "http://127.0.0.1:$port/readyz" >/dev/null 2>&1; then
      echo "$1: ready after $((($(date +%s%N) - began) / 1000000)) ms"
      return
    fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "$1: not ready; its log:" >&2
  cat "$root/tmp/log" >&2
  exit 1
}

start "first start"
kill -KILL "$pid"; wait "$pid" 2>/dev/null || true
start "after kill -9"
curl -fsS -H 'content-type: application/json' -d '{"language":"zh"}' \
  "http://127.0.0.1:$port/api/v1/visitor/session" | grep -q '"token"'
echo "a visitor has a session; the binary is $(stat -c %s "$binary") bytes and loads no library"
