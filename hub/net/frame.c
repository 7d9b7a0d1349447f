#include "net/frame.h"

enum { SECRET_CHARS_TYPED_MAX = 64, HISTORY_DEFAULT = 200 };
static const int64_t number_max = (INT64_C(1) << 53) - 1;

/* Members of client messages; a shape is a set of them. */
enum member {
    MEMBER_REF = 1,
    MEMBER_JWS = 2,
    MEMBER_SECRET = 4,
    MEMBER_AFTER = 8,
    MEMBER_TICKET = 16,
    MEMBER_LIMIT = 32,
    MEMBER_SEQ = 64,
    MEMBER_SEQS = 128
};

static const struct {
    const char *name;
    enum member bit;
} members[] = {
    {"ref", MEMBER_REF},     {"jws", MEMBER_JWS},       {"secret", MEMBER_SECRET},
    {"after", MEMBER_AFTER}, {"ticket", MEMBER_TICKET}, {"limit", MEMBER_LIMIT},
    {"seq", MEMBER_SEQ},     {"seqs", MEMBER_SEQS},
};
enum { MEMBER_COUNT = sizeof members / sizeof members[0] };

/* What each message must and may have besides `op` and `ref`. */
static const struct {
    const char *name;
    unsigned must, may;
} shapes[OP_COUNT] = {
    [OP_AUTH] = {"auth", MEMBER_JWS, 0},
    [OP_ENROL] = {"enrol", MEMBER_SECRET | MEMBER_JWS, 0},
    [OP_FOLLOW] = {"follow", 0, MEMBER_AFTER},
    [OP_POST] = {"post", MEMBER_JWS, 0},
    [OP_HISTORY] = {"history", MEMBER_TICKET, MEMBER_AFTER | MEMBER_LIMIT},
    [OP_GOT] = {"got", MEMBER_SEQ, 0},
    [OP_SHOWN] = {"shown", MEMBER_SEQS, 0},
    [OP_BEAT] = {"beat", 0, 0},
};

static bool read_number(const struct node *n, int64_t min, int64_t max, int64_t *out)
{
    if (n->type != NODE_INT || n->number < min || n->number > max)
        return false;
    *out = n->number;
    return true;
}

static bool read_text(const struct node *n, size_t max, struct str *out)
{
    if (n->type != NODE_TEXT || n->text.len == 0 || n->text.len > max)
        return false;
    *out = n->text;
    return true;
}

static bool read_seqs(const struct node *n, struct frame *out)
{
    if (n->type != NODE_ARRAY || n->count == 0 || n->count > POSKO_SHOWN_MAX)
        return false;
    for (const struct node *item = n->first; item != NULL; item = item->next) {
        if (!read_number(item, 1, number_max, &out->seqs[out->seq_count]))
            return false;
        out->seq_count++;
    }
    return true;
}

static bool read_member(enum member bit, const struct node *n, struct frame *out)
{
    switch (bit) {
    case MEMBER_REF:
        return out->has_ref; /* read before all others, for the answer's sake */
    case MEMBER_JWS:
        return read_text(n, POSKO_CLIENT_BYTES_MAX, &out->jws);
    case MEMBER_SECRET:
        return read_text(n, SECRET_CHARS_TYPED_MAX, &out->secret);
    case MEMBER_AFTER:
        out->has_after = true;
        return read_number(n, 0, number_max, &out->after);
    case MEMBER_TICKET:
        return n->type == NODE_TEXT && id_parse(n->text, out->ticket.at);
    case MEMBER_LIMIT:
        return read_number(n, 1, POSKO_HISTORY_MAX, &out->limit);
    case MEMBER_SEQ:
        return read_number(n, 1, number_max, &out->seq);
    case MEMBER_SEQS:
        return read_seqs(n, out);
    }
    return false;
}

