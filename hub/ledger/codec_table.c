#include "ledger/codec_table.h"

#include "ledger/codec.h"

#include <assert.h>
#include <inttypes.h>

#define TIME_MAX ((INT64_C(1) << 53) - 1)
#define AT(member) .offset = offsetof(struct record, member)
#define ID_OF(member) .form = FORM_ID, AT(member)
#define TEXT_OF(member, least, most) .form = FORM_TEXT, AT(member), .min = (least), .max = (most)
#define INT_OF(member, least, most) .form = FORM_INT, AT(member), .min = (least), .max = (most)
#define WORD_OF(member, list) .form = FORM_WORD, AT(member), .words = &WORDS_##list
#define BITS_OF(member, list) .form = FORM_BITS, AT(member), .words = &WORDS_##list
#define UUID_OF(member) .form = FORM_UUID, AT(member)
#define IDS_OF(member, least, most) .form = FORM_IDS, AT(member), .min = (least), .max = (most)

static_assert(CLAIMS <= 64, "record.has has one bit a claim");

static const struct claim_form forms[CLAIMS] = {
    [CLAIM_AUD] = {"aud", TEXT_OF(aud, 1, 255)},
    [CLAIM_ISS] = {"iss", ID_OF(iss)},
    [CLAIM_ACT] = {"act", ID_OF(act)},
    [CLAIM_KIND] = {"kind", WORD_OF(kind, KIND)},
    [CLAIM_JTI] = {"jti", UUID_OF(jti)},
    [CLAIM_IAT] = {"iat", INT_OF(iat, 0, TIME_MAX)},
    [CLAIM_V] = {"v", .form = FORM_INT, .offset = SIZE_MAX, .min = 1, .max = 1},
    [CLAIM_EVT] = {"evt", INT_OF(evt, 0, TIME_MAX)},
    [CLAIM_INC] = {"inc", UUID_OF(inc)},
    [CLAIM_STATUS] = {"status", .form = FORM_STATUS, AT(exercise)},
    [CLAIM_CAT] = {"cat", ID_OF(cat)},
    [CLAIM_TITLE] = {"title", TEXT_OF(title, 1, 120)},
    [CLAIM_TO] = {"to", IDS_OF(to, 1, POSKO_AGENCIES_MAX)},
    [CLAIM_SEV] = {"sev", WORD_OF(sev, SEV)},
    [CLAIM_BODY] = {"body", TEXT_OF(body, 0, 4000), .line_feed = true},
    [CLAIM_TLP] = {"tlp", WORD_OF(tlp, TLP)},
    [CLAIM_PLACE] = {"place", ID_OF(place)},
    [CLAIM_LAT] = {"lat", INT_OF(lat, -900000000, 900000000)},
    [CLAIM_LON] = {"lon", INT_OF(lon, -1800000000, 1800000000)},
    [CLAIM_ASK] = {"ask", IDS_OF(ask, 0, 16)},
    [CLAIM_KEY] = {"key", TEXT_OF(key, 1, 255)},
    [CLAIM_COUNT] = {"count", INT_OF(count, 1, 1000000)},
    [CLAIM_ETA] = {"eta", INT_OF(eta, 0, TIME_MAX)},
    [CLAIM_NOTE] = {"note", TEXT_OF(note, 1, 1000), .line_feed = true},
    [CLAIM_REASON] = {"reason", TEXT_OF(reason, 1, 1000)},
    [CLAIM_NEXT] = {"next", INT_OF(next, 0, TIME_MAX)},
    [CLAIM_VERACITY] = {"veracity", WORD_OF(veracity, VERACITY)},
    [CLAIM_AGENCY] = {"agency", ID_OF(agency)},
    [CLAIM_INTO] = {"into", UUID_OF(into)},
    [CLAIM_WHAT] = {"what", WORD_OF(what, WHAT)},
    [CLAIM_ABOUT] = {"about", ID_OF(about)},
    [CLAIM_DISPOSITION] = {"disposition", WORD_OF(disposition, DISPOSITION)},
    [CLAIM_UNTIL] = {"until", INT_OF(until, 0, TIME_MAX)},
    [CLAIM_NAME] = {"name", TEXT_OF(name, 1, 120)},
    [CLAIM_AGENCY_KIND] = {"agency_kind", WORD_OF(agency_kind, AGENCY_KIND)},
    [CLAIM_SUPERIOR] = {"superior", ID_OF(superior)},
    [CLAIM_PHONES] = {"phones", .form = FORM_TEXTS, AT(phones), .max = 8, .item_max = 32},
    [CLAIM_ACTIVE] = {"active", .form = FORM_BOOL, AT(active)},
    [CLAIM_ID] = {"id", TEXT_OF(id, 1, 120)},
    [CLAIM_EN] = {"en", TEXT_OF(en, 1, 120)},
    [CLAIM_KINDS] = {"kinds", BITS_OF(kinds, AGENCY_KIND)},
    [CLAIM_MAPS] = {"maps", TEXT_OF(maps, 1, 120)},
    [CLAIM_PLACE_KIND] = {"place_kind", WORD_OF(place_kind, PLACE_KIND)},
    [CLAIM_IN] = {"in", ID_OF(in)},
    [CLAIM_TIER] = {"tier", WORD_OF(tier, TIER)},
    [CLAIM_POLICY] = {"policy", ID_OF(policy)},
    [CLAIM_ROWS] = {"rows", .form = FORM_ROWS},
    [CLAIM_RULES] = {"rules", .form = FORM_RULES},
    [CLAIM_MEMBER] = {"member", ID_OF(member)},
    [CLAIM_ROLES] = {"roles", BITS_OF(roles, ROLE)},
    [CLAIM_SOURCE] = {"source", ID_OF(source)},
    [CLAIM_JWK] = {"jwk", .form = FORM_JWK, AT(jwk)},
    [CLAIM_EVERY] = {"every", INT_OF(every, 10, 86400)},
    [CLAIM_CATS] = {"cats", IDS_OF(cats, 0, POSKO_ITEMS_MAX)},
    [CLAIM_HASH] = {"hash", .form = FORM_HASH, AT(hash)},
    [CLAIM_KID] = {"kid", .form = FORM_KID, AT(kid)},
    [CLAIM_HOST] = {"host", ID_OF(host)},
    [CLAIM_INVITE] = {"invite", UUID_OF(invite)},
    [CLAIM_SINCE] = {"since", INT_OF(since, 0, TIME_MAX)},
    [CLAIM_STEP] = {"step", INT_OF(step, 1, TIME_MAX)},
    [CLAIM_DUE] = {"due", INT_OF(due, 0, TIME_MAX)},
    [CLAIM_LATE_MS] = {"late_ms", INT_OF(late_ms, 0, TIME_MAX)},
    [CLAIM_TOLD] = {"told", .form = FORM_TOLD, AT(told), .max = POSKO_ITEMS_MAX},
    [CLAIM_WHY] = {"why", .form = FORM_TEXTS, AT(why), .max = POSKO_ITEMS_MAX, .item_max = 255},
};

