#include "ledger/book.h"

#include "base/json.h"

#include <string.h>

/* ---- writing ---- */

static void put_hash(struct json_writer *w, const char *key, struct hash hash)
{
    static const char digits[] = "0123456789abcdef";
    char hex[2 * HASH_BYTES];
    for (size_t i = 0; i < HASH_BYTES; i++) {
        hex[2 * i] = digits[hash.at[i] >> 4];
        hex[2 * i + 1] = digits[hash.at[i] & 15];
    }
    json_put_text(w, key, (struct str){hex, sizeof(hex)});
}

void book_put_head(struct buf *to, const struct book_head *head)
{
    struct json_writer w = {to, false};
    json_begin_object(&w, NULL);
    json_put_text(&w, "posko", STR("ledger"));
    json_put_int(&w, "v", 1);
    json_put_text(&w, "aud", head->aud);
    json_put_text(&w, "hub", kid_str(&head->hub));
    json_put_int(&w, "seq", head->seq);
    json_put_int(&w, "at", head->at);
    json_end_object(&w);
    buf_put_char(to, '\n');
}

void book_put_line(struct buf *to, const struct book_line *line)
{
    struct json_writer w = {to, false};
    json_begin_object(&w, NULL);
    json_put_int(&w, "seq", line->seq);
    json_put_int(&w, "at", line->at);
    put_hash(&w, "leaf", line->leaf);
    json_put_text(&w, "jws", line->jws);
    json_end_object(&w);
    buf_put_char(to, '\n');
}

void book_put_end(struct buf *to, const struct book_end *end)
{
    struct json_writer w = {to, false};
    json_begin_object(&w, NULL);
    json_put_int(&w, "end", end->seq);
    put_hash(&w, "root", end->root);
    json_end_object(&w);
    buf_put_char(to, '\n');
}

/* ---- reading ---- */

static enum err wrong(struct fault *fault, const char *field)
{
    return fault_set(fault, ERR_BAD_JSON, field, "`%s` is not of its form", field);
}

/* What was read is written again: only the one form gives the same bytes. */
static enum err compare(struct buf *again, struct str line, struct fault *fault)
{
    struct str written = buf_peek(again);
    written.len--; /* its line feed */
    enum err e = str_eq(written, line)
                     ? OK
                     : fault_set(fault, ERR_BAD_JSON, "", "the line is not as an export writes it");
    buf_deinit(again);
    return e;
}

static bool read_hash(const struct node *object, const char *key, struct hash *out)
{
    return crypt_unhex_exact(node_text(object, key), out->at, HASH_BYTES);
}

enum err book_read_head(struct arena *arena, struct str line, struct fault *fault,
                        struct book_head *out)
{
    const struct node *root = NULL;
    struct book_head head = {.aud = STR_NONE};
    enum err e = json_parse(arena, line, fault, &root);
    if (e != OK)
        return e;
    if (!str_eq(node_text(root, "posko"), STR("ledger")) || node_int(root, "v", 0) != 1)
        return fault_set(fault, ERR_BAD_JSON, "posko", "this is no ledger that posko exported");
    head.aud = node_text(root, "aud");
    head.seq = node_int(root, "seq", -1);
    head.at = node_int(root, "at", -1);
    if (!kid_parse(node_text(root, "hub"), &head.hub))
        return wrong(fault, "hub");
    if (head.seq < 1 || head.at < 1)
        return wrong(fault, head.seq < 1 ? "seq" : "at");
    struct buf again;
    buf_init(&again);
    book_put_head(&again, &head);
    e = compare(&again, line, fault);
    if (e == OK)
        *out = head;
    return e;
}

enum err book_read_line(struct arena *arena, struct str line, struct fault *fault,
                        struct book_line *out)
{
    const struct node *root = NULL;
    enum err e = json_parse(arena, line, fault, &root);
    if (e != OK)
        return e;
    struct book_line read = {.seq = node_int(root, "seq", -1),
                             .at = node_int(root, "at", -1),
                             .jws = node_text(root, "jws")};
    if (read.seq < 1)
        return wrong(fault, "seq");
    if (!read_hash(root, "leaf", &read.leaf))
        return wrong(fault, "leaf");
    struct buf again;
    buf_init(&again);
    book_put_line(&again, &read);
    e = compare(&again, line, fault);
    if (e == OK)
        *out = read;
    return e;
}

bool book_is_end(struct str line)
{
    return str_starts(line, STR("{\"end\""));
}

enum err book_read_end(struct arena *arena, struct str line, struct fault *fault,
                       struct book_end *out)
{
    const struct node *root = NULL;
    enum err e = json_parse(arena, line, fault, &root);
    if (e != OK)
        return e;
    struct book_end end = {.seq = node_int(root, "end", -1)};
    if (end.seq < 1)
        return wrong(fault, "end");
    if (!read_hash(root, "root", &end.root))
        return wrong(fault, "root");
    struct buf again;
    buf_init(&again);
    book_put_end(&again, &end);
    e = compare(&again, line, fault);
    if (e == OK)
        *out = end;
    return e;
}
