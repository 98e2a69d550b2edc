# One word per step of the loop. `make` lists them.

OUT ?= target/machine.csv
MINUTES ?= 60

.DEFAULT_GOAL := help
.PHONY: help build test verify format lint demo bench evidence-foundation evidence-cuda kernels kernels-verify mutate-kernels record-demo-data clean

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
	@test -x benchmarks/run || { echo "there are no benchmarks yet: benchmarks/run is missing" >&2; exit 1; }
	benchmarks/run

evidence-foundation: ## measure what the README states, one JSON line per figure
	@scripts/evidence-foundation

evidence-cuda: ## count what the CUDA kernels do, on the rig, one JSON line per figure
	@scripts/evidence-cuda

kernels: ## compile the CUDA kernels to the PTX that ships, and write down what it takes (needs nvcc)
	scripts/compile-kernels
	scripts/kernel-budget

kernels-verify: ## compare goldens with the CUDA backend on the rig: make kernels-verify GOLDENS=DIR
	@scripts/evidence-cuda goldens $(abspath $(GOLDENS))

mutate-kernels: ## plant mistakes in the CUDA kernels and see them caught: kernels/mutants.tsv (needs nvcc; half an hour)
	scripts/mutate-kernels

record-demo-data: ## record this machine: make record-demo-data OUT=FILE MINUTES=60
	@mkdir -p $(dir $(OUT))
	java cli/src/demo/RecordMachine.java $(OUT) $(MINUTES)

clean: ## delete what was built
	./mvnw -q clean