static const struct claim_form revoke_reason = {"reason", WORD_OF(revoke_reason, REASON)};

#define B(name) CLAIM_BIT(name)
#define ALL_MAY (B(EVT) | B(STATUS))
#define POINT (B(LAT) | B(LON))

struct kind_claims {
    uint64_t must, may;
};

static const struct kind_claims kinds[KIND_COUNT] = {
    [KIND_INCIDENT_REPORT] = {B(CAT) | B(TITLE) | B(TO),
                              B(SEV) | B(BODY) | B(TLP) | B(PLACE) | POINT | B(ASK)},
    [KIND_ALERT_RAISE] = {B(CAT) | B(TITLE) | B(KEY), B(SEV) | B(BODY) | B(PLACE) | B(COUNT)},
    [KIND_ALERT_CLEAR] = {B(KEY), 0},
    [KIND_RESPONSE_ACK] = {B(INC), 0},
    [KIND_RESPONSE_ACCEPT] = {B(INC), B(ETA)},
    [KIND_RESPONSE_ENROUTE] = {B(INC), B(NOTE) | B(ETA)},
    [KIND_RESPONSE_ONSCENE] = {B(INC), B(NOTE)},
    [KIND_RESPONSE_DONE] = {B(INC), B(NOTE)},
    [KIND_RESPONSE_DECLINE] = {B(INC) | B(REASON), 0},
    [KIND_INCIDENT_NOTE] = {B(INC) | B(BODY), B(NEXT)},
    [KIND_INCIDENT_CHANGE] = {B(INC),
                              B(CAT) | B(SEV) | B(TITLE) | B(PLACE) | POINT | B(TLP) | B(VERACITY)},
    [KIND_INCIDENT_SHARE] = {B(INC) | B(TO), B(REASON)},
    [KIND_INCIDENT_OFFER] = {B(INC) | B(AGENCY), B(REASON)},
    [KIND_INCIDENT_TAKE] = {B(INC), 0},
    [KIND_INCIDENT_MERGE] = {B(INC) | B(INTO), B(REASON)},
    [KIND_INCIDENT_ESCALATE] = {B(INC) | B(AGENCY) | B(WHAT) | B(REASON), B(ABOUT)},
    [KIND_INCIDENT_RESOLVE] = {B(INC) | B(NOTE), 0},
    [KIND_INCIDENT_CLOSE] = {B(INC) | B(DISPOSITION), B(NOTE)},
    [KIND_INCIDENT_REOPEN] = {B(INC) | B(REASON), 0},
    [KIND_DUTY_START] = {B(UNTIL), 0},
    [KIND_DUTY_END] = {0, 0},
    [KIND_AGENCY_PUT] = {B(AGENCY) | B(NAME) | B(AGENCY_KIND), B(SUPERIOR) | B(PHONES) | B(ACTIVE)},
    [KIND_CATEGORY_PUT] = {B(CAT) | B(ID) | B(EN) | B(SEV) | B(KINDS),
                           B(ASK) | B(MAPS) | B(ACTIVE)},
    [KIND_PLACE_PUT] = {B(PLACE) | B(NAME) | B(PLACE_KIND), B(IN) | B(TIER) | POINT | B(ACTIVE)},
    [KIND_POLICY_PUT] = {B(POLICY) | B(ROWS), 0},
    [KIND_RULE_PUT] = {B(RULES), 0},
    [KIND_MEMBER_PUT] = {B(AGENCY) | B(MEMBER) | B(NAME) | B(ROLES), B(PHONES) | B(ACTIVE)},
    [KIND_SOURCE_PUT] = {B(AGENCY) | B(SOURCE) | B(NAME),
                         B(JWK) | B(EVERY) | B(CATS) | B(PLACE) | B(ACTIVE)},
    [KIND_DEVICE_INVITE] = {B(AGENCY) | B(MEMBER) | B(HASH) | B(UNTIL), 0},
    [KIND_DEVICE_REVOKE] = {B(KID) | B(REASON), 0},
    [KIND_HUB_KEY] = {B(KID) | B(JWK) | B(HOST), 0},
    [KIND_DEVICE_ENROL] = {B(KID) | B(JWK) | B(AGENCY) | B(MEMBER) | B(INVITE), 0},
    [KIND_CLOCK_LAPSE] = {B(INC) | B(AGENCY) | B(WHAT) | B(SINCE) | B(STEP) | B(DUE) | B(LATE_MS) |
                              B(TOLD) | B(WHY),
                          B(ABOUT)},
    [KIND_SOURCE_SILENT] = {B(AGENCY) | B(SOURCE) | B(SINCE), 0},
};

