#!/usr/bin/env bash
# The contract breaks no client of the released one, and the check that says so does see a break.
set -euo pipefail
cd "$(dirname "$0")/../.."
released=tests/proto/released_contract.binpb

scripts/buf.sh breaking proto --against "$released"

broken=$(mktemp -d)
trap 'rm -rf "$broken"' EXIT
cp -r proto/. "$broken"
sed -i 's/Tensor inputs = 2;/Tensor inputs = 22;/' "$broken/cae/v1/cae_service.proto"
if scripts/buf.sh breaking "$broken" --against "$released" >"$broken/found" 2>&1; then
  echo "a field changed its number and nobody noticed" >&2
  exit 1
fi
grep -q 'EncodeRequest' "$broken/found"
