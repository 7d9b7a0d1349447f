-- Tickets that turns after $1 wrote; behind them those asked for ($2), and what these were merged
-- into.  They come merge by merge, so the limit leaves 256 merges of each; core/decide_ask.c gives
-- up there.
with recursive asked(id) as (
    select unnest($2::uuid[])
    union
    select t."into" from asked a join ticket t on t.id = a.id where t."into" is not null
)
(select id, seq, rev, no, exercise, state, "into", doc
    from ticket where rev > $1::bigint order by rev, id)
union all
(select id, seq, rev, no, exercise, state, "into", doc from ticket
    where id in (select id from asked limit 257 * cardinality($2)) and rev <= $1::bigint)
