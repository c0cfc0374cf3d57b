# Daybook needs Go and make. Nothing is installed outside this folder but what `make test` says it installs.

GO       ?= go
BIN      := $(CURDIR)/bin
FUZZTIME ?= 10s

# Tools are pinned, and built once each into bin/ from the module proxy.
# Later ones have gofumpt 0.12, which aligns tables differently from the gofmt of the Go in go.mod.
GOLANGCI_VERSION    := v2.13.2
GOVULNCHECK_VERSION := v1.8.0
GOLANGCI    := $(BIN)/golangci-lint-$(GOLANGCI_VERSION)
GOVULNCHECK := $(BIN)/govulncheck-$(GOVULNCHECK_VERSION)

# No package of ours needs C, and a static binary runs anywhere. Only the race detector wants cgo.
export CGO_ENABLED = 0

.DEFAULT_GOAL := help

##@ Use

.PHONY: demo
demo: ## See Daybook work: a small warehouse, agents at work on it, and the questions it answers
	$(GO) run ./cmd/daybook demo

.PHONY: build
build: ## Build the one binary into bin/daybook
	$(GO) build -trimpath -o $(BIN)/daybook ./cmd/daybook

##@ Check

.PHONY: test
test: python postgresql stock ## Run every test (installs python3 and PostgreSQL by apt-get where missing, and MCP programs by npm, if that is possible)
	$(GO) test -timeout 30m ./...
	cd interop && $(GO) test -timeout 30m -count=1 ./...
	$(MAKE) --no-print-directory testpython

.PHONY: testpython
testpython: python ## Run the tests of the Python client alone
	@set -eu; bin=$$(mktemp -d); trap 'rm -rf "$$bin"' EXIT; \
	$(GO) build -o "$$bin/daybook" ./cmd/daybook; \
	echo "python3 -m unittest discover -s python/tests ($$(python3 --version))"; \
	DAYBOOK_BIN="$$bin/daybook" python3 -B -W error::ResourceWarning -m unittest discover -s python/tests -t python/tests

# The canonical form is held against the real Python, so the tests want one.
.PHONY: python
python:
	@command -v python3 >/dev/null 2>&1 && exit 0; \
	if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
		echo 'make test: python3 is missing, installing it with apt-get'; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3; \
	else \
		echo 'make test: python3 is missing; install it with your package manager and run make test again' >&2; \
		exit 1; \
	fi

# Tests start servers of their own (pgtest): what they want is the binaries, not a cluster that runs.
.PHONY: postgresql
postgresql:
	@said=$$($(GO) test -count=1 -run '^TestInstalled$$' ./pgtest) && exit 0; \
	if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
		echo 'make test: PostgreSQL is missing, installing it with apt-get'; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; \
	else \
		printf '%s\n' "$$said" >&2; \
		exit 1; \
	fi

# Stock MCP programs from npm, for the tests that run them; these are skipped where they are not installed.
.PHONY: npm
npm: ## Install the MCP programs of others that some tests run, into bin/npm (needs Node and npm)
	@mkdir -p $(BIN)/npm
	cp interop/npm/package.json interop/npm/package-lock.json $(BIN)/npm
	cd $(BIN)/npm && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1 --fetch-timeout=20000

# What npm cannot give is not worth failing for, or waiting for: the tests say what they skip.
.PHONY: stock
stock:
	@[ -f $(BIN)/npm/node_modules/.package-lock.json ] && exit 0; \
	command -v timeout >/dev/null 2>&1 && most='timeout -s KILL 120' || most=; \
	if ! command -v npm >/dev/null 2>&1; then \
		echo 'make test: npm is missing, so the tests with stock MCP programs are skipped'; \
	elif ! $$most $(MAKE) --no-print-directory -s npm; then \
		rm -rf $(BIN)/npm; \
		echo 'make test: npm could not install the stock MCP programs, so the tests with them are skipped'; \
	fi

