#include "app/dbclock.h"

/* Is the reading, which may be `age` old, within 5 s of a clock that shows `low` to `high` now? */
static bool near(int64_t db, int64_t age, int64_t low, int64_t high)
{
    return db >= low - age - DBCLOCK_JUMP_MS && db <= high + DBCLOCK_JUMP_MS;
}

static int64_t age_of(const struct dbclock_reading *now)
{
    return now->boot - now->asked;
}

static void take(struct dbclock *c, int64_t at, const struct dbclock_reading *now)
{
    c->at = at;
    c->boot = now->boot;
    c->age = age_of(now);
}

static void believe(struct dbclock *c, const struct dbclock_reading *now)
{
    take(c, now->db, now);
    c->held = false;
    c->agree_since = 0;
}

static int64_t first_reading(struct dbclock *c, const struct dbclock_reading *now)
{
    c->based = true;
    c->accepted = now->accept;
    believe(c, now);
    if (!near(now->db, age_of(now), now->wall, now->wall)) {
        c->held = true;
        c->at = now->db < now->wall ? now->db : now->wall;
    }
    return c->at;
}

/* It is as expected.  A slow answer says no more than that: the base before is better. */
static void confirm(struct dbclock *c, const struct dbclock_reading *now)
{
    if (age_of(now) <= DBCLOCK_EXACT_MS || age_of(now) <= c->age)
        take(c, now->db, now);
    c->held = false;
    c->agree_since = 0;
}

int64_t dbclock_read(struct dbclock *c, const struct dbclock_reading *now)
{
    if (!c->based)
        return first_reading(c, now);
    int64_t expected = dbclock_estimate(c, now->boot);
    bool told_to = now->accept > c->accepted;
    c->accepted = now->accept;
    if (told_to) {
        believe(c, now);
        return c->at;
    }
    if (near(now->db, age_of(now), expected, expected + c->age)) {
        confirm(c, now);
        return dbclock_estimate(c, now->boot);
    }
    c->held = true;
    if (!near(now->db, age_of(now), now->wall, now->wall))
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
