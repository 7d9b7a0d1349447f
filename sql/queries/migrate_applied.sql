-- What was applied, in order.
select no, name, sha256 from migration order by no
