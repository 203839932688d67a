#!/usr/bin/env bash
# Puts the MNIST files where the tests look for them. Instant where they are already there.
set -euo pipefail
cd "$(dirname "$0")/.."
exec build/release/bin/cae-train fetch mnist
