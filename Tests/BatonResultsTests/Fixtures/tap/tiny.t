ok 1 - catches
ok 2 - returns
not ok 3 - returns
ok 4
ok 5 - returns
1..5
