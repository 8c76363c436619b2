#!/bin/sh
# Whether at least four of each of three articles were sold, by the database that DATABASE_URL names.
test "$(psql -X -At -d "$DATABASE_URL" -c "select count(*) from
  (select article from sales group by article having count(*) >= 4) as well_sold")" = 3
