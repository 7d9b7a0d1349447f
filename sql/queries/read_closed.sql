-- The ended tickets of the rows of read_ledger.sql: hubs hold only the latest of them in memory.
select id, seq, rev, no, exercise, state, "into", doc from ticket
    where state in ('closed', 'merged') and id in (
        select ticket from ledger where seq > $1::bigint and seq <= $2::bigint
            order by seq limit $3::bigint)
