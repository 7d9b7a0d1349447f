-- Only a wake-up: what is told is read from the ledger.  $1 the head's seq
select pg_notify('posko', $1::bigint::text)
