-- A synchronous commit of this hub's own behind what it loaded.  $1 hub
insert into hubs as h (name, told) values ($1::text, 0)
    on conflict (name) do update set at = excluded.at
