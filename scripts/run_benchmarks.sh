#!/usr/bin/env bash
# Measures the rows P1 to P15 of docs/performance.md: ours and the other side by turns, in one run. See --help. Run it on a
# quiet machine.
#
#   scripts/run_benchmarks.sh --only P3,P4 --quick
set -euo pipefail
cd "$(dirname "$0")/.."
exec /usr/bin/python3 benchmarks/run.py "$@"
