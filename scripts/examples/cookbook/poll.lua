-- Ask again and again until the answer is yes
-- And no longer than it can become yes: exit code 2 says that it never will.
local poll = require "baton.poll"

-- Something that goes on beside.
step "job" { run = "echo queued > job.state; sleep 0.2; echo done > job.state" }

step "ready" (poll.step {
  run = [[state=$(cat job.state 2> /dev/null); [ "$state" != lost ] || exit 2; [ "$state" = done ] ]],
  failed = 2,
  interval = "50ms",
  deadline = "30s",
})
