#include "store/rows.h"

#include <string.h>

/* ---- reading ---- */

void rows_add_tickets(struct pg_params *p, const struct ticket_id *ids, size_t count)
{
    struct buf *array = pg_add_array(p, PG_UUID, count);
    for (size_t i = 0; i < count; i++)
        pg_item_uuid(array, ids[i].at);
}

void rows_ask_tickets(struct pg *pg, struct pg_params *p, int64_t rev, const struct turn_want *want)
{
    pg_params_clear(p);
    pg_add_int(p, rev);
    rows_add_tickets(p, want->tickets, want->ticket_count);
    pg_send(pg, "changed_tickets", p);
    pg_send(pg, "changed_obligations", p);
}

void rows_ask_changes(struct pg *pg, struct pg_params *p, const struct turn_want *want)
{
    pg_params_clear(p);
    pg_add_int(p, want->rev);
    pg_send(pg, "changed_entries", p);
    pg_send(pg, "changed_beats", p);
    rows_ask_tickets(pg, p, want->rev, want);
    pg_params_clear(p);
    pg_add_int(p, want->told);
    pg_add_int(p, INT64_MAX);
    pg_add_int(p, ROWS_LEDGER_MAX);
    pg_send(pg, "read_ledger", p);
}

void rows_read_changes(struct arena *arena, PGresult *const *at, struct rows *out)
{
    rows_read_entries(arena, at[0], out);
    rows_read_beats(arena, at[1], out);
    rows_read_tickets(arena, at[2], at[3], out);
    rows_read_ledger(arena, at[4], out);
}

bool rows_read_head(const PGresult *res, struct head *out)
{
    if (PQntuples(res) != 1)
        return false;
    *out = (struct head){.seq = pg_get_int(res, 0, 0),
                         .at = pg_get_int(res, 0, 1),
                         .rev = pg_get_int(res, 0, 2),
                         .no = pg_get_int(res, 0, 3),
                         .no_exercise = pg_get_int(res, 0, 4),
                         .accept_clock = pg_get_int(res, 0, 5)};
    return true;
}

void rows_read_entries(struct arena *arena, const PGresult *res, struct rows *out)
{
    int count = PQntuples(res);
    struct entry_row *rows = ARENA_ARRAY(arena, struct entry_row, (size_t)count + 1);
    for (int i = 0; i < count; i++)
        rows[i] = (struct entry_row){.kind = pg_get_text(res, i, 0),
                                     .id = pg_get_text(res, i, 1),
                                     .seq = pg_get_int(res, i, 2),
                                     .doc = pg_get_text(res, i, 3)};
    out->entries = rows;
    out->entry_count = (size_t)count;
}

void rows_read_beats(struct arena *arena, const PGresult *res, struct rows *out)
{
    int count = PQntuples(res);
    struct beat_row *rows = ARENA_ARRAY(arena, struct beat_row, (size_t)count + 1);
    for (int i = 0; i < count; i++)
        rows[i] = (struct beat_row){.agency = pg_get_text(res, i, 0),
                                    .source = pg_get_text(res, i, 1),
                                    .first = pg_get_int(res, i, 2),
                                    .last = pg_get_int(res, i, 3),
                                    .silent = pg_get_int(res, i, 4)};
    out->beats = rows;
    out->beat_count = (size_t)count;
}

void rows_read_ledger(struct arena *arena, const PGresult *res, struct rows *out)
{
    int count = PQntuples(res);
    struct ledger_row *rows = ARENA_ARRAY(arena, struct ledger_row, (size_t)count + 1);
    for (int i = 0; i < count; i++) {
        struct ledger_row *r = &rows[i];
        r->seq = pg_get_int(res, i, 0);
        r->at = pg_get_int(res, i, 1);
        r->typ = pg_get_text(res, i, 2);
        r->kind = pg_get_text(res, i, 3);
        r->iss = pg_get_text(res, i, 4);
        r->act = pg_get_text(res, i, 5);
        r->kid = pg_get_text(res, i, 6);
        pg_get_bytes(res, i, 7, r->jti.at, sizeof(r->jti.at));
        pg_get_bytes(res, i, 8, r->ticket.at, sizeof(r->ticket.at));
        r->admins = pg_get_text(res, i, 9);
        pg_get_bytes(res, i, 10, r->sha256.at, sizeof(r->sha256.at));
        pg_get_bytes(res, i, 11, r->leaf.at, sizeof(r->leaf.at));
        r->jws = pg_get_text(res, i, 12);
    }
    out->ledger = rows;
    out->ledger_count = (size_t)count;
}