/* The set of the members that are there, all of them known and well formed. */
static enum err read_members(const struct node *root, unsigned allowed, struct fault *fault,
                             struct frame *out, unsigned *seen)
{
    for (const struct node *n = root->first; n != NULL; n = n->next) {
        size_t i = 0;
        if (str_eq(n->key, STR("op")))
            continue;
        while (i < MEMBER_COUNT && !str_eq(n->key, str_of(members[i].name)))
            i++;
        if (i == MEMBER_COUNT || (members[i].bit & allowed) == 0)
            return fault_set(fault, ERR_BAD_FRAME, i < MEMBER_COUNT ? members[i].name : "",
                             "this message has no such member");
        if (!read_member(members[i].bit, n, out))
            return fault_set(fault, ERR_BAD_FRAME, members[i].name,
                             "this member is not of its form");
        *seen |= members[i].bit;
    }
    return OK;
}

static bool find_op(const struct node *root, enum op *out)
{
    struct str name = node_text(root, "op");
    for (int op = 0; op < OP_COUNT; op++) {
        if (str_eq(name, str_of(shapes[op].name))) {
            *out = (enum op)op;
            return true;
        }
    }
    return false;
}

enum err frame_read(struct arena *arena, struct str text, struct fault *fault, struct frame *out)
{
    const struct node *root = NULL;
    unsigned seen = 0;

    *out = (struct frame){.limit = HISTORY_DEFAULT};
    if (json_parse(arena, text, fault, &root) != OK) {
        fault->code = ERR_BAD_FRAME;
        return ERR_BAD_FRAME;
    }
    const struct node *ref = node_get(root, STR("ref"));
    out->has_ref = ref != NULL && read_number(ref, -number_max, number_max, &out->ref);
    if (!find_op(root, &out->op))
        return fault_set(fault, ERR_BAD_FRAME, "op", "there is no such message");

    unsigned must = shapes[out->op].must;
    enum err e = read_members(root, must | shapes[out->op].may | MEMBER_REF, fault, out, &seen);
    if (e != OK)
        return e;
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        if ((must & members[i].bit & ~seen) != 0)
            return fault_set(fault, ERR_BAD_FRAME, members[i].name, "this member is missing");
    }
    return OK;
}

static struct json_writer begin(struct buf *to, const char *op, const int64_t *ref)
{
    struct json_writer w = {.to = to};
    json_begin_object(&w, NULL);
    json_put_text(&w, "op", str_of(op));
    if (ref != NULL)
        json_put_int(&w, "ref", *ref);
    return w;
}

void frame_hello(struct buf *to, struct str aud, struct str nonce, int64_t at)
{
    struct json_writer w = begin(to, "hello", NULL);
    json_put_text(&w, "aud", aud);
    json_put_text(&w, "nonce", nonce);
    json_put_int(&w, "at", at);
    json_put_text(&w, "version", STR(POSKO_VERSION));
    json_end_object(&w);
}

void frame_welcome(struct buf *to, struct str agency, struct str member, struct str_list roles,
                   int64_t head, int64_t at, struct str token, const int64_t *ref)
{
    struct json_writer w = begin(to, "welcome", ref);
    json_put_text(&w, "agency", agency);
    json_put_text(&w, "member", member);
    json_put_list(&w, "roles", roles);
    json_put_int(&w, "head", head);
    json_put_int(&w, "at", at);
    json_put_text(&w, "token", token);
    json_end_object(&w);
}

void frame_enrolled(struct buf *to, struct str agency, struct str member, struct str kid,
                    struct str aud, struct str hub, const int64_t *ref)
{
    struct json_writer w = begin(to, "enrolled", ref);
    json_put_text(&w, "agency", agency);
    json_put_text(&w, "member", member);
    json_put_text(&w, "kid", kid);
    json_put_text(&w, "aud", aud);
    json_put_text(&w, "hub", hub);
    json_end_object(&w);
}

