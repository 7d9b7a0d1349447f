-- Directory rows that turns after $1 wrote.
select kind, id, seq, doc from directory where rev > $1::bigint order by seq, id
