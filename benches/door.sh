#!/usr/bin/env bash
# The door under load, into benches/results/<date>-door.{json,md}. Called by `make bench-door`; takes about
# half an hour, an hour at most, with --quick some minutes (into target/). What a part has measured before it
# fails or its time is over is kept, and the page says what is missing. Up to 40,000 files are open in several processes.
set -euo pipefail
cd "$(dirname "$0")/.."

results=benches/results
dir=target/bench-door
for argument in "$@"; do
    [ "$argument" != --quick ] || results=$dir
done
figures=$results/$(date -u +%F)-door.json
mkdir -p "$results" "$dir"

cargo build --release --locked --package kefu --package kefu-benches --bin kefu --bin bench-door

ulimit -n "$(ulimit -Hn)"
status=0
./target/release/bench-door --dir "$dir" --out "$figures" "$@" || status=$?
python3 benches/door_page.py "$figures" > "${figures%.json}.md"
echo "written: ${figures%.json}.md"
exit "$status"
