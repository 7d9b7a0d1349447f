/* What is on a person's screen. */
#ifndef POSKO_TESTS_SIM_SCREEN_H
#define POSKO_TESTS_SIM_SCREEN_H

#include "sim_directory.h"

struct view;
struct screen {
    uint8_t *have; /* a bit for each record */
    size_t have_size;
    struct view *tickets;
    struct directory directory;
};
void screen_put_record(struct screen *s, int64_t seq);
bool screen_has_record(const struct screen *s, int64_t seq);
void screen_put_ticket(struct screen *s, const struct message *m); /* if it shows one */
void screen_drop_ticket(struct screen *s, struct ticket_id id);
/* As of which record it is shown; 0: it is not. */
int64_t screen_ticket(const struct screen *s, struct ticket_id id);
void screen_wipe(struct screen *s);
void screen_close(struct screen *s);

#endif
