-- Tickets that turns after $1 wrote; behind them those asked for ($2), and what these were merged
-- into: 256 merges far, where core/decide_ask.c gives up.
with recursive asked(id, merges) as (
    select unnest($2::uuid[]), 0
    union
    select t."into", a.merges + 1
        from asked a join ticket t on t.id = a.id where t."into" is not null and a.merges < 256
)
(select id, seq, rev, no, exercise, state, "into", doc
    from ticket where rev > $1::bigint order by rev, id)
union all
(select id, seq, rev, no, exercise, state, "into", doc
    from ticket where id in (select id from asked) and rev <= $1::bigint)
