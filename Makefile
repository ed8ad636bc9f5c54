# Everything a person or a machine does with the tree. `make` alone lists it.

CARGO ?= cargo
NPM   ?= npm
MODEL := models/multilingual-e5-small

.PHONY: help run test bench model web prereqs prereqs-test fmt lint tidy static clean

help:
	@echo "make run     build everything and serve on http://127.0.0.1:8811"
	@echo "make test    every test: style, rules, units, servers, faults, browser"
	@echo "make bench   the figures, into benches/results/"
	@echo "make model   fetch and import the language model (once)"
	@echo "make static  one static binary, for a closed network or an empty container"

run: prereqs model web
	$(CARGO) build --release --locked --package kefu
	./target/release/kefu serve $(ARGS)

test: prereqs-test model web
	bash scripts/test.sh

model: prereqs
	$(CARGO) xtask model --dir $(MODEL)

web: prereqs web/dist/.built

web/node_modules/.installed: web/package.json web/package-lock.json
	cd web && $(NPM) ci --no-audit --no-fund
	@touch $@

web/dist/.built: web/node_modules/.installed $(shell find web/src web/public web/*.html web/*.ts web/*.json proto -type f -not -path 'web/src/gen/*' 2>/dev/null)
	cd web && $(NPM) run --silent build
	@touch $@

bench: prereqs model web
	bash benches/run.sh

prereqs:
	@bash scripts/prereqs.sh build

prereqs-test:
	@bash scripts/prereqs.sh test

fmt:
	$(CARGO) fmt --all

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

tidy:
	$(CARGO) xtask tidy

static: prereqs model web
	RUSTFLAGS="-C target-feature=+crt-static" $(CARGO) build --release --locked --package kefu --target $(shell rustc -vV | sed -n 's/^host: //p')

clean:
	$(CARGO) clean
	rm -rf web/dist web/node_modules
