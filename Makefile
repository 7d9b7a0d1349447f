# Posko: one Makefile, no recursion; objects in build/<variant>.  `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
VERSION := 0.1.0
B ?= build
CC := gcc
CLANG ?= clang-14
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

# ---- variants: release runs, sim is the simulator in one piece (-O3 -flto: 11 to 16 % fewer
# instructions), test has the sanitizers, tsan is for the threads, fuzz is clang's ----
WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wswitch-enum -Wvla -Werror
INC := -Ihub -Iinclude -I/usr/include/postgresql
BASE := -std=c17 -D_GNU_SOURCE -DPOSKO_VERSION='"$(VERSION)"' $(INC) -MMD -MP
SANITIZE := address,undefined
CC_release := $(CC)
CC_test := $(CC)
CC_sim := $(CC)
CC_tsan := $(CC)
CC_fuzz := $(CLANG)
CC_coverage := $(CC)
CFLAGS_release := $(BASE) $(WARN) -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
# uthash's quicker hash reads two bytes as one number.
CFLAGS_sim := $(BASE) $(WARN) -O3 -g -flto=auto -DHASH_FUNCTION=HASH_SFH -fno-strict-aliasing
CFLAGS_test := $(BASE) $(WARN) -O1 -g -fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -fstack-protector-strong -DPOSKO_TEST
CFLAGS_tsan := $(BASE) $(WARN) -O1 -g -fsanitize=thread -DPOSKO_TEST
CFLAGS_fuzz := $(BASE) -O1 -g -fsanitize=fuzzer-no-link,$(SANITIZE) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -DPOSKO_TEST
CFLAGS_coverage := $(BASE) $(WARN) -O0 -g --coverage -DPOSKO_TEST
LDFLAGS_release := -Wl,-z,relro,-z,now
LDFLAGS_sim := -O3 -flto=auto
LDFLAGS_test := -fsanitize=$(SANITIZE)
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS_coverage := --coverage
LDFLAGS_fuzz := -fsanitize=fuzzer,$(SANITIZE)
LIBS := -lwebsockets -lpq -ljansson -lsodium -luv -linih -lssl -lcrypto -lpthread -lm

