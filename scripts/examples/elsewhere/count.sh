# How many different words a file has.
tr ' ' '\n' < "$1" | sort -u | wc -l | tr -d ' '
