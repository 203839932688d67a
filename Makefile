# The front door. `make` lists the targets; `make serve` and `make test` are the two that a newcomer needs.
# Both install what is missing (Debian 12), configure and build first, and take a second where nothing is to be done.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

JOBS ?= $(shell nproc)
# Where `make serve` listens.
LISTEN ?= 127.0.0.1:50051
METRICS_LISTEN ?= 127.0.0.1:9464
# Arguments of the benchmarks: make bench BENCH="--only P3,P4"
BENCH ?=
# Arguments of the endurance program: make soak SOAK="--only digests"
SOAK ?=

.PHONY: help serve test build bench soak format check-format check-all check-asan check-tsan check-strict check-fuzz coverage clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: build ## Install, build and serve the bundled models on $(LISTEN)
	@echo "serving models/ on $(LISTEN); metrics on http://$(METRICS_LISTEN)/metrics; Ctrl-C stops"
	@exec build/release/bin/cae-server --repository models --listen $(LISTEN) --metrics-listen $(METRICS_LISTEN)

test: build ## Install, build, and run all tests, some of them under sanitizers, too
	@scripts/install_dependencies.sh build test
	@scripts/fetch_test_data.sh
	@ctest --preset release -j $(JOBS)
	@echo "all tests of the release build passed"
	@scripts/check_sanitizers.sh

build: build/release/build.ninja ## Build the programs, tests and benchmarks into build/release
	@cmake --build --preset release -j $(JOBS)

build/release/build.ninja: scripts/install_dependencies.sh
	@scripts/install_dependencies.sh build
	@mkdir -p build
	@cmake --preset release > build/release-configure.log 2>&1 || { cat build/release-configure.log; exit 1; }

bench: build ## Measure against the machine's ceiling and against peers
	@scripts/install_dependencies.sh build bench
	@scripts/install_benchmark_peers.sh
	@scripts/run_benchmarks.sh $(BENCH)

soak: build ## Show what must hold at full size: digests, killed clients, slow readers, 10,000 chains (minutes)
	@build/release/bin/endurance $(SOAK)

format: ## Format the C++ sources in place
	@scripts/install_dependencies.sh check
	@git ls-files '*.h' '*.cc' | xargs clang-format -i

check-format: ## Fail where a C++ source is not formatted
	@scripts/install_dependencies.sh check
	@git ls-files '*.h' '*.cc' | xargs clang-format --dry-run --Werror

check-asan: ## All tests under the address and undefined-behaviour sanitizers
	@scripts/install_dependencies.sh build test
	@cmake --preset asan && cmake --build --preset asan -j $(JOBS) && ctest --preset asan -j $(JOBS)

check-tsan: ## Tests of core and trainer under the thread sanitizer, no suppressions
	@scripts/install_dependencies.sh build test
	@cmake --preset tsan && cmake --build --preset tsan -j $(JOBS) && ctest --preset tsan -j $(JOBS)

check-strict: ## Everything by clang with -Wthread-safety -Werror, and clang-tidy on what ships
	@scripts/install_dependencies.sh build test check
	@cmake --preset clang-strict && cmake --build --preset clang-strict -j $(JOBS)

check-fuzz: ## Each fuzzer for FUZZ_SECONDS (default 60)
	@scripts/install_dependencies.sh build test check
	@scripts/run_fuzzers.sh $(or $(FUZZ_SECONDS),60)

coverage: ## Line coverage of the tests
	@scripts/install_dependencies.sh build test check
	@cmake --preset coverage && cmake --build --preset coverage -j $(JOBS) && ctest --preset coverage -j $(JOBS)
	@gcovr --root . --exclude build --exclude tests --print-summary build/coverage | tail -5

check-all: test check-format check-strict check-asan check-tsan check-fuzz ## Everything that continuous integration does not have the time for

clean: ## Remove all build folders
	@rm -rf build
