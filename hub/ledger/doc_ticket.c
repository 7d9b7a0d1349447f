/* Tickets: what they show, what their rows keep. */
#include "ledger/doc_inside.h"

#include <inttypes.h>

/* ---- writing ---- */
static void put_receipt(struct json_writer *w, const char *key, const struct receipt *receipt)
{
    if (receipt->at == 0)
        return;
    json_begin_object(w, key);
    json_put_int(w, "at", receipt->at);
    json_put_text(w, "member", receipt->member);
    json_end_object(w);
}

static void put_answers(struct json_writer *w, const struct ticket *t, bool row)
{
    json_begin_array(w, "agencies");
    for (size_t i = 0; i < t->answer_count; i++) {
        const struct answer *a = &t->answers[i];
        json_begin_object(w, NULL);
        json_put_text(w, "id", a->agency->id);
        doc_put_word(w, "state", &WORDS_ANSWER_STATE, (int)a->state);
        doc_put_int(w, "eta", a->eta);
        if (row)
            json_put_int(w, "addressed", a->addressed);
        put_receipt(w, "got", &a->got);
        put_receipt(w, "shown", &a->shown);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_owed(struct json_writer *w, const struct ticket *t)
{
    json_begin_array(w, "owed");
    for (size_t i = 0; i < t->owed_count; i++) {
        const struct owed *o = &t->owed[i];
        json_begin_object(w, NULL);
        json_put_text(w, "agency", o->agency->id);
        doc_put_word(w, "what", &WORDS_WHAT, (int)o->what);
        json_put_text(w, "about", o->about == NULL ? STR("") : o->about->id);
        json_put_int(w, "since", o->since);
        json_put_int(w, "due", o->due);
        json_put_int(w, "next", o->next);
        json_put_int(w, "step", o->step);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_who(struct json_writer *w, const struct ticket *t)
{
    json_put_text(w, "by", t->by->id);
    if (t->author != NULL)
        doc_put_pair(w, "author", t->author->agency->id, t->author->id);
    else if (t->source != NULL) /* as iss and act of the alert that opened it */
        doc_put_pair(w, "author", t->source->agency->id, t->source->id);
    json_put_text(w, "lead", t->lead->id);
    if (t->offered != NULL)
        json_put_text(w, "offered", t->offered->id);
}

static void put_what(struct json_writer *w, const struct ticket *t)
{
    json_put_text(w, "cat", t->cat->code);
    doc_put_word(w, "sev", &WORDS_SEV, (int)t->sev);
    doc_put_word(w, "tlp", &WORDS_TLP, (int)t->tlp);
    json_put_text(w, "title", t->title);
    if (t->place != NULL)
        json_put_text(w, "place", t->place->id);
    if (t->has_point) {
        json_put_int(w, "lat", t->lat);
        json_put_int(w, "lon", t->lon);
    }
    doc_put_word(w, "veracity", &WORDS_VERACITY, (int)t->veracity);
    doc_put_int(w, "count", t->count);
    doc_put_int(w, "last", t->last);
    json_put_bool(w, "clear", t->clear);
}

static void put_policy(struct json_writer *w, const char *key, const struct policy *policy)
{
    if (policy == NULL)
        return;
    struct arena arena;
    arena_init(&arena);
    json_put_text(w, key,
                  arena_printf(&arena, STR_FMT "@%" PRId64, STR_ARG(policy->id), policy->seq));
    arena_deinit(&arena);
}

/* What the wire does not show. */
static void put_hidden(struct json_writer *w, const struct ticket *t)
{
    json_put_int(w, "first", t->first);
    doc_put_int(w, "closed", t->closed);
    if (t->source != NULL)
        doc_put_pair(w, "source", t->source->agency->id, t->source->id);
    put_policy(w, "policy", t->policy);
    put_policy(w, "fallback", t->fallback);
    json_begin_array(w, "readers");
    for (size_t i = 0; i < t->reader_count; i++)
        json_put_text(w, NULL, t->readers[i]->id);
    json_end_array(w);
    json_begin_array(w, "told");
    for (size_t i = 0; i < t->told_count; i++)
        doc_put_pair(w, NULL, t->told[i]->agency->id, t->told[i]->id);
    json_end_array(w);
    json_begin_array(w, "keys");
    for (size_t i = 0; i < t->key_count; i++) {
        json_begin_object(w, NULL);
        doc_put_pair(w, "source", t->keys[i].source->agency->id, t->keys[i].source->id);
        json_put_text(w, "key", t->keys[i].key);
        json_end_object(w);
    }
    json_end_array(w);
}

void doc_write_ticket(struct buf *to, const struct ticket *t, bool row)
{
    struct json_writer w = {to, false};
    json_begin_object(&w, NULL);
    json_put_text(&w, "id", str_of(id_text(t->id.at).at));
    json_put_int(&w, "no", t->no);
    json_put_int(&w, "opened", t->opened);
    put_who(&w, t);
    doc_put_word(&w, "state", &WORDS_TICKET_STATE, (int)t->state);
    if (!ticket_id_is_none(t->into))
        json_put_text(&w, "into", str_of(id_text(t->into.at).at));
    json_put_text(&w, "status", t->exercise ? STR("exercise") : STR("actual"));
    put_what(&w, t);
    json_put_int(&w, "n", t->n);
    json_put_int(&w, "seq", t->seq);
    put_answers(&w, t, row);
    if (row)
        put_hidden(&w, t);
    else
        put_owed(&w, t);
    json_end_object(&w);
}

/* ---- reading ---- */
static struct receipt read_receipt(struct reading *r, const char *name)
{
    const struct node *n = node_get(r->doc, str_of(name));
    if (n == NULL)
        return (struct receipt){0};
    struct reading inner = {.arena = r->arena, .st = r->st, .doc = n};
    struct receipt receipt = {reading_int(&inner, "at"), reading_text(&inner, "member")};
    if (inner.wrong != NULL)
        reading_fail(r, name);
    return receipt;
}

static void read_answers(struct reading *r, struct ticket *t)
{
    const struct node *first = reading_array(r, "agencies");
    size_t count = 0;
    for (const struct node *n = first; n != NULL; n = n->next)
        count++;
    t->answers = count == 0 ? NULL : ARENA_ARRAY(r->arena, struct answer, count);
    for (const struct node *n = first; n != NULL; n = n->next) {
        struct reading inner = {.arena = r->arena, .st = r->st, .doc = n};
        t->answers[t->answer_count++] = (struct answer){
            .agency = reading_agency(&inner, "id"),
            .state = (enum answer_state)reading_word(&inner, "state", &WORDS_ANSWER_STATE),
            .eta = node_int(n, "eta", 0),
            .addressed = reading_int(&inner, "addressed"),
            .got = read_receipt(&inner, "got"),
            .shown = read_receipt(&inner, "shown"),
        };
        if (inner.wrong != NULL)
            reading_fail(r, "agencies");
    }
}

static void read_who(struct reading *r, struct ticket *t)
{
    t->by = reading_agency(r, "by");
    t->lead = reading_agency(r, "lead");
    if (node_get(r->doc, STR("offered")) != NULL)
        t->offered = reading_agency(r, "offered");
    if (node_get(r->doc, STR("source")) != NULL)
        t->source = refer_source(r, "source", reading_text(r, "source"));
    else if (node_get(r->doc, STR("author")) != NULL)
        t->author = refer_member(r, "author", reading_text(r, "author"));
}

static void read_what(struct reading *r, struct ticket *t)
{
    t->cat = state_category(r->st, reading_text(r, "cat"));
    if (t->cat == NULL)
        reading_fail(r, "cat");
    t->sev = (enum sev)reading_word(r, "sev", &WORDS_SEV);
    t->tlp = (enum tlp)reading_word(r, "tlp", &WORDS_TLP);
    t->title = reading_text(r, "title");
    if (node_get(r->doc, STR("place")) != NULL) {
        t->place = state_place(r->st, reading_text(r, "place"));
        if (t->place == NULL)
            reading_fail(r, "place");
    }
    t->has_point = node_get(r->doc, STR("lat")) != NULL;
    t->lat = node_int(r->doc, "lat", 0);
    t->lon = node_int(r->doc, "lon", 0);
    t->veracity = (enum veracity)reading_word(r, "veracity", &WORDS_VERACITY);
    t->count = node_int(r->doc, "count", 0);
    t->last = node_int(r->doc, "last", 0);
    t->clear = reading_bool(r, "clear");
}

static const struct policy *read_policy(struct reading *r, const char *name)
{
    struct str text = node_text(r->doc, name);
    struct str id, version;
    int64_t seq;
    if (text.at == NULL)
        return NULL;
    const struct policy *policy = NULL;
    if (str_cut(text, '@', &id, &version) && str_to_int(version, 0, INT64_MAX, &seq))
        policy = state_policy_at(r->st, id, seq);
    if (policy == NULL)
        reading_fail(r, name);
    return policy;
}

static void read_keys(struct reading *r, struct ticket *t)
{
    const struct node *first = reading_array(r, "keys");
    size_t count = 0;
    for (const struct node *n = first; n != NULL; n = n->next)
        count++;
    t->keys = count == 0 ? NULL : ARENA_ARRAY(r->arena, struct alert_key, count);
    for (const struct node *n = first; n != NULL; n = n->next)
        t->keys[t->key_count++] = (struct alert_key){
            refer_source(r, "keys", node_text(n, "source")), node_text(n, "key")};
}

static void read_hidden(struct reading *r, struct ticket *t)
{
    t->first = reading_int(r, "first");
    t->closed = node_int(r->doc, "closed", 0);
    t->policy = read_policy(r, "policy");
    t->fallback = read_policy(r, "fallback");
    struct str_list readers = reading_list(r, "readers");
    struct str_list told = reading_list(r, "told");
    if (readers.count > 0)
        t->readers = ARENA_ARRAY(r->arena, const struct agency *, readers.count);
    for (size_t i = 0; i < readers.count; i++)
        t->readers[t->reader_count++] = refer_agency(r, "readers", readers.at[i]);
    if (told.count > 0)
        t->told = ARENA_ARRAY(r->arena, const struct member *, told.count);
    for (size_t i = 0; i < told.count; i++)
        t->told[t->told_count++] = refer_member(r, "told", told.at[i]);
    read_keys(r, t);
}

static void read_owed(struct reading *r, struct ticket *t, const struct owed_row *owed,
                      size_t count)
{
    t->owed = count == 0 ? NULL : ARENA_ARRAY(r->arena, struct owed, count);
    for (size_t i = 0; i < count; i++) {
        const struct owed_row *row = &owed[i];
        int what = words_find(&WORDS_WHAT, row->what);
        int sev = words_find(&WORDS_SEV, row->sev);
        if (what < 0 || sev < 0)
            reading_fail(r, "owed");
        t->owed[t->owed_count++] = (struct owed){
            .agency = refer_agency(r, "owed", row->agency),
            .what = (enum what)(what < 0 ? 0 : what),
            .about = row->about.len == 0 ? NULL : refer_agency(r, "owed", row->about),
            .sev = (enum sev)(sev < 0 ? 0 : sev),
            .since = row->since,
            .due = row->due,
            .next = row->next,
            .step = row->step,
        };
    }
}

static void read_state(struct reading *r, struct ticket *t)
{
    t->no = reading_int(r, "no");
    t->opened = reading_int(r, "opened");
    t->state = (enum ticket_state)reading_word(r, "state", &WORDS_TICKET_STATE);
    struct str into = node_text(r->doc, "into");
    if (into.at != NULL && !id_parse(into, t->into.at))
        reading_fail(r, "into");
    t->exercise = str_eq(reading_text(r, "status"), STR("exercise"));
    t->n = reading_int(r, "n");
    t->seq = reading_int(r, "seq");
}

enum err doc_read_ticket(struct arena *arena, const struct state *st, int64_t seq, struct str doc,
                         const struct owed_row *owed, size_t owed_count, struct fault *fault,
                         struct entry *out)
{
    struct reading r = {.arena = arena, .st = st};
    struct fault inner;
    if (json_parse_trusted(arena, doc, &inner, &r.doc) != OK)
        return fault_set(fault, ERR_SYSTEM, "", "the database's ticket of seq %" PRId64 ": %s", seq,
                         inner.text);
    struct ticket *t = ARENA_NEW(arena, struct ticket);
    struct str id = reading_text(&r, "id");
    if (!id_parse(id, t->id.at))
        reading_fail(&r, "id");
    read_state(&r, t);
    read_who(&r, t);
    read_what(&r, t);
    read_answers(&r, t);
    read_hidden(&r, t);
    read_owed(&r, t, owed, owed_count);
    enum err e = reading_end(&r, STR("ticket"), id, fault);
    if (e == OK)
        *out = (struct entry){.kind = ENTRY_TICKET, .seq = seq, .is.ticket = t};
    return e;
}
