#!/usr/bin/env bash
# Puts MNIST and Fashion-MNIST where the tests look for them. Instant where they are already there.
set -euo pipefail
cd "$(dirname "$0")/.."
build/release/bin/cae-train fetch mnist
build/release/bin/cae-train fetch fashion
