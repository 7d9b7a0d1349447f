-- Written by every turn, also by one of nothing but repeats: its COMMIT waits for disk and standby.
-- The others wake up; what they tell they read from the ledger.
update head set seq = $1::bigint, at = $2::bigint, rev = $3::bigint, no = $4::bigint,
    no_exercise = $5::bigint
    returning pg_notify('posko', seq::text)
