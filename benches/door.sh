#!/usr/bin/env bash
# The door under load, into benches/results/<date>-door.{json,md}. Called by `make bench-door`; takes about
# twenty minutes, with --quick two (into target/). Up to 40,000 files are open in several processes.
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
./target/release/bench-door --dir "$dir" --out "$figures" "$@"
python3 benches/door_page.py "$figures" > "${figures%.json}.md"
echo "written: ${figures%.json}.md"
