-- What fails is tried again, from where it got to; what keeps failing is done another way.
--
--   baton run retry-failover.lua && baton show

workflow "retry-failover" {
  description = "Retries with backoff, checkpoints and a fallback",
  shell = { "/bin/bash", "-euc" },
}

-- Breaks down on the way, and goes on after the last file that it has copied: the checkpoint of an attempt comes back
-- to the next one.
local copy = step "copy" {
  retry = { attempts = 5, backoff = "100ms", factor = 2, max = "1s", when = { 75, "timeout" } },
  timeout = "30s",
  run = [[
    done_before=${BATON_CHECKPOINT:-0}
    for number in 1 2 3 4 5 6; do
      [ "$number" -gt "$done_before" ] || continue
      if [ "$number" = $((done_before + 3)) ] && [ "$number" -lt 6 ]; then
        echo "connection lost before file $number"
        exit 75
      fi
      echo "copied file $number"
      echo '{"checkpoint":'"$number"',"progress":'"$(awk "BEGIN { print $number / 6 }")"'}' >> "$BATON_EVENTS"
    done
  ]],
}

-- The first address is down, the mirror answers.
local fetch = step "fetch" {
  run = "echo 'main: no answer'; exit 7",
  retry = 1,
  failover = {
    { run = [[echo "source=mirror" >> "$BATON_OUTPUT"]] },
  },
}

-- A failure here is nobody's loss.
step "statistics" { depends = copy, run = "exit 1", allow_failure = true }

step "publish" { depends = copy, run = "echo published what came from " .. fetch.out.source }
