# Everything a person or a machine does with the tree. `make` alone lists it.

CARGO ?= cargo
NPM   ?= npm
MODEL := models/multilingual-e5-small

.PHONY: help run test bench bench-chat bench-door bench-routing bench-nlu bench-knowledge soak model web prereqs prereqs-test fmt lint tidy static static-check fuzz clean

help:
	@echo "make run     build everything and serve on http://127.0.0.1:8811"
	@echo "make test    every test: style, rules, units, servers, faults, browser"
	@echo "make bench   the figures, into benches/results/"
	@echo "make bench-chat the chat core beside its peers, about a quarter of an hour (ARGS=--quick, ARGS=--large)"
	@echo "make bench-door the edge under ten thousand connections, about half an hour (ARGS=--quick)"
	@echo "make bench-routing who is given what with 5,000 in line, about four minutes (ARGS=--quick)"
	@echo "make bench-nlu  understanding beside its peers, on public sets (DATA=directory)"
	@echo "make soak    faults at random for MINUTES=10 on STORE=sqlite, and a page of what held"
	@echo "make model   fetch and import the language model (once)"
	@echo "make fuzz    all that is read of strangers against noise, a minute each (FUZZ_SECONDS=60)"
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

web/dist/.built: web/node_modules/.installed $(shell find web/src web/sdk web/widget web/public web/*.html web/*.ts web/*.json proto -type f -not -path 'web/sdk/src/gen/*' -not -path 'web/sdk/dist/*' 2>/dev/null)
	cd web && $(NPM) run --silent build
	@touch $@

bench: prereqs model web
	bash benches/run.sh

# The chat core beside ejabberd, prosody and socket.io, which are brought in for it and taken out after it.
bench-chat: prereqs web
	bash benches/chat.sh $(ARGS)

# Connections, people, bots and everybody at once at the door.
bench-door: prereqs model web
	bash benches/door.sh $(ARGS)

# The router and the way to an agent's screen under a full queue, beside the disk.
bench-routing: prereqs web
	bash benches/routing.sh $(ARGS)

# Understanding beside its peers, on sets that are read by path (DATA=…); vectors are kept in target/.
DATA ?= ../shared/data
PEERS := target/bench-nlu/venv
bench-nlu: model $(PEERS)/.installed
	$(CARGO) run --release --locked --package kefu-benches --bin bench-nlu -- --data $(DATA) --python $(PEERS)/bin/python --out benches/results/$(shell date -u +%F)-nlu.json $(ARGS)

$(PEERS)/.installed: benches/peers/requirements.txt
	python3 -m venv $(PEERS) && $(PEERS)/bin/pip install --quiet --requirement $< || echo "without peers: numpy and scikit-learn cannot be had"
	@mkdir -p $(@D) && touch $@

# A hundred thousand questions: about ten minutes, most of it the first embedding.
bench-knowledge: prereqs model web
	$(CARGO) build --release --locked --package kefu
	$(CARGO) build --release --locked --package kefu-benches --bin bench-knowledge
	./target/release/bench-knowledge --out benches/results/$(shell date -u +%F)-knowledge.json

# Against debug builds, whose failpoints and assertions count. ARGS='--seed 7 --out somewhere'.
MINUTES ?= 10
STORE ?= sqlite
soak: prereqs-test web
	$(CARGO) build --locked --package kefu --bin kefu
	$(CARGO) run --locked --package kefu-tests --bin soak -- --minutes $(MINUTES) --store $(STORE) $(ARGS)

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

# As root: the binary is started in an empty root, as in the container.
static-check: static
	bash scripts/static-check.sh

FUZZ_SECONDS ?= 60
fuzz:
	bash fuzz/run.sh $(FUZZ_SECONDS)

clean:
	$(CARGO) clean
	rm -rf web/dist web/sdk/dist web/node_modules
