-- The tickets that hubs do not hold in memory, of the rows of read_ledger.sql.
select id, seq, rev, no, exercise, state, "into", doc from ticket
    where state in ('closed', 'merged') and id in (
        select ticket from ledger where seq > $1::bigint and seq <= $2::bigint
            order by seq limit $3::bigint)
