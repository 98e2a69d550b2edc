# One word per step of the loop. `make` lists them.

OUT ?= target/machine.csv
MINUTES ?= 60

.DEFAULT_GOAL := help
.PHONY: help build test verify format lint demo bench bench-peer evidence-foundation evidence-cpu record-demo-data clean

help: ## list these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-20s %s\n", $$1, $$2 }' Makefile

build: ## compile and package, without tests
	./mvnw -q -DskipTests package

test: ## compile and run all tests
	./mvnw test

verify: ## everything that must hold before a change is handed in
	./mvnw verify

format: ## lay out the sources
	./mvnw -q spotless:apply

# -Werror cannot hold for the core on JDK 17 (its pom says why): here no warning passes on any JDK.
lint: ## layout, compiler warnings and Javadoc, without tests
	@log=$$(mktemp); ./mvnw -B -ntp clean test-compile >$$log 2>&1; status=$$?; \
	if grep -E '^\[(WARNING|ERROR)\] .+' $$log | grep -v -e 'using incubating module' -e 'COMPILATION WARNING'; then status=1; fi; \
	rm -f $$log; exit $$status

demo: ## forecast the recorded machine
	./patchcast demo

bench: ## measure the kernels
	benchmarks/run kernels

bench-peer: ## measure against the same model in libtorch
	benchmarks/run peer
	benchmarks/report

evidence-foundation: ## measure what the README states, one JSON line per figure
	@scripts/evidence-foundation

evidence-cpu: ## measure the CPU backend, one JSON line per figure
	@scripts/evidence-cpu

record-demo-data: ## record this machine: make record-demo-data OUT=FILE MINUTES=60
	@mkdir -p $(dir $(OUT))
	java cli/src/demo/RecordMachine.java $(OUT) $(MINUTES)

clean: ## delete what was built
	./mvnw -q clean
