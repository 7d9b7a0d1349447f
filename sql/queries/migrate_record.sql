-- A file was applied.
insert into migration (no, name, sha256) values ($1::bigint, $2::text, $3::text)
