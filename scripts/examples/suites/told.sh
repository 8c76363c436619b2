#!/bin/sh
# Runs a suite and keeps what its runner says of it, to be compared with what was counted.
#
#   told.sh LOG PATTERN FAILED COMMAND ARGUMENTS…
#
# What the command prints goes to the step's output and to LOG; what of it matches PATTERN becomes the step's value
# `told`, a line for each match. The exit code FAILED means that tests failed, which is for a gate to judge; any other is a broken suite.
set -u
log=$1 pattern=$2 failed=$3
shift 3
mkdir -p "${log%/*}"
{ "$@"; echo $? > "$log.code"; } 2>&1 | tee "$log"
code=$(cat "$log.code")

quoted=$(grep -aoE -e "$pattern" "$log" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/[[:cntrl:]]//g' | sed 's/$/\\n/' | tr -d '\n')
printf '{"told":"%s"}\n' "$quoted" >> "$BATON_OUTPUT"
[ "$code" -eq 0 ] || [ "$code" -eq "$failed" ]