.PHONY: race
race: python postgresql ## Run every test under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -timeout 60m -race ./...

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME each (10s)
	@set -eu; \
	listing=$$($(GO) test -list '^Fuzz' ./...); \
	targets=$$(printf '%s\n' "$$listing" | awk '/^Fuzz/ { names[++n] = $$1 } \
		/^ok/ { for (i = 1; i <= n; i++) print $$2, names[i]; n = 0 }'); \
	[ -n "$$targets" ] || { echo 'make fuzz: no fuzz target found' >&2; exit 1; }; \
	printf '%s\n' "$$targets" | while read -r package target; do \
		echo "fuzz $$package $$target for $(FUZZTIME)"; \
		$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package"; \
	done

.PHONY: bench
bench: ## Measure this machine (BENCH=-postgres, -million, -ids or '-victorialogs URL' for more)
	$(GO) run ./bench $(BENCH)

# The corpora of SQL are not ours to ship. A folder beside the checkout is found by itself.
CORPUS ?= $(or $(DAYBOOK_CORPUS),$(wildcard ../shared/data))

.PHONY: score
score: python ## Measure the lineage of SQL against the corpora in DAYBOOK_CORPUS (SCORE='--show 5' for misses)
	@set -eu; dir='$(CORPUS)/sqllineage'; \
	if [ ! -f "$$dir/score.py" ]; then \
		echo 'make score: no corpora found; set DAYBOOK_CORPUS to the folder that holds sqllineage/score.py and its *.jsonl' >&2; \
		exit 1; \
	fi; \
	answers=$$(mktemp); trap 'rm -f "$$answers"' EXIT; \
	cat "$$dir"/*.jsonl | $(GO) run ./cmd/daybook parse-sql --jsonl > "$$answers"; \
	echo 'PostgreSQL and generic SQL:'; python3 "$$dir/score.py" "$$answers" --dialect postgres,generic; \
	echo 'All dialects:'; python3 "$$dir/score.py" "$$answers" $(SCORE)

.PHONY: lint
lint: $(GOLANGCI) $(GOVULNCHECK) ## Check format, vet, lint and known vulnerabilities (the first run builds the tools)
	$(GOLANGCI) fmt --diff
	$(GO) vet ./...
	$(GOLANGCI) run ./...
	cd interop && $(GO) vet ./... && $(GOLANGCI) run ./...
	cd redact/rules && $(GO) vet ./... && $(GOLANGCI) run ./...
	@report=$$($(GOVULNCHECK) ./... 2>&1) && status=0 || status=$$?; \
	printf '%s\n' "$$report"; \
	case $$report in *'fetching vulnerabilities'*) \
		echo 'make lint: the vulnerability database cannot be reached from here; went on without it'; status=0;; \
	esac; \
	exit $$status

##@ Write

.PHONY: fmt
fmt: $(GOLANGCI) ## Format the code with gofumpt
	$(GOLANGCI) fmt

.PHONY: docs
docs: ## Regenerate what is generated, docs/reference/kinds.md among it
	$(GO) generate ./...
	@mkdir -p docs/reference
	$(GO) run ./cmd/daybook schema --format markdown > docs/reference/kinds.md.new
	mv docs/reference/kinds.md.new docs/reference/kinds.md

# The prices of models are data of @pydantic/genai-prices. This asks npm for it, which comes with Node.js.
.PHONY: prices
prices: ## Take in the newest prices of models (PRICES=0.1.8 for a version)
	$(GO) run ./price/refresh $(PRICES)

.PHONY: rules
rules: ## Make the rules of redaction anew, from gitleaks' and redact/rules/own.toml
	$(GO) generate ./redact

.PHONY: clean
clean: ## Remove bin/ and profiles (the demo and your ledgers stay)
	rm -rf $(BIN)
	find . -name '*.test' -o -name '*.prof' -o -name '*.pprof' | xargs rm -f

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

$(GOLANGCI):
	@echo 'building golangci-lint $(GOLANGCI_VERSION), once; this takes a minute or two'
	GOBIN=$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(BIN)/golangci-lint $@

$(GOVULNCHECK):
	GOBIN=$(BIN) $(GO) install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	mv $(BIN)/govulncheck $@
