#include "cli/desk.h"

#include "base/id.h"
#include "cli/cli.h"

#include <string.h>

enum { START_CHARS_MIN = 8 };

void desk_init(struct desk *d)
{
    *d = (struct desk){0};
}

void desk_clear(struct desk *d)
{
    for (size_t i = 0; i < d->count; i++)
        mem_free(d->at[i].json);
    d->count = 0;
}

void desk_deinit(struct desk *d)
{
    desk_clear(d);
    mem_free(d->at);
    *d = (struct desk){0};
}

static int compare(const struct desk_item *item, enum desk_kind kind, struct str name)
{
    if (item->kind != kind)
        return item->kind < kind ? -1 : 1;
    return str_compare(str_of(item->name), name);
}

static size_t place_of(const struct desk *d, enum desk_kind kind, struct str name)
{
    size_t low = 0;
    size_t high = d->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&d->at[middle], kind, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool name_of(const struct node *o, enum desk_kind kind, char out[static DESK_NAME_BYTES])
{
    struct buf b;
    buf_init(&b);
    switch (kind) {
    case DESK_TICKET:
        buf_put(&b, node_text(o, "id"));
        break;
    case DESK_DEVICE:
        buf_put(&b, node_text(o, "kid"));
        break;
    case DESK_SOURCE:
        buf_printf(&b, STR_FMT "/" STR_FMT, STR_ARG(node_text(o, "agency")),
                   STR_ARG(node_text(o, "source")));
        break;
    }
    bool good = b.len > 0 && str_to_c(buf_peek(&b), out, DESK_NAME_BYTES);
    buf_deinit(&b);
    return good;
}

static char *text_of_node(const struct node *o)
{
    struct buf b;
    buf_init(&b);
    struct json_writer w = {&b, false};
    cli_put_node(&w, NULL, o);
    buf_put_char(&b, '\0');
    return b.at;
}

static void put(struct desk *d, enum desk_kind kind, const struct node *o, int64_t seq)
{
    struct desk_item item = {.kind = kind,
                             .seq = seq,
                             .no = node_int(o, "no", 0),
                             .exercise = str_eq(node_text(o, "status"), STR("exercise"))};
    if (!name_of(o, kind, item.name))
        return;
    size_t i = place_of(d, kind, str_of(item.name));
    bool known = i < d->count && compare(&d->at[i], kind, str_of(item.name)) == 0;
    if (known && d->at[i].seq > seq)
        return; /* keep the one with the greater seq */
    item.json = text_of_node(o);
    if (known) {
        mem_free(d->at[i].json);
        d->at[i] = item;
        return;
    }
    if (d->count == d->size) {
        d->size = d->size == 0 ? 64 : d->size * 2;
        d->at = mem_grow(d->at, d->size * sizeof(*d->at));
    }
    memmove(&d->at[i + 1], &d->at[i], (d->count - i) * sizeof(*d->at));
    d->at[i] = item;
    d->count++;
}

void desk_learn(struct desk *d, const struct node *message, int64_t seq)
{
    static const char *const names[] = {"ticket", "device", "source"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct node *o = node_get(message, str_of(names[i]));
        if (o != NULL && o->type == NODE_OBJECT)
            put(d, (enum desk_kind)i, o, seq);
    }
}

void desk_forget(struct desk *d, struct str ticket)
{
    size_t i = place_of(d, DESK_TICKET, ticket);
    if (i >= d->count || compare(&d->at[i], DESK_TICKET, ticket) != 0)
        return;
    mem_free(d->at[i].json);
    d->count--;
    memmove(&d->at[i], &d->at[i + 1], (d->count - i) * sizeof(*d->at));
}

const struct desk_item *desk_find(const struct desk *d, enum desk_kind kind, struct str name)
{
    size_t i = place_of(d, kind, name);
    return i < d->count && compare(&d->at[i], kind, name) == 0 ? &d->at[i] : NULL;
}

const struct desk_item *desk_starting(const struct desk *d, enum desk_kind kind, struct str head,
                                      size_t *count)
{
    size_t first = place_of(d, kind, head);
    size_t i = first;
    while (i < d->count && d->at[i].kind == kind && str_starts(str_of(d->at[i].name), head))
        i++;
    *count = i - first;
    return i > first ? &d->at[first] : NULL;
}

const struct desk_item *desk_numbered(const struct desk *d, int64_t no, bool exercise)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct desk_item *item = &d->at[i];
        if (item->kind == DESK_TICKET && item->no == no && item->exercise == exercise)
            return item;
    }
    return NULL;
}

enum name_form desk_name_form(struct str name, int64_t *no, bool *exercise)
{
    uint8_t id[ID_BYTES];
    struct str digits = name;
    *exercise = name.len > 1 && (name.at[0] == 'L' || name.at[0] == 'l');
    if (*exercise)
        digits = (struct str){name.at + 1, name.len - 1};
    if (digits.len < START_CHARS_MIN && str_to_int(digits, 1, 9999999, no))
        return NAME_NUMBER;
    if (id_parse(name, id))
        return NAME_ID;
    if (name.len < START_CHARS_MIN || name.len > ID_CHARS)
        return NAME_BAD;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'))
            return NAME_BAD;
    }
    return NAME_START;
}
