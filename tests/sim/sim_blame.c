#include "sim_blame.h"

static const struct ticket_id SILENCE = {"a silent source"};

static struct ticket_id culprit(const struct turn_rows *rows)
{
    bool silent = rows->beat_count > 0 && rows->beats[0].silent != 0;
    return silent ? SILENCE : rows->ledger[0].ticket;
}

static bool is_found_anew(struct blame *b, struct ticket_id id)
{
    for (size_t i = 0; i < b->count; i++)
        if (ticket_id_eq(b->found[i], id))
            return false;
    if (b->count == BLAMES)
        return false;
    b->found[b->count++] = id;
    return true;
}

void blame_refusal(struct world *w, struct blame *b, const struct turn_rows *rows)
{
    if (rows->ledger_count == 1 && is_found_anew(b, culprit(rows))) {
        b->searches = true;
        return;
    }
    if (!b->searches && w->now <= w->refused_at + 10 * SECOND)
        return;
    b->searches = false;
    w->refused_at = w->now;
    fault_note(w, SECOND, 5 * SECOND); /* as E0 has it */
}
