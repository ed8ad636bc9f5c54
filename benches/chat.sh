#!/usr/bin/env bash
# The chat core beside its peers, into benches/results/<date>-chat.{json,md}. Called by `make bench-chat`
# and by benches/run.sh; takes about a quarter of an hour, with --quick two minutes (into target/).
set -euo pipefail
cd "$(dirname "$0")/.."

results=benches/results
dir=target/bench-chat
for argument in "$@"; do
    [ "$argument" != --quick ] || results=$dir
done
figures=$results/$(date -u +%F)-chat.json
mkdir -p "$results" "$dir"

cargo build --release --locked --package kefu --package kefu-benches --bin kefu --bin bench-chat

trap 'bash benches/peers/chat.sh remove "$dir"' EXIT
bash benches/peers/chat.sh install "$dir"
# What was measured is kept, whatever failed after it.
status=0
./target/release/bench-chat --dir "$dir" --out "$figures" "$@" || status=$?
python3 benches/chat_page.py "$figures" > "${figures%.json}.md"
echo "written: ${figures%.json}.md"
exit "$status"
