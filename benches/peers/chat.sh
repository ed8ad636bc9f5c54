#!/usr/bin/env bash
# The peers of bench-chat: `chat.sh install DIR` and `chat.sh remove DIR`. DIR is where socket.io
# goes and where the Debian packages that were not there before are remembered, so that `remove`
# takes out exactly those. What cannot be had is said and left out: the page then says so, too.
set -euo pipefail

what=${1:?install or remove}
dir=${2:?a directory}
here=$(cd "$(dirname "$0")" && pwd)
wanted=(ejabberd erlang-p1-sqlite3 prosody lua-dbi-sqlite3 sqlite3)
added=$dir/packages-added
policy=/usr/sbin/policy-rc.d

installed() { dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort; }

# Debian's packages start their service at once unless this file says no.
without_services() {
    local ours=
    if [ ! -e "$policy" ]; then
        ours=yes
        printf '#!/bin/sh\nexit 101\n' > "$policy"
        chmod 755 "$policy"
    fi
    local status=0
    DEBIAN_FRONTEND=noninteractive "$@" >/dev/null || status=$?
    [ -z "$ours" ] || rm -f "$policy"
    return $status
}

install_packages() {
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || { echo "no Debian, or not root: peers as they are" >&2; return; }
    local missing=()
    for package in "${wanted[@]}"; do
        installed | grep -qx "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local before
    before=$(installed)
    apt-get update -qq >/dev/null || true
    without_services apt-get install --yes --no-install-recommends "${missing[@]}" \
        || echo "cannot be had: ${missing[*]}" >&2
    comm -13 <(echo "$before") <(installed) >> "$added"
}

install_socketio() {
    mkdir -p "$dir/socketio"
    cp "$here"/socketio/* "$dir/socketio/"
    (cd "$dir/socketio" && npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts) \
        || echo "cannot be had: socket.io" >&2
}

case $what in
install)
    mkdir -p "$dir"
    install_packages
    install_socketio
    ;;
remove)
    if [ -s "$added" ]; then
        # shellcheck disable=SC2046
        without_services apt-get purge --yes $(cat "$added")
    fi
    rm -rf "$added" "$dir/socketio"
    ;;
*)
    echo "install or remove" >&2
    exit 2
    ;;
esac
