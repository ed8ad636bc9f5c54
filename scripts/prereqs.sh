#!/usr/bin/env bash
# Says clearly what is missing. `prereqs.sh build` is what `make run` needs, `prereqs.sh test`
# adds what the tests of the pages and of the stores need and, as root on Debian or Ubuntu, installs it.
set -euo pipefail

missing=()
have() { command -v "$1" >/dev/null 2>&1; }
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]; }

need() { # command, lowest version, its version, how to get it
  if ! have "$1"; then
    missing+=("$1 $2 or newer: $4")
  elif ! at_least "$3" "$2"; then
    missing+=("$1 $2 or newer (found $3): $4")
  fi
}

need cargo 1.94 "$(cargo --version 2>/dev/null | awk '{print $2}')" "https://rustup.rs"
need node 20.19 "$(node --version 2>/dev/null | tr -d v)" "https://nodejs.org, or your distribution's package"
need npm 10.0 "$(npm --version 2>/dev/null)" "comes with Node"
need python3 3.9 "$(python3 --version 2>/dev/null | awk '{print $2}')" "your distribution's package python3 (with pip)"
have python3 && ! python3 -m pip --version >/dev/null 2>&1 && missing+=("pip for python3: your distribution's package python3-pip")
have cc || missing+=("a C compiler (SQLite is built from source): your distribution's package build-essential")
have git || missing+=("git: your distribution's package git")

if [ "${1:-build}" = test ]; then
  wanted=()
  have chromium || have chromium-browser || have google-chrome || wanted+=(chromium)
  fc-list 2>/dev/null | grep -qi "noto.*cjk" || wanted+=(fonts-noto-cjk)
  # A server that is named, one that runs here, or the binaries to start one from.
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || have initdb || [ -n "${KEFU_TEST_POSTGRES:-}" ] || wanted+=(postgresql)
  if [ ${#wanted[@]} -gt 0 ]; then
    if have apt-get && [ "$(id -u)" = 0 ]; then
      echo "installing ${wanted[*]} for the tests"
      apt-get update -q >/dev/null
      DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${wanted[@]}" >/dev/null
    else
      missing+=("${wanted[*]} for the tests: sudo apt-get install ${wanted[*]}")
    fi
  fi
fi

if [ ${#missing[@]} -gt 0 ]; then
  echo "Kefu needs, and this machine lacks:" >&2
  printf '  - %s\n' "${missing[@]}" >&2
  exit 1
fi
