#include "sim_session.h"

struct session *session_new(struct db *db, struct turn_store *store,
                            void (*granted)(struct session *s), loop_fn *timed_out)
{
    struct session *s = mem_new(sizeof(*s));
    s->db = db;
    s->store = store;
    s->granted = granted;
    s->timeout = (struct event){.fn = timed_out, .arg = s};
    s->next_open = db->sessions;
    s->prev_open = &db->sessions;
    if (s->next_open)
        s->next_open->prev_open = &s->next_open;
    db->sessions = s;
    return s;
}

void session_free(struct session *s)
{
    event_stop(s->db->world, &s->timeout);
    commit_free(s->commit);
    *s->prev_open = s->next_open;
    if (s->next_open)
        s->next_open->prev_open = s->prev_open;
    mem_free(s);
}

void session_wait(struct session *s)
{
    s->waits_lock = true;
    s->next = NULL;
    *s->db->last = s;
    s->db->last = &s->next;
}

void session_leave_line(struct session *s)
{
    struct db *db = s->db;
    for (struct session **at = &db->first; *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            break;
        }
    db->last = &db->first;
    while (*db->last)
        db->last = &(*db->last)->next;
    s->waits_lock = false;
}

void session_unlock(struct session *s)
{
    struct db *db = s->db;
    event_stop(db->world, &s->timeout);
    if (s->waits_lock)
        session_leave_line(s);
    if (db->holder == s)
        db->holder = NULL;
    s->writes = false;
    if (!s->store)
        session_free(s);
    db_grant(db);
}
