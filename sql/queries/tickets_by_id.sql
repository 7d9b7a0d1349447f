-- Tickets $1, whatever their state.
select id, seq, rev, no, exercise, state, "into", doc from ticket where id = any($1::uuid[])