void rows_read_known(struct arena *arena, const PGresult *res, struct rows *out)
{
    int count = PQntuples(res);
    struct known_row *rows = ARENA_ARRAY(arena, struct known_row, (size_t)count + 1);
    for (int i = 0; i < count; i++) {
        pg_get_bytes(res, i, 0, rows[i].jti.at, sizeof(rows[i].jti.at));
        pg_get_bytes(res, i, 1, rows[i].sha256.at, sizeof(rows[i].sha256.at));
        rows[i].seq = pg_get_int(res, i, 2);
        rows[i].at = pg_get_int(res, i, 3);
    }
    out->known = rows;
    out->known_count = (size_t)count;
}

struct owed_rows {
    const struct owed_row *at;
    size_t count;
};

static struct owed_rows read_owed(struct arena *arena, const PGresult *res)
{
    int count = res != NULL ? PQntuples(res) : 0;
    struct owed_row *rows = ARENA_ARRAY(arena, struct owed_row, (size_t)count + 1);
    for (int i = 0; i < count; i++) {
        struct owed_row *o = &rows[i];
        pg_get_bytes(res, i, 0, o->inc.at, sizeof(o->inc.at));
        o->agency = pg_get_text(res, i, 1);
        o->what = pg_get_text(res, i, 2);
        o->about = pg_get_text(res, i, 3);
        o->since = pg_get_int(res, i, 4);
        o->due = pg_get_int(res, i, 5);
        o->next = pg_get_int(res, i, 6);
        o->step = pg_get_int(res, i, 7);
        o->sev = pg_get_text(res, i, 8);
    }
    return (struct owed_rows){rows, (size_t)count};
}

