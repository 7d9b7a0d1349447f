# Posko: one Makefile, no recursion; objects in build/<variant>.  `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
VERSION := 0.1.0
B ?= build
CC := gcc
CLANG ?= clang-14

# ---- variants: release runs, test has the sanitizers, tsan is for the threads, fuzz is clang's ----
WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wswitch-enum -Wvla -Werror
INC := -Ihub -Iinclude -I/usr/include/postgresql
BASE := -std=c17 -D_GNU_SOURCE -DPOSKO_VERSION='"$(VERSION)"' $(INC) -MMD -MP
SANITIZE := address,undefined
CC_release := $(CC)
CC_test := $(CC)
CC_tsan := $(CC)
CC_fuzz := $(CLANG)
CFLAGS_release := $(BASE) $(WARN) -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CFLAGS_test := $(BASE) $(WARN) -O1 -g -fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -fstack-protector-strong -DPOSKO_TEST
CFLAGS_tsan := $(BASE) $(WARN) -O1 -g -fsanitize=thread -DPOSKO_TEST
CFLAGS_fuzz := $(BASE) -O1 -g -fsanitize=fuzzer-no-link,$(SANITIZE) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -DPOSKO_TEST
LDFLAGS_release := -Wl,-z,relro,-z,now
LDFLAGS_test := -fsanitize=$(SANITIZE)
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS_fuzz := -fsanitize=fuzzer,$(SANITIZE)
LIBS := -lwebsockets -lpq -ljansson -lsodium -luv -linih -lssl -lcrypto -lpthread -lm

# ---- what is there ----
# inner.a is what a unit test needs: no database, no listener.  hub.a is the rest.
INNER := $(wildcard $(foreach l,base core ledger work,hub/$(l)/*.c) \
	hub/net/frame.c hub/net/guard.c hub/app/config.c)
OUTER := $(filter-out $(INNER) hub/app/main.c, \
	$(wildcard $(foreach l,store net client app,hub/$(l)/*.c)))
CLI := $(wildcard hub/cli/*.c)
QUERIES := $(wildcard sql/queries/*.sql) $(sort $(wildcard sql/0*.sql))
GEN := $(if $(wildcard sql/embed),queries)
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
THREADS := $(filter test_loop test_pool,$(UNIT))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

# Installing comes before compiling, but only where the goal asks for it.
NEEDS := $(if $(filter run,$(MAKECMDGOALS)),deps-run) \
	$(if $(filter test-fast test check lint fuzz sim faults bench,$(MAKECMDGOALS)),deps-test)

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
$(B)/$(1)/inner.a: $(INNER:%.c=$(B)/$(1)/%.o)
	@rm -f $$@ && ar qcs $$@ $$^
$(B)/$(1)/hub.a: $(OUTER:%.c=$(B)/$(1)/%.o) $(GEN:%=$(B)/$(1)/gen/%.o)
	@rm -f $$@ && ar qcs $$@ $$^
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
endef
$(foreach v,release test tsan fuzz,$(eval $(call variant,$(v))))

$(B)/fuzz/run/%: $(B)/fuzz/tests/fuzz/%.o $(B)/fuzz/inner.a
	@mkdir -p $(@D)
	@echo "LD  $@"
	@$(CLANG) $^ $(LDFLAGS_fuzz) $(LIBS) -o $@

# Every statement of sql/queries and every migration, as C text: the program needs no file beside it.
$(B)/gen/queries.c: sql/embed $(QUERIES)
	@mkdir -p $(@D)
	@echo "GEN $@"
	@sql/embed >$@

.PHONY: FORCE help build deps-run deps-test test-unit test-fast
.SECONDARY:
FORCE:

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*##/\t/' | expand -t 16

build: $(B)/release/poskod $(B)/release/posko ## the hub and the command

deps-run:
	@hub/app/deps run
deps-test:
	@hub/app/deps test

test-unit: $(UNIT:%=$(B)/test/unit/%)
	@for t in $^; do $$t || exit 1; done
test-fast: test-unit ## unit tests: no network, before each commit

-include $(shell find $(B) -name '*.d' 2>/dev/null)
