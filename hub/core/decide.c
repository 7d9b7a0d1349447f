/* Who speaks, and which part decides. */
#include "core/decide.h"

#include "core/decide_inside.h"

/* In the order of enum kind. */
static ask_fn *const deciders[KIND_COUNT] = {
    [KIND_INCIDENT_REPORT] = decide_report,
    [KIND_ALERT_RAISE] = decide_raise,
    [KIND_ALERT_CLEAR] = decide_clear,
    [KIND_RESPONSE_ACK] = decide_on_ticket,
    [KIND_RESPONSE_ACCEPT] = decide_on_ticket,
    [KIND_RESPONSE_ENROUTE] = decide_on_ticket,
    [KIND_RESPONSE_ONSCENE] = decide_on_ticket,
    [KIND_RESPONSE_DONE] = decide_on_ticket,
    [KIND_RESPONSE_DECLINE] = decide_on_ticket,
    [KIND_INCIDENT_NOTE] = decide_on_ticket,
    [KIND_INCIDENT_CHANGE] = decide_on_ticket,
    [KIND_INCIDENT_SHARE] = decide_on_ticket,
    [KIND_INCIDENT_OFFER] = decide_on_ticket,
    [KIND_INCIDENT_TAKE] = decide_on_ticket,
    [KIND_INCIDENT_MERGE] = decide_on_ticket,
    [KIND_INCIDENT_ESCALATE] = decide_on_ticket,
    [KIND_INCIDENT_RESOLVE] = decide_on_ticket,
    [KIND_INCIDENT_CLOSE] = decide_on_ticket,
    [KIND_INCIDENT_REOPEN] = decide_on_ticket,
    [KIND_DUTY_START] = decide_duty_start,
    [KIND_DUTY_END] = decide_duty_end,
    [KIND_AGENCY_PUT] = decide_agency,
    [KIND_CATEGORY_PUT] = decide_category,
    [KIND_PLACE_PUT] = decide_place,
    [KIND_POLICY_PUT] = decide_policy,
    [KIND_RULE_PUT] = decide_rules,
    [KIND_MEMBER_PUT] = decide_member,
    [KIND_SOURCE_PUT] = decide_source,
    [KIND_DEVICE_INVITE] = decide_invite,
    [KIND_DEVICE_REVOKE] = decide_revoke,
    [KIND_HUB_KEY] = decide_hub_key,
    [KIND_DEVICE_ENROL] = decide_device,
    [KIND_CLOCK_LAPSE] = decide_lapse,
    [KIND_SOURCE_SILENT] = decide_silent,
};

/* ---- keys ---- */

static enum err author_is_active(const struct device *d, struct fault *fault)
{
    struct reader who = reader_of(d);
    if (d->agency == NULL || reader_is_active(&who))
        return OK;
    if (!d->agency->active)
        return fault_set(fault, ERR_REVOKED_KEY, "",
                         "agency `" STR_FMT "` is not active any more; ask the host's admin",
                         STR_ARG(d->agency->id));
    return fault_set(fault, ERR_REVOKED_KEY, "",
                     "%s `" STR_FMT "` is not active any more; ask the admin of `" STR_FMT "`",
                     d->member != NULL ? "member" : "source",
                     STR_ARG(d->member != NULL ? d->member->id : d->source->id),
                     STR_ARG(d->agency->id));
}

enum err decide_key(const struct state *st, const struct kid *kid, struct fault *fault,
                    const struct device **out)
{
    const struct device *d = state_device(st, kid);
    if (d == NULL)
        return fault_set(fault, ERR_UNKNOWN_KEY, "", NULL);
    if (d->until != 0)
        return fault_set(fault, ERR_REVOKED_KEY, "",
                         "this key is revoked since record %lld; ask your admin for a new "
                         "invitation",
                         (long long)d->until);
    enum err e = author_is_active(d, fault);
    if (e == OK)
        *out = d;
    return e;
}

/* ---- the author ---- */

static enum err check_name(const struct ask *ask, struct str is, struct str should,
                           const char *field)
{
    if (str_eq(is, should))
        return OK;
    return fault_set(ask->fault, ERR_BAD_CLAIM, field,
                     "`%s` must be `" STR_FMT "`, whose key this is", field, STR_ARG(should));
}

static enum err check_author(const struct ask *ask)
{
    struct str iss = ask->hub ? STR("hub") : ask->device->agency->id;
    struct str act = STR("hub");
    if (ask->member != NULL)
        act = ask->member->id;
    else if (ask->source != NULL)
        act = ask->source->id;
    enum err e = check_name(ask, ask->r->iss, iss, "iss");
    return e != OK ? e : check_name(ask, ask->r->act, act, "act");
}

static enum err check_kind(const struct ask *ask)
{
    switch (kind_typ(ask->r->kind)) {
    case TYP_RECORD:
        if (ask->hub)
            return fault_set(ask->fault, ERR_BAD_CLAIM, "kind",
                             "the hub does not sign this kind; it belongs to people and machines");
        return OK;
    case TYP_ADMIN:
        if (ask->source != NULL)
            return fault_set(ask->fault, ERR_NOT_ALLOWED, "kind",
                             "a machine's key may not change the directory; an admin may");
        return OK;
    case TYP_EVENT:
        if (!ask->hub)
            return fault_set(ask->fault, ERR_BAD_CLAIM, "kind", "only the hub signs this kind");
        return OK;
    case TYP_AUTH:
        break;
    }
    assert(!"a log-in is no record");
    return ERR_BAD_CLAIM;
}

static enum err check_clock(const struct ask *ask)
{
    if (ask->hub)
        return OK;
    if (ask->r->iat > ask->stamp.at + POSKO_AHEAD_MS)
        return fault_set(ask->fault, ERR_CLOCK_AHEAD, "iat", NULL);
    if (ask->r->iat < ask->stamp.at - POSKO_OLD_MS)
        return fault_set(ask->fault, ERR_TOO_OLD, "iat", NULL);
    return OK;
}

/* Record 1 brings the key that signs it: nobody can be asked about it. */
static bool is_first_key(const struct ask *ask)
{
    return ask->r->kind == KIND_HUB_KEY && state_count(ask->st, ENTRY_DEVICE) == 0;
}

static enum err find_author(struct ask *ask)
{
    if (is_first_key(ask)) {
        ask->hub = true;
        return OK;
    }
    enum err e = decide_key(ask->st, &ask->r->signer, ask->fault, &ask->device);
    if (e != OK)
        return e;
    assert(ask->device != NULL);
    ask->member = ask->device->member;
    ask->source = ask->device->source;
    ask->hub = ask->device->agency == NULL;
    return OK;
}

enum err decide(const struct state *st, struct str aud, const struct record *r, struct stamp stamp,
                struct arena *arena, struct decision *out, struct fault *fault)
{
    struct decision decision = {.scope = SCOPE_MEMBERS};
    struct ask ask = {
        .st = st, .r = r, .stamp = stamp, .arena = arena, .out = &decision, .fault = fault};
    assert((unsigned)r->kind < KIND_COUNT);
    if (!str_eq(r->aud, aud))
        return fault_set(fault, ERR_BAD_CLAIM, "aud",
                         "this is the ledger `" STR_FMT "`; sign for it, or send to the other hub",
                         STR_ARG(aud));
    enum err e = find_author(&ask);
    if (e == OK)
        e = check_author(&ask);
    if (e == OK)
        e = check_kind(&ask);
    if (e == OK)
        e = check_clock(&ask);
    if (e == OK)
        e = deciders[r->kind](&ask);
    if (e == OK)
        *out = decision;
    return e;
}