/* The first row whose ticket is not before `id`; uuids are ordered as their bytes. */
static size_t find_owed(const struct owed_rows *rows, struct ticket_id id)
{
    size_t low = 0;
    size_t high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(rows->at[middle].inc.at, id.at, ID_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void rows_read_tickets(struct arena *arena, const PGresult *res, const PGresult *owed,
                       struct rows *out)
{
    struct owed_rows all = read_owed(arena, owed);
    int count = PQntuples(res);
    struct ticket_row *rows = ARENA_ARRAY(arena, struct ticket_row, (size_t)count + 1);
    for (int i = 0; i < count; i++) {
        struct ticket_row *t = &rows[i];
        pg_get_bytes(res, i, 0, t->id.at, sizeof(t->id.at));
        t->seq = pg_get_int(res, i, 1);
        t->rev = pg_get_int(res, i, 2);
        t->no = pg_get_int(res, i, 3);
        t->exercise = pg_get_bool(res, i, 4);
        t->state = pg_get_text(res, i, 5);
        pg_get_bytes(res, i, 6, t->into.at, sizeof(t->into.at));
        t->doc = pg_get_text(res, i, 7);
        size_t first = find_owed(&all, t->id);
        t->owed = &all.at[first];
        while (first + t->owed_count < all.count && ticket_id_eq(t->owed[t->owed_count].inc, t->id))
            t->owed_count++;
    }
    out->tickets = rows;
    out->ticket_count = (size_t)count;
}

/* ---- writing ---- */

static void write_head(struct pg *pg, struct pg_params *p, const struct head *head)
{
    pg_params_clear(p);
    pg_add_int(p, head->seq);
    pg_add_int(p, head->at);
    pg_add_int(p, head->rev);
    pg_add_int(p, head->no);
    pg_add_int(p, head->no_exercise);
    pg_send(pg, "write_head", p);
}

static void item_hash(struct buf *array, const struct hash *hash)
{
    pg_item_text(array, (struct str){(const char *)hash->at, sizeof(hash->at)});
}

static void write_ledger(struct pg *pg, struct pg_params *p, const struct turn_rows *rows)
{
    enum { SEQ, AT, TYP, KIND, ISS, ACT, KID, JTI, TICKET, ADMINS, SHA256, LEAF, JWS, COLUMNS };
    static const enum pg_type types[COLUMNS] = {PG_INT,   PG_INT,   PG_TEXT, PG_TEXT, PG_TEXT,
                                                PG_TEXT,  PG_TEXT,  PG_UUID, PG_UUID, PG_TEXT,
                                                PG_BYTES, PG_BYTES, PG_TEXT};
    struct buf *c[COLUMNS];
    pg_params_clear(p);
    pg_add_int(p, rows->head.rev);
    for (int i = 0; i < COLUMNS; i++)
        c[i] = pg_add_array(p, types[i], rows->ledger_count);
    for (size_t i = 0; i < rows->ledger_count; i++) {
        const struct ledger_row *r = &rows->ledger[i];
        pg_item_int(c[SEQ], r->seq);
        pg_item_int(c[AT], r->at);
        pg_item_text(c[TYP], r->typ);
        pg_item_text(c[KIND], r->kind);
        pg_item_text(c[ISS], r->iss);
        pg_item_text(c[ACT], r->act);
        pg_item_text(c[KID], r->kid);
        pg_item_uuid(c[JTI], r->jti.at);
        if (ticket_id_is_none(r->ticket))
            pg_item_null(c[TICKET]);
        else
            pg_item_uuid(c[TICKET], r->ticket.at);
        if (r->admins.len == 0)
            pg_item_null(c[ADMINS]);
        else
            pg_item_text(c[ADMINS], r->admins);
        item_hash(c[SHA256], &r->sha256);
        item_hash(c[LEAF], &r->leaf);
        pg_item_text(c[JWS], r->jws);
    }
    pg_send(pg, "write_ledger", p);
}

static void write_tickets(struct pg *pg, struct pg_params *p, const struct turn_rows *rows)
{
    enum { ID, NO, EXERCISE, STATE, INTO, SEQ, DOC, COLUMNS };
    static const enum pg_type types[COLUMNS] = {PG_UUID, PG_INT, PG_BOOL, PG_TEXT,
                                                PG_UUID, PG_INT, PG_JSON};
    struct buf *c[COLUMNS];
    pg_params_clear(p);
    pg_add_int(p, rows->head.rev);
    for (int i = 0; i < COLUMNS; i++)
        c[i] = pg_add_array(p, types[i], rows->ticket_count);
    for (size_t i = 0; i < rows->ticket_count; i++) {
        const struct ticket_row *t = &rows->tickets[i];
        pg_item_uuid(c[ID], t->id.at);
        pg_item_int(c[NO], t->no);
        pg_item_bool(c[EXERCISE], t->exercise);
        pg_item_text(c[STATE], t->state);
        if (ticket_id_is_none(t->into))
            pg_item_null(c[INTO]);
        else
            pg_item_uuid(c[INTO], t->into.at);
        pg_item_int(c[SEQ], t->seq);
        pg_item_text(c[DOC], t->doc);
    }
    pg_send(pg, "write_tickets", p);
}

/* ---- obligations: most outlive most records of their ticket, and are not written again ---- */

static const struct owed_row *find_same(const struct owed_row *rows, size_t count,
                                        const struct owed_row *o)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(rows[i].agency, o->agency) && str_eq(rows[i].what, o->what) &&
            str_eq(rows[i].about, o->about))
            return &rows[i];
    return NULL;
}

static bool is_as(const struct owed_row *was, const struct owed_row *o)
{
    return was != NULL && was->since == o->since && was->due == o->due && was->next == o->next &&
           was->step == o->step && str_eq(was->sev, o->sev);
}

enum owed_column {
    OWED_INC,
    OWED_AGENCY,
    OWED_WHAT,
    OWED_ABOUT,
    OWED_SINCE,
    OWED_DUE,
    OWED_NEXT,
    OWED_STEP,
    OWED_SEV,
    OWED_COLUMNS,
    OWED_KEY = OWED_SINCE /* the columns before */
};

static void item_owed(struct buf *c[static OWED_COLUMNS], struct ticket_id id,
                      const struct owed_row *o)
{
    pg_item_uuid(c[OWED_INC], id.at);
    pg_item_text(c[OWED_AGENCY], o->agency);
    pg_item_text(c[OWED_WHAT], o->what);
    pg_item_text(c[OWED_ABOUT], o->about);
    if (c[OWED_SINCE] == NULL)
        return;
    pg_item_int(c[OWED_SINCE], o->since);
    pg_item_int(c[OWED_DUE], o->due);
    pg_item_int(c[OWED_NEXT], o->next);
    pg_item_int(c[OWED_STEP], o->step);
    pg_item_text(c[OWED_SEV], o->sev);
}

