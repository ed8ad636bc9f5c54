#!/usr/bin/env bash
# Every test, cheapest first, so that a mistake is known early. Called by `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

say "format"
cargo fmt --all --check
say "pages: types and units"
(cd web && npm run --silent check && npm test --silent)
say "rules of the house"
cargo xtask tidy
say "lints"
cargo clippy --workspace --all-targets --locked -- -D warnings
say "build"
# Everything at once: the same features for all, so that nothing is built twice.
cargo build --workspace --all-targets --locked
say "tests"
if cargo nextest --version >/dev/null 2>&1; then
  ./target/debug/with-postgres cargo nextest run --workspace --locked --no-fail-fast
else
  echo "cargo-nextest is not installed; using cargo test (slower, same tests)"
  ./target/debug/with-postgres cargo test --workspace --locked --no-fail-fast
fi
say "the starter intents"
./target/debug/kefu intents check --strict intents
KEFU_BOT__CACHE_DIR=target/test-vectors ./target/debug/kefu intents test intents \
  --cases intents/cases/starter.tsv --min-accuracy 0.9
say "browser"
node tests/browser/run.mjs
