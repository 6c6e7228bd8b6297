# make prints what there is.
.DEFAULT_GOAL := help
export CGO_ENABLED ?= 0

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run the main job on embedded parts and go on serving
	@echo "首次编译需要一两分钟 the first compile takes a minute or two …"
	@go run ./cmd/gongkai demo $(ARGS)

run: ## serve with the settings of CONFIG=file, or the defaults
	go run ./cmd/gongkai serve $(if $(CONFIG),--config $(CONFIG))

test: ## all tests, on both databases and both Redis, with counts
	@echo "首次编译需要几分钟 the first compile takes some minutes …"
	@.ci/test

race: ## all tests under the race detector (needs a C compiler)
	@CGO_ENABLED=1 RACE=1 .ci/test

crash: ## kill the program at every crash point, 20 times each, and 200 times at random, on both databases
	@GONGKAI_CRASH_ROUNDS=$(or $(ROUNDS),20) GONGKAI_CRASH_KILLS=$(or $(KILLS),200) .ci/with-services go test -count=1 -timeout 3h -v -run 'Crash|Redis|AnyMoment|Planted' ./internal/crashtest

races: ## every two acts at once on one manuscript, 200 times, on both databases
	@GONGKAI_RACE_ROUNDS=$(or $(ROUNDS),200) .ci/with-services go test -count=1 -timeout 3h -v -run 'Races|Revocation' ./internal/crashtest

clock: ## 150,000 random histories of requests, the clock against a naive second one
	@GONGKAI_CLOCK_HISTORIES=$(or $(HISTORIES),150000) go test -count=1 -v -run Oracle ./internal/foi

year: ## an office's own year through the desks, 43 texts on the website and 205 posts, to its annual report
	@GONGKAI_ANNUAL_YEAR=full .ci/with-services go test -count=1 -timeout 3h -v -run AnOfficesYear ./internal/apptest

naughty: ## every naughty text in every field of pages and API
	@GONGKAI_NAUGHTY=all .ci/with-services go test -count=1 -timeout 3h -v -run Naughty ./internal/staff ./internal/apptest

load: ## 500 people at work in the pages for 3 minutes on each database (PEOPLE, MINUTES, DRIVERS)
	@GONGKAI_LOAD_PEOPLE=$(or $(PEOPLE),500) GONGKAI_LOAD_MINUTES=$(or $(MINUTES),3) GONGKAI_LOAD_DRIVERS="$(or $(DRIVERS),sqlite mysql)" .ci/with-services go test -tags load -count=1 -timeout 3h -v ./internal/loadtest

e2e: ## the pages in a real browser, with pictures in e2e-shots/
	@.ci/e2e

paint: ## when pages first show on a slow machine, beside a list page of Element Plus (npm)
	@cd web/e2e/yardstick && npm ci --ignore-scripts --no-audit --no-fund --silent
	@GONGKAI_PAINT=1 .ci/e2e -v -run FirstPaint

bench: ## benchmarks, each as a ratio to a yardstick of the same run
	@.ci/with-services go test -run '^$$' -bench . -benchtime $(or $(TIME),2s) ./internal/...

lint: ## gofmt, vet, staticcheck, chains
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	go vet -tags load ./internal/loadtest
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	go run ./cmd/gongkai workflows lint

golden: ## rewrite golden files from what the code does now
	go test ./internal/workflow ./internal/body -update

build: ## the program, stripped, at ./gongkai
	go build -trimpath -tags nomsgpack -ldflags '-s -w' -o gongkai ./cmd/gongkai

.PHONY: help demo run test race crash races clock year naughty load e2e paint bench lint golden build
