/* Who may read, in one function for live, replay, history, receipts, HTTP and preview.
 * protocol.md section 10.  Pure. */
#ifndef POSKO_CORE_ACCESS_H
#define POSKO_CORE_ACCESS_H

#include "core/state.h"

/* Who asks: exactly one is set. */
struct reader {
    const struct member *member;
    const struct source *source;
};

/* What a ledger row is about, for those who may not see all: the row's columns `ticket` and
 * `admins`. */
enum scope { SCOPE_MEMBERS, SCOPE_TICKET, SCOPE_ADMINS };

struct reader reader_of(const struct device *device);
bool reader_is_active(const struct reader *who); /* member or source, and its agency */

bool access_reads_ticket(const struct reader *who, const struct ticket *t);
bool access_reads_directory(const struct reader *who);
bool access_reads_invites(const struct reader *who, struct str agency);
/* A ledger row, by its columns: of a ticket (t: as it is now; NULL: not known), for the admins of
 * one agency, or for all members. */
bool access_reads_row(const struct reader *who, struct ticket_id ticket, struct str admins,
                      const struct ticket *t);
/* Receipts go to the author's agency and the lead. */
bool access_reads_receipts(const struct reader *who, const struct ticket *t);

/* Member of the ticket's lead agency with role duty, coordinator or chief; or a coordinator of
 * the host. */
bool access_leads(const struct member *m, const struct ticket *t);
/* duty or chief of an addressed agency */
bool access_is_addressed(const struct member *m, const struct ticket *t);
bool access_is_author(const struct member *m, const struct ticket *t);
bool access_has_role(const struct member *m, enum role role);

#endif
