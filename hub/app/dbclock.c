#include "app/dbclock.h"

static bool near(int64_t a, int64_t b)
{
    return a - b <= DBCLOCK_JUMP_MS && b - a <= DBCLOCK_JUMP_MS;
}

static void believe(struct dbclock *c, const struct dbclock_reading *now)
{
    c->at = now->db;
    c->boot = now->boot;
    c->held = false;
    c->agree_since = 0;
}

static int64_t first_reading(struct dbclock *c, const struct dbclock_reading *now)
{
    c->based = true;
    c->accepted = now->accept;
    believe(c, now);
    if (!near(now->db, now->wall)) {
        c->held = true;
        c->at = now->db < now->wall ? now->db : now->wall;
    }
    return c->at;
}

int64_t dbclock_read(struct dbclock *c, const struct dbclock_reading *now)
{
    if (!c->based)
        return first_reading(c, now);
    int64_t expected = dbclock_estimate(c, now->boot);
    bool told_to = now->accept > c->accepted;
    c->accepted = now->accept;
    if (told_to || near(now->db, expected)) {
        believe(c, now);
        return c->at;
    }
    c->held = true;
    if (!near(now->db, now->wall))
        c->agree_since = 0;
    else if (c->agree_since == 0)
        c->agree_since = now->boot;
    else if (now->boot - c->agree_since >= DBCLOCK_AGREE_MS)
        believe(c, now);
    return dbclock_estimate(c, now->boot);
}

int64_t dbclock_estimate(const struct dbclock *c, int64_t boot)
{
    return c->based ? c->at + (boot - c->boot) : 0;
}
