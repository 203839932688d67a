#!/usr/bin/env bash
# Runs each fuzzer for so many seconds, from the committed corpus; what it finds is left in build/fuzz/.
#   scripts/run_fuzzers.sh SECONDS
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?seconds for each fuzzer}
cmake --preset fuzz -DCAE_BUILD_GRPC=OFF
targets=()
for source in tests/fuzz/*_fuzz.cc; do targets+=("$(basename "$source" .cc)"); done
cmake --build --preset fuzz -- "${targets[@]}"
for target in "${targets[@]}"; do
  found=build/fuzz/found/$target
  mkdir -p "$found"
  echo "$target: $seconds seconds"
  "build/fuzz/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found/" "$found" "tests/fuzz/corpus/${target%_fuzz}" 2>"$found.log" ||
    { tail -40 "$found.log"; exit 1; }
  grep number_of_executed_units "$found.log"
done
