# `make run` to try Patchbay, `make test` to check all of it. See CONTRIBUTING.md.
# What a target lacks (Debian packages, npm and Python packages) it installs when it may,
# and otherwise says exactly what to install.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build run check test dev e2e bench profile lighthouse screenshots clean-data

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: ## release binary with the dashboard in it: target/release/patchbay
	@scripts/build.sh release

run: ## build and serve on http://127.0.0.1:8700 with ./data (ARGS='--listen …' to change)
	@scripts/run.sh $(ARGS)

check: ## quick loop: format, lints, unit tests
	@scripts/check.sh

test: ## everything: format, lints, licences, all tests, dashboard, browser tests
	@scripts/test.sh

dev: ## server and dashboard, reloading on change
	@scripts/dev.sh

e2e: ## browser tests against the real binary (TESTS='tests/c1.test.mjs' for some)
	@scripts/e2e.sh $(TESTS)

bench: ## measurements against real peers, into docs/benchmarks.md
	@scripts/bench.sh

profile: ## where requests and runs spend their time, into docs/where-time-goes.md
	@scripts/profile.sh

lighthouse: ## Lighthouse on sign-in and Connections, into docs/benchmarks-dashboard.md
	@scripts/lighthouse.sh

screenshots: ## renew the README's pictures from the real binary in demo mode
	@scripts/screenshots.sh

clean-data: ## forget the data of `make run`
	rm -rf data
