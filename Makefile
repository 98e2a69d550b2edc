# One word per step of the loop. `make` lists them.

OUT ?= target/machine.csv
MINUTES ?= 60
BUNDLE ?= ../shared/data/dev_eval

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' Makefile)

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

bench-spark: ## measure Spark's share of the core's throughput, one JSON line
	@scripts/spark-test-main ThroughputBenchmark

spark-report: ## what is in the jar for Spark: packages, sizes, licences
	@./mvnw -q -B -ntp -pl spark-connector -am verify -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=PackagedJarIT -Dfailsafe.failIfNoSpecifiedTests=false >/dev/null
	@cat spark-connector/target/patchcast-spark-report.txt

bench-serving: ## measure the service: its share of the core's throughput
	@scripts/bench-serving

evidence-foundation: ## measure what the README states, one JSON line per figure
	@scripts/evidence-foundation

evidence-fronts: ## measure what is promised of Spark, HTTP and notebooks
	@scripts/evidence-fronts

bench-evaluation: ## score the built-in model, write docs/evaluation.md: make bench-evaluation BUNDLE=DIR
	@scripts/bench-evaluation $(BUNDLE)

evidence-evaluation: ## measure what is stated of the evaluation, one JSON line per figure
	@scripts/evidence-evaluation $(BUNDLE)

evidence-cpu: ## measure the CPU backend, one JSON line per figure
	@scripts/evidence-cpu

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

notebooks-setup: ## make this machine ready for the notebooks
	notebooks/setup

notebooks: ## run the notebooks, headless
	notebooks/run

notebooks-open: ## open the notebooks in your JupyterLab
	JUPYTER_PATH=$(CURDIR)/notebooks/target/jupyter jupyter lab --notebook-dir=notebooks

clean: ## delete what was built
	./mvnw -q clean
