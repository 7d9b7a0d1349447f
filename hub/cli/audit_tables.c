/* The tables beside what the ledger makes of them: both in the order of their keys, one pass. */
#include "cli/audit_inside.h"
#include "ledger/doc.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Which member of the two documents differs first, or "doc". */
static struct str differing(struct audit *a, struct str ours, struct str theirs)
{
    const struct node *one = NULL;
    const struct node *two = NULL;
    struct fault fault;
    if (json_parse_trusted(&a->arena, ours, &fault, &one) != OK ||
        json_parse_trusted(&a->arena, theirs, &fault, &two) != OK || one->type != NODE_OBJECT)
        return STR("doc");
    const struct node *m = one->first;
    const struct node *n = two->first;
    /* Members have one order: where it ends, or where name or length of the text differ. */
    size_t at = 0;
    while (at < ours.len && at < theirs.len && ours.at[at] == theirs.at[at])
        at++;
    struct str name = STR("doc");
    for (; m != NULL && n != NULL && str_eq(m->key, n->key); m = m->next, n = n->next) {
        struct str quoted = arena_printf(&a->arena, "\"" STR_FMT "\":", STR_ARG(m->key));
        const char *found = memmem(ours.at, ours.len, quoted.at, quoted.len);
        if (found == NULL || (size_t)(found - ours.at) > at)
            break;
        name = m->key;
    }
    return name;
}

/* ---- the head ---- */

void audit_head(struct audit *a, const struct head *head)
{
    const char *wrong = NULL;
    a->head_rev = head->rev;
    if (head->at != a->at)
        wrong = "at";
    else if (head->rev < a->rev)
        wrong = "rev";
    else if (head->no != state_next_no(a->st, false) - 1)
        wrong = "no";
    else if (head->no_exercise != state_next_no(a->st, true) - 1)
        wrong = "no_exercise";
    if (wrong != NULL)
        audit_tell(a, a->seq, AUDIT_HEAD, "%s", wrong);
}

/* ---- the directory ---- */

static int compare_entries(const void *one, const void *two)
{
    const struct entry_row *a = one;
    const struct entry_row *b = two;
    int kinds = str_compare(a->kind, b->kind);
    return kinds != 0 ? kinds : str_compare(a->id, b->id);
}

static void make_entries(struct audit *a)
{
    if (a->entries != NULL)
        return;
    a->entries = ARENA_ARRAY(&a->rows, struct entry_row, (size_t)a->counts.entries + 1);
    struct buf doc;
    buf_init(&doc);
    for (int kind = 0; kind < ENTRY_TICKET; kind++) {
        int64_t after = 0;
        const struct entry *e = NULL;
        while ((e = state_walk(a->st, (enum entry_kind)kind, &after)) != NULL) {
            assert(a->entry_count < (size_t)a->counts.entries);
            buf_clear(&doc);
            doc_write_row(&doc, e);
            a->entries[a->entry_count++] =
                (struct entry_row){.kind = words_get(&WORDS_ENTRY, kind),
                                   .id = doc_row_id(&a->rows, e),
                                   .seq = e->seq,
                                   .doc = arena_dup(&a->rows, buf_peek(&doc))};
        }
    }
    buf_deinit(&doc);
    qsort(a->entries, a->entry_count, sizeof(*a->entries), compare_entries);
}

static void tell_entry(struct audit *a, int64_t seq, enum audit_code code,
                       const struct entry_row *row, struct str what)
{
    audit_tell(a, seq, code, "directory " STR_FMT " " STR_FMT "%s" STR_FMT, STR_ARG(row->kind),
               STR_ARG(row->id), what.len > 0 ? ": " : "", STR_ARG(what));
}

static void compare_entry(struct audit *a, const struct entry_row *ours,
                          const struct entry_row *theirs, int64_t rev)
{
    int64_t written = audit_rev_of(a, ours->seq);
    if (!str_eq(ours->doc, theirs->doc))
        tell_entry(a, ours->seq, AUDIT_ROW, ours, differing(a, ours->doc, theirs->doc));
    else if (ours->seq != theirs->seq)
        tell_entry(a, ours->seq, AUDIT_ROW, ours, STR("seq"));
    else if (written != 0 && rev != written)
        tell_entry(a, ours->seq, AUDIT_ROW, ours, STR("rev"));
}

