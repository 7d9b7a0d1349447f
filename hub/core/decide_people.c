/* What an agency's admin keeps: members, sources, invitations; and who is on duty. */
#include "core/decide_inside.h"
#include "core/state_inside.h"

enum { INVITE_MS = 7 * DAY_MS };

static const unsigned host_only =
    1U << ROLE_COORDINATOR | 1U << ROLE_AUDITOR | 1U << ROLE_CONTROLLER;

static bool has_admin(const struct ask *ask, const struct agency *agency)
{
    struct range members = state_members_of(ask->st, agency->id);
    for (size_t i = 0; i < members.count; i++) {
        const struct member *m = &members.at[i]->as.member;
        if (m->active && access_has_role(m, ROLE_ADMIN) && members.at[i]->devices > 0)
            return true;
    }
    return false;
}

/* `agency` is the author's own; the hub's word counts for each; and the host's admin helps an
 * agency that has nobody (`helped`). */
static enum err needs_admin(const struct ask *ask, bool helped, const struct agency **out)
{
    const struct record *r = ask->r;
    const struct member *m = ask->member;
    if (ask->hub)
        return ask_agency(ask, r->agency, "agency", out);
    if (!access_has_role(m, ROLE_ADMIN))
        return fault_set(ask->fault, ERR_NOT_ALLOWED, "", "this needs the role admin");
    if (str_eq(m->agency->id, r->agency)) {
        *out = m->agency;
        return OK;
    }
    if (!m->agency->host || !helped)
        return fault_set(ask->fault, ERR_NOT_ALLOWED, "agency",
                         "only an admin of `" STR_FMT "` may do this; ask him", STR_ARG(r->agency));
    enum err e = ask_agency(ask, r->agency, "agency", out);
    if (e == OK && has_admin(ask, *out))
        return fault_set(ask->fault, ERR_NOT_ALLOWED, "agency",
                         "agency `" STR_FMT "` has an admin of its own; ask him",
                         STR_ARG(r->agency));
    return e;
}

/* ---- members ---- */

/* Would the put take the host's last admin? */
static bool takes_last_admin(const struct ask *ask, const struct agency *agency)
{
    const struct member *held = state_member(ask->st, agency->id, ask->r->member);
    bool stays = ask->r->active && (ask->r->roles >> ROLE_ADMIN & 1U) != 0;
    if (!agency->host || stays || held == NULL || !held->active ||
        !access_has_role(held, ROLE_ADMIN))
        return false;
    struct range members = state_members_of(ask->st, agency->id);
    for (size_t i = 0; i < members.count; i++) {
        const struct member *m = &members.at[i]->as.member;
        if (m != held && m->active && access_has_role(m, ROLE_ADMIN))
            return false;
    }
    return true;
}

enum err decide_member(struct ask *ask)
{
    const struct record *r = ask->r;
    const struct agency *agency = NULL;
    enum err e = needs_admin(ask, true, &agency);
    if (e != OK)
        return e;
    assert(agency != NULL);
    if (!agency->host && (r->roles & host_only) != 0)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "roles",
                         "coordinator, auditor and controller are roles of the host agency only");
    if (state_source(ask->st, agency->id, r->member) != NULL)
        return fault_set(ask->fault, ERR_CONFLICT, "member",
                         "a source of this agency has the id `" STR_FMT "`; choose another",
                         STR_ARG(r->member));
    if (takes_last_admin(ask, agency))
        return fault_set(ask->fault, ERR_CONFLICT, "member",
                         "this is the host's last admin; give another member the role first");
    struct member *m = ARENA_NEW(ask->arena, struct member);
    *m = (struct member){.agency = agency,
                         .id = r->member,
                         .name = r->name,
                         .roles = r->roles,
                         .active = r->active,
                         .phones = r->phones};
    ask_put(ask, ENTRY_MEMBER, m);
    return OK;
}

/* ---- sources ---- */

static enum err check_source(const struct ask *ask, const struct agency *agency,
                             const struct source *held)
{
    const struct record *r = ask->r;
    enum err e = OK;
    for (size_t i = 0; i < r->cats.count && e == OK; i++) {
        const struct category *cat = NULL;
        e = ask_category(ask, r->cats.at[i], "cats", &cat);
    }
    const struct place *place = NULL;
    if (e == OK && HAS(r, PLACE))
        e = ask_place(ask, r->place, "place", &place);
    if (e != OK)
        return e;
    if (held == NULL && !HAS(r, JWK))
        return fault_set(ask->fault, ERR_BAD_CLAIM, "jwk",
                         "the first put of a source brings its public key");
    if (state_member(ask->st, agency->id, r->source) != NULL)
        return fault_set(ask->fault, ERR_CONFLICT, "source",
                         "a member of this agency has the id `" STR_FMT "`; choose another",
                         STR_ARG(r->source));
    return OK;
}

