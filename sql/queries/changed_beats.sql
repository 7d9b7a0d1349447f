-- Beats that turns after $1 wrote.
select agency, source, first, last, silent from beat where rev > $1::bigint
