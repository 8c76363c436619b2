-- Go on with a long computation where it was cut off
-- What an attempt wrote last as its checkpoint comes back to the next one, also after a crash of the machine.
step "train" {
  retry = 3,
  run = [[
    epoch=${BATON_CHECKPOINT:-0}
    while [ "$epoch" -lt 4 ]; do
      epoch=$((epoch + 1))
      echo '{"checkpoint":'$epoch',"progress":'$(awk "BEGIN { print $epoch / 4 }")'}' >> "$BATON_EVENTS"
      if [ "$epoch" = 2 ] && [ ! -e crashed ]; then touch crashed; echo "power failure"; exit 1; fi
      echo "epoch $epoch"
    done
  ]],
}
