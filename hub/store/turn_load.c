/* Everything that a hub holds, in one snapshot: the directory, the last rows, the open tickets. */
#include "store/rows.h"
#include "store/turn_inside.h"

enum { PAGE_TICKETS = 1000 };

enum { LOAD_BEGIN, LOAD_HEAD, LOAD_CLOCK, LOAD_ENTRIES, LOAD_BEATS };
enum { LAST_ROWS, LAST_ENDED, PAGE_ROWS = 0, PAGE_OWED };

static void on_page(void *arg, const struct pg_answer *a);

static void send_page(struct turn_store *ts)
{
    pg_params_clear(&ts->params);
    pg_add_uuid(&ts->params, ts->page.at);
    pg_add_int(&ts->params, PAGE_TICKETS);
    pg_send(ts->pg, "open_tickets", &ts->params);
    pg_send(ts->pg, "open_obligations", &ts->params);
    pg_finish(ts->pg, on_page, ts);
    turn_store_expect(ts);
}

static void on_load_ended(void *arg, const struct pg_answer *a)
{
    struct turn_store *ts = arg;
    enum turn_end end = pg_end(a, true);
    if (end != TURN_OK) /* in doubt is as good as failed: nothing was to be stored */
        turn_store_fail(ts, TURN_FAILED, a->text);
    else
        turn_store_answer(ts, TURN_OK, &ts->loaded);
}

/* A synchronous commit of the hub's own, after the snapshot: what was read is on the standby, or
 * the load does not end.  Otherwise a fail-over could take rows away that memory keeps, and give
 * their rev to others. */
static void send_load_end(struct turn_store *ts)
{
    pg_params_clear(&ts->params);
    pg_add_text(&ts->params, str_of(ts->hub_name));
    pg_send(ts->pg, "load_end", &ts->params);
    pg_params_clear(&ts->params);
    pg_send(ts->pg, "commit", &ts->params);
    pg_finish(ts->pg, on_load_ended, ts);
    ts->waits = TIMER_OFF; /* a COMMIT may wait for its standby as long as it takes */
    loop_timer_stop(ts->timer);
}

static void on_page(void *arg, const struct pg_answer *a)
{
    struct turn_store *ts = arg;
    if (!turn_store_went_well(ts, a))
        return;
    struct rows rows = ts->loaded;
    struct arena arena;
    arena_init(&arena);
    rows_read_tickets(&arena, a->results[PAGE_ROWS], a->results[PAGE_OWED], &rows);
    size_t count = rows.ticket_count;
    if (count == PAGE_TICKETS) { /* the next page is on its way while this one is read */
        ts->page = rows.tickets[count - 1].id;
        send_page(ts);
    } else {
        send_load_end(ts);
    }
    if (count > 0)
        ts->rows_fn(ts->arg, TURN_OK, &rows);
    arena_deinit(&arena);
}

static void on_last(void *arg, const struct pg_answer *a)
{
    struct turn_store *ts = arg;
    if (!turn_store_went_well(ts, a))
        return;
    struct rows rows = ts->loaded;
    struct arena arena;
    arena_init(&arena);
    rows_read_ledger(&arena, a->results[LAST_ROWS], &rows);
    rows_read_tickets(&arena, a->results[LAST_ENDED], NULL, &rows);
    ts->page = (struct ticket_id){0};
    send_page(ts);
    if (rows.ledger_count > 0)
        ts->rows_fn(ts->arg, TURN_OK, &rows);
    arena_deinit(&arena);
}

static void send_last(struct turn_store *ts)
{
    int64_t head = ts->loaded.head.seq;
    pg_params_clear(&ts->params);
    pg_add_int(&ts->params, head - ts->last);
    pg_add_int(&ts->params, head);
    pg_add_int(&ts->params, ts->last);
    pg_send(ts->pg, "read_ledger", &ts->params);
    pg_send(ts->pg, "read_closed", &ts->params);
    pg_finish(ts->pg, on_last, ts);
    turn_store_expect(ts);
}

static void on_directory(void *arg, const struct pg_answer *a)
{
    struct turn_store *ts = arg;
    enum turn_end end = pg_end(a, false);
    struct rows rows = {0};
    if (end == TURN_OK && !rows_read_head(a->results[LOAD_HEAD], &rows.head))
        end = TURN_FAILED;
    if (end != TURN_OK) {
        turn_store_fail(ts, end, a->text[0] != '\0' ? a->text : "the database has no head row");
        return;
    }
    struct arena arena;
    arena_init(&arena);
    rows.db_ms = pg_get_int(a->results[LOAD_CLOCK], 0, 0);
    ts->loaded = rows;
    rows_read_entries(&arena, a->results[LOAD_ENTRIES], &rows);
    rows_read_beats(&arena, a->results[LOAD_BEATS], &rows);
    send_last(ts);
    if (rows.entry_count > 0)
        ts->rows_fn(ts->arg, TURN_OK, &rows);
    arena_deinit(&arena);
}

void turn_store_send_load(struct turn_store *ts)
{
    pg_params_clear(&ts->params);
    pg_send(ts->pg, "begin_snapshot", &ts->params);
    pg_send(ts->pg, "head", &ts->params);
    pg_send(ts->pg, "clock", &ts->params);
    pg_add_int(&ts->params, -1); /* all of them */
    pg_send(ts->pg, "changed_entries", &ts->params);
    pg_send(ts->pg, "changed_beats", &ts->params);
    pg_finish(ts->pg, on_directory, ts);
    turn_store_expect(ts);
}
