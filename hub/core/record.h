/* The vocabulary: what a record says, after its claims were read.  protocol.md sections 2 and 3.
 * One struct with all claims: `has` tells which the record carries; ledger/codec's table says
 * which a kind may and must carry.  Texts are slices into the submission's arena. */
#ifndef POSKO_CORE_RECORD_H
#define POSKO_CORE_RECORD_H

#include "base/crypt.h" /* struct kid, struct public_key, struct hash: types only */
#include "base/id.h"

enum typ { TYP_RECORD, TYP_ADMIN, TYP_EVENT, TYP_AUTH };

#define KIND_LIST(X)                                      \
    X(INCIDENT_REPORT, "incident.report", TYP_RECORD)     \
    X(ALERT_RAISE, "alert.raise", TYP_RECORD)             \
    X(ALERT_CLEAR, "alert.clear", TYP_RECORD)             \
    X(RESPONSE_ACK, "response.ack", TYP_RECORD)           \
    X(RESPONSE_ACCEPT, "response.accept", TYP_RECORD)     \
    X(RESPONSE_ENROUTE, "response.enroute", TYP_RECORD)   \
    X(RESPONSE_ONSCENE, "response.onscene", TYP_RECORD)   \
    X(RESPONSE_DONE, "response.done", TYP_RECORD)         \
    X(RESPONSE_DECLINE, "response.decline", TYP_RECORD)   \
    X(INCIDENT_NOTE, "incident.note", TYP_RECORD)         \
    X(INCIDENT_CHANGE, "incident.change", TYP_RECORD)     \
    X(INCIDENT_SHARE, "incident.share", TYP_RECORD)       \
    X(INCIDENT_OFFER, "incident.offer", TYP_RECORD)       \
    X(INCIDENT_TAKE, "incident.take", TYP_RECORD)         \
    X(INCIDENT_MERGE, "incident.merge", TYP_RECORD)       \
    X(INCIDENT_ESCALATE, "incident.escalate", TYP_RECORD) \
    X(INCIDENT_RESOLVE, "incident.resolve", TYP_RECORD)   \
    X(INCIDENT_CLOSE, "incident.close", TYP_RECORD)       \
    X(INCIDENT_REOPEN, "incident.reopen", TYP_RECORD)     \
    X(DUTY_START, "duty.start", TYP_RECORD)               \
    X(DUTY_END, "duty.end", TYP_RECORD)                   \
    X(AGENCY_PUT, "agency.put", TYP_ADMIN)                \
    X(CATEGORY_PUT, "category.put", TYP_ADMIN)            \
    X(PLACE_PUT, "place.put", TYP_ADMIN)                  \
    X(POLICY_PUT, "policy.put", TYP_ADMIN)                \
    X(RULE_PUT, "rule.put", TYP_ADMIN)                    \
    X(MEMBER_PUT, "member.put", TYP_ADMIN)                \
    X(SOURCE_PUT, "source.put", TYP_ADMIN)                \
    X(DEVICE_INVITE, "device.invite", TYP_ADMIN)          \
    X(DEVICE_REVOKE, "device.revoke", TYP_ADMIN)          \
    X(HUB_KEY, "hub.key", TYP_EVENT)                      \
    X(DEVICE_ENROL, "device.enrol", TYP_EVENT)            \
    X(CLOCK_LAPSE, "clock.lapse", TYP_EVENT)              \
    X(SOURCE_SILENT, "source.silent", TYP_EVENT)

enum kind {
#define KIND_MEMBER(name, wire, typ) KIND_##name,
    KIND_LIST(KIND_MEMBER)
#undef KIND_MEMBER
        KIND_COUNT
};

