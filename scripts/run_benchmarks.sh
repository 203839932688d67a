#!/usr/bin/env bash
# Runs every benchmark program, prints its table, and keeps its JSON under build/benchmarks/. Run it on a quiet machine.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=build/release/bin
mkdir -p build/benchmarks
for program in encode_ceiling training_epoch; do
  "$bin/$program" --json >"build/benchmarks/$program.json"
  /usr/bin/python3 benchmarks/print_report.py "build/benchmarks/$program.json"
done
