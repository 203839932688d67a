#!/usr/bin/env bash
# Runs every benchmark program and keeps its figures as JSON under build/benchmarks/. Run it on a quiet machine.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/benchmarks
for program in encode_ceiling training_epoch; do
  "build/release/bin/$program" --json "build/benchmarks/$program.json"
  echo
done
