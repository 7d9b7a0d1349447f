-- Has this database a schema at all, and is its text UTF-8?
select to_regclass('migration') is not null, current_setting('server_encoding') = 'UTF8'
