-- The turn's records.  $1 the turn
insert into ledger
        (seq, at, typ, kind, iss, act, kid, jti, ticket, admins, sha256, leaf, jws, rev)
    select n.*, $1::bigint from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[],
        $6::text[], $7::text[], $8::text[], $9::uuid[], $10::uuid[], $11::text[], $12::bytea[],
        $13::bytea[], $14::text[]) as n
