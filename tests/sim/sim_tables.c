/* The tables that follow from the log, as of the last visible commit, and what is read of them. */
#include "sim_tables.h"

#include <string.h>
#include <utlist.h>

enum { MERGES_MAX = 256 }; /* as sql/queries/changed_tickets.sql */

static struct cell *find(struct cell *table, struct str key)
{
    struct cell *c = NULL;
    HASH_FIND(hh, table, key.at, key.len, c);
    return c;
}

static struct str id_key(const uint8_t *id)
{
    return (struct str){(const char *)id, ID_BYTES};
}

static struct cell *put(struct world *w, struct cell **table, struct str key, const void *row,
                        int64_t rev)
{
    struct cell *c = find(*table, key);
    if (!c) {
        c = ARENA_NEW(&w->arena, struct cell);
        c->key = arena_dup(&w->arena, key);
        HASH_ADD_KEYPTR(hh, *table, c->key.at, c->key.len, c);
    }
    c->row = row;
    c->rev = rev;
    if (w->whole && table == &w->db.tickets) {
        struct version *v = ARENA_NEW(&w->arena, struct version);
        *v = (struct version){.older = c->versions, .row = row, .rev = rev};
        c->versions = v;
    }
    return c;
}

static struct str pair_key(struct arena *a, struct str one, char mark, struct str two)
{
    char *at = arena_alloc(a, one.len + two.len + 1);
    memcpy(at, one.at, one.len);
    at[one.len] = mark;
    memcpy(at + one.len + 1, two.at, two.len);
    return (struct str){at, one.len + two.len + 1};
}

static struct str entry_key(struct arena *a, const struct entry_row *e)
{
    return pair_key(a, e->kind, ' ', e->id);
}

static struct str beat_key(struct arena *a, const struct beat_row *b)
{
    return pair_key(a, b->agency, '/', b->source);
}

/* ---- tables ---- */

bool db_is_open(const struct ticket_row *t)
{
    return str_eq(t->state, STR("open")) || str_eq(t->state, STR("resolved"));
}

/* The open ones are a list, too: what changed last comes first. */
static void show_open(struct db *db, struct cell *c)
{
    const struct ticket_row *t = c->row;
    bool open = db_is_open(t);
    if (open == (t->owed_count == 0))
        broken(db->world, "E0", "ticket %s is " STR_FMT " with %zu clocks", id_text(t->id.at).at,
               STR_ARG(t->state), t->owed_count);
    if (c->prev) {
        DL_DELETE(db->open, c);
        db->open_count--;
        c->prev = NULL;
    }
    if (open) {
        DL_PREPEND(db->open, c);
        db->open_count++;
    }
}

static void show_ledger(struct db *db, const struct turn_rows *rows)
{
    struct world *w = db->world;
    for (size_t i = 0; i < rows->ledger_count; i++) {
        const struct ledger_row *r = &rows->ledger[i];
        if ((size_t)r->seq >= db->ledger_size) {
            db->ledger_size = db->ledger_size ? 2 * db->ledger_size : 1024;
            db->ledger = mem_grow(db->ledger, db->ledger_size * sizeof(*db->ledger));
            db->revs = mem_grow(db->revs, db->ledger_size * sizeof(*db->revs));
        }
        db->ledger[r->seq] = r;
        db->revs[r->seq] = rows->head.rev;
        struct jti_cell *c = ARENA_NEW(&w->arena, struct jti_cell);
        c->jti = r->jti;
        c->seq = r->seq;
        HASH_ADD(hh, db->jtis, jti, sizeof(c->jti), c);
    }
}

void tables_show(struct db *db, const struct commit *c)
{
    struct world *w = db->world;
    const struct turn_rows *rows = &c->rows;
    int64_t rev = rows->head.rev;
    db->head = rows->head;
    show_ledger(db, rows);
    for (size_t i = 0; i < rows->ticket_count; i++) {
        const struct ticket_row *t = &rows->tickets[i];
        show_open(db, put(w, &db->tickets, id_key(t->id.at), t, rev));
    }
    for (size_t i = 0; i < rows->entry_count; i++)
        put(w, &db->entries, entry_key(&w->arena, &rows->entries[i]), &rows->entries[i], rev);
    for (size_t i = 0; i < rows->beat_count; i++)
        put(w, &db->beats, beat_key(&w->arena, &rows->beats[i]), &rows->beats[i], rev);
}

