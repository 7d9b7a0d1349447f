/* Any bytes as JSON.  What is read is written, and read again as the same tree. */
#include "base/json.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct json_writer *w, const struct node *n, bool named)
{
    struct arena arena;
    arena_init(&arena);
    const char *key = named ? arena_dup(&arena, n->key).at : NULL;
    switch (n->type) {
    case NODE_OBJECT:
        json_begin_object(w, key);
        for (const struct node *c = n->first; c != NULL; c = c->next)
            put(w, c, true);
        json_end_object(w);
        break;
    case NODE_ARRAY:
        json_begin_array(w, key);
        for (const struct node *c = n->first; c != NULL; c = c->next)
            put(w, c, false);
        json_end_array(w);
        break;
    case NODE_TEXT:
        json_put_text(w, key, n->text);
        break;
    case NODE_INT:
        json_put_int(w, key, n->number);
        break;
    case NODE_BOOL:
        json_put_bool(w, key, n->truth);
        break;
    }
    arena_deinit(&arena);
}

static void check_same(const struct node *a, const struct node *b)
{
    assert(a->type == b->type && a->count == b->count && a->number == b->number);
    assert(a->truth == b->truth && str_eq(a->key, b->key) && str_eq(a->text, b->text));
    const struct node *x = a->first, *y = b->first;
    for (; x != NULL; x = x->next, y = y->next)
        check_same(x, y);
    assert(y == NULL);
}

/* Plain texts go round jansson, but not where an escape could say their mark: both ways agree. */
static void check_round_and_through(struct arena *arena, struct str text, const struct node *tree)
{
    struct fault fault;
    const struct node *outer = NULL;
    struct str within = arena_printf(arena, "{\"e\":\"\\u0041\",\"t\":" STR_FMT "}", STR_ARG(text));
    assert(json_parse_trusted(arena, within, &fault, &outer) == OK);
    struct node inner = *node_get(outer, STR("t"));
    inner.key = tree->key;
    inner.next = tree->next;
    check_same(tree, &inner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct fault fault;
    const struct node *tree, *again;
    arena_init(&arena);
    struct str text = {(const char *)data, size};
    enum err strict = json_parse(&arena, text, &fault, &tree);
    assert(strict == OK || strict == ERR_BAD_JSON);
    assert(strict == OK || str_utf8(str_of(fault.text), NULL));
    enum err trusted = json_parse_trusted(&arena, text, &fault, &again);
    assert(strict != OK || trusted == OK);
    if (strict == OK) {
        check_round_and_through(&arena, text, tree);
        struct buf out;
        buf_init(&out);
        struct json_writer w = {&out, false};
        put(&w, tree, false);
        assert(json_parse(&arena, buf_peek(&out), &fault, &again) == OK);
        check_same(tree, again);
        buf_deinit(&out);
    }
    arena_deinit(&arena);
    return 0;
}
