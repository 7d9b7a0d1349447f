#include "core/access.h"

#include "core/ticket.h"

enum {
    LEADING = 1U << ROLE_DUTY | 1U << ROLE_CHIEF | 1U << ROLE_COORDINATOR,
    ANSWERING = 1U << ROLE_DUTY | 1U << ROLE_CHIEF,
    /* whom amber+strict leaves */
    STRICT = 1U << ROLE_DUTY | 1U << ROLE_CHIEF | 1U << ROLE_COORDINATOR | 1U << ROLE_AUDITOR
};

struct reader reader_of(const struct device *device)
{
    return (struct reader){.member = device->member, .source = device->source};
}

static bool is_active(const struct member *m)
{
    return m->active && m->agency->active;
}

bool reader_is_active(const struct reader *who)
{
    if (who->member != NULL)
        return is_active(who->member);
    return who->source != NULL && who->source->active && who->source->agency->active;
}

bool access_has_role(const struct member *m, enum role role)
{
    return (m->roles >> role & 1U) != 0;
}

static bool is_coordinator(const struct member *m)
{
    return m->agency->host && access_has_role(m, ROLE_COORDINATOR);
}

static bool reads_all(const struct member *m)
{
    return is_coordinator(m) || (m->agency->host && access_has_role(m, ROLE_AUDITOR));
}

static bool was_told(const struct member *m, const struct ticket *t)
{
    for (size_t i = 0; i < t->told_count; i++)
        if (t->told[i] == m)
            return true;
    return false;
}

static bool tlp_admits(const struct member *m, const struct ticket *t)
{
    switch (t->tlp) {
    case TLP_CLEAR:
    case TLP_GREEN:
        return true;
    case TLP_AMBER:
        return ticket_involves(t, m->agency);
    case TLP_AMBER_STRICT:
        return ticket_involves(t, m->agency) && (m->roles & STRICT) != 0;
    case TLP_COUNT:
        break;
    }
    return false;
}

bool access_reads_ticket(const struct reader *who, const struct ticket *t)
{
    if (!reader_is_active(who))
        return false;
    if (who->source != NULL)
        return t->source == who->source || ticket_has_key(t, who->source);
    const struct member *m = who->member;
    return reads_all(m) || access_is_author(m, t) || was_told(m, t) || tlp_admits(m, t);
}

bool access_reads_directory(const struct reader *who)
{
    return who->member != NULL && is_active(who->member);
}

bool access_reads_invites(const struct reader *who, struct str agency)
{
    return access_reads_directory(who) && str_eq(who->member->agency->id, agency) &&
           access_has_role(who->member, ROLE_ADMIN);
}

bool access_reads_row(const struct reader *who, struct ticket_id ticket, struct str admins,
                      const struct ticket *t)
{
    if (!ticket_id_is_none(ticket))
        return t != NULL && access_reads_ticket(who, t);
    if (admins.len > 0)
        return access_reads_invites(who, admins);
    return access_reads_directory(who);
}

bool access_reads_receipts(const struct reader *who, const struct ticket *t)
{
    return who->member != NULL && access_reads_ticket(who, t) &&
           (who->member->agency == t->by || who->member->agency == t->lead);
}

bool access_leads(const struct member *m, const struct ticket *t)
{
    return is_coordinator(m) || (m->agency == t->lead && (m->roles & LEADING) != 0);
}

bool access_is_addressed(const struct member *m, const struct ticket *t)
{
    return (m->roles & ANSWERING) != 0 && ticket_answer(t, m->agency) != NULL;
}

bool access_is_author(const struct member *m, const struct ticket *t)
{
    return t->author == m;
}
