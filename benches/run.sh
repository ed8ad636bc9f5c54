#!/usr/bin/env bash
# The figures of this machine, into benches/results/<date>-*.json with a page beside them.
# Takes about half an hour. Called by `make bench`.
set -euo pipefail
cd "$(dirname "$0")/.."

date=$(date -u +%F)
results=benches/results
mkdir -p "$results"

# In one build: the same features for both, so that nothing is built twice.
cargo build --release --locked --package kefu --package kefu-benches

./target/release/bench-product --out "$results/$date-product.json"
./target/release/bench-encoder --out "$results/$date-encoder.json"
./target/release/bench-keyword --out "$results/$date-keyword.json"
./target/release/bench-reload --out "$results/$date-reload.json"
bash benches/chat.sh
bash benches/routing.sh
python3 benches/page.py "$date" > "$results/$date.md"
echo "written: $results/$date.md"