void tables_wipe(struct db *db)
{
    HASH_CLEAR(hh, db->entries);
    HASH_CLEAR(hh, db->tickets);
    db->open = NULL;
    db->open_count = 0;
    for (int i = 0; i < db->world->node_count; i++)
        db->world->nodes[i].compared = (struct head){0};
    HASH_CLEAR(hh, db->beats);
    HASH_CLEAR(hh, db->jtis);
    db->head = (struct head){0};
    db->visible = 0;
}

/* ---- reads ---- */

const struct ledger_row *db_row(const struct db *db, int64_t seq)
{
    return seq < 1 || seq > db->head.seq ? NULL : db->ledger[seq];
}

int64_t db_rev_of(const struct db *db, int64_t seq)
{
    return db->revs[seq];
}

int64_t db_find(const struct db *db, struct record_id jti)
{
    struct jti_cell *c = NULL;
    HASH_FIND(hh, db->jtis, &jti, sizeof(jti), c);
    if (c)
        return c->seq;
    for (size_t i = db->visible; i < db->count; i++)
        for (size_t k = 0; k < db->log[i]->rows.ledger_count; k++)
            if (record_id_eq(db->log[i]->rows.ledger[k].jti, jti))
                return db->log[i]->rows.ledger[k].seq;
    return 0;
}

static void begin_rows(const struct db *db, struct rows *out)
{
    *out = (struct rows){.head = db->head, .db_ms = db_clock_ms(db->world)};
    out->head.accept_clock = db->accept_clock;
}

struct reading {
    const struct db *db;
    struct arena *arena;
    struct rows *out;
    struct entry_row *entries;
    struct ticket_row *tickets;
    struct beat_row *beats;
};

static struct reading reading_of(const struct db *db, struct arena *a, struct rows *out,
                                 const size_t room[3])
{
    struct reading r = {.db = db, .arena = a, .out = out};
    out->entries = r.entries = ARENA_ARRAY(a, struct entry_row, room[0] + 1);
    out->tickets = r.tickets = ARENA_ARRAY(a, struct ticket_row, room[1] + 1);
    out->beats = r.beats = ARENA_ARRAY(a, struct beat_row, room[2] + 1);
    return r;
}

/* The rows of a commit that no later one wrote again. */
static void read_commit(struct reading *r, const struct turn_rows *rows)
{
    for (size_t i = 0; i < rows->entry_count; i++) {
        const struct entry_row *e = &rows->entries[i];
        struct str key = entry_key(r->arena, e);
        if (find(r->db->entries, key)->row == e)
            r->entries[r->out->entry_count++] = *e;
    }
    for (size_t i = 0; i < rows->ticket_count; i++) {
        const struct ticket_row *t = &rows->tickets[i];
        if (find(r->db->tickets, id_key(t->id.at))->row == t)
            r->tickets[r->out->ticket_count++] = *t;
    }
    for (size_t i = 0; i < rows->beat_count; i++) {
        const struct beat_row *b = &rows->beats[i];
        if (find(r->db->beats, beat_key(r->arena, b))->row == b)
            r->beats[r->out->beat_count++] = *b;
    }
}

const struct ticket_row *db_ticket(const struct db *db, struct ticket_id id)
{
    const struct cell *c = find(db->tickets, id_key(id.at));
    return c ? c->row : NULL;
}

/* How many tickets read_asked gives at most. */
static size_t chain(const struct db *db, struct ticket_id id)
{
    size_t count = 0;
    for (const struct ticket_row *t; (t = db_ticket(db, id)) && count <= MERGES_MAX; id = t->into)
        count++;
    return count;
}

