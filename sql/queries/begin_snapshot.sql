-- A look or a load: everything from one moment.
begin isolation level repeatable read
