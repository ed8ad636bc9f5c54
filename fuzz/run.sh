#!/usr/bin/env bash
# Runs every fuzz target for some seconds each: `fuzz/run.sh [SECONDS] [TARGET…]`.
# Coverage comes from the compiler's own passes, so that the stable toolchain is enough. A finding
# leaves its input beside the corpus, in fuzz/target/<target>/, and ends the run; the corpus is kept for
# the next one. seeds/<target>/ is where each begins.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-60}
shift || true
if [ $# -eq 0 ]; then
  set -- normalize intents keywords frames compressed media outbox \
    identity trails forms bodies hours words ids search tables doors
fi
command -v c++ > /dev/null || { echo "fuzz: a C++ compiler is needed for libFuzzer (Debian: apt install g++)"; exit 1; }
host=$(rustc -vV | sed -n 's/^host: //p')
# Newer passes need no flag of the unstable compiler; older ones were behind it.
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"
# With a target named, build scripts and macros are built without the flags.
cargo build --release --target "$host" --target-dir target
for name in "$@"; do
  echo "fuzz: $name for $seconds seconds"
  mkdir -p "target/$name/corpus"
  "target/$host/release/$name" "target/$name/corpus" "seeds/$name" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
    -artifact_prefix="target/$name/" -print_final_stats=1 -verbosity=0
done