static void read_asked(struct reading *r, struct ticket_id id, int64_t rev)
{
    const struct cell *c = NULL;
    for (int i = 0; i <= MERGES_MAX && (c = find(r->db->tickets, id_key(id.at))); i++) {
        const struct ticket_row *t = c->row;
        bool there = c->rev > rev;
        for (size_t k = 0; k < r->out->ticket_count && !there; k++)
            there = ticket_id_eq(r->tickets[k].id, id);
        if (!there)
            r->tickets[r->out->ticket_count++] = *t;
        id = t->into; /* no ticket is `none` */
    }
}

static void read_known(const struct db *db, const struct turn_want *want, struct arena *a,
                       struct rows *out)
{
    struct known_row *known = ARENA_ARRAY(a, struct known_row, want->jti_count + 1);
    for (size_t i = 0; i < want->jti_count; i++) {
        struct jti_cell *c = NULL;
        HASH_FIND(hh, db->jtis, &want->jtis[i], sizeof(c->jti), c);
        if (!c)
            continue;
        const struct ledger_row *row = db->ledger[c->seq];
        known[out->known_count++] = (struct known_row){
            .jti = row->jti, .sha256 = row->sha256, .seq = row->seq, .at = row->at};
    }
    out->known = known;
}

static void read_ledger(const struct db *db, int64_t after, int64_t upto, struct arena *arena,
                        struct rows *out)
{
    out->ledger_count = (size_t)(upto - after);
    struct ledger_row *rows = ARENA_ARRAY(arena, struct ledger_row, out->ledger_count + 1);
    for (size_t i = 0; i < out->ledger_count; i++)
        rows[i] = *db->ledger[after + 1 + (int64_t)i];
    out->ledger = rows;
}

void db_read(const struct db *db, const struct turn_want *want, struct arena *arena,
             struct rows *out)
{
    begin_rows(db, out);
    size_t first = (size_t)(want->rev < 0 ? 0 : want->rev);
    size_t room[3] = {0};
    for (size_t i = 0; i < want->ticket_count; i++)
        room[1] += chain(db, want->tickets[i]);
    for (size_t i = first; i < db->visible; i++) {
        room[0] += db->log[i]->rows.entry_count;
        room[1] += db->log[i]->rows.ticket_count;
        room[2] += db->log[i]->rows.beat_count;
    }
    struct reading r = reading_of(db, arena, out, room);
    for (size_t i = first; i < db->visible; i++)
        read_commit(&r, &db->log[i]->rows);
    rows_sort(r.entries, out->entry_count);
    for (size_t i = 0; i < want->ticket_count; i++)
        read_asked(&r, want->tickets[i], want->rev);
    int64_t count = db->head.seq - want->told;
    count = count < 0 ? 0 : count > TURN_FOREIGN_MAX ? TURN_FOREIGN_MAX : count;
    read_ledger(db, want->told, want->told + count, arena, out);
    read_known(db, want, arena, out);
}

void db_read_all(const struct db *db, int64_t last, struct arena *arena, struct rows *out)
{
    begin_rows(db, out);
    int64_t after = last < out->head.seq ? out->head.seq - last : 0;
    read_ledger(db, after, out->head.seq, arena, out);
    size_t room[3] = {HASH_COUNT(db->entries), HASH_COUNT(db->tickets), HASH_COUNT(db->beats)};
    struct reading r = reading_of(db, arena, out, room);
    for (const struct cell *c = db->entries; c; c = c->hh.next)
        r.entries[out->entry_count++] = *(const struct entry_row *)c->row;
    rows_sort(r.entries, out->entry_count);
    for (const struct cell *c = db->beats; c; c = c->hh.next)
        r.beats[out->beat_count++] = *(const struct beat_row *)c->row;
    for (const struct cell *c = db->tickets; c; c = c->hh.next) {
        const struct ticket_row *t = c->row;
        if (db_is_open(t) || t->seq > after)
            r.tickets[out->ticket_count++] = *t;
    }
}