# ---- what is there ----
# inner.a is what a unit test needs: no database, no listener.  hub.a is the rest.  The lists stand
# here, so this file is what they depend on, too.
INNER := $(wildcard $(foreach l,base core ledger work,hub/$(l)/*.c) \
	hub/net/frame.c hub/net/guard.c hub/net/address.c hub/net/proxy.c hub/net/site.c \
	$(foreach m,batch* config dbclock directory learn line news recent token,hub/app/$(m).c))
OUTER := $(filter-out $(INNER) hub/app/main.c, \
	$(wildcard $(foreach l,store net client app,hub/$(l)/*.c)))
CLI := $(wildcard hub/cli/*.c)
QUERIES := $(wildcard sql/queries/*.sql) $(sort $(wildcard sql/0*.sql))
GEN := $(if $(wildcard sql/embed),queries)
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
THREADS := $(filter test_batch test_learn test_loop test_pool,$(UNIT))
SQL := $(patsubst tests/sql/%.c,%,$(wildcard tests/sql/test_*.c))
SIM := $(wildcard tests/sim/*.c)
BENCH := $(B)/release/poskod $(patsubst %,$(B)/release/%,verify commit raw posko-load)
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

# Installing comes before compiling, but only where the goal asks for it.
NEEDS := $(if $(filter run web,$(MAKECMDGOALS)),deps-run) \
	$(if $(filter test-fast test check lint fuzz sim soak valgrind bench bench-quick bench-big bench-bite coverage bite pictures install web-check,$(MAKECMDGOALS)),deps-test) \
	$(if $(filter faults,$(MAKECMDGOALS)),deps-faults) \
	$(if $(filter bench,$(MAKECMDGOALS)),deps-bench)

# ---- rules, the same for every variant ----
define variant
$(B)/$(1)/flags: FORCE
	@mkdir -p $$(@D)
	@echo "$(CC_$(1)) $(subst ",,$(CFLAGS_$(1)))" | cmp -s - $$@ || \
		echo "$(CC_$(1)) $(subst ",,$(CFLAGS_$(1)))" >$$@
$(B)/$(1)/%.o: %.c $(B)/$(1)/flags | $$(NEEDS)
	@mkdir -p $$(@D)
	@echo "CC  $$<  ($(1))"
	@$(CC_$(1)) $(CFLAGS_$(1)) -c $$< -o $$@
$(B)/$(1)/gen/%.o: $(B)/gen/%.c $(B)/$(1)/flags | $$(NEEDS)
	@mkdir -p $$(@D)
	@echo "CC  $$<  ($(1))"
	@$(CC_$(1)) $(CFLAGS_$(1)) -c $$< -o $$@
$(B)/$(1)/inner.a: $(INNER:%.c=$(B)/$(1)/%.o) Makefile
	@rm -f $$@ && ar qcs $$@ $$(filter %.o,$$^)
$(B)/$(1)/hub.a: $(OUTER:%.c=$(B)/$(1)/%.o) $(GEN:%=$(B)/$(1)/gen/%.o) Makefile
	@rm -f $$@ && ar qcs $$@ $$(filter %.o,$$^)
$(B)/$(1)/poskod: $(B)/$(1)/hub/app/main.o $(B)/$(1)/hub.a $(B)/$(1)/inner.a
	@echo "LD  $$@"
	@$(CC_$(1)) $$^ $(LDFLAGS_$(1)) $(LIBS) -o $$@
$(B)/$(1)/posko: $(CLI:%.c=$(B)/$(1)/%.o) $(B)/$(1)/hub.a $(B)/$(1)/inner.a
	@echo "LD  $$@"
	@$(CC_$(1)) $$^ $(LDFLAGS_$(1)) $(LIBS) -o $$@
$(B)/$(1)/unit/%: $(B)/$(1)/tests/unit/%.o $(B)/$(1)/inner.a
	@mkdir -p $$(@D)
	@echo "LD  $$@"
	@$(CC_$(1)) $$^ $(LDFLAGS_$(1)) -lcmocka $(LIBS) -o $$@
$(B)/$(1)/sim: $(SIM:%.c=$(B)/$(1)/%.o) $(B)/$(1)/hub.a $(B)/$(1)/inner.a
	@echo "LD  $$@"
	@$(CC_$(1)) $$^ $(LDFLAGS_$(1)) $(LIBS) -o $$@
endef
$(foreach v,release sim test tsan fuzz coverage,$(eval $(call variant,$(v))))

# Programs of the tests that are more than one file.  An object named before the archives stands in
# for the module of the same functions: the times of tests/net, the loop and the store of tests/sim.
$(B)/test/sql/%: $(B)/test/tests/sql/%.o $(B)/test/tests/sql/world.o $(B)/test/hub.a $(B)/test/inner.a
	@mkdir -p $(@D)
	@echo "LD  $@"
	@$(CC_test) $^ $(LDFLAGS_test) -lcmocka $(LIBS) -o $@
$(B)/test/tests/net/echo: $(B)/test/tests/net/echo.o $(B)/test/tests/net/times.o $(B)/test/hub.a \
		$(B)/test/inner.a
	@echo "LD  $@"
	@$(CC_test) $^ $(LDFLAGS_test) $(LIBS) -o $@
$(B)/fuzz/run/%: $(B)/fuzz/tests/fuzz/%.o $(B)/fuzz/hub.a $(B)/fuzz/inner.a
	@mkdir -p $(@D)
	@echo "LD  $@"
	@$(CC_fuzz) $^ $(LDFLAGS_fuzz) $(LIBS) -o $@
$(B)/release/verify: $(B)/release/tests/bench/verify.o $(B)/release/inner.a
	@echo "LD  $@"
	@$(CC_release) $^ $(LDFLAGS_release) $(LIBS) -o $@
$(B)/release/commit: $(B)/release/tests/bench/commit.o $(B)/release/hub/store/pgvalue.o $(B)/release/inner.a
	@echo "LD  $@"
	@$(CC_release) $^ $(LDFLAGS_release) $(LIBS) -o $@
$(B)/release/raw: $(B)/release/tests/bench/raw.o
	@echo "LD  $@"
	@$(CC_release) $^ $(LDFLAGS_release) $(LIBS) -o $@
LOAD := $(patsubst %,tests/bench/%.c,load load_cpu load_keys load_net load_peer load_talk)
$(B)/release/posko-load: $(LOAD:%.c=$(B)/release/%.o) $(B)/release/inner.a
	@echo "LD  $@"
	@$(CC_release) $^ $(LDFLAGS_release) $(LIBS) -o $@

# Every statement of sql/queries and every migration, as C: the program needs no file beside it.
$(B)/gen/queries.c: sql/embed $(QUERIES)
	@mkdir -p $(@D)
	@echo "GEN $@"
	@sql/embed >$@

# ---- goals ----
.PHONY: FORCE help build coverage web web-check pictures run test-fast test check lint format fuzz sim bench faults soak valgrind bite bench-bite wire test-unit \
	compose-test deps-run deps-test deps-faults deps-bench install dist clean
.SECONDARY:
FORCE:

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*##/\t/' | expand -t 12

deps-run:
	@hub/app/deps run
deps-test:
	@hub/app/deps test
deps-faults:
	@hub/app/deps faults
deps-bench: deps-test # one apt-get at a time
	@hub/app/deps bench || echo "posko: the bench goes on without the peers that are not there"

# The page: Vite builds it into web/dist, where the hub takes it from.
PAGE := $(shell find web/src web/public web/index.html web/*.mjs web/*.ts web/*.json -type f 2>/dev/null)
web/dist/index.html: $(PAGE) | $(NEEDS)
	@echo "WEB web/dist"
	@cd web && npm run --silent build >$(abspath $(B))/web.log || { cat $(abspath $(B))/web.log; exit 1; }
web: web/dist/index.html ## the page, in web/dist

build: $(B)/release/poskod $(B)/release/posko ## the hub and the command, in build/release

run: build web ## the hub with its database and the page, in the foreground (HUBS=2, DEMO=0, POSKO_LISTEN, POSKO_DATA)
	@POSKO_BIN=$(B)/release POSKO_WEB=$${POSKO_WEB-web/dist} exec hub/app/run

test-unit: $(UNIT:%=$(B)/test/unit/%)
	@B=$(B) tests/run unit
test-fast: test-unit ## unit tests: no network, under a minute; before each commit

TESTED := $(UNIT:%=$(B)/test/unit/%) $(THREADS:%=$(B)/tsan/unit/%) $(SQL:%=$(B)/test/sql/%) \
	$(B)/test/tests/net/echo $(B)/test/poskod $(B)/test/posko $(B)/test/sim $(B)/release/libposko.a
test: $(TESTED) web ## all tests, sanitizers on: unit, threads, sql, net, command, sim, flow, web, browser
	@B=$(B) tests/run unit threads sql net cli sim flow web browser

web-check: build web ## the page: types, unit tests, budgets, and all browser tests with axe on each screen
	@B=$(B) tests/run web looks

pictures: build web ## the pictures of README and docs/panduan.md, taken anew of a real evening into docs/gambar
	POSKOD=$(B)/release/poskod node --test --test-force-exit web/tests/browser/pictures.test.mjs
	node web/tests/pictures.mjs

check: build $(FUZZ:%=$(B)/fuzz/run/%) $(BENCH) $(B)/test/poskod ## lint, fuzz 30 s a target, a quick bench, some of the faults
	@B=$(B) tests/run lint fuzz bench faults-quick

lint: build ## format, clang-tidy, cppcheck, layers, purity, globals, sizes, dead files
	@B=$(B) tests/run lint
format: ## lays out all C files as .clang-format says
	@git ls-files 'hub/*.[ch]' 'include/*.h' 'tests/*.[ch]' | xargs clang-format-14 -i
fuzz: $(FUZZ:%=$(B)/fuzz/run/%) ## each parser of foreign bytes (SECONDS=600 a target)
	@B=$(B) FUZZ_SECONDS=$(or $(SECONDS),600) tests/run fuzz
sim: $(B)/sim/sim ## whole hubs on a fake loop, clock and database (SECONDS=600)
	@$(B)/sim/sim --seconds $(or $(SECONDS),600)
bite: ## plants each of tests/sim/bugs in a copy: the simulator must find it
	@tests/sim/bite
coverage: $(UNIT:%=$(B)/coverage/unit/%) $(B)/coverage/sim ## what unit tests and simulator reach of core, ledger and app/turn (SEEDS=60)
	@node tests/coverage.mjs $(B)/coverage $(or $(SEEDS),60)
wire: ## web/src/wire.ts from include/posko/wire.h and the tables of records
	@node web/wire.mjs
bench: $(BENCH) ## P1 to P18 beside each limit and peer, G1 and G2, 15 minutes; the table of docs/performance.md
	@B=$(B) node tests/bench/bench.mjs full --write
bench-big: $(BENCH) ## P19 to P21: millions of rows (asks for 40 GB of free disk)
	@B=$(B) node tests/bench/bench.mjs big --write
bench-quick: $(BENCH) ## under a minute, loose bounds: has the hub become slow?
	@B=$(B) node tests/bench/bench.mjs quick
bench-bite: $(BENCH) ## puts each slowdown of tests/bench/slow into a copy of the hub: bench-quick must fail there (TIMES=3)
	@B=$(B) tests/bench/bite
faults: build $(B)/test/poskod $(B)/test/tests/net/echo ## the fault matrix (ROWS="2 15" SEED=N: some of it): kill -9, full disks, cuts, fail-over, ...
	@tests/faults/previous $(B)
	@B=$(B) tests/run faults
valgrind: build ## the flow story with the hub under valgrind
	@HUB=$(B)/release/poskod POSKOD=tests/faults/poskod-valgrind POSKO=$(B)/release/posko \
		node --test --test-force-exit tests/flow/story.test.mjs
soak: build $(B)/sim/sim ## two hubs, 2,000 clients, cuts and kills (SECONDS=1800); then an hour of new worlds (SIM_SECONDS=3600)
	@B=$(B) SOAK_SECONDS=$(or $(SECONDS),1800) tests/run soak

compose-test: deps-test ## the containers for real: story, killed hubs, haproxy (COMPOSE, ENGINE)
	@B=$(B) tests/run compose

# The client library for others: one object in which only posko_* is visible.
LIBRARY := $(wildcard $(foreach l,base core ledger client,hub/$(l)/*.c))
$(B)/release/libposko.a: $(LIBRARY:%.c=$(B)/release/%.o)
	@echo "AR  $@"
	@ld -r -o $(@:.a=.o) $^ && objcopy -w --keep-global-symbol='posko_*' $(@:.a=.o)
	@rm -f $@ && ar qcs $@ $(@:.a=.o)

# Manual pages: the command's and the keys' come from the tables in the programs.
$(B)/man/posko.1: $(B)/release/posko
	@mkdir -p $(@D) && $< --lang en man | scdoc >$@
$(B)/man/poskod.8: hub/app/poskod.8.scd
	@mkdir -p $(@D) && scdoc <$< >$@
$(B)/man/posko.conf.5: hub/app/posko.conf.5.scd $(B)/release/poskod
	@mkdir -p $(@D) && { cat $<; $(B)/release/poskod --man; } | scdoc >$@

prefix ?= /usr
sysconfdir ?= /etc
mandir := $(DESTDIR)$(prefix)/share/man
install: build web $(B)/release/libposko.a $(B)/man/posko.1 $(B)/man/posko.conf.5 $(B)/man/poskod.8 ## honours DESTDIR, prefix, sysconfdir
	install -D -m 755 $(B)/release/poskod $(DESTDIR)$(prefix)/sbin/poskod
	install -D -m 755 $(B)/release/posko $(DESTDIR)$(prefix)/bin/posko
	install -D -m 644 -t $(DESTDIR)$(prefix)/include/posko include/posko/*.h
	install -D -m 644 -t $(DESTDIR)$(prefix)/lib $(B)/release/libposko.a
	install -D -m 644 -t $(DESTDIR)$(prefix)/share/posko/demo sql/demo/*.json
	install -D -m 644 -t $(DESTDIR)$(prefix)/share/posko/office sql/office/*.json \
		sql/demo/20_category.json sql/demo/40_policy.json
	cd web/dist && find . -type f -exec install -D -m 644 {} $(DESTDIR)$(prefix)/share/posko/web/{} \;
	install -D -m 644 -t $(mandir)/man1 $(B)/man/posko.1
	install -D -m 644 -t $(mandir)/man5 $(B)/man/posko.conf.5
	install -D -m 644 -t $(mandir)/man8 $(B)/man/poskod.8
	install -D -m 644 docs/posko.conf $(DESTDIR)$(sysconfdir)/posko/posko.conf

dist: ## a tar of the committed tree
	@mkdir -p $(B)
	@git archive --prefix=posko-$(VERSION)/ HEAD | gzip -n >$(B)/posko-$(VERSION).tar.gz
	@echo $(B)/posko-$(VERSION).tar.gz

clean: ## removes what was built; the data folder stays
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
