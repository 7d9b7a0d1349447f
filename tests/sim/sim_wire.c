/* What hubs say, read once for all who hear it, and checked where it is sent.  V0: nobody is sent
 * what the tables deny him.  O0, L0: only what no fail-over takes away. */
#include "sim_directory.h"
#include "sim_tables.h"

#include "base/json.h"
#include "ledger/codec.h"

#include <string.h>

enum { HEAD_BYTES = 64 };

static long long ll(int64_t i)
{
    return (long long)i;
}

/* ---- reading ---- */

static enum hop op_of(struct str name)
{
    static const char *const names[HOP_COUNT] = {
        "hello", "welcome", "posted", "refused", "record", "state", "reset",
        "live",  "mark",    "gone",   "receipt", "end",    "bye"};
    for (int i = 0; i < HOP_COUNT; i++)
        if (str_eq(str_of(names[i]), name))
            return (enum hop)i;
    return HOP_COUNT;
}

static enum err code_of(struct str name)
{
    for (int i = 0; i < ERR_COUNT && name.len > 0; i++)
        if (str_eq(str_of(err_wire((enum err)i)), name))
            return (enum err)i;
    return OK;
}

static void read_ticket(struct message *m, const struct node *t)
{
    struct str id = t->type == NODE_TEXT ? t->text : node_text(t, "id");
    if (!id_parse(id, m->ticket.at))
        m->op = HOP_COUNT;
    if (t->type == NODE_OBJECT)
        m->ticket_seq = node_int(t, "seq", 0);
}

static void read_texts(struct message *m, const struct node *root)
{
    m->code = code_of(node_text(root, "code"));
    (void)!str_to_c(node_text(root, "nonce"), m->nonce, sizeof(m->nonce));
    struct str why = node_text(root, m->op == HOP_BYE ? "code" : "why");
    (void)!str_to_c(why, m->why, sizeof(m->why));
}

/* What most of them have. */
static void read_shown(struct world *w, struct message *m, const struct node *root)
{
    const struct node *ticket = node_get(root, STR("ticket"));
    struct str of = node_text(root, "of");
    m->is_of = of.len > 0;
    if (ticket)
        read_ticket(m, ticket);
    else if (m->is_of && !id_parse(of, m->ticket.at))
        m->op = HOP_COUNT;
    if (m->op == HOP_RECORD)
        m->jws = crypt_sha256(node_text(root, "jws"));
    m->entry = m->op == HOP_STATE && !ticket ? directory_number(w, root) : 0;
    if (m->op == HOP_STATE && (ticket != NULL) == (m->entry > 0))
        m->op = HOP_COUNT;
}

static void read_message(struct world *w, struct message *m, const struct node *root)
{
    m->op = op_of(node_text(root, "op"));
    m->ref = node_int(root, "ref", -1);
    m->seq = node_int(root, "seq", 0);
    m->at = node_int(root, "at", 0);
    if (m->op != HOP_RECORD && m->op != HOP_STATE) {
        m->head = node_int(root, "head", 0);
        m->sent = node_int(root, "sent", 0);
        m->retry_ms = node_int(root, "retry_ms", 0);
        read_texts(m, root);
    }
    read_shown(w, m, root);
}

/* `"id":null` is JSON of no record: the reader of base/json would refuse it. */
static struct str without_null(struct arena *arena, struct str text)
{
    static const char null[] = "\"id\":null,";
    size_t head = text.len < HEAD_BYTES ? text.len : HEAD_BYTES; /* it stands at the beginning */
    const char *at = memmem(text.at, head, null, sizeof(null) - 1);
    if (!at)
        return text;
    size_t before = (size_t)(at - text.at);
    char *copy = arena_alloc(arena, text.len);
    memcpy(copy, text.at, before);
    memcpy(copy + before, at + sizeof(null) - 1, text.len - before - (sizeof(null) - 1));
    return (struct str){copy, text.len - (sizeof(null) - 1)};
}

static struct message *read_blob(struct world *w, struct blob *blob, struct str bytes)
{
    struct message *m = mem_new(sizeof(*m));
    m->refs = 1;
    m->blob = blob_ref(blob);
    m->bytes = blob->len;
    struct arena arena;
    struct fault fault;
    const struct node *root = NULL;
    arena_init(&arena);
    if (json_parse_trusted(&arena, without_null(&arena, bytes), &fault, &root) != OK)
        broken(w, "wire", "a hub says %.*s", (int)blob->len, (const char *)blob->at);
    read_message(w, m, root);
    arena_deinit(&arena);
    return m;
}

static void say_next(struct world *w, struct message *m, struct blob *blob)
{
    blob_unref(w->said_blob);
    w->said = m;
    w->said_blob = blob ? blob_ref(blob) : NULL;
}

/* By how it begins and how long it is. */
static size_t place_of(struct str bytes)
{
    size_t print = 0;
    struct str head = {bytes.at, bytes.len < HEAD_BYTES ? bytes.len : HEAD_BYTES};
    struct hash hash = crypt_sha256(head);
    memcpy(&print, hash.at, sizeof(print));
    return (print + bytes.len) % MESSAGES;
}

