/* Case files: our own in tests/vectors, foreign ones in ../shared where that is present. */
#ifndef POSKO_TESTS_FOREIGN_H
#define POSKO_TESTS_FOREIGN_H

#include "base/json.h"
#include "base/keyfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 22 };

/* NULL, and a line that says so, when the file is not here. */
static inline json_t *foreign_json(const char *path)
{
    if (access(path, R_OK) != 0) {
        print_message("skip: no %s\n", path);
        return NULL;
    }
    json_error_t error;
    json_t *json = json_load_file(path, JSON_DECODE_ANY, &error);
    if (json == NULL)
        fail_msg("%s: %s", path, error.text);
    return json;
}

static inline struct str json_str(json_t *object, const char *key)
{
    json_t *text = json_object_get(object, key);
    if (!json_is_string(text))
        fail_msg("no text %s", key);
    return (struct str){json_string_value(text), json_string_length(text)};
}

/* Our own: must be here. */
static inline json_t *own_json(const char *path)
{
    json_t *json = foreign_json(path);
    if (json == NULL)
        fail_msg("%s is missing; run from the top of the repository", path);
    return json;
}

static inline void assert_str(struct str s, const char *text)
{
    if (!str_eq(s, str_of(text)))
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(s), text);
}

#endif