/* Severity: greater is more severe. */
enum sev { SEV_MINOR, SEV_MODERATE, SEV_SEVERE, SEV_EXTREME, SEV_COUNT };
/* TLP: greater is narrower. */
enum tlp { TLP_CLEAR, TLP_GREEN, TLP_AMBER, TLP_AMBER_STRICT, TLP_COUNT };
enum veracity {
    VERACITY_UNVERIFIED,
    VERACITY_CORROBORATED,
    VERACITY_CONFIRMED,
    VERACITY_REFUTED,
    VERACITY_COUNT
};
enum disposition {
    DISPOSITION_HANDLED,
    DISPOSITION_FALSE_ALARM,
    DISPOSITION_DUPLICATE,
    DISPOSITION_REFERRED,
    DISPOSITION_NOT_ELECTION,
    DISPOSITION_NO_ACCESS,
    DISPOSITION_EXERCISE_END,
    DISPOSITION_COUNT
};
enum what {
    WHAT_ACK,
    WHAT_ACCEPT,
    WHAT_ARRIVE,
    WHAT_UPDATE,
    WHAT_TAKE,
    WHAT_REASSIGN,
    WHAT_RESOLVE,
    WHAT_CLOSE,
    WHAT_COUNT
};
enum agency_kind {
    AGENCY_ELECTION,
    AGENCY_POLICE,
    AGENCY_GOVERNMENT,
    AGENCY_OVERSIGHT,
    AGENCY_MILITARY,
    AGENCY_RELIEF,
    AGENCY_CSIRT,
    AGENCY_KIND_COUNT
};
enum role {
    ROLE_REPORTER,
    ROLE_DUTY,
    ROLE_CHIEF,
    ROLE_COORDINATOR,
    ROLE_ADMIN,
    ROLE_AUDITOR,
    ROLE_CONTROLLER,
    ROLE_COUNT
};
enum place_kind {
    PLACE_KOTA,
    PLACE_KECAMATAN,
    PLACE_KELURAHAN,
    PLACE_TPS,
    PLACE_SITE,
    PLACE_KIND_COUNT
};
enum tier { TIER_AMAN, TIER_RAWAN, TIER_SANGAT_RAWAN, TIER_COUNT };
enum reason { REASON_LOST, REASON_COMPROMISED, REASON_RETIRED, REASON_COUNT }; /* device.revoke */

enum ticket_state {
    TICKET_OPEN,
    TICKET_RESOLVED,
    TICKET_CLOSED,
    TICKET_MERGED,
    TICKET_STATE_COUNT
};
enum answer_state {
    ANSWER_NONE, /* not addressed */
    ANSWER_OFFERED,
    ANSWER_ACKED,
    ANSWER_ACCEPTED,
    ANSWER_ENROUTE,
    ANSWER_ONSCENE,
    ANSWER_DONE,
    ANSWER_DECLINED,
    ANSWER_STATE_COUNT
};

/* Wire names of all the enums above: core/words.c.  words_get: index in range; words_find: the
 * index, or -1. */
struct words {
    const char *const *at;
    int count;
};
extern const struct words WORDS_KIND, WORDS_SEV, WORDS_TLP, WORDS_VERACITY, WORDS_DISPOSITION,
    WORDS_WHAT, WORDS_AGENCY_KIND, WORDS_ROLE, WORDS_PLACE_KIND, WORDS_TIER, WORDS_REASON,
    WORDS_TICKET_STATE, WORDS_ANSWER_STATE, WORDS_TYP;
struct str words_get(const struct words *words, int index);
int words_find(const struct words *words, struct str word);
enum typ kind_typ(enum kind kind);

