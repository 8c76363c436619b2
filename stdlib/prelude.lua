-- The words of the language. Runs once, before the script, with the host's functions at hand: what is said here is
-- syntax; what it means is decided in Swift (Sources/BatonLua).

local host, sandbox, seal, unseal = host, sandbox, host.seal, host.unseal
local error, getmetatable, ipairs, next, pairs, pcall, rawget, setmetatable, tonumber, type, xpcall =
  error, getmetatable, ipairs, next, pairs, pcall, rawget, setmetatable, tonumber, type, xpcall
local concat, find, pack, tostring = table.concat, string.find, table.pack, tostring

-- Raises at the script's own line.
local function raise(message) error(host.where() .. message, 0) end

local function sealed(what)
  return function(_, name) raise(what .. " can't be changed (" .. host.quote(name) .. ")") end
end

-- The same value in tables of its own: what one file does to them reaches no other.
local function copied(value)
  if type(value) ~= "table" or unseal(value) then return value end
  local copy = {}
  for key, part in pairs(value) do copy[key] = copied(part) end
  return copy
end

-- A table as everybody may see it and nobody may change it, with the tables in it.
local views = setmetatable({}, { __mode = "k" })

local function closed(value, what)
  if type(value) ~= "table" then return value end
  local meta = getmetatable(value)
  -- Objects keep themselves.
  if meta ~= nil and (type(meta) ~= "table" or not meta.__call) then return value end
  local view = views[value]
  if not view then
    view = setmetatable({}, host.close({
      __index = function(_, key) return closed(value[key], what) end,
      __newindex = sealed(what),
      __len = function() return #value end,
      __pairs = function()
        local parts = {}
        for key, part in pairs(value) do parts[key] = closed(part, what) end
        return pairs(parts)
      end,
      __call = meta and function(_, ...) return value(...) end,
      __metatable = what,
    }, value))
    views[value] = view
  end
  return view
end

-- Expressions: values that are known later. The payload is { operator, operands… }.

local Expr = { __baton = "expr", __name = "ref", __newindex = sealed "a ref" }

local function expr(payload) return seal(payload, Expr) end

-- The payload of an expression; false for everything else.
local function is_expr(value)
  local payload, kind = unseal(value)
  return kind == "expr" and payload
end

local function map(self, transform)
  local payload = is_expr(self)
  if not payload then raise "map is called with a colon: ref:map(function(v) … end)" end
  if payload[1] == "secret" then raise "a secret can't be mapped: its value never enters the script" end
  if type(transform) ~= "function" then raise("map takes a function, not " .. host.phrase(transform)) end
  return expr { "map", self, transform }
end

