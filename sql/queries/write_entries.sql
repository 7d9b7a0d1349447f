-- The turn's directory rows.  $1 the turn
insert into directory (rev, kind, id, seq, doc)
    select $1::bigint, n.* from unnest($2::text[], $3::text[], $4::bigint[], $5::json[]) as n
    on conflict (kind, id) do update set rev = excluded.rev, seq = excluded.seq, doc = excluded.doc