static enum err check_key(const struct ask *ask, const struct kid *kid)
{
    if (!crypt_key_is_sound(&ask->r->jwk))
        return fault_set(ask->fault, ERR_BAD_CLAIM, "jwk",
                         "this is no sound Ed25519 public key; make a new one");
    if (state_device(ask->st, kid) != NULL)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "jwk",
                         "this key was enrolled before; make a new one");
    return OK;
}

static void put_device(struct ask *ask, struct device device)
{
    struct device *d = ARENA_NEW(ask->arena, struct device);
    *d = device;
    ask_put(ask, ENTRY_DEVICE, d);
}

static void revoke(struct ask *ask, const struct device *held)
{
    struct device d = *held;
    d.until = ask->stamp.seq;
    put_device(ask, d);
}

static void put_source_key(struct ask *ask, const struct source *s, const struct source *held)
{
    const struct device *old = held == NULL ? NULL : state_device(ask->st, &held->kid);
    if (old != NULL && old->until == 0)
        revoke(ask, old);
    put_device(ask, (struct device){.kid = s->kid,
                                    .jwk = ask->r->jwk,
                                    .agency = s->agency,
                                    .source = s,
                                    .from = ask->stamp.seq});
}

enum err decide_source(struct ask *ask)
{
    const struct record *r = ask->r;
    const struct agency *agency = NULL;
    enum err e = needs_admin(ask, false, &agency);
    if (e != OK)
        return e;
    assert(agency != NULL);
    const struct source *held = state_source(ask->st, agency->id, r->source);
    struct source *s = ARENA_NEW(ask->arena, struct source);
    *s = (struct source){.agency = agency,
                         .id = r->source,
                         .name = r->name,
                         .every_s = r->every,
                         .cats = r->cats,
                         .place = r->place,
                         .active = r->active};
    if (held != NULL)
        s->kid = held->kid;
    e = check_source(ask, agency, held);
    if (e != OK)
        return e;
    struct kid kid = s->kid;
    if (HAS(r, JWK))
        kid = crypt_thumbprint(&r->jwk);
    /* The same key again is no news, unless it is revoked: then it is refused. */
    bool fresh = held == NULL || !kid_eq(&kid, &held->kid) ||
                 (HAS(r, JWK) && state_device(ask->st, &kid)->until != 0);
    e = fresh ? check_key(ask, &kid) : OK;
    if (e != OK)
        return e;
    s->kid = kid;
    ask_put(ask, ENTRY_SOURCE, s);
    if (fresh)
        put_source_key(ask, s, held);
    return OK;
}

/* ---- invitations and devices ---- */

enum err decide_invite(struct ask *ask)
{
    const struct record *r = ask->r;
    const struct agency *agency = NULL;
    enum err e = needs_admin(ask, true, &agency);
    if (e != OK)
        return e;
    assert(agency != NULL);
    const struct member *m = state_member(ask->st, agency->id, r->member);
    if (m == NULL || !m->active)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "member",
                         "`" STR_FMT "` is no active member of `" STR_FMT "`; put him first",
                         STR_ARG(r->member), STR_ARG(agency->id));
    if (r->until <= ask->stamp.at || r->until > ask->stamp.at + INVITE_MS)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "until",
                         "an invitation ends later than now and within 7 days");
    if (state_invite(ask->st, r->hash) != NULL)
        return fault_set(ask->fault, ERR_CONFLICT, "hash",
                         "this secret was used for another invitation; make a new one");
    struct invite *invite = ARENA_NEW(ask->arena, struct invite);
    *invite = (struct invite){
        .jti = r->jti, .agency = agency, .member = m, .hash = r->hash, .until = r->until};
    ask_put(ask, ENTRY_INVITE, invite);
    ask->out->scope = SCOPE_ADMINS;
    ask->out->admins = agency->id;
    return OK;
}

