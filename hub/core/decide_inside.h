/* What the parts of decide share; only for decide*.c. */
#ifndef POSKO_CORE_DECIDE_INSIDE_H
#define POSKO_CORE_DECIDE_INSIDE_H

#include "core/decide.h"
#include "core/owed.h"
#include "core/route.h"
#include "core/ticket.h"

#include <assert.h>
#include <string.h>

enum { DAY_MS = 24 * 3600 * 1000 };

/* One question: who says what, where it would stand.  Exactly one of member, source, hub. */
struct ask {
    const struct state *st;
    const struct record *r;
    struct stamp stamp;
    struct arena *arena;
    struct decision *out;
    struct fault *fault;
    const struct device *device; /* NULL: record 1 */
    const struct member *member;
    const struct source *source;
    bool hub;
};
typedef enum err ask_fn(struct ask *ask);

/* ---- effects ---- */
void ask_put(struct ask *ask, enum entry_kind kind, const void *object);
/* The record is this ticket's next row; its size is checked.  ERR_CONFLICT. */
MUST_CHECK enum err ask_put_ticket(struct ask *ask, struct ticket *t);

/* ---- what a claim names ---- */
/* Known and active, or ERR_BAD_CLAIM naming the field. */
MUST_CHECK enum err ask_agency(const struct ask *ask, struct str id, const char *field,
                               const struct agency **out);
MUST_CHECK enum err ask_category(const struct ask *ask, struct str code, const char *field,
                                 const struct category **out);
MUST_CHECK enum err ask_place(const struct ask *ask, struct str id, const char *field,
                              const struct place **out);
/* `to`: distinct, active, without `lead`. */
MUST_CHECK enum err ask_to(const struct ask *ask, struct str_list to, const struct agency *lead);
MUST_CHECK enum err ask_point(const struct ask *ask); /* lat and lon only together */
/* The ticket as it is now (of a merged one: where it went) if the author may know of it and
 * `status` fits.  ERR_NOT_FOUND, ERR_BAD_CLAIM. */
MUST_CHECK enum err ask_ticket(const struct ask *ask, struct ticket_id id, const char *field,
                               const struct ticket **out);
MUST_CHECK enum err ask_role(const struct ask *ask, unsigned roles, const char *text);

/* A ticket opened by this record: directory, place in the ledger, policy.  ERR_CONFLICT without a
 * policy. */
struct opening {
    const struct agency *by;
    const struct source *source; /* NULL: a report */
    struct alert_key key;        /* of an alert */
    const struct category *cat;
    enum sev sev;
    enum tlp tlp;
    const struct place *place;
    struct str title;
    bool exercise;
    int64_t count;
};
MUST_CHECK enum err ticket_open(struct ask *ask, const struct opening *o, struct ticket **out);
/* Owes ack as addressed by this record. */
MUST_CHECK enum err ticket_offer_to(const struct ask *ask, struct ticket *t,
                                    const struct agency *agency);
/* Open once more: the lead owes resolve, everybody is offered again. */
MUST_CHECK enum err ticket_reopen(const struct ask *ask, struct ticket *t);
MUST_CHECK enum err ticket_owes(const struct ask *ask, struct ticket *t,
                                const struct agency *agency, enum what what,
                                const struct agency *about, int64_t due);

/* ---- the kinds ---- */
ask_fn decide_on_ticket; /* response.*, incident.* but the report */
ask_fn decide_report;
ask_fn decide_raise;
ask_fn decide_clear;
ask_fn decide_silent;
ask_fn decide_lapse;
ask_fn decide_duty_start;
ask_fn decide_duty_end;
ask_fn decide_agency;
ask_fn decide_category;
ask_fn decide_place;
ask_fn decide_policy;
ask_fn decide_rules;
ask_fn decide_member;
ask_fn decide_source;
ask_fn decide_invite;
ask_fn decide_revoke;
ask_fn decide_hub_key;
ask_fn decide_device;

/* Acts on a ticket whose right and state are checked.  check: what the claims name and promise,
 * before the state is asked; NULL: nothing.  act: changes the copy `t`. */
typedef enum err check_fn(struct ask *ask, const struct ticket *t);
typedef enum err act_fn(struct ask *ask, struct ticket *t);
check_fn check_eta, check_next, check_change, check_share, check_offer, check_merge, check_escalate;
act_fn act_respond, act_decline, act_note, act_change, act_share, act_offer, act_take, act_merge,
    act_escalate, act_resolve, act_close, act_reopen;

#endif
