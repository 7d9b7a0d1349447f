/* One value between JSON and struct record, by its form. */
#include "ledger/codec_table.h"

#include "ledger/codec.h"

#include <assert.h>
#include <string.h>

static void *member_of(const struct claim_form *form, struct record *r)
{
    assert(form->offset < sizeof *r);
    return (char *)r + form->offset;
}

static const void *member_peek(const struct claim_form *form, const struct record *r)
{
    assert(form->offset < sizeof *r);
    return (const char *)r + form->offset;
}

/* ---- reading ---- */
static bool is_text(struct str s, int64_t min, int64_t max, bool line_feed)
{
    size_t chars;
    return str_utf8(s, &chars) && chars >= (size_t)min && chars <= (size_t)max &&
           str_is_plain_text(s, line_feed);
}

static bool is_told(struct str s)
{
    struct str agency, member;
    return str_cut(s, '/', &agency, &member) && str_is_id(agency) && str_is_id(member);
}

static bool is_item(const struct claim_form *form, struct str s)
{
    if (form->form == FORM_IDS)
        return str_is_id(s);
    if (form->form == FORM_TOLD)
        return is_told(s);
    return is_text(s, 1, (int64_t)form->item_max, false);
}

static bool has_text(const struct str *list, size_t count, struct str s)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(list[i], s))
            return true;
    return false;
}

static bool read_list(struct arena *arena, const struct claim_form *form, const struct node *value,
                      struct str_list *out)
{
    if (value->type != NODE_ARRAY || value->count < (size_t)form->min ||
        value->count > (size_t)form->max)
        return false;
    *out = (struct str_list){NULL, 0};
    if (value->count == 0)
        return true;
    bool distinct = form->form != FORM_TEXTS;
    struct str *list = ARENA_ARRAY(arena, struct str, value->count);
    size_t count = 0;
    for (const struct node *n = value->first; n != NULL; n = n->next) {
        if (n->type != NODE_TEXT || !is_item(form, n->text) ||
            (distinct && has_text(list, count, n->text)))
            return false;
        list[count++] = n->text;
    }
    *out = (struct str_list){list, count};
    return true;
}

bool codec_read_bits(const struct words *words, const struct node *value, unsigned *out)
{
    unsigned bits = 0;
    if (value->type != NODE_ARRAY)
        return false;
    for (const struct node *n = value->first; n != NULL; n = n->next) {
        int i = n->type == NODE_TEXT ? words_find(words, n->text) : -1;
        if (i < 0 || (bits >> i & 1) != 0)
            return false;
        bits |= 1u << i;
    }
    *out = bits;
    return true;
}

static bool read_word(const struct words *words, const struct node *value, unsigned *out)
{
    int i = value->type == NODE_TEXT ? words_find(words, value->text) : -1;
    if (i < 0)
        return false;
    *out = (unsigned)i;
    return true;
}

bool codec_read_jwk(const struct node *value, struct public_key *out)
{
    struct public_key key;
    if (value->type != NODE_OBJECT || value->count != 3 ||
        !str_eq(node_text(value, "kty"), STR("OKP")) ||
        !str_eq(node_text(value, "crv"), STR("Ed25519")) ||
        !crypt_b64_decode_exact(node_text(value, "x"), key.at, sizeof key.at) ||
        !crypt_key_is_sound(&key))
        return false;
    *out = key;
    return true;
}

static bool read_int(const struct claim_form *form, const struct node *value, struct record *r)
{
    if (value->type != NODE_INT || value->number < form->min || value->number > form->max)
        return false;
    if (form->offset != SIZE_MAX) /* `v` is 1 and nowhere kept */
        *(int64_t *)member_of(form, r) = value->number;
    return true;
}

static bool read_str(const struct claim_form *form, const struct node *value, struct record *r)
{
    if (value->type != NODE_TEXT)
        return false;
    bool good = form->form == FORM_ID ? str_is_id(value->text)
                                      : is_text(value->text, form->min, form->max, form->line_feed);
    if (good)
        *(struct str *)member_of(form, r) = value->text;
    return good;
}

static bool read_status(const struct node *value, bool *exercise)
{
    if (value->type != NODE_TEXT)
        return false;
    *exercise = str_eq(value->text, STR("exercise"));
    return *exercise || str_eq(value->text, STR("actual"));
}

static bool read_bool(const struct node *value, bool *out)
{
    if (value->type != NODE_BOOL)
        return false;
    *out = value->truth;
    return true;
}

