/* Errors: one list (include/posko/wire.h) plus the few that never reach the wire.
 * A fault is an error with what a person needs to mend it: the field, a text, when to try again. */
#ifndef POSKO_BASE_ERR_H
#define POSKO_BASE_ERR_H

#include <posko/wire.h>

#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

enum err {
    OK = 0,
#define ERR_MEMBER(name, status, wire, text) ERR_##name,
    POSKO_ERROR_LIST(ERR_MEMBER)
#undef ERR_MEMBER
        ERR_SYSTEM, /* a file, a socket, the database: never sent to a client */
    ERR_COUNT
};

enum { FAULT_FIELD_BYTES = 64, FAULT_TEXT_BYTES = 256 };

struct fault {
    enum err code;
    int64_t retry_ms; /* 0: says nothing */
    char field[FAULT_FIELD_BYTES];
    char text[FAULT_TEXT_BYTES];
};

/* "bad_claim" ... ; "ok" for OK.  Borrowed for ever.  Any thread. */
const char *err_wire(enum err e);
const char *err_text(enum err e);
int err_status(enum err e); /* HTTP; 500 for ERR_SYSTEM */

/* Fills `f` and returns `code`, so that a check reads `return fault_set(f, ERR_X, "field", ...)`.
 * field: "" when none.  format NULL: the list's text.  Text is cut at FAULT_TEXT_BYTES. */
enum err fault_set(struct fault *f, enum err code, const char *field, const char *format, ...)
    PRINTF_LIKE(4, 5);

#endif