enum err decide_revoke(struct ask *ask)
{
    const struct device *d = state_device(ask->st, &ask->r->kid);
    if (d == NULL)
        return fault_set(ask->fault, ERR_NOT_FOUND, "kid", "there is no such device");
    const struct member *m = ask->member;
    bool may = ask->hub || (m->agency == d->agency && access_has_role(m, ROLE_ADMIN)) ||
               (m->agency->host && access_has_role(m, ROLE_COORDINATOR)) || d->member == m;
    if (!may || d->agency == NULL)
        return fault_set(ask->fault, ERR_NOT_ALLOWED, "kid",
                         d->agency == NULL ? "the hub's own key is replaced by hub.key"
                                           : "only its member, an admin of its agency or a "
                                             "coordinator of the host may revoke a device");
    if (d->until != 0)
        return fault_set(ask->fault, ERR_CONFLICT, "kid", "the device is revoked since record %lld",
                         (long long)d->until);
    revoke(ask, d);
    return OK;
}

static enum err check_thumbprint(const struct ask *ask)
{
    struct kid kid = crypt_thumbprint(&ask->r->jwk);
    if (!kid_eq(&kid, &ask->r->kid))
        return fault_set(ask->fault, ERR_BAD_CLAIM, "kid", "kid is not the thumbprint of jwk");
    return check_key(ask, &kid);
}

/* device.enrol: the hub saw the secret. */
enum err decide_device(struct ask *ask)
{
    const struct record *r = ask->r;
    const struct invite *held = state_invite_by_jti(ask->st, r->invite);
    if (held == NULL || held->used || ask->stamp.at >= held->until)
        return fault_set(ask->fault, ERR_NOT_FOUND, "invite",
                         "no such invitation, or it was used or ended; ask for a new one");
    if (!str_eq(held->agency->id, r->agency) || !str_eq(held->member->id, r->member))
        return fault_set(ask->fault, ERR_BAD_CLAIM, "member",
                         "the invitation is for another member");
    enum err e = check_thumbprint(ask);
    if (e != OK)
        return e;
    put_device(ask, (struct device){.kid = r->kid,
                                    .jwk = r->jwk,
                                    .agency = held->agency,
                                    .member = held->member,
                                    .from = ask->stamp.seq});
    struct invite *invite = ARENA_NEW(ask->arena, struct invite);
    *invite = *held;
    invite->used = true;
    ask_put(ask, ENTRY_INVITE, invite);
    return OK;
}

/* Record 1 is signed by the key that it brings; a later one by the key that it replaces. */
enum err decide_hub_key(struct ask *ask)
{
    const struct record *r = ask->r;
    if (ask->device == NULL && !kid_eq(&r->signer, &r->kid))
        return fault_set(ask->fault, ERR_BAD_CLAIM, "kid",
                         "the first hub.key is signed by the key that it brings");
    if (!str_is_id(r->host) || str_eq(r->host, STR("hub")))
        return fault_set(ask->fault, ERR_BAD_CLAIM, "host", "host is the host agency's id");
    enum err e = check_thumbprint(ask);
    if (e != OK)
        return e;
    if (ask->device != NULL) {
        if (!str_eq(r->host, ask->device->host))
            return fault_set(ask->fault, ERR_BAD_CLAIM, "host",
                             "the host agency of a ledger stays the same");
        revoke(ask, ask->device);
    }
    put_device(ask, (struct device){
                        .kid = r->kid, .jwk = r->jwk, .from = ask->stamp.seq, .host = r->host});
    return OK;
}

/* ---- duty ---- */

static enum err needs_duty(const struct ask *ask)
{
    return ask_role(ask, 1U << ROLE_DUTY | 1U << ROLE_CHIEF,
                    "only a duty officer or chief goes on duty; ask your admin for the role");
}

static void put_duty(struct ask *ask, int64_t since, int64_t until)
{
    struct duty *d = ARENA_NEW(ask->arena, struct duty);
    *d = (struct duty){.member = ask->member, .since = since, .until = until};
    ask_put(ask, ENTRY_DUTY, d);
}

enum err decide_duty_start(struct ask *ask)
{
    int64_t at = ask->stamp.at;
    enum err e = needs_duty(ask);
    if (e != OK)
        return e;
    if (ask->r->until <= at || ask->r->until > at + DAY_MS)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "until",
                         "a duty ends later than now and within 24 h");
    bool on = state_on_duty(ask->st, ask->member, at);
    put_duty(ask, on ? state_duty(ask->st, ask->member)->since : at, ask->r->until);
    return OK;
}

enum err decide_duty_end(struct ask *ask)
{
    enum err e = needs_duty(ask);
    if (e != OK)
        return e;
    if (!state_on_duty(ask->st, ask->member, ask->stamp.at))
        return fault_set(ask->fault, ERR_CONFLICT, "kind", "you are not on duty");
    put_duty(ask, state_duty(ask->st, ask->member)->since, ask->stamp.at);
    return OK;
}