void audit_entry(struct audit *a, const struct entry_row *row, int64_t rev)
{
    make_entries(a);
    int order = -1;
    while (a->entry_next < a->entry_count &&
           (order = compare_entries(&a->entries[a->entry_next], row)) < 0) {
        const struct entry_row *ours = &a->entries[a->entry_next++];
        tell_entry(a, ours->seq, AUDIT_NO_ROW, ours, STR(""));
    }
    if (a->entry_next < a->entry_count && order == 0)
        compare_entry(a, &a->entries[a->entry_next++], row, rev);
    else
        tell_entry(a, row->seq, AUDIT_FOREIGN_ROW, row, STR(""));
    arena_deinit(&a->arena);
    arena_init(&a->arena);
}

void audit_entries_end(struct audit *a)
{
    make_entries(a);
    for (; a->entry_next < a->entry_count; a->entry_next++) {
        const struct entry_row *ours = &a->entries[a->entry_next];
        tell_entry(a, ours->seq, AUDIT_NO_ROW, ours, STR(""));
    }
}

/* ---- tickets ---- */

static int compare_ids(const void *one, const void *two)
{
    return memcmp(one, two, sizeof(struct ticket_id));
}

static void sort_tickets(struct audit *a)
{
    if (!a->tickets_sorted && a->ticket_count > 0)
        qsort(a->tickets, a->ticket_count, sizeof(*a->tickets), compare_ids);
    a->tickets_sorted = true;
}

static void tell_ticket(struct audit *a, int64_t seq, enum audit_code code, struct ticket_id id,
                        struct str what)
{
    audit_tell(a, seq, code, "ticket %s%s" STR_FMT, id_text(id.at).at, what.len > 0 ? ": " : "",
               STR_ARG(what));
}

static struct str ticket_doc(struct audit *a, const struct ticket *t)
{
    struct buf doc;
    struct entry e = {.kind = ENTRY_TICKET, .seq = t->seq, .is.ticket = t};
    buf_init(&doc);
    doc_write_row(&doc, &e);
    struct str text = arena_dup(&a->arena, buf_peek(&doc));
    buf_deinit(&doc);
    return text;
}

/* Ours with the receipts of theirs, which no record holds. */
static struct str doc_with_receipts(struct audit *a, const struct ticket *ours, struct str theirs)
{
    struct fault fault;
    struct entry read;
    struct ticket copy = *ours;
    if (memmem(theirs.at, theirs.len, "{\"at\":", 6) == NULL ||
        doc_read_ticket(&a->arena, a->st, ours->seq, theirs, NULL, 0, &fault, &read) != OK)
        return ticket_doc(a, ours);
    copy.answers = ARENA_ARRAY(&a->arena, struct answer, ours->answer_count + 1);
    for (size_t i = 0; i < ours->answer_count; i++) {
        copy.answers[i] = ours->answers[i];
        for (size_t k = 0; k < read.is.ticket->answer_count; k++) {
            const struct answer *answer = &read.is.ticket->answers[k];
            if (answer->agency != ours->answers[i].agency)
                continue;
            copy.answers[i].got = answer->got;
            copy.answers[i].shown = answer->shown;
        }
    }
    return ticket_doc(a, &copy);
}

static void compare_ticket(struct audit *a, const struct ticket *t, const struct ticket_row *row)
{
    struct str wrong = STR_NONE;
    struct str doc = doc_with_receipts(a, t, row->doc);
    int64_t written = audit_rev_of(a, t->seq);
    if (!str_eq(doc, row->doc))
        wrong = differing(a, doc, row->doc);
    else if (row->seq != t->seq)
        wrong = STR("seq");
    else if (row->no != t->no)
        wrong = STR("no");
    else if (row->exercise != t->exercise)
        wrong = STR("exercise");
    else if (!str_eq(row->state, words_get(&WORDS_TICKET_STATE, (int)t->state)))
        wrong = STR("state");
    else if (!ticket_id_eq(row->into, t->into))
        wrong = STR("into");
    else if (row->rev < written || row->rev > a->head_rev)
        wrong = STR("rev");
    if (wrong.len > 0)
        tell_ticket(a, t->seq, AUDIT_ROW, t->id, wrong);
}

void audit_ticket(struct audit *a, const struct ticket_row *row)
{
    sort_tickets(a);
    int order = -1;
    while (a->ticket_next < a->ticket_count &&
           (order = compare_ids(&a->tickets[a->ticket_next], &row->id)) < 0) {
        const struct ticket *t = state_ticket(a->st, a->tickets[a->ticket_next++]);
        tell_ticket(a, t->seq, AUDIT_NO_ROW, t->id, STR(""));
    }
    if (a->ticket_next < a->ticket_count && order == 0)
        compare_ticket(a, state_ticket(a->st, a->tickets[a->ticket_next++]), row);
    else
        tell_ticket(a, row->seq, AUDIT_FOREIGN_ROW, row->id, STR(""));
    arena_deinit(&a->arena);
    arena_init(&a->arena);
}

