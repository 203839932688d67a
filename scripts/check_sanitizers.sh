#!/usr/bin/env bash
# The part of the sanitizer runs that every change goes through: threads for where they meet in the core and in a step;
# address and undefined behaviour for the core, the codec and the trainer's steps, recipes, checkpoints and data. The rest
# runs in `make check-all`. Where CAE_NO_MORE_AFTER (seconds since the epoch) has passed, no further sanitizer is begun, and the
# last line says so: continuous integration with an empty compiler cache has its limit.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
skipped=()

run() {
  local preset=$1 sanitizer=$2
  if [ "$(date +%s)" -gt "${CAE_NO_MORE_AFTER:-9999999999}" ]; then
    skipped+=("$sanitizer")
    return
  fi
  cmake --preset "$preset" >"build/$preset-configure.log" 2>&1 || { cat "build/$preset-configure.log"; exit 1; }
  cmake --build --preset "$preset" -j "$jobs" -- "${sanitizer}_tests"
  # Only the tests whose programs were built: CTest registers the others as <name>_NOT_BUILT.
  ctest --preset "$preset" -j "$jobs" --label-regex "$sanitizer"
}

run tsan thread
run asan address

if [ ${#skipped[@]} -gt 0 ]; then
  echo "NOT ALL TESTS WERE RUN: no time was left for the sanitizers: ${skipped[*]}; run scripts/check_sanitizers.sh"
else
  echo "all tests under sanitizers passed"
fi
