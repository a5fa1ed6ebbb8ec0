# tsv: everything that is built or tested goes through here. `make` alone lists the targets.
# Only Node 20+, npm, cc and make are needed; what the tests need beyond that, `make test` sets up.

NODE ?= node
CC ?= cc
BIN := node_modules/.bin
CFLAGS ?= -O2
SOURCES = $(shell find src test -name '*.ts' 2>/dev/null)

# Every comparison with Supervisor adds its sums to this file; the last step of `make test` adds them up.
COMPARISONS := $(CURDIR)/build/comparisons.jsonl
export TSV_COMPARISONS = $(COMPARISONS)

# node-pty's native half, for programs that run on a terminal (tty=true). It is C++: where there is no compiler for that,
# tsv is built without it and says so, here and when it is asked for a terminal.
CXX_FOUND := $(firstword $(foreach each,$(firstword $(CXX)) c++ clang++,$(shell command -v $(each) 2>/dev/null)))
PTY_ADDON := $(if $(CXX_FOUND),build/pty.node)
# Where addons are built; that of another architecture is named together with CC and CXX for it.
ADDONS ?= build

# Notes that a target ran which .ci/run does not run; that says when it was.
ran = mkdir -p build/ran && echo "$$(date -u '+%F %R') UTC, at $$(git rev-parse --short HEAD 2>/dev/null)" >build/ran/$(1)

# Node's own variables would reach the tools, and through them the measurements.
unexport NODE_OPTIONS

.DEFAULT_GOAL := help
.PHONY: help run build check test attack soak bench clean types lint man unit sim integration e2e clients test-host
.DELETE_ON_ERROR:

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: dist/tsv ## Build tsv and run a sample of three programs in the foreground
	@sh packaging/demo/run.sh

build: dist/tsv ## Build the standalone executable dist/tsv

check: types lint man unit sim ## Types, lint, unit tests, simulation: the quick checks, under two minutes

# Every stage runs, and the end names all that failed.
test: ## Everything that must pass; sets up what the tests need
	@rm -f $(COMPARISONS)
	@$(NODE) test/stages.mjs test-host types lint man unit sim integration e2e browser clients comparisons

.PHONY: comparisons
comparisons: # What the comparisons with Supervisor of this run came to.
	@$(NODE) test/comparisons.mjs $(COMPARISONS)

attack: build/js/.stamp dist/tsv ## Attack parsers and executable; SEED=, MINUTES=, ONLY=
	$(NODE) build/js/test/attack/main.js

soak: build/js/.stamp dist/tsv ## Churn with upgrades; nothing may grow; MINUTES=30
	$(NODE) build/js/test/soak/main.js
	@$(call ran,soak)

bench: dist/tsv build/js/.stamp ## Measure speed and size, side by side with Debian's supervisor; ROWS='start floor'
	$(NODE) build/js/test/bench/main.js $(ROWS)
	@$(call ran,bench)

.PHONY: bench-peers
bench-peers: ## Install the other supervisors that `make bench` compares with
	@sh test/setup-host.sh peers

