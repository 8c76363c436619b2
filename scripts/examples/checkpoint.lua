-- A long computation that says how far it is and where to go on from. Kill it at any moment, also with `kill -9`:
-- `baton resume` carries it on after the last epoch that it finished, and reruns nothing that succeeded.
--
--   baton run checkpoint.lua -p epochs=100

workflow "checkpoint" {
  description = "Trains, with progress and checkpoints",
  params = {
    epochs = param.integer { default = 5, min = 1 },
    pause = param.number { default = 0.05, min = 0, description = "Seconds an epoch" },
  },
}

local prepare = step "prepare" { run = [[echo "rows=60000" >> "$BATON_OUTPUT"]] }

local train = step "train" {
  env = { EPOCHS = params.epochs, PAUSE = params.pause, ROWS = prepare.out.rows },
  run = [[
    epoch=${BATON_CHECKPOINT:-0}
    echo "$ROWS rows, $EPOCHS epochs, $epoch of them done before"
    while [ "$epoch" -lt "$EPOCHS" ]; do
      sleep "$PAUSE"
      epoch=$((epoch + 1))
      echo "epoch $epoch"
      part=$(awk "BEGIN { print $epoch / $EPOCHS }")
      echo '{"checkpoint":'"$epoch"',"progress":'"$part"',"text":"epoch '"$epoch"'"}' >> "$BATON_EVENTS"
    done
    echo "epochs=$epoch" >> "$BATON_OUTPUT"
  ]],
}

step "report" { run = "echo trained on " .. prepare.out.rows .. " rows for " .. train.out.epochs .. " epochs" }