function Expr.__index(self, name)
  local payload = unseal(self)
  local operator = payload[1]
  if operator ~= "ref" and operator ~= "cell" and operator ~= "own" then
    if name == "map" then return map end
    raise(host.unknown(self))
  end
  local longer = {}
  for i = 1, #payload do longer[i] = payload[i] end
  longer[#longer + 1] = name
  return expr(longer)
end

-- `ref:map(f)` arrives here, as the call of the ref `….map` with the ref before it.
function Expr.__call(self, receiver, transform)
  local payload = unseal(self)
  if payload[#payload] == "map" and is_expr(receiver) then return map(receiver, transform) end
  raise(host.unknown(self))
end

function Expr.__concat(left, right)
  local parts = { "concat" }
  for _, side in ipairs { left, right } do
    local payload = is_expr(side)
    if payload and payload[1] == "concat" then
      for i = 2, #payload do parts[#parts + 1] = payload[i] end
    elseif payload or type(side) == "string" or type(side) == "number" then
      parts[#parts + 1] = side
    else
      raise("a ref can't be joined with " .. host.phrase(side))
    end
  end
  return expr(parts)
end

local function needs_value(left, right) raise(host.unknown(is_expr(left) and left or right)) end

for _, operator in ipairs {
  "add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "bnot", "shl", "shr",
  "lt", "le", "eq", "len", "tostring", "pairs", "close",
} do Expr["__" .. operator] = needs_value end

function sandbox.raw(value)
  if is_expr(value) then return expr { "raw", value } end
  if type(value) ~= "string" and type(value) ~= "number" then raise("raw takes a ref, not " .. host.phrase(value)) end
  return value
end

function sandbox.secret(name)
  host.secret(name)
  return expr { "secret", name }
end

-- Lists of tests, dealt out or put in order by what earlier runs tell of them.
function sandbox.shards(count, tests, settings) return expr { "shards", count, tests, settings } end

function sandbox.prioritized(tests, settings) return expr { "prioritized", tests, settings } end

sandbox.cell = expr { "cell" }

function sandbox.ipairs(list, ...)
  if is_expr(list) then needs_value(list) end
  return ipairs(list, ...)
end

function sandbox.tonumber(value, ...)
  if is_expr(value) then needs_value(value) end
  return tonumber(value, ...)
end

-- Handles: what a declaration returns. The payload is the node's number, or its name when it is declared later.

local Handle = { __baton = "handle", __name = "handle", __newindex = sealed "a handle" }

function Handle.__index(self, name)
  if name == "out" then return expr { "ref", (unseal(self)) } end
  if name == "name" then return host.name((unseal(self))) end
  raise(host.no_field((unseal(self)), name))
end

function Handle.__tostring(self) return host.describe((unseal(self))) end

-- In digests of functions a node counts by its name: its number changes with what is declared before it.
function Handle.__digest(payload) return host.name(payload) end

function Expr.__digest(payload)
  if payload[1] ~= "ref" then return payload end
  local named = {}
  for i = 1, #payload do named[i] = payload[i] end
  named[2] = host.name(payload[2])
  return named
end

local function no_value(left, right)
  local payload, kind = unseal(left)
  if kind ~= "handle" then payload = unseal(right) end
  raise(host.describe(payload) .. " is no value: what it emits stands in its field out, such as out.version")
end

for _, operator in ipairs { "concat", "add", "sub", "mul", "div", "lt", "le", "len", "call", "pairs" } do
  Handle["__" .. operator] = no_value
end

local function handle(number) return seal(number, Handle) end

-- Declarations: kind "name" {…}, or kind("name", {…}).

local builders = {}

local function primitive(kind, declare)
  local open, opened = {}, 0
  builders[kind] = open
  sandbox[kind] = function(name, spec)
    if type(name) == "number" then name = host.text(name) end
    if spec ~= nil or type(name) ~= "string" then return declare(name, spec) end
    local ticket = opened + 1
    opened = ticket
    open[ticket] = name
    return function(body)
      open[ticket] = nil
      return declare(name, body)
    end
  end
end

local function node(kind)
  local declare = host[kind]
  primitive(kind, function(name, spec) return seal(declare(name, spec), Handle) end)
end

node "step"
node "parallel"
node "sequence"
node "transaction"
node "gate"
node "call"
node "service"
primitive("notify", host.notify)

-- `service` declares one; within its braces it is that one: service.port.http, service.folder.
do
  local declare_service = sandbox.service
  local own = { folder = true, host = true, port = true }
  sandbox.service = setmetatable({}, host.close {
    __call = function(_, ...) return declare_service(...) end,
    __index = function(_, name)
      if own[name] then return expr { "own", name } end
      raise(host.no_member("service", name, { "folder", "host", "port" }))
    end,
    __newindex = sealed "service",
    __pairs = function() raise "service can't be listed" end,
    __metatable = "service",
  })
end

function sandbox.quarantine(entries) host.quarantine(entries) end

function sandbox.depends(name, spec)
  if spec ~= nil or type(name) ~= "string" then return handle(host.depends(name, spec)) end
  return function(body) return handle(host.depends(name, body)) end
end

-- Calls the function of a matrix for each cell; declarations inside are scoped by the cell. Where `failed` is given, it
-- is told of the cells whose function raises an error, and the others are made all the same.
local function make_cells(matrix, cells, make, failed)
  local depth = host.scope()
  local _ <close> = setmetatable({}, { __close = function() host.leave(depth) end })
  local unknown = { __index = function(_, axis)
    local message = host.no_axis(matrix, axis)
    if message then raise(message) end
  end }
  for number, values in ipairs(cells) do
    host.enter(matrix, number)
    setmetatable(values, unknown)
    if failed then
      local made, fields = xpcall(make, function(message) failed(matrix, number, message) end, values)
      if made then host.cell(matrix, number, fields) end
    else
      host.cell(matrix, number, make(values))
    end
    host.leave(depth)
  end
end

local function cell_failed(matrix, number, message)
  local kind = type(message)
  local is_text = kind == "string" or kind == "number"
  local text = is_text and tostring(message) or "the error is a " .. kind .. " value, not a message"
  host.cell_failed(matrix, number, text)
end

primitive("matrix", function(name, spec)
  local matrix, cells = host.matrix(name, spec)
  if cells then make_cells(matrix, cells, rawget(spec, "step"), cell_failed) end
  return handle(matrix)
end)

-- Values from outside.

local values = {}

primitive("workflow", function(name, spec)
  local patterns
  values, patterns = host.workflow(name, spec)
  for _, rule in ipairs(patterns) do
    local valid, found = pcall(find, rule.value, "^" .. rule.pattern .. "$")
    if not valid or not found then host.mismatch(rule.name, not valid and found or nil) end
  end
end)

sandbox.params = setmetatable({}, host.close {
  __index = function(_, name)
    local value = values[name]
    if value == nil then raise(host.no_param(name)) end
    return copied(value)
  end,
  __newindex = sealed "params",
  __pairs = function() return pairs(copied(values)) end,
  __metatable = "params",
})

local function constructors(names, prefix, make)
  local made = {}
  for _, name in ipairs(names) do made[name] = make(name) end
  return setmetatable({}, host.close {
    __index = function(_, name) return made[name] or raise(host.no_member(prefix, name, names)) end,
    __newindex = sealed(prefix),
    __pairs = function() return pairs(copied(made)) end,
    __metatable = prefix,
  })
end

local Param = { __baton = "param" }

sandbox.param = constructors(
  { "boolean", "enum", "integer", "list", "number", "string", "table" }, "param",
  function(kind)
    return function(spec) return seal({ kind, spec }, Param) end
  end
)

local Probe = { __baton = "probe" }

sandbox.probe = constructors(
  { "command", "http", "log", "sql", "tcp" }, "probe",
  function(kind)
    return function(spec) return seal({ kind, spec }, Probe) end
  end
)

-- Things of which steps lease one: pool "device" { members = {…} }.

local Pool = { __baton = "pool" }

primitive("pool", function(name, spec) return seal({ name, spec }, Pool) end)

sandbox.env = setmetatable({}, host.close {
  __index = function(_, name) return host.env(name) end,
  __newindex = sealed "env",
  __pairs = function() raise "env can't be listed: name the variable, such as env.HOME" end,
  __metatable = "env",
})

-- What baton.json says to scripts in the environment that was chosen: config.url, flags.new_checkout.

local function is_secret(value)
  return type(value) == "table" and type(value.secret) == "string" and next(value) == "secret"
    and next(value, "secret") == nil
end

-- Tables of it raise for names that they do not have.
local function setting(value, what)
  if is_secret(value) then return sandbox.secret(value.secret) end
  if type(value) ~= "table" then return value end
  local parts, made = {}, {}
  for key, part in pairs(value) do
    parts[key] = setting(part, type(key) == "string" and what .. "." .. key or what .. "[" .. key .. "]")
    made[key] = parts[key]
  end
  return setmetatable({}, host.close({
    __index = function(_, key)
      local part = parts[key]
      if part == nil and type(key) == "string" then
        local message = host.no_setting(what, key)
        if message then raise(message) end
      end
      return part
    end,
    __newindex = sealed(what),
    __len = function() return #parts end,
    __pairs = function() return pairs(copied(made)) end,
    __metatable = what,
  }, parts))
end

for name, value in pairs(host.settings()) do sandbox[name] = setting(value, name) end

-- Channels of notifications.

local Channel = { __baton = "channel" }

for _, name in ipairs(host.channels()) do
  sandbox[name] = function(settings) return seal({ name, settings }, Channel) end
end

-- Where a step runs.

local Executor = { __baton = "executor" }

for _, name in ipairs { "container", "pod", "ssh" } do
  sandbox[name] = function(fields) return seal({ name, fields }, Executor) end
end

-- Where the results of a step are read from.

local Source = { __baton = "source" }

local function source(name)
  return function(files) return seal({ name, files }, Source) end
end

for _, name in ipairs(host.formats()) do sandbox[name] = source(name) end

-- What a callback may end with.

function sandbox.halt(reason) host.halt(reason) end

function sandbox.fail(reason) host.fail(reason) end

function sandbox.print(...)
  local texts = pack(...)
  for i = 1, texts.n do texts[i] = tostring(texts[i]) end
  host.print(concat(texts, "\t"))
end

-- Time is that of the run's beginning, in UTC, so that a resumed run reads the same script. Durable bodies put recorded
-- time and chance in its place, also for who has kept `os.time` in a local.

local observed = { date = host.date, time = host.time }
host.observed = observed

sandbox.os = {
  clock = function() return 0.0 end,
  date = function(format, time) return observed.date(format, time) end,
  difftime = function(later, earlier) return later - (earlier or 0) + 0.0 end,
  getenv = function(name) return host.env(name) end,
  time = function(fields) return observed.time(fields) end,
}

-- Modules. Each rock sees only what it is made of, and its own copy of what it could change; the project sees all.

local project = { id = "", loaded = {} }
-- What a rock sees, by the rock and by whose it is: a rock that two others need is loaded for each of them, so that
-- none changes it under the other's hands. The project is one of those, with all of its files.
local rock_views = {}
-- What modules returned, by view and file. Files that are being read.
local shared, loading = {}, {}
local confinement

local requirer

local function view_of(rock, owner)
  local id = owner .. "\0" .. rock
  if not rock_views[id] then
    confinement = confinement or host.confinement()()
    local view = { rock = rock, id = id, loaded = {} }
    rock_views[id] = view
    view.globals = confinement(rock, requirer(view), view.loaded)
  end
  return rock_views[id]
end

function requirer(view)
  return function(name)
    local module = type(name) == "string" and view.loaded[name]
    if module then return module end
    local chunk, file, rock, settings, library = host.module(name, view.rock)
    -- The files of one rock share what they return; a rock has its own standard library, made of what it may do itself.
    local own = (not rock or rock == view.rock) and view or view_of(rock, view.rock or "")
    -- One compiled library may hold many modules.
    local key = own.id .. ":" .. file .. (library and ":" .. name or "")
    local _ <close> = setmetatable({}, { __close = function() host.module_end(name) end })
    if loading[key] then raise(host.circular(name)) end
    module = shared[key]
    if module == nil then
      if library then
        chunk = host.opener(chunk, own.globals, own.loaded, library)
      elseif own.globals then
        host.confine(chunk, own.globals)
      end
      loading[key] = true
      local _ <close> = setmetatable({}, { __close = function() loading[key] = nil end })
      module = chunk(name, file, settings)
      if module == nil then module = true end
      -- What the standard library gives is the same for all who require it.
      if not rock and file == name then module = closed(module, name) end
      shared[key] = module
    end
    view.loaded[name] = module
    return module
  end
end

sandbox.require = requirer(project)

-- Given back to the host: what it calls.

return {
  make_cells = make_cells,
  -- Names of declarations that were begun and not given a body, by kind.
  unfinished = function()
    local left = {}
    for kind, open in pairs(builders) do
      local names = {}
      for _, name in pairs(open) do names[#names + 1] = name end
      if next(names) then left[kind] = names end
    end
    return left
  end,
  -- The names that every script has.
  names = function()
    local names = {}
    for name in pairs(sandbox) do names[#names + 1] = name end
    return names
  end,
}
