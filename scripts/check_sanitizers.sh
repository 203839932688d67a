#!/usr/bin/env bash
# The part of the sanitizer runs that every change goes through: threads for where they meet in the core and in a step;
# address and undefined behaviour for the core, the codec and the trainer's steps, recipes, checkpoints and data. The rest
# runs in `make check-all`. Where CAE_NO_MORE_AFTER (seconds since the epoch) has passed, no further sanitizer is begun, which
# is said: continuous integration with an empty compiler cache has its limit.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}

run() {
  local preset=$1 sanitizer=$2
  if [ "$(date +%s)" -gt "${CAE_NO_MORE_AFTER:-9999999999}" ]; then
    echo "check_sanitizers: SKIPPED the $sanitizer sanitizer, for want of time; run scripts/check_sanitizers.sh"
    return
  fi
  cmake --preset "$preset" >"build/$preset-configure.log" 2>&1 || { cat "build/$preset-configure.log"; exit 1; }
  cmake --build --preset "$preset" -j "$jobs" -- "${sanitizer}_tests"
  # Only the tests whose programs were built: CTest registers the others as <name>_NOT_BUILT.
  ctest --preset "$preset" -j "$jobs" --label-regex "$sanitizer"
}

run tsan thread
run asan address