const struct claim_form *codec_form(enum kind kind, enum claim claim)
{
    assert((unsigned)claim < CLAIMS);
    if (claim == CLAIM_REASON && kind == KIND_DEVICE_REVOKE)
        return &revoke_reason;
    return &forms[claim];
}

int codec_find_claim(struct str name)
{
    for (int i = 0; i < CLAIMS; i++) /* most differ in the first letter: no strlen */
        if (name.len > 0 && *forms[i].name == *name.at && str_eq(str_of(forms[i].name), name))
            return i;
    return -1;
}

uint64_t codec_must_mask(enum kind kind)
{
    assert((unsigned)kind < KIND_COUNT);
    return kinds[kind].must | CLAIMS_OF_ALL;
}

static uint64_t may_mask(enum kind kind)
{
    return codec_must_mask(kind) | kinds[kind].may | ALL_MAY;
}

struct str codec_claim_name(enum claim claim)
{
    assert((unsigned)claim < CLAIMS);
    return str_of(forms[claim].name);
}

bool codec_may(enum kind kind, enum claim claim)
{
    return (may_mask(kind) >> claim & 1) != 0;
}

bool codec_must(enum kind kind, enum claim claim)
{
    return (codec_must_mask(kind) >> claim & 1) != 0;
}

static struct str demand_words(struct arena *arena, const char *head, const struct words *words)
{
    struct str text = str_of(head);
    for (int i = 0; i < words->count; i++)
        text = arena_printf(arena, STR_FMT " %s", STR_ARG(text), words->at[i]);
    return text;
}

struct str codec_demand(struct arena *arena, const struct claim_form *form)
{
    switch (form->form) {
    case FORM_ID:
        return STR("an identifier: 1 to 64 of a-z 0-9 . _ : -, the first a letter or digit");
    case FORM_TEXT:
        return arena_printf(
            arena, "a text of %" PRId64 " to %" PRId64 " characters without control characters%s",
            form->min, form->max, form->line_feed ? " but line feed" : "");
    case FORM_INT:
        return arena_printf(arena, "an integer from %" PRId64 " to %" PRId64, form->min, form->max);
    case FORM_WORD:
        return form->words == &WORDS_KIND ? STR("one of the protocol's kinds (section 6)")
                                          : demand_words(arena, "one of", form->words);
    case FORM_STATUS:
        return STR("actual or exercise");
    case FORM_BOOL:
        return STR("true or false");
    case FORM_UUID:
        return STR("a UUID of version 7 or 4, lower case, 8-4-4-4-12");
    case FORM_KID:
        return STR("an RFC 7638 SHA-256 thumbprint, 43 base64url characters");
    case FORM_JWK:
        return STR("a sound Ed25519 key: exactly {\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":...}");
    case FORM_HASH:
        return STR("a SHA-256 in 64 lower case hex digits");
    case FORM_IDS:
        return arena_printf(arena, "%" PRId64 " to %" PRId64 " distinct %s", form->min, form->max,
                            form->offset == offsetof(struct record, to) ? "agencies"
                                                                        : "identifiers");
    case FORM_TEXTS:
        return arena_printf(arena, "at most %" PRId64 " texts of 1 to %zu characters", form->max,
                            form->item_max);
    case FORM_TOLD:
        return arena_printf(arena, "at most %" PRId64 " distinct agency/member", form->max);
    case FORM_BITS:
        return demand_words(arena, "an array of distinct words of", form->words);
    case FORM_ROWS:
        return STR("an array of 1 to 32 policy rows");
    case FORM_RULES:
        return STR("an array of at most 256 rules");
    }
    return STR("");
}
