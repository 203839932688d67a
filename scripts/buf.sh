#!/usr/bin/env bash
# Runs buf, at the version that the project is checked with, and installs it from npm if it is not there yet.
#
#   scripts/buf.sh lint proto
#   scripts/buf.sh breaking proto --against '.git#branch=main,subdir=proto'
set -euo pipefail
version=1.75.0
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/build/npm/buf-$version
buf=$folder/node_modules/.bin/buf

if [ ! -x "$buf" ]; then
  if ! command -v npm >/dev/null; then
    echo "buf.sh: npm is missing; scripts/install_dependencies.sh test installs it" >&2
    exit 1
  fi
  mkdir -p "$root/build/npm"
  # Beside its place and then moved there, so that an install that breaks off, or a second one at the same time, leaves
  # nothing half done.
  fresh=$(mktemp -d "$root/build/npm/buf.XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  if ! npm install --prefix "$fresh" --no-save --no-audit --no-fund --loglevel=error "@bufbuild/buf@$version" \
      >"$fresh/install.log" 2>&1; then
    cat "$fresh/install.log" >&2
    exit 1
  fi
  mv -T "$fresh" "$folder" 2>/dev/null || [ -x "$buf" ]
  rm -rf "$fresh"
  trap - EXIT
fi
exec "$buf" "$@"
