#!/usr/bin/env bash
# Runs the fuzzers from their committed corpora, each for so many seconds of processor time, and prints a table at the end.
#   scripts/run_fuzzers.sh [--jobs N] SECONDS [TARGET...]        e.g. --jobs 2 600 npy_fuzz png_fuzz; no target: all of them
# A finding ends its own target only; the exit code is 1 if there was one. In build/fuzz/found/ are then TARGET.log, what
# libFuzzer said, and in TARGET/ the input, crash-*, beside all inputs that reached new code. It goes into
# tests/fuzz/corpus/ with its fix. So does what a long run has learnt, where it is small:
#   build/fuzz/bin/npy_fuzz -merge=1 tests/fuzz/corpus/npy build/fuzz/found/npy_fuzz
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=1
if [[ ${1:-} == --jobs ]]; then
  jobs=${2:?a number of fuzzers to run side by side}
  shift 2
fi
seconds=${1:?seconds of processor time for each fuzzer}
shift
targets=("$@")
if ((${#targets[@]} == 0)); then
  for source in tests/fuzz/*_fuzz.cc; do targets+=("$(basename "$source" .cc)"); done
fi
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -- "${targets[@]}"
found=build/fuzz/found
mkdir -p "$found"

# Sums what the attempts of one target logged, as a line of the table.
summary() { # TARGET CPU_SECONDS RESULT
  local executions coverage
  executions=$(awk '/number_of_executed_units/ {sum += $2} END {print sum + 0}' "$found/$1.log")
  coverage=$(grep -o 'cov: [0-9]*' "$found/$1.log" | tail -1 || true)
  printf '%-22s %8s %12s %8s %8s  %s\n' "$1" "$2" "$executions" "${coverage#cov: }" \
    "$(find "$found/$1" -type f | wc -l)" "$3"
}

# libFuzzer's limit is wall-clock time. What the processor gave to others is made up for by another attempt, which goes on
# from the inputs that the last one found.
fuzz() { # TARGET
  local target=$1 used=0 attempts=0 result=clean
  mkdir -p "$found/$target"
  : >"$found/$target.log"
  while ((seconds - used >= 1 && ++attempts <= 50)) && [[ $result == clean ]]; do
    "build/fuzz/bin/$target" -max_total_time=$((seconds - used)) -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="$found/$target/" "$found/$target" "tests/fuzz/corpus/${target%_fuzz}" \
      >>"$found/$target.log" 2>&1 || result="FINDING: $found/$target.log"
    # Line 2: user and system time of this subshell's children. To a file, as a pipe would be a subshell without children.
    times >"$found/$target.times"
    used=$(awk 'NR == 2 {split($0, t, /[ms ]+/); print int(60 * (t[1] + t[3]) + t[2] + t[4])}' "$found/$target.times")
  done
  if [[ $result == clean ]] && ((seconds - used >= 1)); then result="SHORT of its seconds"; fi
  summary "$target" "$used" "$result" >"$found/$target.summary"
}

for target in "${targets[@]}"; do
  while (($(jobs -rp | wc -l) >= jobs)); do wait -n || true; done
  echo "$target: $seconds seconds"
  rm -f "$found/$target.summary"
  fuzz "$target" &
done
wait || true

printf '%-22s %8s %12s %8s %8s  %s\n' target seconds executions coverage inputs result
failed=0
for target in "${targets[@]}"; do
  cat "$found/$target.summary" 2>/dev/null || echo "$target did not run"
  grep -q ' clean$' "$found/$target.summary" 2>/dev/null || failed=1
done
exit $failed
