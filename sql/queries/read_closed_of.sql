-- Ticket $1, when hubs do not hold it in memory.
select id, seq, rev, no, exercise, state, "into", doc from ticket
    where state in ('closed', 'merged') and id = $1::uuid