/* Whom a step tells. */
enum target_kind {
    TARGET_DUTY,
    TARGET_AGENCY,
    TARGET_CHIEF,
    TARGET_OWNER,
    TARGET_SUPERIOR,
    TARGET_AGENCY_ID,
    TARGET_MEMBER
};
struct target {
    enum target_kind kind;
    struct str agency; /* AGENCY_ID, MEMBER */
    struct str member; /* MEMBER */
};
enum { POLICY_STEPS_MAX = 8, POLICY_TARGETS_MAX = 32, POLICY_ROWS_MAX = WHAT_COUNT * SEV_COUNT };
struct policy_step {
    int64_t after_s; /* counted from due */
    const struct target *tell;
    size_t tell_count;
};
struct policy_row {
    enum what what;
    enum sev sev;
    int64_t within_s;
    int64_t repeat_s; /* >= 1 */
    const struct target *open;
    size_t open_count;
    const struct policy_step *steps;
    size_t step_count; /* 1..8 */
};
/* A routing rule: absent conditions are STR_NONE or -1 and match everything. */
struct rule {
    struct str_list to;
    struct str cat, place, source, policy;
    int sev;
};

/* One bit a claim in record.has.  (The formatter would make stairs of the list.) */
/* clang-format off */
#define CLAIM_LIST(X)                                                                              \
    X(AUD) X(ISS) X(ACT) X(KIND) X(JTI) X(IAT) X(V) X(EVT) X(INC) X(STATUS) X(CAT) X(TITLE) X(TO)  \
    X(SEV) X(BODY) X(TLP) X(PLACE) X(LAT) X(LON) X(ASK) X(KEY) X(COUNT) X(ETA) X(NOTE) X(REASON)   \
    X(NEXT) X(VERACITY) X(AGENCY) X(INTO) X(WHAT) X(ABOUT) X(DISPOSITION) X(UNTIL) X(NAME)         \
    X(AGENCY_KIND) X(SUPERIOR) X(PHONES) X(ACTIVE) X(ID) X(EN) X(KINDS) X(MAPS) X(PLACE_KIND)      \
    X(IN) X(TIER) X(POLICY) X(ROWS) X(RULES) X(MEMBER) X(ROLES) X(SOURCE) X(JWK) X(EVERY) X(CATS)  \
    X(HASH) X(KID) X(HOST) X(INVITE) X(SINCE) X(STEP) X(DUE) X(LATE_MS) X(TOLD) X(WHY)
/* clang-format on */
enum claim {
#define CLAIM_MEMBER(name) CLAIM_##name,
    CLAIM_LIST(CLAIM_MEMBER)
#undef CLAIM_MEMBER
        CLAIMS /* how many; at most 64 */
};
#define CLAIM_BIT(claim) (UINT64_C(1) << CLAIM_##claim)
#define HAS(record, claim) (((record)->has >> CLAIM_##claim) & 1)
/* What every record carries, whatever its kind. */
#define CLAIMS_OF_ALL                                                                    \
    (CLAIM_BIT(V) | CLAIM_BIT(AUD) | CLAIM_BIT(ISS) | CLAIM_BIT(ACT) | CLAIM_BIT(KIND) | \
     CLAIM_BIT(JTI) | CLAIM_BIT(IAT))

struct record {
    uint64_t has;
    enum kind kind;
    struct kid signer; /* the header's kid */
    struct record_id jti;
    struct str aud, iss, act;
    int64_t iat, evt;
    struct ticket_id inc, into;
    struct record_id invite;
    bool exercise; /* status */
    enum sev sev;
    enum tlp tlp;
    enum veracity veracity;
    enum what what;
    enum disposition disposition;
    enum agency_kind agency_kind;
    enum place_kind place_kind;
    enum tier tier;
    enum reason revoke_reason;
    struct str cat, title, body, place, key, note, reason, agency, about, name, superior, id, en,
        maps, in, policy, member, source, host;
    struct str_list to, ask, phones, cats, told, why;
    unsigned kinds; /* bit per agency_kind */
    unsigned roles; /* bit per role */
    int64_t lat, lon, count, eta, next, until, every, since, step, due, late_ms;
    bool active;    /* true unless said otherwise */
    struct kid kid; /* device.*, hub.key: the subject */
    struct public_key jwk;
    struct hash hash; /* device.invite: SHA-256 of the secret */
    const struct policy_row *rows;
    size_t row_count;
    const struct rule *rules;
    size_t rule_count;
};

#endif