void frame_posted(struct buf *to, struct str id, int64_t seq, int64_t at, const int64_t *ref)
{
    struct json_writer w = begin(to, "posted", ref);
    json_put_text(&w, "id", id);
    json_put_int(&w, "seq", seq);
    json_put_int(&w, "at", at);
    json_end_object(&w);
}

void frame_refused(struct buf *to, struct str id, const struct fault *fault, const int64_t *ref)
{
    struct json_writer w = begin(to, "refused", ref);
    if (id.len > 0)
        json_put_text(&w, "id", id);
    else
        json_put_raw(&w, "id", STR("null"));
    json_put_text(&w, "code", str_of(err_wire(fault->code)));
    json_put_text(&w, "text", str_of(fault->text[0] != '\0' ? fault->text : err_text(fault->code)));
    if (fault->field[0] != '\0')
        json_put_text(&w, "field", str_of(fault->field));
    if (fault->retry_ms > 0)
        json_put_int(&w, "retry_ms", fault->retry_ms);
    json_end_object(&w);
}

void frame_record(struct buf *to, int64_t seq, int64_t at, struct str jws, struct str ticket,
                  struct str of)
{
    struct json_writer w = begin(to, "record", NULL);
    if (of.len > 0)
        json_put_text(&w, "of", of);
    json_put_int(&w, "seq", seq);
    json_put_int(&w, "at", at);
    json_put_text(&w, "jws", jws);
    if (ticket.len > 0)
        json_put_raw(&w, "ticket", ticket);
    json_end_object(&w);
}

void frame_state(struct buf *to, const char *name, struct str doc, int64_t seq)
{
    struct json_writer w = begin(to, "state", NULL);
    json_put_int(&w, "seq", seq);
    json_put_raw(&w, name, doc);
    json_end_object(&w);
}

void frame_reset(struct buf *to, int64_t head, const char *why, const int64_t *ref)
{
    struct json_writer w = begin(to, "reset", ref);
    json_put_int(&w, "head", head);
    json_put_text(&w, "why", str_of(why));
    json_end_object(&w);
}

void frame_live(struct buf *to, int64_t head, const int64_t *ref)
{
    struct json_writer w = begin(to, "live", ref);
    json_put_int(&w, "head", head);
    json_end_object(&w);
}

void frame_mark(struct buf *to, int64_t head, int64_t sent, int64_t at, int64_t overdue,
                int64_t copies, bool clock_held)
{
    struct json_writer w = begin(to, "mark", NULL);
    json_put_int(&w, "head", head);
    json_put_int(&w, "sent", sent);
    json_put_int(&w, "at", at);
    json_put_int(&w, "overdue", overdue);
    json_put_int(&w, "copies", copies);
    if (clock_held)
        json_put_text(&w, "clock", STR("held"));
    json_end_object(&w);
}

void frame_gone(struct buf *to, struct str ticket)
{
    struct json_writer w = begin(to, "gone", NULL);
    json_put_text(&w, "ticket", ticket);
    json_end_object(&w);
}

void frame_receipt(struct buf *to, struct str ticket, int64_t seq, struct str agency,
                   struct str member, const char *how, int64_t at)
{
    struct json_writer w = begin(to, "receipt", NULL);
    json_put_text(&w, "ticket", ticket);
    json_put_int(&w, "seq", seq);
    json_put_text(&w, "agency", agency);
    json_put_text(&w, "member", member);
    json_put_text(&w, "how", str_of(how));
    json_put_int(&w, "at", at);
    json_end_object(&w);
}

void frame_end(struct buf *to, struct str of, bool more, const int64_t *ref)
{
    struct json_writer w = begin(to, "end", ref);
    json_put_text(&w, "of", of);
    json_put_bool(&w, "more", more);
    json_end_object(&w);
}

void frame_bye(struct buf *to, const char *code, int64_t retry_ms)
{
    struct json_writer w = begin(to, "bye", NULL);
    json_put_text(&w, "code", str_of(code));
    json_put_int(&w, "retry_ms", retry_ms);
    json_end_object(&w);
}
