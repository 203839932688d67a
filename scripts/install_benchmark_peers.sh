#!/usr/bin/env bash
# Installs the Node.js peer of the benchmarks, at the versions that its figures are kept with, under build/npm/peers. Instant where
# it is already there.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=build/npm/peers
stamp=$folder/installed-1.14.7-0.8.1-1.30.0
[ ! -e "$stamp" ] || exit 0
if ! command -v npm >/dev/null; then
  echo "install_benchmark_peers: npm is missing; scripts/install_dependencies.sh test installs it" >&2
  exit 1
fi
mkdir -p "$folder"
# The package ships its processor library; its install step would fetch those of graphics cards from elsewhere.
ONNXRUNTIME_NODE_INSTALL=skip npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error \
  @grpc/grpc-js@1.14.7 @grpc/proto-loader@0.8.1 onnxruntime-node@1.30.0 >"$folder/install.log" 2>&1 ||
  { cat "$folder/install.log" >&2; exit 1; }
touch "$stamp"
