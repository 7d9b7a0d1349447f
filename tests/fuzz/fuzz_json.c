/* Any bytes as JSON.  What is read is written, and read again as the same tree; and it is what
 * jansson reads, within our limits. */
#include "base/json.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

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

static bool same_as(const struct node *n, json_t *j)
{
    switch (n->type) {
    case NODE_OBJECT: {
        if (!json_is_object(j) || json_object_size(j) != n->count)
            return false;
        for (const struct node *c = n->first; c != NULL; c = c->next)
            if (!same_as(c, json_object_get(j, c->key.at)))
                return false;
        return true;
    }
    case NODE_ARRAY: {
        size_t i = 0;
        if (!json_is_array(j) || json_array_size(j) != n->count)
            return false;
        for (const struct node *c = n->first; c != NULL; c = c->next)
            if (!same_as(c, json_array_get(j, i++)))
                return false;
        return true;
    }
    case NODE_TEXT:
        return json_is_string(j) &&
               str_eq(n->text, (struct str){json_string_value(j), json_string_length(j)});
    case NODE_INT:
        return json_is_integer(j) && json_integer_value(j) == n->number;
    case NODE_BOOL:
        return json_is_boolean(j) && json_is_true(j) == n->truth;
    }
    return false;
}

/* What jansson reads and our limits allow. */
static bool within(json_t *j, size_t depth)
{
    static const json_int_t most = (INT64_C(1) << 53) - 1;
    const char *key;
    json_t *v;
    size_t i;
    if (json_is_object(j) || json_is_array(j)) {
        if (depth > POSKO_DEPTH_MAX || json_object_size(j) > POSKO_MEMBERS_MAX ||
            json_array_size(j) > POSKO_ITEMS_MAX)
            return false;
        json_object_foreach(j, key, v) if (!within(v, depth + 1)) return false;
        json_array_foreach(j, i, v) if (!within(v, depth + 1)) return false;
        return true;
    }
    if (json_is_integer(j))
        return json_integer_value(j) >= -most && json_integer_value(j) <= most;
    return json_is_string(j) || json_is_boolean(j);
}

static void compare(struct str text, const struct node *tree)
{
    json_error_t error;
    json_t *j = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, &error);
    if (tree != NULL)
        assert(j != NULL && same_as(tree, j));
    else if (j != NULL && json_is_object(j) && memmem(text.at, text.len, "-0", 2) == NULL &&
             memchr(text.at, 0, text.len) == NULL)
        assert(!within(j, 1)); /* jansson cannot tell -0 from 0, and reads over a NUL */
    json_decref(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct fault fault;
    const struct node *tree = NULL, *again = NULL;
    arena_init(&arena);
    struct str text = {(const char *)data, size};
    enum err strict = json_parse(&arena, text, &fault, &tree);
    assert(strict == OK || strict == ERR_BAD_JSON);
    assert(strict == OK || str_utf8(str_of(fault.text), NULL));
    compare(text, strict == OK ? tree : NULL);
    enum err trusted = json_parse_trusted(&arena, text, &fault, &again);
    assert(strict != OK || trusted == OK);
    if (strict == OK) {
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
