-- What is owed no longer.
delete from obligation o using (
        select unnest($1::uuid[]) as inc, unnest($2::text[]) as agency, unnest($3::text[]) as what,
            unnest($4::text[]) as about) as gone
    where (o.inc, o.agency, o.what, o.about) = (gone.inc, gone.agency, gone.what, gone.about)
