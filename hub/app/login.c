#include "app/login.h"

#include "app/intake.h"
#include "app/principal.h"
#include "app/token.h"
#include "ledger/codec.h"

#include <string.h>

struct login_job {
    struct job job;
    struct arena arena;
    struct hub *hub;
    struct session_id from;
    struct envelope envelope;
    struct public_key jwk; /* auth: of the directory; enrol: of the claims */
    struct login login;
    struct hash secret;
    bool enrol, has_ref, looked;
    int64_t ref;
    struct fault fault;
    enum err end;
};

/* Closing codes of protocol.md section 3.3: an `enrol` ends with 1000, whatever its answer. */
static int close_code_of(const struct login_job *l, enum err code)
{
    if (code == ERR_TOO_MANY)
        return POSKO_CLOSE_TOO_MANY;
    return l->enrol ? POSKO_CLOSE_DONE : POSKO_CLOSE_NOT_AUTHENTICATED;
}

static void refuse(struct peer *p, const struct login_job *l, const struct fault *fault)
{
    struct fault told = *fault;
    if (told.code != ERR_BUSY && !peer_is_over_limit(p, &told)) /* busy is not his fault */
        peer_count_wrong(p);
    log_info(p->hub->log, "login.refused", F_TEXT("code", err_wire(fault->code)),
             F_TEXT("field", fault->field), F_BOOL("enrol", l->enrol));
    peer_refuse(p, STR_NONE, &told, l->has_ref ? &l->ref : NULL);
    peer_close(p, close_code_of(l, told.code), err_wire(told.code));
}

static void free_job(struct login_job *l)
{
    arena_deinit(&l->arena);
    mem_free(l);
}

static enum err check_claims(struct peer *p, struct login_job *l)
{
    if (!str_eq(l->login.aud, p->hub->identity.aud))
        return fault_set(&l->fault, ERR_BAD_CLAIM, "aud", "this hub's `aud` is in its `hello`");
    if (!str_eq(l->login.nonce, str_of(p->nonce)))
        return fault_set(&l->fault, ERR_BAD_CLAIM, "nonce", "sign the nonce of this connection");
    if (!config_answers_to(p->hub->config, l->login.host))
        return fault_set(&l->fault, ERR_BAD_CLAIM, "host",
                         "this hub does not answer to `" STR_FMT "`; see `hosts` in posko.conf",
                         STR_ARG(l->login.host));
    return OK;
}

static void welcome(struct peer *p, const struct login_job *l)
{
    struct hub *hub = p->hub;
    struct fault fault = {0};
    const struct device *device = NULL;
    if (decide_key(turn_state(hub->turn), &l->envelope.kid, &fault, &device) != OK) {
        refuse(p, l, &fault);
        return;
    }
    principal_join(p, device);
    struct arena arena;
    arena_init(&arena);
    struct str roles[ROLE_COUNT];
    struct str_list list = {roles, 0};
    for (int r = 0; device->member && r < ROLE_COUNT; r++)
        if (device->member->roles >> r & 1)
            roles[list.count++] = words_get(&WORDS_ROLE, r);
    int64_t until = turn_now(hub->turn) + POSKO_TOKEN_MS;
    struct buf out;
    buf_init(&out);
    frame_welcome(&out, device->agency->id,
                  device->member ? device->member->id : device->source->id, list,
                  turn_told(hub->turn), turn_now(hub->turn),
                  token_make(&arena, hub->token_key, &p->kid, until), l->has_ref ? &l->ref : NULL);
    peer_send(p, &out);
    buf_deinit(&out);
    arena_deinit(&arena);
}

/* On a worker. */
static void run(struct job *job)
{
    struct login_job *l = (struct login_job *)job;
    l->end = codec_read_login(&l->arena, &l->envelope, l->enrol, &l->fault, &l->login);
    if (l->end != OK)
        return;
    if (l->enrol)
        l->jwk = l->login.jwk;
    if (!crypt_verify(&l->jwk, l->envelope.signed_, &l->envelope.signature))
        l->end = fault_set(&l->fault, ERR_BAD_SIGNATURE, "jws", NULL);
}

static void done(struct job *job)
{
    struct login_job *l = (struct login_job *)job;
    struct peer *p = peer_find(l->hub, l->from);
    if (p) {
        enum err e = l->end;
        if (e == OK)
            e = check_claims(p, l);
        if (e != OK)
            refuse(p, l, &l->fault);
        else if (l->enrol)
            intake_enrol(p, l->secret, &l->jwk, &l->envelope.kid, l->has_ref ? &l->ref : NULL);
        else
            welcome(p, l);
    }
    free_job(l);
}

static enum err prepare(struct peer *p, struct login_job *l, const struct frame *f)
{
    /* A secret is guessed against; a signature cannot be, and a wrong neighbour behind the same
     * address must not lock out who has the right key. */
    if (l->enrol && peer_is_over_limit(p, &l->fault))
        return l->fault.code;
    enum err e = jws_parse(&l->arena, arena_dup(&l->arena, f->jws), &l->fault, &l->envelope);
    if (e != OK)
        return e;
    if (l->envelope.typ != TYP_AUTH)
        return fault_set(&l->fault, ERR_BAD_HEADER, "typ", "a log-in has typ " POSKO_TYP_AUTH);
    struct secret_text secret;
    if (!l->enrol)
        return OK;
    if (!crypt_secret_parse(f->secret, &secret))
        return fault_set(&l->fault, ERR_NOT_FOUND, "secret",
                         "a secret is 26 letters and digits; ask your admin for a new link");
    l->secret = crypt_sha256(str_of(secret.at));
    return OK;
}

/* With the key that the directory has; one that another hub enrolled a moment ago is here after a
 * look. */
static void check(void *arg)
{
    struct login_job *l = arg;
    struct peer *p = peer_find(l->hub, l->from);
    if (!p) {
        free_job(l);
        return;
    }
    const struct device *device = state_device(turn_state(l->hub->turn), &l->envelope.kid);
    if (!l->enrol && !device && !l->looked) {
        l->looked = true;
        if (hub_after_look(l->hub, check, l))
            return;
        fault_set(&l->fault, ERR_BUSY, "", NULL);
        refuse(p, l, &l->fault);
        free_job(l);
        return;
    }
    if (!l->enrol && (!device || (!device->member && !device->source))) {
        fault_set(&l->fault, ERR_UNKNOWN_KEY, "kid", NULL);
        refuse(p, l, &l->fault);
        free_job(l);
        return;
    }
    if (!l->enrol)
        l->jwk = device->jwk;
    l->job.run = run;
    l->job.done = done;
    pool_submit(l->hub->pool, &l->job);
}

void login_begin(struct peer *p, const struct frame *frame, bool enrol)
{
    struct login_job *l = mem_new(sizeof(*l));
    arena_init(&l->arena);
    l->hub = p->hub;
    l->from = p->id;
    l->enrol = enrol;
    l->has_ref = frame->has_ref;
    l->ref = frame->ref;
    if (prepare(p, l, frame) != OK) {
        refuse(p, l, &l->fault);
        free_job(l);
        return;
    }
    p->phase = PEER_CHECKING;
    check(l);
}
