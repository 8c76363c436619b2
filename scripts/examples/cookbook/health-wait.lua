-- Wait until a server is healthy
-- The server is a step that runs beside the others until it is told to stop; what a step starts ends with it.
local health = require "baton.health"

local port = step "port" {
  shell = { "python3", "-c" },
  run = [[
import os, socket
with socket.socket() as free, open(os.environ["BATON_OUTPUT"], "a") as out:
    free.bind(("127.0.0.1", 0))
    out.write("number=%d\n" % free.getsockname()[1])
]],
}

step "server" {
  env = { PORT = port.out.number },
  run = [[
    rm -f stop && mkdir -p site && echo hello > site/index.html
    python3 -m http.server "$PORT" --bind 127.0.0.1 --directory site &
    until [ -e stop ]; do sleep 0.05; done
  ]],
  timeout = "1m",
}

local healthy = step "healthy" (health.http {
  url = "http://127.0.0.1:" .. port.out.number .. "/", interval = "100ms", contains = "hello",
})

step "stop" { depends = healthy, when = "finished", run = "touch stop" }
