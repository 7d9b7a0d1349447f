#include "ledger/doc.h"

#include "ledger/codec_table.h"
#include "ledger/doc_inside.h"

#include <assert.h>
#include <inttypes.h>

/* ---- writing ---- */
void doc_put_text(struct json_writer *w, const char *key, struct str value)
{
    if (value.len > 0)
        json_put_text(w, key, value);
}

void doc_put_int(struct json_writer *w, const char *key, int64_t value)
{
    if (value != 0)
        json_put_int(w, key, value);
}

void doc_put_word(struct json_writer *w, const char *key, const struct words *words, int index)
{
    json_put_text(w, key, words_get(words, index));
}

void doc_put_pair(struct json_writer *w, const char *key, struct str agency, struct str id)
{
    char pair[2 * POSKO_ID_CHARS_MAX + 1];
    assert(agency.len + 1 + id.len <= sizeof pair);
    size_t len = 0;
    for (size_t i = 0; i < agency.len; i++)
        pair[len++] = agency.at[i];
    pair[len++] = '/';
    for (size_t i = 0; i < id.len; i++)
        pair[len++] = id.at[i];
    json_put_text(w, key, (struct str){pair, len});
}

void doc_write_wire(struct buf *to, const struct entry *e)
{
    assert(e->kind != ENTRY_INVITE);
    if (e->kind == ENTRY_TICKET)
        doc_write_ticket(to, e->is.ticket, false);
    else
        doc_write_directory(to, e, false);
}

void doc_write_row(struct buf *to, const struct entry *e)
{
    if (e->kind == ENTRY_TICKET)
        doc_write_ticket(to, e->is.ticket, true);
    else
        doc_write_directory(to, e, true);
}

const char *doc_wire_name(enum entry_kind kind)
{
    assert((int)kind < WORDS_ENTRY.count);
    return WORDS_ENTRY.at[kind];
}

static struct str pair_id(struct arena *arena, const struct agency *agency, struct str id)
{
    return arena_printf(arena, STR_FMT "/" STR_FMT, STR_ARG(agency->id), STR_ARG(id));
}

static struct str uuid_id(struct arena *arena, const uint8_t id[static ID_BYTES])
{
    return arena_printf(arena, "%s", id_text(id).at);
}

struct str doc_row_id(struct arena *arena, const struct entry *e)
{
    switch (e->kind) {
    case ENTRY_AGENCY:
        return arena_dup(arena, e->is.agency->id);
    case ENTRY_MEMBER:
        return pair_id(arena, e->is.member->agency, e->is.member->id);
    case ENTRY_SOURCE:
        return pair_id(arena, e->is.source->agency, e->is.source->id);
    case ENTRY_DEVICE:
        return arena_dup(arena, kid_str(&e->is.device->kid));
    case ENTRY_PLACE:
        return arena_dup(arena, e->is.place->id);
    case ENTRY_CATEGORY:
        return arena_dup(arena, e->is.category->code);
    case ENTRY_POLICY:
        return arena_printf(arena, STR_FMT "@%" PRId64, STR_ARG(e->is.policy->id),
                            e->is.policy->seq);
    case ENTRY_RULES:
        return STR("rules");
    case ENTRY_DUTY:
        return pair_id(arena, e->is.duty->member->agency, e->is.duty->member->id);
    case ENTRY_INVITE:
        return uuid_id(arena, e->is.invite->jti.at);
    case ENTRY_TICKET:
        return uuid_id(arena, e->is.ticket->id.at);
    case ENTRY_KIND_COUNT:
        break;
    }
    assert(!"no such kind of entry");
    return STR_NONE;
}

/* ---- reading ---- */
void reading_fail(struct reading *r, const char *name)
{
    if (r->wrong == NULL)
        r->wrong = name;
}

static const struct node *reading_get(struct reading *r, const char *name, enum node_type type)
{
    const struct node *n = node_get(r->doc, str_of(name));
    if (n != NULL && n->type == type)
        return n;
    reading_fail(r, name);
    return NULL;
}

struct str reading_text(struct reading *r, const char *name)
{
    const struct node *n = reading_get(r, name, NODE_TEXT);
    return n == NULL ? STR_NONE : n->text;
}

int64_t reading_int(struct reading *r, const char *name)
{
    const struct node *n = reading_get(r, name, NODE_INT);
    return n == NULL ? 0 : n->number;
}

bool reading_bool(struct reading *r, const char *name)
{
    const struct node *n = reading_get(r, name, NODE_BOOL);
    return n != NULL && n->truth;
}

int reading_word(struct reading *r, const char *name, const struct words *words)
{
    int i = words_find(words, reading_text(r, name));
    if (i < 0)
        reading_fail(r, name);
    return i < 0 ? 0 : i;
}

unsigned reading_bits(struct reading *r, const char *name, const struct words *words)
{
    unsigned bits = 0;
    const struct node *n = node_get(r->doc, str_of(name));
    if (n == NULL || !codec_read_bits(words, n, &bits))
        reading_fail(r, name);
    return bits;
}

const struct node *reading_array(struct reading *r, const char *name)
{
    const struct node *n = reading_get(r, name, NODE_ARRAY);
    return n == NULL ? NULL : n->first;
}

struct str_list reading_list(struct reading *r, const char *name)
{
    const struct node *array = reading_get(r, name, NODE_ARRAY);
    if (array == NULL || array->count == 0)
        return (struct str_list){NULL, 0};
    struct str *list = ARENA_ARRAY(r->arena, struct str, array->count);
    size_t count = 0;
    for (const struct node *n = array->first; n != NULL; n = n->next) {
        if (n->type != NODE_TEXT)
            reading_fail(r, name);
        list[count++] = n->text;
    }
    return (struct str_list){list, count};
}

const struct agency *refer_agency(struct reading *r, const char *name, struct str id)
{
    const struct agency *agency = state_agency(r->st, id);
    if (agency == NULL)
        reading_fail(r, name);
    return agency;
}

const struct member *refer_member(struct reading *r, const char *name, struct str pair)
{
    struct str agency, id;
    const struct member *member =
        str_cut(pair, '/', &agency, &id) ? state_member(r->st, agency, id) : NULL;
    if (member == NULL)
        reading_fail(r, name);
    return member;
}

const struct source *refer_source(struct reading *r, const char *name, struct str pair)
{
    struct str agency, id;
    const struct source *source =
        str_cut(pair, '/', &agency, &id) ? state_source(r->st, agency, id) : NULL;
    if (source == NULL)
        reading_fail(r, name);
    return source;
}

const struct agency *reading_agency(struct reading *r, const char *name)
{
    return refer_agency(r, name, reading_text(r, name));
}

enum err reading_end(const struct reading *r, struct str kind, struct str id, struct fault *fault)
{
    if (r->wrong == NULL)
        return OK;
    return fault_set(fault, ERR_SYSTEM, r->wrong,
                     "the database's row " STR_FMT " " STR_FMT ": this hub cannot read its `%s`",
                     STR_ARG(kind), STR_ARG(id), r->wrong);
}
