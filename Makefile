# setup demo check test bench fix: the targets that people and CI run.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: setup setup-test player demo check test e2e nat bench fix clean-demo

PLAYER_SOURCES := $(shell find player-web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

setup:            ## what the demo needs
	@installer/setup.sh demo

setup-test:       ## what the tests need as well: Chromium, PostgreSQL, packages of npm and Python
	@installer/setup.sh test

player: player-web/dist/index.html

player-web/dist/index.html: $(PLAYER_SOURCES) | setup
	@echo "building the player" >&2
	@cd player-web && npm run --silent build -- --logLevel warn >&2
	@touch $@

demo: setup       ## a portal and a home on this machine: PORT=8080 MUSIC=~/Music DEMO_DIR=target/demo
	@$(MAKE) --no-print-directory player
	@PORT='$(PORT)' MUSIC='$(MUSIC)' DEMO_DIR='$(DEMO_DIR)' exec installer/demo.sh

check: setup-test ## formatting, lints, types
	@$(MAKE) --no-print-directory player
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	cd player-web && npm run --silent check

test: setup-test  ## everything: Rust on SQLite and PostgreSQL, TypeScript, real browsers
	@$(MAKE) --no-print-directory player
	@node tests/run-all.mjs

e2e: setup-test   ## the browser tests alone
	@$(MAKE) --no-print-directory player
	@node tests/run-all.mjs browser

nat: setup-test   ## which path is found through which routers; CELL='portcone symmetric' for one pair
	@$(MAKE) --no-print-directory player
	@cargo test --workspace --no-run --quiet
	@CELL='$(CELL)' node tests/nat/run.mjs

bench: setup-test ## figure, goal, measured
	@$(MAKE) --no-print-directory player
	@cargo build --release --quiet -p iroam-portal -p iroam-agent -p iroam-tests -p iroam-store --bins --examples
	@node tests/bench/run.mjs

fix:              ## formats
	cargo fmt --all
