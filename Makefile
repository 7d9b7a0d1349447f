# Posko: one Makefile, no recursion; objects in build/<variant>.  `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
B ?= build
CC := gcc

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wswitch-enum -Wvla -Werror
INC := -Ihub -Iinclude -I/usr/include/postgresql
BASE := -std=c17 -D_GNU_SOURCE $(WARN) $(INC) -MMD -MP -fstack-protector-strong
CFLAGS_release := $(BASE) -O2 -g -D_FORTIFY_SOURCE=2
CFLAGS_test := $(BASE) -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DPOSKO_TEST
LDFLAGS_release := -Wl,-z,relro,-z,now
LDFLAGS_test := -fsanitize=address,undefined
LIBS := -lwebsockets -lpq -ljansson -lsodium -luv -linih -lssl -lcrypto -lpthread -lm

LAYERS := base core ledger store net work app cli client
src = $(wildcard hub/$(1)/*.c)
obj = $(patsubst %.c,$(B)/$(2)/%.o,$(call src,$(1)))

$(B)/release/%.o: %.c
	@mkdir -p $(@D)
	@echo "CC  $<"
	@$(CC) $(CFLAGS_release) -c $< -o $@
$(B)/test/%.o: %.c
	@mkdir -p $(@D)
	@echo "CC  $< (test)"
	@$(CC) $(CFLAGS_test) -c $< -o $@

HUB := base core ledger store net work app
CLI := base core ledger store client cli
define programs
$(B)/$(1)/poskod: $(foreach l,$(HUB),$(call obj,$(l),$(1)))
	@echo "LD  $$@"; $(CC) $$^ $(LDFLAGS_$(1)) $(LIBS) -o $$@
$(B)/$(1)/posko: $(foreach l,$(CLI),$(call obj,$(l),$(1)))
	@echo "LD  $$@"; $(CC) $$^ $(LDFLAGS_$(1)) $(LIBS) -o $$@
endef
$(foreach v,release test,$(eval $(call programs,$(v))))

# ---- unit tests: cmocka, the pure layers and what of net is pure ----
UNIT := $(patsubst tests/unit/%.c,$(B)/test/unit/%,$(wildcard tests/unit/test_*.c))
UNIT_OBJ := $(foreach l,base core ledger,$(call obj,$(l),test)) $(B)/test/hub/net/frame.o $(B)/test/hub/net/guard.o
$(B)/test/unit/%: $(B)/test/tests/unit/%.o $(UNIT_OBJ)
	@mkdir -p $(@D)
	@echo "LD  $@"; $(CC) $^ $(LDFLAGS_test) -lcmocka $(LIBS) -o $@

.PHONY: help build test-unit
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16
build: $(B)/release/poskod $(B)/release/posko ## the hub and the command
test-unit: $(UNIT) ## unit tests
	@for t in $(UNIT); do $$t || exit 1; done

-include $(shell find $(B) -name '*.d' 2>/dev/null)
