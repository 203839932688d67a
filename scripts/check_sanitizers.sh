#!/usr/bin/env bash
# The part of the sanitizer runs that every change goes through: address and undefined behaviour for core, codec, trainer and
# parsers, threads for core. The rest (server, client) runs in `make check-all`.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}

run() {
  local preset=$1
  shift
  cmake --preset "$preset" >"build/$preset-configure.log" 2>&1 || { cat "build/$preset-configure.log"; exit 1; }
  cmake --build --preset "$preset" -j "$jobs" -- "$@"
  # Only the tests whose programs were built: CTest registers the others as <name>_NOT_BUILT.
  ctest --preset "$preset" -j "$jobs" --label-regex '^sanitized$'
}

run asan sanitized_tests
run tsan sanitized_tests
