/* The codec's table of claims and kinds.  Private to ledger/codec*.c and ledger/doc*.c. */
#ifndef POSKO_LEDGER_CODEC_TABLE_H
#define POSKO_LEDGER_CODEC_TABLE_H

#include "base/json.h"
#include "core/record.h"

enum form {
    FORM_ID,     /* struct str */
    FORM_TEXT,   /* struct str of min..max characters */
    FORM_INT,    /* int64_t, min..max */
    FORM_WORD,   /* an enum, of `words` */
    FORM_STATUS, /* bool exercise */
    FORM_BOOL,   /* bool */
    FORM_UUID,   /* 16 bytes */
    FORM_KID,    /* struct kid */
    FORM_JWK,    /* struct public_key */
    FORM_HASH,   /* struct hash */
    FORM_IDS,    /* struct str_list of min..max distinct identifiers */
    FORM_TEXTS,  /* struct str_list of min..max texts of 1..item_max characters */
    FORM_TOLD,   /* struct str_list of min..max distinct agency/member */
    FORM_BITS,   /* unsigned, a bit for each of `words` */
    FORM_ROWS,   /* rows and row_count */
    FORM_RULES   /* rules and rule_count */
};

struct claim_form {
    const char *name; /* on the wire */
    enum form form;
    size_t offset; /* in struct record */
    int64_t min, max;
    size_t item_max;
    bool line_feed;
    const struct words *words;
};

/* The form of a claim in this kind: `reason` of device.revoke is a word, elsewhere a text. */
const struct claim_form *codec_form(enum kind kind, enum claim claim);
/* -1: no claim has this name. */
int codec_find_claim(struct str name);
uint64_t codec_must_mask(enum kind kind);

/* Says what the form demands, as the end of the sentence "`x` must be ...". */
struct str codec_demand(struct arena *arena, const struct claim_form *form);

/* Moves one value between JSON and the record.  OK or ERR_BAD_CLAIM (ERR_UNKNOWN_FIELD inside
 * rows and rules). */
MUST_CHECK enum err codec_read_form(struct arena *arena, const struct claim_form *form,
                                    const struct node *value, struct fault *fault,
                                    struct record *r);
void codec_put_form(struct json_writer *w, const struct claim_form *form, const struct record *r);

MUST_CHECK bool codec_read_jwk(const struct node *value, struct public_key *out);
/* An array of distinct words, as a bit each. */
MUST_CHECK bool codec_read_bits(const struct words *words, const struct node *value, unsigned *out);
void codec_put_bits(struct json_writer *w, const char *key, const struct words *words,
                    unsigned bits);
void codec_put_hash(struct json_writer *w, const char *key, const struct hash *hash);

#endif
