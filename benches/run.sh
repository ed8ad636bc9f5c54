#!/usr/bin/env bash
# The figures of this machine, into benches/results/<date>-*.json with a page beside them.
# Takes about five minutes. Called by `make bench`.
set -euo pipefail
cd "$(dirname "$0")/.."

date=$(date -u +%F)
results=benches/results
mkdir -p "$results"

cargo build --release --locked --package kefu
cargo build --release --locked --package kefu-benches

./target/release/bench-product --out "$results/$date-product.json"
./target/release/bench-encoder --out "$results/$date-encoder.json"
python3 benches/page.py "$date" > "$results/$date.md"
echo "written: $results/$date.md"
