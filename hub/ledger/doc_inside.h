/* How doc*.c write and read members.  Private to ledger/doc*.c. */
#ifndef POSKO_LEDGER_DOC_INSIDE_H
#define POSKO_LEDGER_DOC_INSIDE_H

#include "ledger/doc.h"

/* Optional members: nothing when there is none. */
void doc_put_text(struct json_writer *w, const char *key, struct str value);
void doc_put_int(struct json_writer *w, const char *key, int64_t value); /* 0: none */
void doc_put_word(struct json_writer *w, const char *key, const struct words *words, int index);
void doc_put_pair(struct json_writer *w, const char *key, struct str agency, struct str id);

/* A row that is being read.  The first thing that is wrong is kept; the reader looks once, at the
 * end. */
struct reading {
    struct arena *arena;
    const struct state *st;
    const struct node *doc;
    const char *wrong; /* NULL: nothing; else the member's name */
};

void reading_fail(struct reading *r, const char *name);
struct str reading_text(struct reading *r, const char *name); /* required */
int64_t reading_int(struct reading *r, const char *name);
bool reading_bool(struct reading *r, const char *name);
int reading_word(struct reading *r, const char *name, const struct words *words);
unsigned reading_bits(struct reading *r, const char *name, const struct words *words);
struct str_list reading_list(struct reading *r, const char *name);
const struct node *reading_array(struct reading *r, const char *name); /* its first item */
const struct agency *reading_agency(struct reading *r, const char *name);

/* The reference that `id` is; NULL and a failure under `name` when the state has none. */
const struct agency *refer_agency(struct reading *r, const char *name, struct str id);
const struct member *refer_member(struct reading *r, const char *name, struct str pair);
const struct source *refer_source(struct reading *r, const char *name, struct str pair);

enum err reading_end(const struct reading *r, struct str kind, struct str id, struct fault *fault);

void doc_write_ticket(struct buf *to, const struct ticket *t, bool row);
void doc_write_directory(struct buf *to, const struct entry *e, bool row);

#endif
