---@meta
-- Executors: where steps and services run.

---Where a step runs: made by `container` or `ssh`.
---@class baton.Executor

---@class baton.Container
---@field image baton.Text Its name, or what it is made of: `"./folder"`, `"./file.tar"`.
---@field engine? "docker"|"podman" Default: the one that there is; Docker where `DOCKER_HOST` is set.
---@field user? baton.Text `NAME`, `UID` or `UID:GID`; default: whoever runs Baton.
---@field network? baton.Text Default `"host"`: services are at `127.0.0.1`, as at home; `"none"`, or a network's name.
---@field publish? table<string, integer> Of a service: the ports at which it listens there, `{ http = 80 }`.
---@field mounts? baton.Text|baton.Text[] Further files: `"/outside"`, `"/outside:/inside"`, `"/outside:/inside:ro"`.
---@field pids? integer How many processes at most.
---@field pull? "missing"|"always"|"never" When the image is fetched; default `"missing"`.

---A container that is made for each attempt and removed behind it; a service stays in its own, and what it runs for its
---probes, `setup` and `teardown` runs there too. The project's folder is there under its own path, and `cwd`, `env`,
---`stdin`, `$BATON_OUTPUT`, `$BATON_EVENTS`, signals, exit codes and timeouts are as at home; nothing else of this
---machine's environment is. What a step asks for as `resources` is what it gets: `cpu`, `memory`.
---
---A service whose program has a port of its own says `ports = "sql"` and `publish = { sql = 5432 }`: then the container
---has the engine's network in place of this machine's, `$BATON_PORT_SQL` is 5432 there, and `service.port.sql` is the
---port of `127.0.0.1` that leads to it, chosen for the run as all ports of services are.
---
---An image that begins as a path does, with `./`, `../` or `/`, is made here: of a folder with a `Containerfile` or
---`Dockerfile`, of such a file, of what `podman save` or `docker save` wrote, or of a tar of a machine's files. It is
---made once for the same contents, in a step's log, and other contents make the step other work; what `.dockerignore`
---leaves out and `.git` do not count. `podman image prune --all --filter label=baton.image` removes what was built.
---With `pull`, a build looks for what it begins `FROM`; `"always"` builds again.
---```lua
---step "test" {
---  run = "make test",
---  executor = container { image = "gcc:14", pull = "never" },
---  resources = { cpu = 2, memory = "1G" },
---  failover = { { executor = "local" } },
---}
---```
---@param fields baton.Text|baton.Container
---@return baton.Executor
function container(fields) end

---@class baton.SSH
---@field host baton.Text As `ssh` takes it: a name of its configuration, of DNS, or an address.
---@field user? baton.Text
---@field port? integer|baton.Text
---@field identity? baton.Text The file of a private key; relative to the folder of the file.
---@field config? baton.Text A configuration in place of `~/.ssh/config`; relative to the folder of the file.
---@field folder? baton.Text Where it runs there; default: a folder made for the attempt and removed behind it.
---@field shared? boolean The host has the same files at the same paths: none are sent.

---Another host, which OpenSSH's client reaches without asking anybody: with a key of `identity`, an agent, or its
---configuration. What a step declares as `inputs` goes there before it, what it declares as `outputs`, `artifacts` and
---`results` comes back behind it; all of them lie below its `cwd`. `env`, `stdin`, `$BATON_OUTPUT`, `$BATON_EVENTS`,
---signals, exit codes and timeouts are as at home. The ports of a service there are forwarded: it is at `127.0.0.1`.
---```lua
---step "build" {
---  run = "make dist",
---  executor = ssh { host = "build1.invalid", user = "ci" },
---  inputs = { "src/**", "Makefile" },
---  outputs = { "dist/app.tar.gz" },
---  cache = false,
---  failover = { { executor = "local", run = "mkdir -p dist && touch dist/app.tar.gz" } },
---}
---```
---@param fields baton.Text|baton.SSH
---@return baton.Executor
function ssh(fields) end
