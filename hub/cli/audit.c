#include "cli/audit.h"

#include "cli/audit_inside.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { AUDIT_GAP_MAX = 1 << 20 }; /* rows that may be missing before a seq that is believed */
#define AT_MAX ((INT64_C(1) << 53) - 1)

struct audit *audit_new(const struct audit_options *options)
{
    struct audit *a = mem_new(sizeof(*a));
    a->o = *options;
    a->st = state_new();
    arena_init(&a->arena);
    arena_init(&a->rows);
    jtis_init(&a->jtis);
    merkle_init(&a->tree);
    if (a->o.auds.count > 0)
        (void)!str_to_c(a->o.auds.at[0], a->aud, sizeof(a->aud));
    return a;
}

void audit_free(struct audit *a)
{
    if (a == NULL)
        return;
    state_free(a->st);
    arena_deinit(&a->arena);
    arena_deinit(&a->rows);
    jtis_deinit(&a->jtis);
    mem_free(a->revs);
    mem_free(a->tickets);
    mem_free(a);
}

/* ---- what is wrong ---- */

const char *audit_word(enum audit_code code)
{
    static const char *const words[] = {
#define AUDIT_WORD(name, word) [AUDIT_##name] = (word),
        AUDIT_LIST(AUDIT_WORD)
#undef AUDIT_WORD
    };
    return words[code];
}

static enum text text_of(enum audit_code code)
{
    static const enum text texts[] = {
#define AUDIT_TEXT(name, word) [AUDIT_##name] = TEXT_AUDIT_##name,
        AUDIT_LIST(AUDIT_TEXT)
#undef AUDIT_TEXT
    };
    return texts[code];
}

/* What may be wrong only because the state, or the tree, lacks a record. */
static bool hangs_on_state(enum audit_code code)
{
    return code == AUDIT_KEY || code == AUDIT_REFUSED || code == AUDIT_CLOCK ||
           code == AUDIT_COLUMN || code == AUDIT_HEAD || code == AUDIT_ROOT ||
           code == AUDIT_NO_ROW || code == AUDIT_FOREIGN_ROW || code == AUDIT_ROW;
}

void audit_tell(struct audit *a, int64_t seq, enum audit_code code, const char *detail, ...)
{
    char what[FAULT_TEXT_BYTES + 128];
    char text[2 * sizeof(what)];
    va_list args;
    va_start(args, detail);
    (void)vsnprintf(what, sizeof(what), detail, args);
    va_end(args);
    (void)snprintf(text, sizeof(text), text_get(a->o.lang, text_of(code)), what);
    struct audit_problem problem = {.seq = seq, .code = code, .text = text};
    if (hangs_on_state(code) && a->lost != 0 && a->lost != seq)
        problem.follows = a->lost;
    a->counts.problems++;
    a->o.fn(a->o.arg, &problem);
}

void audit_lose(struct audit *a, int64_t seq)
{
    if (a->lost == 0)
        a->lost = seq;
}

/* ---- place and time ---- */

static void miss(struct audit *a, int64_t first, int64_t last)
{
    if (first == last)
        audit_tell(a, first, AUDIT_MISSING, "#%" PRId64, first);
    else
        audit_tell(a, first, AUDIT_MISSING, "#%" PRId64 "..#%" PRId64, first, last);
    audit_lose(a, first);
}

/* Gives the row its place; false: it has none, and is passed over. */
static bool take_place(struct audit *a, int64_t says, int64_t head, const struct audit_row *next)
{
    int64_t due = a->seq + 1;
    bool fits = next == NULL ? due == head : next->row.seq == due + 1;
    if (says == due || fits) { /* the one behind it goes on from here: only the number is wrong */
        if (says != due)
            audit_tell(a, due, AUDIT_ORDER, "#%" PRId64, says);
        a->seq = due;
        return true;
    }
    if (says < due || says > head) {
        audit_tell(a, says, AUDIT_ORDER, "#%" PRId64, says);
        return false;
    }
    miss(a, due, says - 1);
    a->seq = says;
    return true;
}

/* The time that counts for what the record means.  A time that its leaf does not hold and that does
 * not fit between its neighbours' is not believed. */
static int64_t take_time(struct audit *a, int64_t says, bool held, const struct audit_row *next)
{
    bool good = says > 0 && says <= AT_MAX && says >= a->at;
    bool fits = good && (next == NULL || says <= next->row.at);
    if (!good)
        audit_tell(a, a->seq, AUDIT_AT, "%" PRId64, says);
    if (!held)
        audit_lose(a, a->seq);
    if (good && (held || fits))
        a->at = says;
    return a->at > 0 ? a->at : 1;
}

/* ---- the turn's number ---- */

