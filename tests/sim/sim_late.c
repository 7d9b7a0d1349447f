/* What is said of tickets that may have ended: hubs need not hold them, the database is asked. */
#include "sim_deed.h"
#include "sim_tables.h"

#include <string.h>

/* NULL: the draft that the dice chose is none. */
static const struct draft *a_report(struct world *w)
{
    if (w->draft_count == 0)
        return NULL;
    const struct draft *d = w->drafts[between(w, 0, (int64_t)w->draft_count - 1)];
    return d->record.kind == KIND_INCIDENT_REPORT ? d : NULL;
}

/* A ticket has the id of its report. */
static struct ticket_id ticket_of(const struct draft *report)
{
    struct ticket_id id;
    memcpy(id.at, report->record.jti.at, sizeof(id.at));
    return id;
}

/* A merge that names one merged before: what that went into is meant, and ends. */
static void merge_again(struct world *w)
{
    const struct ticket_row *merged = NULL;
    for (int i = 0; i < 40 && (!merged || ticket_id_is_none(merged->into)); i++) {
        const struct draft *d = a_report(w);
        merged = d ? db_ticket(&w->db, ticket_of(d)) : NULL;
    }
    if (!merged || ticket_id_is_none(merged->into))
        return;
    const struct process *n = client_hub(w);
    const struct state *st = n ? turn_state(n->turn) : NULL;
    const struct ticket *t = st ? state_ticket(st, merged->into) : NULL;
    const struct ticket *into = t ? deed_ticket(w, st, w->db.head.seq) : NULL;
    if (!into || into == t || deed_is_cursed(into) || deed_is_cursed(t))
        return;
    struct record r = {.kind = KIND_INCIDENT_MERGE,
                       .inc = merged->id,
                       .into = into->id,
                       .exercise = t->exercise,
                       .has = CLAIM_BIT(INC) | CLAIM_BIT(INTO) |
                              (t->exercise ? CLAIM_BIT(STATUS) : 0)};
    deed_note_ending(w, t->id);
    client_post(w, deed_person(w, STR("kpu"), 1U << ROLE_COORDINATOR), &r, false);
}

/* Of any ticket that ever was: most are closed or merged. */
void late_on_old(struct world *w)
{
    if (chance(w, 400)) {
        merge_again(w);
        return;
    }
    const struct draft *d = a_report(w);
    if (!d)
        return;
    struct record r = {.kind = chance(w, 500) ? KIND_INCIDENT_REOPEN : KIND_INCIDENT_NOTE,
                       .inc = ticket_of(d),
                       .reason = STR("ternyata belum"),
                       .exercise = d->record.exercise,
                       .has = CLAIM_BIT(INC) | (d->record.exercise ? CLAIM_BIT(STATUS) : 0)};
    if (r.kind == KIND_INCIDENT_REOPEN) {
        r.has |= CLAIM_BIT(REASON);
    } else {
        r.reason = STR_NONE;
        r.body = STR("menyusul");
        r.has |= CLAIM_BIT(BODY);
    }
    const struct person *p = deed_duty_of(w, d->record.iss);
    if (p)
        client_post(w, p, &r, false);
}

void late_burst(struct world *w)
{
    for (int i = 0; i < 40 && !w->quiet; i++)
        late_on_old(w);
}