struct message *message_of(struct world *w, struct blob *blob)
{
    if (w->said_blob == blob)
        return w->said;
    struct str bytes = {(const char *)blob->at, blob->len};
    struct message **place = &w->lately[place_of(bytes)];
    struct message *m = *place;
    bool same = m && m->blob->len == blob->len && memcmp(m->blob->at, blob->at, blob->len) == 0;
    if (!same) {
        say_next(w, NULL, NULL);
        message_free(m);
        m = *place = read_blob(w, blob, bytes);
    }
    say_next(w, m, blob);
    return m;
}

void message_free(struct message *m)
{
    if (!m || --m->refs > 0)
        return;
    blob_unref(m->blob);
    mem_free(m);
}

void messages_forget(struct world *w)
{
    say_next(w, NULL, NULL);
    for (size_t i = 0; i < MESSAGES; i++)
        message_free(w->lately[i]);
}

/* ---- what a client says first ---- */

void wire_log_in(struct link *l, const struct person *p, const char *nonce)
{
    struct arena arena;
    struct buf out;
    arena_init(&arena);
    buf_init(&out);
    struct login login = {.aud = SIM_AUD,
                          .nonce = str_of(nonce),
                          .host = STR("sim"),
                          .iat = SIM_T0 + l->world->now / 1000};
    struct str jws = jws_sign(&arena, TYP_AUTH, &p->key, codec_write_login(&arena, &login));
    buf_printf(&out, "{\"op\":\"auth\",\"jws\":\"" STR_FMT "\"}", STR_ARG(jws));
    link_say(l, buf_peek(&out));
    buf_deinit(&out);
    arena_deinit(&arena);
}

/* ---- checks ---- */

static uint32_t bit_of(const struct world *w, const struct client *c)
{
    return UINT32_C(1) << (client_person(c) - w->people);
}

static void denied(const struct process *n, const struct link *l, const struct message *m)
{
    const struct person *p = client_person(l->client);
    broken(n->world, "V0",
           "hub %d (turn %lld) sends " STR_FMT "/" STR_FMT " what he may not read: %.*s", n->id,
           ll(turn_rev(n->turn)), STR_ARG(p->agency), STR_ARG(p->id),
           m->blob->len < 300 ? (int)m->blob->len : 300, (const char *)m->blob->at);
}

static void check_record(const struct process *n, const struct link *l, const struct message *m)
{
    const struct world *w = n->world;
    const struct ledger_row *row = db_row(&w->db, m->seq);
    if (!row && w->doomed)
        return; /* it has not looked yet: what is gone is still in its memory */
    if (!row || row->at != m->at || !hash_eq(row->sha256, m->jws))
        broken(w, "O0", "hub %d sends %lld, which the ledger has otherwise", n->id, ll(m->seq));
    if (!db_is_durable(&w->db, m->seq))
        broken(w, "O0", "hub %d sends %lld before the standby has it", n->id, ll(m->seq));
    if (!(access_row(w, row, turn_rev(n->turn)) & bit_of(w, l->client)))
        denied(n, l, m);
}

static void check_gone(const struct process *n, const struct link *l, const struct message *m)
{
    if (access_ticket(n->world, m->ticket, turn_rev(n->turn)) & bit_of(n->world, l->client))
        broken(n->world, "V0", "hub %d says that %s is gone, which he may read", n->id,
               id_text(m->ticket.at).at);
}

/* A history that is refused although he may read the ticket. */
static void check_refusal(const struct process *n, const struct link *l, const struct message *m)
{
    if (m->code != ERR_NOT_FOUND || m->ref < HISTORY_REF)
        return;
    struct ticket_id id = client_history_of(l->client, m->ref);
    if (access_ticket(n->world, id, turn_rev(n->turn)) & bit_of(n->world, l->client))
        broken(n->world, "A0", "hub %d hides the history of %s", n->id, id_text(id.at).at);
}

static void check_draft(struct process *n, const struct draft *d, const struct message *m)
{
    struct answer_to answer = {
        .code = m->code, .seq = m->seq, .at = m->at, .retry_ms = m->retry_ms, .text = ""};
    check_answer(n, d, &answer);
}

void check_sent(struct process *n, const struct link *l, const struct message *m)
{
    struct world *w = n->world;
    w->messages++;
    if (l->draft ||
        (m->ref >= 0 && m->ref < HISTORY_REF && (m->op == HOP_POSTED || m->op == HOP_REFUSED)))
        check_draft(n, l->draft ? l->draft : w->drafts[m->ref], m);
    if (!l->client)
        return;
    switch (m->op) {
    case HOP_RECORD:
        check_record(n, l, m);
        return;
    case HOP_STATE:
    case HOP_RECEIPT:
        if (m->entry == 0 &&
            !(access_ticket(w, m->ticket, turn_rev(n->turn)) & bit_of(w, l->client)))
            denied(n, l, m);
        if (m->entry > 0 && client_person(l->client)->source)
            denied(n, l, m);
        return;
    case HOP_GONE:
        check_gone(n, l, m);
        return;
    case HOP_REFUSED:
        check_refusal(n, l, m);
        return;
    case HOP_HELLO:
    case HOP_WELCOME:
    case HOP_POSTED:
    case HOP_RESET:
    case HOP_LIVE:
    case HOP_MARK:
    case HOP_END:
    case HOP_BYE:
        return;
    case HOP_COUNT:
        broken(w, "wire", "hub %d says %.*s", n->id, (int)m->blob->len, (const char *)m->blob->at);
    }
}
