---@meta
-- Pools: things of which steps lease one each, over all runs of a project.

---What `pool` gives: it stands in `lease` of steps.
---@class baton.Pool

---One of a pool. Fields of other names are what it is: texts, numbers, booleans.
---@class baton.PoolMember
---@field name string
---@field units? integer How many leases it takes at once; default 1.
---@field priority? integer Those with more are leased first.
---@field [string] string|number|boolean

---@class baton.PoolFields
---@field members (string|baton.PoolMember)[]
---@field check? baton.Probe `probe.command`, done before a member is handed over, with its variables.
---@field pick? "least_used"|"best_fit"|"first" Which of the free ones; default `"least_used"`.
---@field quarantine? baton.Duration From a failed check to the next, doubled each time; default 30 s.

---What a step asks of a pool, which stands first.
---@class baton.Lease
---@field [1] baton.Pool
---@field wants? table<string, string|number|boolean> Numbers: at least so much; all else: just so.
---@field ttl? baton.Duration How long a lease lasts that nobody renews; default 60 s, renewed while the step runs.
---@field wait? baton.Duration How long a step waits for a member; default: as long as its timeout.
---@field affinity? string Whoever served this one last is taken where it is free.

---Things of which a step has one while it runs: `lease = device`. Nobody else has it then, in no run of the project.
---Its name, its fields and the number of the lease (a fencing token) are in the step's environment.
---```lua
---local device = pool "device" {
---  members = { { name = "pixel", serial = "A17", ram = 8 }, { name = "nexus", serial = "B02", ram = 4 } },
---  check = probe.command [[test -n "$LEASE_DEVICE_SERIAL"]],
---}
---step "test" {
---  lease = { device, wants = { ram = 6 } },
---  run = [[echo "$LEASE_DEVICE $LEASE_DEVICE_SERIAL $LEASE_DEVICE_TOKEN"]],
---}
---```
---@overload fun(name: string): fun(fields: baton.PoolFields): baton.Pool
---@param name string
---@param fields baton.PoolFields
---@return baton.Pool
function pool(name, fields) end
