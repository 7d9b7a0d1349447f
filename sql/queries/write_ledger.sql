-- The turn's records.  $1 the turn
-- unnest stands in the list, here and below: in `from` each of its arrays would be copied first.
insert into ledger
        (rev, seq, at, typ, kind, iss, act, kid, jti, ticket, admins, sha256, leaf, jws)
    select $1::bigint, unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::text[]),
        unnest($5::text[]), unnest($6::text[]), unnest($7::text[]), unnest($8::text[]),
        unnest($9::uuid[]), unnest($10::uuid[]), unnest($11::text[]), unnest($12::bytea[]),
        unnest($13::bytea[]), unnest($14::text[])
