/* What app/turn is made of; only for turn*.c.  turn.c is the machine: start, look, what comes next.
 * turn_lock.c is one turn: lock, decide, commit, answers; turn_mute.c what it must pass over. */
#ifndef POSKO_APP_TURN_INSIDE_H
#define POSKO_APP_TURN_INSIDE_H

#include "app/line.h"
#include "app/turn.h"
#include "base/failpoint.h"

enum phase { PHASE_IDLE, PHASE_LOOKING, PHASE_LOCKING, PHASE_ENDING, PHASE_LOADING, PHASE_WAITING };

struct turn {
    struct loop *loop;
    const struct log *log;
    struct turn_store *store;
    struct tail *tail;
    const struct hub_identity *hub;
    struct turn_ops ops;
    void *app;

    enum phase phase;
    struct line line;       /* waits */
    struct submission *out; /* is in the turn at the database, in order */
    struct batch *batch;
    struct news news;
    struct state *state;
    struct state *loading;
    struct dbclock clock;
    struct head head;      /* what memory holds */
    struct turn_want want; /* what the lock was asked for, until it answers */
    struct arena want_arena;
    struct arena foreign_arena; /* ledger rows of other hubs that the lock showed, */
    struct ledger_row *foreign; /* to be told with ours, before ours */
    size_t foreign_count;
    bool stale;          /* memory must be read again */
    int64_t forgotten;   /* ended tickets with a last record below this are not in memory */
    int64_t told, heard; /* heard: the highest head that a NOTIFY named */
    bool look_wanted, look_asked, loaded, settling;
    int64_t clocks_from; /* boottime: grace after a start or a doubt */
    int64_t graced;      /* boottime: the first of them since clocks could fire; 0: they can */
    int64_t rests_until; /* boottime: no turn before, one has failed */
    size_t few_clocks; /* a turn with clocks was refused: so many a turn, without records; 0: all */
    bool clocks_only;  /* the turn that is out, or was, took no records */
    struct mute *mutes;
    struct loop_timer *due_timer, *retry_timer, *look_timer;
    int64_t asked; /* boottime: when the step that is out was asked for */
    uint64_t begun;
    uint64_t learned;
    int64_t last_good, began_us;
    uint64_t *turns, *refused_turns, *doubts, *records, *fired, *looks;
    struct histogram *turn_seconds, *lateness_seconds;
#ifdef POSKO_TEST
    struct failpoint failpoint;
#endif
};

/* ---- turn_lock.c ---- */

/* Takes the next submissions from the line and asks for the head. */
void turn_lock(struct turn *t);

/* ---- turn_mute.c ---- */

/* The turn was refused: if it was one clock and nothing else, that is passed over from the next
 * load on, for TURN_MUTE_MS, and it says true. */
bool turn_mute(struct turn *t, const char *text);
void turn_mute_again(struct turn *t); /* after each load */
void turn_mute_free(struct turn *t);

/* ---- turn.c ---- */

int64_t turn_boot_now(const struct turn *t);
bool turn_clocks_may_fire(const struct turn *t); /* the grace is over */
bool turn_clocks_are_due(const struct turn *t);

/* Rows of other hubs into memory.  False: the hub stops, nothing more may be done. */
MUST_CHECK bool turn_learn(struct turn *t, const struct rows *rows);
/* The turn's `at`, from the database's clock that came with the rows. */
int64_t turn_read_clock(struct turn *t, const struct rows *rows);

/* Gives what is committed to the app, once. */
void turn_tell(struct turn *t, const struct ledger_row *rows, size_t count, int64_t head);
void turn_answer_look(struct turn *t); /* those who asked for a look got it */

/* Ends of a step: it went well; nothing came of it; memory is no longer to be trusted. */
void turn_settle(struct turn *t);
void turn_wait_and_retry(struct turn *t);
void turn_rest(struct turn *t);
void turn_drop_memory(struct turn *t, bool grace); /* grace: answers in flight may be lost */
/* The submissions of the turn at the database back to the head of the line. */
void turn_take_back(struct turn *t, bool in_doubt, bool refused);

#endif