void audit_tickets_end(struct audit *a)
{
    sort_tickets(a);
    for (; a->ticket_next < a->ticket_count; a->ticket_next++) {
        const struct ticket *t = state_ticket(a->st, a->tickets[a->ticket_next]);
        tell_ticket(a, t->seq, AUDIT_NO_ROW, t->id, STR(""));
    }
}

/* ---- obligations ---- */

static struct owed_row debt_row(const struct ticket *t, const struct owed *o)
{
    return (struct owed_row){.inc = t->id,
                             .agency = o->agency->id,
                             .what = words_get(&WORDS_WHAT, (int)o->what),
                             .about = o->about != NULL ? o->about->id : STR(""),
                             .sev = words_get(&WORDS_SEV, (int)o->sev),
                             .since = o->since,
                             .due = o->due,
                             .next = o->next,
                             .step = o->step};
}

static int compare_keys(const struct owed_row *a, const struct owed_row *b)
{
    int order = compare_ids(&a->inc, &b->inc);
    if (order == 0)
        order = str_compare(a->agency, b->agency);
    if (order == 0)
        order = str_compare(a->what, b->what);
    return order != 0 ? order : str_compare(a->about, b->about);
}

static int compare_debts(const void *one, const void *two)
{
    static const struct ticket none;
    struct owed_row a = debt_row(&none, *(const struct owed *const *)one);
    struct owed_row b = debt_row(&none, *(const struct owed *const *)two);
    return compare_keys(&a, &b);
}

/* The next that the ledger makes, in the order of the table; false: there is none. */
static bool peek_debt(struct audit *a, struct owed_row *out)
{
    sort_tickets(a);
    while (a->debts.next == a->debts.count && a->debtor < a->ticket_count) {
        const struct ticket *t = state_ticket(a->st, a->tickets[a->debtor++]);
        assert(t->owed_count <= POSKO_OWED_MAX);
        a->debts.next = 0;
        a->debts.count = t->owed_count;
        for (size_t i = 0; i < t->owed_count; i++)
            a->debts.at[i] = &t->owed[i];
        qsort(a->debts.at, a->debts.count, sizeof(a->debts.at[0]), compare_debts);
    }
    if (a->debts.next == a->debts.count)
        return false;
    *out = debt_row(state_ticket(a->st, a->tickets[a->debtor - 1]), a->debts.at[a->debts.next]);
    return true;
}

static void tell_debt(struct audit *a, enum audit_code code, const struct owed_row *row,
                      const char *what)
{
    const struct ticket *t = state_ticket(a->st, row->inc);
    audit_tell(a, t != NULL ? t->seq : row->since, code,
               "obligation %s " STR_FMT " " STR_FMT "%s" STR_FMT "%s%s", id_text(row->inc.at).at,
               STR_ARG(row->agency), STR_ARG(row->what), row->about.len > 0 ? " " : "",
               STR_ARG(row->about), what != NULL ? ": " : "", what != NULL ? what : "");
}

static void compare_owed(struct audit *a, const struct owed_row *ours,
                         const struct owed_row *theirs)
{
    const char *wrong = NULL;
    if (ours->since != theirs->since)
        wrong = "since";
    else if (ours->due != theirs->due)
        wrong = "due";
    else if (ours->next != theirs->next)
        wrong = "next";
    else if (ours->step != theirs->step)
        wrong = "step";
    else if (!str_eq(ours->sev, theirs->sev))
        wrong = "sev";
    if (wrong != NULL)
        tell_debt(a, AUDIT_ROW, ours, wrong);
}

void audit_owed(struct audit *a, const struct owed_row *row)
{
    struct owed_row ours;
    int order = 1;
    while (peek_debt(a, &ours) && (order = compare_keys(&ours, row)) < 0) {
        tell_debt(a, AUDIT_NO_ROW, &ours, NULL);
        a->debts.next++;
        order = 1;
    }
    if (order == 0) {
        compare_owed(a, &ours, row);
        a->debts.next++;
    } else {
        tell_debt(a, AUDIT_FOREIGN_ROW, row, NULL);
    }
}

void audit_obligations_end(struct audit *a)
{
    struct owed_row ours;
    for (; peek_debt(a, &ours); a->debts.next++)
        tell_debt(a, AUDIT_NO_ROW, &ours, NULL);
}
