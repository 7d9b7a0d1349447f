#include "core/record.h"
#include "core/state.h"

#include <assert.h>

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define WORDS(NAME, count, ...)                                                             \
    static const char *const names_##NAME[] = {__VA_ARGS__};                                \
    static_assert(COUNT(names_##NAME) == (count), "as many words as the enum has members"); \
    const struct words WORDS_##NAME = {names_##NAME, COUNT(names_##NAME)};

WORDS(SEV, SEV_COUNT, "minor", "moderate", "severe", "extreme")
WORDS(TLP, TLP_COUNT, "clear", "green", "amber", "amber+strict")
WORDS(VERACITY, VERACITY_COUNT, "unverified", "corroborated", "confirmed", "refuted")
WORDS(DISPOSITION, DISPOSITION_COUNT, "handled", "false_alarm", "duplicate", "referred",
      "not_election", "no_access", "exercise_end")
WORDS(WHAT, WHAT_COUNT, "ack", "accept", "arrive", "update", "take", "reassign", "resolve", "close")
WORDS(AGENCY_KIND, AGENCY_KIND_COUNT, "election", "police", "government", "oversight", "military",
      "relief", "csirt")
WORDS(ROLE, ROLE_COUNT, "reporter", "duty", "chief", "coordinator", "admin", "auditor",
      "controller")
WORDS(PLACE_KIND, PLACE_KIND_COUNT, "kota", "kecamatan", "kelurahan", "tps", "site")
WORDS(TIER, TIER_COUNT, "aman", "rawan", "sangat-rawan")
WORDS(REASON, REASON_COUNT, "lost", "compromised", "retired")
WORDS(TICKET_STATE, TICKET_STATE_COUNT, "open", "resolved", "closed", "merged")
WORDS(ANSWER_STATE, ANSWER_STATE_COUNT, "none", "offered", "acked", "accepted", "enroute",
      "onscene", "done", "declined")
WORDS(TYP, TYP_AUTH + 1, POSKO_TYP_RECORD, POSKO_TYP_ADMIN, POSKO_TYP_EVENT, POSKO_TYP_AUTH)
WORDS(ENTRY, ENTRY_KIND_COUNT, "agency", "member", "source", "device", "place", "category",
      "policy", "rules", "duty", "invite", "ticket")

#define KIND_WORD(name, wire, typ) wire,
static const char *const names_kind[] = {KIND_LIST(KIND_WORD)};
#undef KIND_WORD
const struct words WORDS_KIND = {names_kind, KIND_COUNT};

#define KIND_TYP(name, wire, typ) typ,
static const enum typ typs[] = {KIND_LIST(KIND_TYP)};
#undef KIND_TYP

struct str words_get(const struct words *words, int index)
{
    assert(index >= 0 && index < words->count);
    return str_of(words->at[index]);
}

int words_find(const struct words *words, struct str word)
{
    for (int i = 0; i < words->count; i++) /* most differ in the first letter: no strlen */
        if (word.len > 0 && *words->at[i] == *word.at && str_eq(str_of(words->at[i]), word))
            return i;
    return -1;
}

enum typ kind_typ(enum kind kind)
{
    assert((unsigned)kind < KIND_COUNT);
    return typs[kind];
}