/* The rows of what is owed no longer (`gone`), or else of what is owed anew or otherwise, into c
 * (NULL: nowhere); and how many they are. */
static size_t put_owed(const struct turn_rows *rows, bool gone, struct buf **c)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->ticket_count; i++) {
        const struct ticket_row *t = &rows->tickets[i];
        const struct owed_row *at = gone ? t->was : t->owed;
        for (size_t k = 0; k < (gone ? t->was_count : t->owed_count); k++) {
            bool stays = gone ? find_same(t->owed, t->owed_count, &at[k]) != NULL
                              : is_as(find_same(t->was, t->was_count, &at[k]), &at[k]);
            if (stays)
                continue;
            count++;
            if (c != NULL)
                item_owed(c, t->id, &at[k]);
        }
    }
    return count;
}

static void write_owed(struct pg *pg, struct pg_params *p, const struct turn_rows *rows, bool gone)
{
    static const enum pg_type types[OWED_COLUMNS] = {PG_UUID, PG_TEXT, PG_TEXT, PG_TEXT, PG_INT,
                                                     PG_INT,  PG_INT,  PG_INT,  PG_TEXT};
    struct buf *c[OWED_COLUMNS] = {NULL};
    size_t count = put_owed(rows, gone, NULL);
    if (count == 0)
        return;
    pg_params_clear(p);
    for (int i = 0; i < (gone ? OWED_KEY : OWED_COLUMNS); i++)
        c[i] = pg_add_array(p, types[i], count);
    (void)put_owed(rows, gone, c);
    pg_send(pg, gone ? "end_obligations" : "write_obligations", p);
}

static void write_entries(struct pg *pg, struct pg_params *p, const struct turn_rows *rows)
{
    enum { KIND, ID, SEQ, DOC, COLUMNS };
    static const enum pg_type types[COLUMNS] = {PG_TEXT, PG_TEXT, PG_INT, PG_JSON};
    struct buf *c[COLUMNS];
    pg_params_clear(p);
    pg_add_int(p, rows->head.rev);
    for (int i = 0; i < COLUMNS; i++)
        c[i] = pg_add_array(p, types[i], rows->entry_count);
    for (size_t i = 0; i < rows->entry_count; i++) {
        const struct entry_row *e = &rows->entries[i];
        pg_item_text(c[KIND], e->kind);
        pg_item_text(c[ID], e->id);
        pg_item_int(c[SEQ], e->seq);
        pg_item_text(c[DOC], e->doc);
    }
    pg_send(pg, "write_entries", p);
}

static void write_beats(struct pg *pg, struct pg_params *p, const struct turn_rows *rows)
{
    enum { AGENCY, SOURCE, FIRST, LAST, SILENT, COLUMNS };
    static const enum pg_type types[COLUMNS] = {PG_TEXT, PG_TEXT, PG_INT, PG_INT, PG_INT};
    struct buf *c[COLUMNS];
    pg_params_clear(p);
    pg_add_int(p, rows->head.rev);
    for (int i = 0; i < COLUMNS; i++)
        c[i] = pg_add_array(p, types[i], rows->beat_count);
    for (size_t i = 0; i < rows->beat_count; i++) {
        const struct beat_row *b = &rows->beats[i];
        pg_item_text(c[AGENCY], b->agency);
        pg_item_text(c[SOURCE], b->source);
        pg_item_int(c[FIRST], b->first);
        pg_item_int(c[LAST], b->last);
        pg_item_int(c[SILENT], b->silent);
    }
    pg_send(pg, "write_beats", p);
}

void rows_write(struct pg *pg, struct pg_params *p, const struct turn_rows *rows)
{
    write_head(pg, p, &rows->head); /* first: the ledger's trigger compares with it */
    if (rows->ledger_count > 0)
        write_ledger(pg, p, rows);
    if (rows->ticket_count > 0) {
        write_tickets(pg, p, rows);
        write_owed(pg, p, rows, true);
        write_owed(pg, p, rows, false);
    }
    if (rows->entry_count > 0)
        write_entries(pg, p, rows);
    if (rows->beat_count > 0)
        write_beats(pg, p, rows);
}
