-- All directory rows in the order of their key, $3 after ($1, $2).
select kind, id, seq, doc, rev
    from directory where (kind, id) > ($1::text, $2::text) order by kind, id limit $3::bigint