/* The forms that are one value or a plain list. */
static bool read_plain(struct arena *arena, const struct claim_form *form, const struct node *value,
                       struct record *r)
{
    struct str text = value->type == NODE_TEXT ? value->text : STR_NONE;
    switch (form->form) {
    case FORM_ID:
    case FORM_TEXT:
        return read_str(form, value, r);
    case FORM_INT:
        return read_int(form, value, r);
    case FORM_WORD:
        return read_word(form->words, value, member_of(form, r));
    case FORM_STATUS:
        return read_status(value, member_of(form, r));
    case FORM_BOOL:
        return read_bool(value, member_of(form, r));
    case FORM_UUID:
        return id_parse(text, member_of(form, r));
    case FORM_KID:
        return kid_parse(text, member_of(form, r));
    case FORM_JWK:
        return codec_read_jwk(value, member_of(form, r));
    case FORM_HASH:
        return crypt_unhex_exact(text, member_of(form, r), HASH_BYTES);
    case FORM_IDS:
    case FORM_TEXTS:
    case FORM_TOLD:
        return read_list(arena, form, value, member_of(form, r));
    case FORM_BITS:
        return codec_read_bits(form->words, value, member_of(form, r));
    case FORM_ROWS:
    case FORM_RULES:
        break;
    }
    return false;
}

enum err codec_read_form(struct arena *arena, const struct claim_form *form,
                         const struct node *value, struct fault *fault, struct record *r)
{
    if (form->form == FORM_ROWS)
        return codec_read_rows(arena, value, fault, &r->rows, &r->row_count);
    if (form->form == FORM_RULES)
        return codec_read_rules(arena, value, fault, &r->rules, &r->rule_count);
    if (read_plain(arena, form, value, r))
        return OK;
    return fault_set(fault, ERR_BAD_CLAIM, form->name, "`%s` must be " STR_FMT, form->name,
                     STR_ARG(codec_demand(arena, form)));
}

/* ---- writing ---- */
void codec_put_jwk(struct json_writer *w, const char *key, const struct public_key *jwk)
{
    struct buf x;
    buf_init(&x);
    crypt_b64_put(&x, (struct str){(const char *)jwk->at, KEY_BYTES});
    json_begin_object(w, key);
    json_put_text(w, "kty", STR("OKP"));
    json_put_text(w, "crv", STR("Ed25519"));
    json_put_text(w, "x", buf_peek(&x));
    json_end_object(w);
    buf_deinit(&x);
}

void codec_put_hash(struct json_writer *w, const char *key, const struct hash *hash)
{
    static const char digits[] = "0123456789abcdef";
    char hex[2 * HASH_BYTES];
    for (size_t i = 0; i < HASH_BYTES; i++) {
        hex[2 * i] = digits[hash->at[i] >> 4];
        hex[2 * i + 1] = digits[hash->at[i] & 15];
    }
    json_put_text(w, key, (struct str){hex, sizeof hex});
}

void codec_put_bits(struct json_writer *w, const char *key, const struct words *words,
                    unsigned bits)
{
    json_begin_array(w, key);
    for (int i = 0; i < words->count; i++)
        if ((bits >> i & 1) != 0)
            json_put_text(w, NULL, words_get(words, i));
    json_end_array(w);
}

void codec_put_form(struct json_writer *w, const struct claim_form *form, const struct record *r)
{
    const char *key = form->name;
    switch (form->form) {
    case FORM_ID:
    case FORM_TEXT:
        json_put_text(w, key, *(const struct str *)member_peek(form, r));
        return;
    case FORM_INT:
        json_put_int(w, key, form->offset == SIZE_MAX ? 1 : *(const int64_t *)member_peek(form, r));
        return;
    case FORM_WORD:
        json_put_text(w, key, words_get(form->words, *(const int *)member_peek(form, r)));
        return;
    case FORM_STATUS:
        json_put_text(w, key, r->exercise ? STR("exercise") : STR("actual"));
        return;
    case FORM_BOOL:
        json_put_bool(w, key, *(const bool *)member_peek(form, r));
        return;
    case FORM_UUID:
        json_put_text(w, key, str_of(id_text(member_peek(form, r)).at));
        return;
    case FORM_KID:
        json_put_text(w, key, kid_str(member_peek(form, r)));
        return;
    case FORM_JWK:
        codec_put_jwk(w, key, member_peek(form, r));
        return;
    case FORM_HASH:
        codec_put_hash(w, key, member_peek(form, r));
        return;
    case FORM_IDS:
    case FORM_TEXTS:
    case FORM_TOLD:
        json_put_list(w, key, *(const struct str_list *)member_peek(form, r));
        return;
    case FORM_BITS:
        codec_put_bits(w, key, form->words, *(const unsigned *)member_peek(form, r));
        return;
    case FORM_ROWS:
        codec_put_rows(w, key, r->rows, r->row_count);
        return;
    case FORM_RULES:
        codec_put_rules(w, key, r->rules, r->rule_count);
        return;
    }
}
