/* The simulator: whole hubs (all of app but main and genesis, core, ledger) and their people on a
 * fake loop, clock, network, database, and stand-ins for base/crypt, base/json and base/mem.  One
 * 64-bit seed is one run; the same seed is the same run.  Nothing here is a thread, a socket or a
 * file. */
#ifndef POSKO_TESTS_SIM_H
#define POSKO_TESTS_SIM_H

#include "app/hub.h"

#include <uthash.h>

enum { NODES_MAX = 3, SIM_AGENCIES = 5, SIM_MEMBERS = 17, SIM_SOURCES = 3 };
enum { WINDOWS_MAX = 4096, MESSAGES = 4096, ENDING = 4096 };
#define SIM_CURSED STR("siren") /* the source whose silence the database may refuse */
#define SIM_AUD STR("posko.sim/ledger")
#define SIM_T0 INT64_C(1795300000000) /* true time at virtual 0, ms */
#define SECOND INT64_C(1000000)       /* virtual time runs in microseconds */

struct world;
struct process;

/* ---- chance: xoshiro256** ---- */
struct rng {
    uint64_t s[4];
};
void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
int64_t between(struct world *w, int64_t low, int64_t high); /* both included */
bool chance(struct world *w, int64_t per_mille);
/* Mostly short, seldom long: how long things take. */
int64_t some_time(struct world *w, int64_t usual_us);
/* The gaps of a stream of independent events. */
int64_t gap_of(struct world *w, int64_t mean_us);

