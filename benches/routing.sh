#!/usr/bin/env bash
# Who is given what under a full queue, into benches/results/<date>-routing.{json,md}. Called by
# `make bench-routing` and by benches/run.sh; takes about four minutes, with --quick half a minute (into target/).
set -euo pipefail
cd "$(dirname "$0")/.."

results=benches/results
dir=target/bench-routing
for argument in "$@"; do
    [ "$argument" != --quick ] || results=$dir
done
figures=$results/$(date -u +%F)-routing.json
mkdir -p "$results" "$dir"

cargo build --release --locked --package kefu --package kefu-benches --bin kefu --bin bench-routing

# What was measured is kept, whatever was found wrong.
status=0
./target/release/bench-routing --dir "$dir" --out "$figures" "$@" || status=$?
python3 benches/routing_page.py "$figures" > "${figures%.json}.md"
echo "written: ${figures%.json}.md"
exit "$status"