/* Of a row whose seq is not believable nothing is kept: the place would be the writer's choice. */
static void keep_rev(struct audit *a, int64_t rev)
{
    if (a->seq > a->counts.records + AUDIT_GAP_MAX)
        return;
    if ((size_t)a->seq > a->rev_size) {
        size_t size = a->rev_size > 0 ? 2 * a->rev_size : 4096;
        while (size < (size_t)a->seq)
            size *= 2;
        a->revs = mem_grow(a->revs, size * sizeof(*a->revs));
        memset(a->revs + a->rev_size, 0, (size - a->rev_size) * sizeof(*a->revs));
        a->rev_size = size;
    }
    a->revs[a->seq - 1] = rev;
}

static void take_rev(struct audit *a, const struct audit_row *row, const struct audit_row *next)
{
    if (row->bare)
        return;
    bool same_turn = row->rev == a->rev && a->counts.records > 1;
    bool back = row->rev < a->rev || row->rev < 1;
    if (back || (next != NULL && row->rev > next->rev && next->rev >= a->rev) ||
        (same_turn && row->row.at != a->at)) {
        audit_tell(a, a->seq, AUDIT_COLUMN, "rev");
        return;
    }
    a->rev = row->rev;
    keep_rev(a, row->rev);
}

int64_t audit_rev_of(const struct audit *a, int64_t seq)
{
    return seq >= 1 && (size_t)seq <= a->rev_size ? a->revs[seq - 1] : 0;
}

/* ---- rows ---- */

/* Is the leaf that of this very time and text?  What cannot be parsed has no leaf to compare. */
static bool holds(struct audit *a, const struct audit_row *row, const struct audit_text *text)
{
    if (text->end != OK)
        return false;
    struct hash sha256 = crypt_sha256(row->row.jws);
    struct hash leaf = jws_leaf(row->row.at, text->envelope.typ, sha256);
    bool same = hash_eq(leaf, row->row.leaf);
    if (!same)
        audit_tell(a, a->seq, AUDIT_LEAF, STR_FMT "...",
                   STR_ARG(crypt_hex(&a->arena, (struct str){(const char *)row->row.leaf.at, 8})));
    if (!row->bare && !hash_eq(sha256, row->row.sha256))
        audit_tell(a, a->seq, AUDIT_COLUMN, "sha256");
    return same;
}

void audit_row(struct audit *a, const struct audit_row *row, int64_t head,
               const struct audit_row *next)
{
    if (!take_place(a, row->row.seq, head, next))
        return;
    a->counts.records++;
    take_rev(a, row, next);
    struct audit_text text = {.fault.code = OK};
    text.end = jws_parse(&a->arena, row->row.jws, &text.fault, &text.envelope);
    bool held = holds(a, row, &text);
    int64_t at = take_time(a, row->row.at, held, next);
    merkle_add(&a->tree, row->row.leaf);
    audit_replay(a, row, &text, at);
    arena_deinit(&a->arena);
    arena_init(&a->arena);
}

void audit_bad_line(struct audit *a, const char *why)
{
    a->seq++;
    audit_tell(a, a->seq, AUDIT_LINE, "%s", why);
    audit_lose(a, a->seq);
}

void audit_end(struct audit *a, int64_t head)
{
    audit_miss_fire(a);
    if (a->counts.records == 0)
        audit_tell(a, 0, AUDIT_HEAD, "0"); /* every ledger begins with its genesis */
    if (a->seq < head && head != INT64_MAX) {
        audit_tell(a, a->seq + 1, AUDIT_SHORT, "#%" PRId64, head);
        audit_lose(a, a->seq + 1);
    } else if (a->seq > head) {
        audit_tell(a, a->seq, AUDIT_HEAD, "seq");
    }
    a->counts.at = a->at;
    a->counts.tickets = (int64_t)a->ticket_count;
    for (size_t i = 0; i < a->ticket_count; i++)
        a->counts.obligations += (int64_t)state_ticket(a->st, a->tickets[i])->owed_count;
    a->counts.overdue = (int64_t)state_overdue(a->st, a->at);
    for (int kind = 0; kind < ENTRY_TICKET; kind++)
        a->counts.entries += (int64_t)state_count(a->st, (enum entry_kind)kind);
}

/* ---- what came out ---- */

const struct audit_counts *audit_counts(const struct audit *a)
{
    return &a->counts;
}

int64_t audit_seq(const struct audit *a)
{
    return a->seq;
}

struct hash audit_root(const struct audit *a)
{
    return merkle_root(&a->tree);
}

struct str audit_aud(const struct audit *a)
{
    return str_of(a->aud);
}

struct kid audit_hub(const struct audit *a)
{
    return a->hub;
}