clean: ## Remove all that was built; what was downloaded stays
	rm -rf dist
	[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name base -exec rm -rf {} +

types: node_modules/.stamp ## Check the types
	$(BIN)/tsc -p . --noEmit
	$(BIN)/tsc -p tsconfig.scripts.json
	$(BIN)/tsc -p src/services/web/pages

lint: node_modules/.stamp ## Check style, formatting, who imports whom, words of names, waits, and subjects of commits
	$(BIN)/biome check src test packaging
	@$(BIN)/prettier --check --log-level=warn '*.md' '{docs,initscripts,test}/**/*.md'
	$(NODE) test/lint/boundaries.mjs
	$(NODE) test/lint/waits.mjs
	$(NODE) test/lint/test-waits.mjs
	$(NODE) test/lint/words.mjs
	$(NODE) test/lint/subjects.mjs

man: ## Check the manual pages
	@sh packaging/manual/lint.sh

.PHONY: figures
figures: ## Print the size and shape of the code; IN=, another checkout
	@$(NODE) test/figures.mjs $(IN)

.PHONY: pictures
pictures: dist/tsv ## Draw docs/pictures anew: tsv on a sample host in private namespaces, as root
	@sh packaging/pictures/pictures.sh

unit: build/js/.stamp build/posix.node ## Pure tests
	$(NODE) test/run.mjs unit

sim: build/js/.stamp ## Seeded simulation of the daemon
	$(NODE) test/run.mjs sim

integration: build/js/.stamp build/posix.node build/keeper $(PTY_ADDON) dist/tsv ## Tests with real processes, files and sockets
	$(NODE) test/run.mjs integration

e2e: build/js/.stamp dist/tsv ## Tests of the built executable
	$(NODE) test/run.mjs e2e

browser: build/js/.stamp dist/tsv ## Tests of the web page in a headless Chromium
	$(NODE) test/run.mjs browser

# Tests that take long (*.slow.test.ts), and more lives of the simulated daemon than `make sim` tries.
.PHONY: test-slow slow slow-sim
test-slow: ## Tests that take long, and the simulation with more seeds
	@$(NODE) test/stages.mjs slow slow-sim comparisons

slow: build/js/.stamp build/posix.node $(PTY_ADDON) dist/tsv
	$(NODE) test/run.mjs --slow integration e2e

slow-sim: build/js/.stamp
	SIM_SEEDS=$(or $(SIM_SEEDS),20) $(NODE) test/run.mjs sim

clients: build/js/.stamp dist/tsv ## Clients of Supervisor, unchanged, with tsv and with Supervisor
	$(NODE) test/run.mjs clients

# Before a new or changed file of tests is committed.
.PHONY: stress
stress: build/js/.stamp build/posix.node $(PTY_ADDON) dist/tsv ## Run test files ten times on a quarter of a processor; FILES='e2e/why'
	$(NODE) test/stress.mjs $(FILES)

test-host: ## Install what the tests compare against: Debian's supervisor and clients of it
	@sh test/setup-host.sh

# Not a part of `make test`: it boots machines and runs containers, as root, from packages that it installs and Debian roots that
# it caches.
.PHONY: test-hosts
test-hosts: build/js/.stamp dist/tsv ## Boot real hosts of each init system, run containers, and test what tsv does there
	@sh test/hosts/setup.sh
	@sh test/containers/setup.sh
	nice -n 5 $(NODE) test/run.mjs --long hosts containers

.PHONY: test-containers
test-containers: build/js/.stamp dist/tsv ## Only those in containers: images, PID 1, docs/containers.md
	@sh test/containers/setup.sh
	$(NODE) test/run.mjs --long containers

.PHONY: test-packages
test-packages: build/js/.stamp dist/tsv ## Build packages of two versions and try them on booted hosts
	@sh test/hosts/setup.sh
	@sh test/packages/setup.sh
	nice -n 5 $(NODE) test/run.mjs --long --jobs=1 packages

# What is released, of every architecture; ARCHES="amd64" for one. Installs compilers for the others, as root.
ARCHES ?= amd64 arm64 armhf
.PHONY: dist
dist: node_modules/.stamp ## Build packages and archives of every architecture in dist/
	@sh packaging/dist/build.sh $(ARCHES)

# Not a part of `make test`: it installs cross compilers and qemu, and unpacks Debian roots that it caches.
.PHONY: test-dist
test-dist: build/js/.stamp build/posix.node ## Build for every architecture and test it there, through qemu
	@sh packaging/dist/setup.sh $(ARCHES)
	@sh test/hosts/setup-foreign.sh
	@for arch in $(ARCHES); do $(NODE) packaging/dist/stage.mjs $$arch || exit; done
	$(NODE) test/run.mjs --long --jobs=1 dist

# The stamp is newer than both files exactly when node_modules holds what the lock file says. Not `npm ci`: it refuses a
# lock file that lacks optional packages for platforms which the registry does not have.
node_modules/.stamp: package.json package-lock.json
	npm install --no-save --no-audit --no-fund
	@touch $@

# Wrong types fail here too: tests of what was not compiled would pass for what was compiled before.
build/js/.stamp: node_modules/.stamp tsconfig.json $(SOURCES)
	@rm -rf build/js
	@$(BIN)/tsc -p .
	@mkdir -p build/js && echo '{"type":"module"}' >build/js/package.json
	@touch $@

# The addon by plain cc: Node-API is stable in its binary form, so one build serves every Node from 18 on.
# The linker leaves the napi_* symbols to Node.
ADDON_LDFLAGS := -Wl,-s -Wl,--gc-sections -Wl,-z,relro,-z,now
# What the compiler has against memory errors; `make HARDENING=` for none, with -O0 for example.
HARDENING = $(shell sh packaging/standalone/hardening.sh $(1))
ADDON_SOURCES := src/host/posix.c $(wildcard src/host/posix/*.c)
# The keeper lies in the addon as bytes. It is a program without a C library.
KEEPER_SOURCES := src/host/keeper/keeper.c src/host/keeper/guard.c
$(ADDONS)/keeper: $(KEEPER_SOURCES) $(wildcard src/host/keeper/*.h) src/host/posix/raw.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -std=gnu11 -Wall -Wextra -Werror -ffreestanding -fno-stack-protector -fno-pie -no-pie -static -nostdlib \
	  -Wl,-s -Wl,-z,noexecstack -Wl,--build-id=none -o $@ $(KEEPER_SOURCES)
$(ADDONS)/posix.node: $(ADDON_SOURCES) $(wildcard src/host/posix/*.h) $(ADDONS)/keeper packaging/standalone/hardening.sh node_modules/.stamp
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(call HARDENING,$(CC)) -std=gnu11 -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden \
	  -DNAPI_VERSION=8 -DKEEPER='"$(ADDONS)/keeper"' \
	  -Inode_modules/node-api-headers/include $(ADDON_LDFLAGS) -o $@.new $(ADDON_SOURCES)
	@mv $@.new $@

# node-pty's native half; see PTY_ADDON above.
PTY_COMPAT := packaging/standalone/pty-compat.c
$(ADDONS)/pty.node: $(PTY_COMPAT) packaging/standalone/hardening.sh node_modules/.stamp
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(call HARDENING,$(CC)) -std=gnu11 -Wall -Wextra -Werror -fPIC -c $(PTY_COMPAT) -o $(@D)/pty-compat.o
	$(CXX_FOUND) $(CXXFLAGS) -O2 $(call HARDENING,$(CXX_FOUND)) -std=c++17 -fPIC -shared -fvisibility=hidden -DNAPI_CPP_EXCEPTIONS \
	  -Inode_modules/node-api-headers/include -Inode_modules/node-addon-api $(ADDON_LDFLAGS) -o $@.new \
	  node_modules/node-pty/src/unix/pty.cc $(@D)/pty-compat.o && mv $@.new $@ || \
	  echo "node-pty cannot be compiled with $(CXX_FOUND): see above" >&2

dist/tsv: build/posix.node $(PTY_ADDON) node_modules/.stamp $(shell find src -name '*.ts' 2>/dev/null) $(shell find src/services/web/pages -type f) $(wildcard initscripts/*.mustache docs/man/* docs/doctor/* packaging/standalone/*)
	$(NODE) packaging/standalone/build.mjs