/* The two halves of a product, folded: what fingerprints are made of. */
__extension__ typedef unsigned __int128 sim_wide;
static inline uint64_t fold(uint64_t a, uint64_t b)
{
    sim_wide product = (sim_wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* ---- sim_crypt.c: base/crypt without the cost ---- */
void sim_crypt_seed(uint64_t seed);

/* ---- sim_mem.c: base/mem without the cost ---- */
void sim_mem_rewind(void); /* between worlds */

/* ---- sim_json.c: base/json without the cost ---- */
/* This text stays where it is, as long as the arena: whoever parses it gets one tree, of it. */
void sim_json_share(struct arena *arena, struct str text);
void sim_json_forget(void); /* all of them, before their arenas end */

/* ---- sim_loop.c: one queue of events for all, and base/loop.h on it ---- */
struct event {
    int64_t at;
    size_t place;       /* in the heap, from 1; 0: not waiting */
    struct loop *owner; /* whose process runs it; NULL: the world */
    loop_fn *fn;
    void *arg;
};
struct queue {
    struct slot { /* when, beside whom: to compare two needs neither event */
        int64_t at;
        uint64_t order;
        struct event *event;
    } * slots;
    size_t count, size;
    uint64_t orders;
};
/* Moves it when it waits already. */
void event_set(struct world *w, struct event *e, int64_t delay_us);
void event_stop(struct world *w, struct event *e);
/* Runs events up to and at `until`. */
void world_run(struct world *w, int64_t until);

struct loop {
    struct world *world;
    int64_t boot_offset_us, wall_offset_us;
    int64_t drift_ppm;
    int64_t paused_until; /* virtual us: the process is stopped (SIGSTOP) */
    size_t timers;        /* open ones: none may outlive its hub */
};

/* ---- sim_db.c: the one database ---- */
struct commit {
    struct arena arena;
    struct turn_rows rows; /* deep copies */
    int64_t at_us;
};
struct version { /* of a ticket, for sim_access.c */
    struct version *older;
    const struct ticket_row *row;
    int64_t rev;
    bool known;
    uint32_t readers;
};
struct seen { /* what a hub held when it was compared with the row: a fingerprint */
    const void *row;
    uint64_t print;
};
struct cell { /* the newest version of a row, by its key */
    struct str key;
    const void *row;
    struct seen seen[NODES_MAX];
    int64_t rev;
    size_t number;            /* of a directory row: its name's; 0: nobody asked */
    struct version *versions; /* of a ticket, newest first, in whole worlds */
    struct cell *prev, *next; /* in db.open: tickets whose clocks run, the newest row first */
    UT_hash_handle hh;
};
struct jti_cell {
    struct record_id jti;
    int64_t seq;
    UT_hash_handle hh;
};
struct session; /* a server process of the database */
struct waiter { /* for the standby */
    struct waiter *next;
    size_t upto; /* commits */
    void (*fn)(void *arg, bool replicated);
    void *arg;
};
struct db {
    struct world *world;
    struct commit **log; /* commit i made rev i + 1 */
    size_t count, size;
    size_t visible, replicated; /* commits that readers see; that the standby has */
    struct commit **lost;       /* what a fail-over cut off: answers on their way still show it */
    size_t lost_count;
    uint64_t turns; /* that ever came, lost ones too */
    /* tables, as of `visible` */
    struct head head;
    struct cell *entries, *tickets, *beats, *open;
    struct jti_cell *jtis;
    const struct ledger_row **ledger;
    size_t open_count;
    int64_t *revs; /* beside ledger: the turn that wrote it */
    size_t ledger_size;
    /* the lock of the head row */
    struct session *holder, *first, **last;
    struct session *sessions; /* all */
    struct waiter *waiters;
    struct event replicate, come_up, hog;
    bool down, stalled, hogged;
    int64_t clock_offset_ms; /* jumps */
    int64_t accept_clock;
};
void db_open(struct world *w);
void db_close(struct world *w);
int64_t db_clock_ms(const struct world *w);
size_t db_durable(const struct db *db); /* commits that no fault takes away any more */
bool db_is_durable(const struct db *db, int64_t seq);
struct commit *commit_new(const struct db *db, const struct turn_rows *rows);
void commit_free(struct commit *c);
/* Appends, and owns it; not visible yet.  Checks what PostgreSQL's constraints check: a breach is
 * a bug. */
void db_append(struct world *w, struct commit *c);
void db_show(struct db *db); /* all that was appended becomes visible */
void db_await_standby(struct db *db, struct waiter *waiter);
void db_forget_waiter(struct db *db, const struct waiter *waiter);
void db_cancel_waits(struct db *db); /* the server gives up waiting: visible, not replicated */
void db_stall(struct db *db, bool stalled); /* the standby hangs */
void db_restart(struct world *w, bool failover, int64_t down_us);
void db_restore(struct world *w, size_t commits);
bool db_spoil(struct world *w);                 /* false: there is no open ticket */
void db_set_hogged(struct db *db, bool hogged); /* somebody else holds the head */
void db_grant(struct db *db);                   /* the lock to the next in line, if it is free */

/* ---- sim_rows.c: deep copies ---- */
void rows_copy(struct arena *arena, const struct turn_rows *from, struct turn_rows *to);
/* Is what the turn says was owed before what the database holds (NULL: nothing)? */
bool rows_was_right(const struct ticket_row *held, const struct ticket_row *t);
void rows_sort(struct entry_row *rows, size_t count); /* as sql/queries/changed_entries.sql */
void record_copy(struct arena *arena, const struct record *from, struct record *to);

/* ---- sim_store.c, sim_tail.c: store/turn.h and store/tail.h on it ---- */
void sim_store_cut(struct turn_store *ts);          /* the connection is lost */
void sim_store_db_gone(struct world *w);            /* all connections are */
void sim_tail_cut(struct tail *t, int64_t away_us); /* and a little longer ... */
void sim_tail_may_come(struct tail *t);             /* ... but not from here on */
void sim_tail_notify(struct tail *t, int64_t seq);

/* ---- sim_process.c: a hub's process ---- */
struct process {
    struct world *world;
    int id;
    bool up, dying, draining;
    bool cut;       /* no way to the database */
    bool stopped;   /* it said that it must not go on */
    bool must_look; /* its lock showed more rows than may be told in order */
    uint64_t life;  /* how often it started */
    struct loop loop;
    struct log log;
    struct metrics *metrics;
    struct turn_store *store;
    struct tail *tail;
    struct turn *turn;
    struct hub hub;    /* in a whole world: it holds store, tail and turn */
    struct event stop; /* it says that it is done */
    int64_t back_in;   /* after that */
    int64_t told;      /* what this life was told last */
    bool paging;       /* too far behind: told in pages */
    int64_t reloaded;  /* readers start anew from there: no tickets come with rows up to it */
    struct event start;
    size_t submissions; /* in its hands */
    struct head
        compared; /* its memory was, at this head of the tables; zero: not since it loaded */
};
struct process *process_of(struct loop *loop);
void process_open(struct world *w, struct process *n, int id);
void process_start(struct process *n);
void process_crash(struct process *n, int64_t back_in_us); /* < 0: stays away */
void process_drain(struct process *n, int64_t back_in_us);
bool process_is_calm(const struct process *n); /* nothing out, memory is the truth */

/* ---- sim_office.c: who there is ---- */
struct person { /* a member or a source */
    struct str agency, id;
    unsigned roles; /* of a member */
    bool source;
    struct kid kid;
    struct secret_key key;
    struct public_key jwk;
    struct hash secret;
    int64_t skew_ms;
    int64_t beats_from, beats_until; /* virtual us: a source that beats, between silences */
};
extern const char *const OFFICE_AGENCIES[SIM_AGENCIES];
extern const char *const OFFICE_CATEGORIES[3];
void office_open(struct world *w);  /* names and keys */
void office_begin(struct world *w); /* genesis by hub 0, then everybody enrols */

/* ---- sim_client.c: what people send, until it is answered ---- */
struct answer_to { /* a record */
    enum err code;
    int64_t seq, at, retry_ms;
    const char *text;
};
enum draft_state { DRAFT_WAITS, DRAFT_OUT, DRAFT_POSTED, DRAFT_REFUSED };
struct sending;
struct draft {
    struct world *world;
    struct event retry; /* the next time that it is sent */
    struct record record;
    const struct person *author;
    struct str jws;
    struct hash sha256;
    UT_hash_handle hh; /* of world.by_jti */
    enum typ typ;
    enum draft_state state;
    enum err refusal;
    bool poison, forged; /* nobody stores it */
    size_t index;        /* in world.drafts */
    int64_t sendings;    /* how often it was sent */
    int64_t seq, at;     /* posted */
    uint64_t turn;       /* that appended it last */
    int64_t born, answered;
};
void client_post(struct world *w, const struct person *p, const struct record *r, bool poison);
/* Receipts and beats: nobody waits for an answer.  `s` is the client's from here on. */
void client_hint(struct world *w, struct process *n, struct submission *s);
struct submission *submission_new(enum submit what);
void submission_free(struct submission *s);
/* An up and loaded hub by chance, NULL: none. */
struct process *client_hub(struct world *w);
void draft_heard(struct draft *d, const struct answer_to *answer);
bool draft_is_poison(struct record_id jti);
struct draft *draft_find(struct world *w, struct record_id jti); /* NULL: nobody here wrote it */
void client_close(struct world *w);

/* ---- sim_net.c: links, and net/net.h on them ---- */
struct message;
struct client;
struct way { /* parcels in one direction */
    struct parcel *first, **last;
    struct event event;
    int64_t there; /* when the last one is */
};
struct link {
    struct world *world;
    struct link *next, **prev;
    struct client *client; /* NULL: he left */
    struct draft *draft;   /* of an HTTP request */
    struct net *net;       /* NULL: the hub's side is over */
    struct session_id id;
    struct address address;
    void *user;
    int64_t latency_us;
    struct way up, down;
    struct event drained;
    size_t waiting;
    bool http, asked, open, closing, lost, crowded;
};
struct link *link_open(struct world *w, struct process *n, bool http);
void link_say(struct link *l, struct str text);
void link_lose(struct link *l);
void link_close(struct link *l);
void link_sleep(struct link *l, int64_t us);
void link_flush(struct link *l);

/* ---- sim_wire.c: what hubs say ---- */
enum hop {
    HOP_HELLO,
    HOP_WELCOME,
    HOP_POSTED,
    HOP_REFUSED,
    HOP_RECORD,
    HOP_STATE,
    HOP_RESET,
    HOP_LIVE,
    HOP_MARK,
    HOP_GONE,
    HOP_RECEIPT,
    HOP_END,
    HOP_BYE,
    HOP_COUNT
};
struct message {
    unsigned refs;
    struct blob *blob;
    size_t bytes;
    enum hop op;
    enum err code;
    int64_t ref, seq, at, head, sent, retry_ms;
    struct ticket_id ticket; /* that it is about; none: all zero */
    struct hash jws;         /* of what it shows */
    int64_t ticket_seq;      /* of the ticket that it shows; 0: it shows none */
    size_t entry;            /* of the directory: its number; 0: it shows none */
    bool is_of;
    char nonce[POSKO_NONCE_CHARS + 1], why[16];
};
/* Borrowed until the next call. */
struct message *message_of(struct world *w, struct blob *blob);
void message_free(struct message *m); /* one reference; NULL allowed */
void messages_forget(struct world *w);
void wire_log_in(struct link *l, const struct person *p, const char *nonce);
/* A hub sends it: may it be said, now and to him? */
void check_sent(struct process *n, const struct link *l, const struct message *m);

/* ---- sim_access.c: sets of people ---- */
uint32_t access_ticket(const struct world *w, struct ticket_id id, int64_t rev);
uint32_t access_row(const struct world *w, const struct ledger_row *row, int64_t rev);
uint32_t access_row_always(const struct world *w, const struct ledger_row *row);

/* ---- sim_reader.c: people at their screens ---- */
enum { HISTORY_REF = 1000000000 };
void readers_open(struct world *w);
void readers_close(struct world *w);
void client_hears(struct client *c, const struct message *m);
void client_lost(struct client *c, int code);
void client_answered(struct draft *d, const struct message *m); /* by HTTP */
const struct person *client_person(const struct client *c);
/* By his session, if he is logged in somewhere. */
bool client_send_draft(struct draft *d);
void client_beat(struct world *w, const struct person *p);
struct ticket_id client_history_of(const struct client *c, int64_t ref);
bool readers_are_there(const struct world *w); /* all live */
void check_readers(struct world *w);

/* ---- sim_deed.c: what they do next ---- */
void deed_open(struct world *w);
void deed_close(struct world *w);
const struct person *deed_person(struct world *w, struct str agency, unsigned roles);
void deed_note_ending(struct world *w, struct ticket_id id);
bool deed_is_ending(struct world *w, struct ticket_id id);

/* ---- sim_flood.c: what very many say at once ---- */
void flood_open(struct world *w);
bool flood_has(const struct ticket *t);
void flood_end(struct world *w);
void flood_close(struct world *w);

/* ---- sim_fault.c ---- */
enum fault_kind {
    FAULT_CRASH,
    FAULT_DRAIN,
    FAULT_PAUSE,
    FAULT_CUT,
    FAULT_BREAK,    /* connections lost at steps: before COMMIT, at COMMIT */
    FAULT_RESTART,  /* of the database */
    FAULT_FAILOVER, /* to the standby */
    FAULT_STALL,    /* of the standby */
    FAULT_CANCEL,   /* waits for the standby are cancelled */
    FAULT_CLOCK,    /* of the database jumps */
    FAULT_NOTIFY,   /* is lost */
    FAULT_NET,      /* between clients and hubs */
    FAULT_SLOW,
    FAULT_HOG,    /* somebody holds the head */
    FAULT_POISON, /* records that the database refuses */
    FAULT_CURSE,  /* clocks that it refuses */
    FAULT_COUNT
};
struct window {
    int64_t from, until; /* virtual us; allowance included */
};
void fault_open(struct world *w);
void fault_schedule(struct world *w); /* spells from now on */
void fault_end(struct world *w);      /* all is mended, for good */
/* Something went wrong that lasts `us`: what was due then may be late. */
void fault_note(struct world *w, int64_t us, int64_t allowance_us);
/* Does PostgreSQL refuse these rows, for a reason that nobody foresaw? */
bool fault_refuses(const struct world *w, const struct turn_rows *rows);
/* Until when what is due at `due_us` must have happened. */
int64_t fault_excuse(const struct world *w, int64_t due_us);

/* ---- sim_check.c: the promises ---- */
struct promise_cell {
    struct str key;
    int64_t step;
    UT_hash_handle hh;
};
void check_append(struct world *w, const struct turn_rows *rows); /* a commit arrives */
void check_answer(const struct process *n, const struct draft *d, const struct answer_to *a);
void check_told(struct process *n, const struct news *news);
void check_ledger(struct world *w); /* O0 E0 over what is durable and new */
enum memory { MEMORY_CHANGED, MEMORY_ALL, MEMORY_ANEW };
/* Equals the tables, where both are the same turn's.  Changed: tickets that were written, and
 * entries of the directory that changed in memory, since it was compared last; an entry that memory
 * missed is found by All.  All: but what is byte for byte as it was when it was compared with the
 * same row is not written and compared again.  Anew: it is. */
void check_memory(struct process *n, enum memory which);
void check_end(struct world *w);
void check_close(struct world *w);
/* Says which promise is broken, the seed, the command; ends the program. */
_Noreturn void broken(const struct world *w, const char *promise, const char *format, ...)
    PRINTF_LIKE(3, 4);
void say_trace(const struct world *w, const char *format, ...) PRINTF_LIKE(2, 3);
#define trace(w, ...) ((w)->tracing ? say_trace((w), __VA_ARGS__) : (void)0)

/* ---- one run ---- */
struct ending { /* a ticket that somebody wants to close or merge: the others leave it, a while */
    struct ticket_id id;
    int64_t until;
};
struct world {
    uint64_t seed;
    struct rng rng;
    int64_t now; /* virtual us */
    struct queue queue;
    struct db db;
    struct process nodes[NODES_MAX];
    int node_count;
    struct hub_identity identity;
    struct arena arena;              /* what lives as long as the world */
    bool tracing, sync, busy, quiet; /* quiet: nobody says anything new */
    int64_t usual_us;                /* a step at the database takes about this */
    int64_t skew_ms;                 /* of the database's clock, within what is believed */

    struct person people[SIM_MEMBERS + SIM_SOURCES];
    size_t people_count;
    struct draft **drafts;
    size_t draft_count, draft_size, open_drafts;
    struct draft *by_jti;
    struct sending *sendings; /* on their way, or in a hub's hands */
    bool whole;               /* hubs with sessions */
    bool many_places;         /* in the directory */
    bool doomed;              /* the end of the ledger: every hub must stop itself */
    struct config config;
    struct link *links;
    struct client *clients[SIM_MEMBERS + SIM_SOURCES];
    size_t client_count;
    struct directory_name *directory;
    struct message *lately[MESSAGES]; /* by their text: most are said to many, by all hubs */
    struct message *said;             /* the last one, of this blob */
    struct blob *said_blob;
    struct event wind; /* that blows on links */
    uint64_t jtis;
    int64_t think_us;   /* between two deeds of all together */
    int64_t held_at;    /* all clocks are held for the last look; 0: they run */
    size_t tickets_max; /* open ones: with more, people rather finish some */
    size_t drafts_max;  /* unanswered ones: with more, people wait */
    int64_t flood_most; /* how many say at once what all notice; 0: nothing like that happens */
    struct ending ending[ENDING];
    struct event deed, beat, calm, rise, ebb, places;

    bool may[FAULT_COUNT], on[FAULT_COUNT];
    struct event faults[FAULT_COUNT], spell;
    int64_t fault_gap_us[FAULT_COUNT];
    bool spell_is_on;
    int64_t healed, cursed_until, refused_at;
    struct window windows[WINDOWS_MAX];
    size_t window_count;
    int64_t ends; /* when faults and deeds are over */

    size_t checked; /* commits */
    int64_t last_at;
    struct promise_cell *steps;
    size_t lapses, silents;
    size_t fault_counts[FAULT_COUNT];
    uint64_t messages;
};
struct figures {
    uint64_t seeds, whole, tickets, records, lapses, turns, faults, messages;
    int64_t virtual_us;
};
void world_play(uint64_t seed, bool tracing, struct figures *figures);

#endif
