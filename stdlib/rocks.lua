-- What an installed module (a rock) has for its globals: the language, its own copies of Lua's libraries, and narrow
-- stand-ins for what plain Lua modules look for. Runs once, when the first rock is required; gives a function that is
-- called for each.

local host, sandbox = host, sandbox
local error, getmetatable, ipairs, load, pairs, select, setmetatable, tonumber, type =
  error, getmetatable, ipairs, load, pairs, select, setmetatable, tonumber, type
local find, format, sub, unpack, tostring = string.find, string.format, string.sub, table.unpack, tostring

local function raise(message) error(host.where() .. message, 0) end

local function copy(from)
  local made = {}
  for name, value in pairs(from) do made[name] = value end
  return made
end

-- Files: open for reading, their whole text at hand.

local File = { __name = "FILE*" }
File.__index = File
File.__metatable = "FILE*"

local texts = setmetatable({}, { __mode = "k" })

local function opened(text)
  local file = setmetatable({}, File)
  texts[file] = { text = text, at = 1 }
  return file
end

local function text_of(file)
  local state = texts[file]
  if not state then raise "attempt to use a closed file" end
  return state
end

local function read_line(state, keeps_end)
  if state.at > #state.text then return nil end
  local stop = find(state.text, "\n", state.at, true)
  local line = sub(state.text, state.at, stop and (keeps_end and stop or stop - 1) or -1)
  state.at = (stop or #state.text) + 1
  return line
end

local function read_one(state, what)
  if type(what) == "number" then
    if state.at > #state.text then return nil end
    local piece = sub(state.text, state.at, state.at + what - 1)
    state.at = state.at + #piece
    return piece
  end
  what = find(what, "^%*") and sub(what, 2, 2) or sub(what, 1, 1)
  if what == "a" then
    local rest = sub(state.text, state.at)
    state.at = #state.text + 1
    return rest
  elseif what == "n" then
    local first, last = find(state.text, "^%s*[+-]?[%w.]+", state.at)
    if not first then return nil end
    state.at = last + 1
    return tonumber(sub(state.text, first, last))
  elseif what == "l" or what == "L" then
    return read_line(state, what == "L")
  end
  raise "bad argument #1 to 'read' (invalid format)"
end

function File:read(...)
  local state = text_of(self)
  if select("#", ...) == 0 then return read_line(state) end
  local results = { n = select("#", ...) }
  for place = 1, results.n do results[place] = read_one(state, (select(place, ...))) end
  return unpack(results, 1, results.n)
end

function File:lines(what)
  local state = text_of(self)
  return function() return read_one(state, what or "l") end
end

function File:seek(whence, offset)
  local state = text_of(self)
  local from = whence == "set" and 0 or whence == "end" and #state.text or state.at - 1
  state.at = from + (offset or 0) + 1
  return state.at - 1
end

function File:close()
  texts[self] = nil
  return true
end

function File.write() return nil, "modules can't write files: steps do", 30 end

function File.setvbuf() return true end

function File:flush() return self end

-- What is written there is printed, line by line.
local function output()
  local pending = ""
  local out = {}
  function out:write(...)
    for place = 1, select("#", ...) do pending = pending .. tostring((select(place, ...))) end
    local stop = find(pending, "\n", 1, true)
    while stop do
      host.print(sub(pending, 1, stop - 1))
      pending = sub(pending, stop + 1)
      stop = find(pending, "\n", 1, true)
    end
    return self
  end
  function out:flush() return self end
  function out.setvbuf() return true end
  function out.close() return true end
  return out
end

local function files(rock)
  local io = { stdout = output(), stderr = output() }
  function io.open(path, mode)
    if type(path) ~= "string" then raise("io.open takes the path of a file, not " .. host.phrase(path)) end
    if mode ~= nil and not find(mode, "^rb?$") then
      return nil, path .. ": modules can't write files: steps do", 30
    end
    local text, problem = host.read(rock, path)
    if not text then return nil, problem, 2 end
    return opened(text)
  end
  function io.lines(path, what)
    local file, problem = io.open(path)
    if not file then raise(problem) end
    return file:lines(what)
  end
  function io.write(...) return io.stdout:write(...) end
  function io.read() return nil end
  function io.type(value)
    if texts[value] then return "file" end
    return nil
  end
  return io
end

local unseen = { currentline = -1, what = "Lua", short_src = "?", source = "=?", namewhat = "" }

return function(rock, require, loaded)
  local own = copy(sandbox)
  for name, value in pairs(sandbox) do
    -- What has a metatable is closed already.
    if type(value) == "table" and getmetatable(value) == nil then own[name] = copy(value) end
  end
  own._G = own
  own.require = require
  -- Without an environment a text sees what the rock sees, not what the script does.
  function own.load(chunk, name, mode, ...)
    if select("#", ...) == 0 then return load(chunk, name, mode or "t", own) end
    return load(chunk, name, mode or "t", ...)
  end
  own.env = setmetatable({}, host.close {
    __index = function(_, name) return host.env(name, rock) end,
    __newindex = function(_, name) raise("env can't be changed (" .. host.quote(name) .. ")") end,
    __pairs = function() raise "env can't be listed: name the variable, such as env.HOME" end,
    __metatable = "env",
  })
  function own.os.getenv(name) return host.env(name, rock) end
  own.io = files(rock)
  own.debug = {
    getinfo = function() return copy(unseen) end,
    traceback = function(message) return message end,
  }
  own.package = {
    config = "/\n;\n?\n!\n-\n", cpath = "", path = "", loaded = loaded, preload = {},
    searchpath = function(name) return nil, format("no file for %q", name) end,
  }
  for _, name in ipairs { "coroutine", "debug", "io", "math", "os", "string", "table", "utf8", "package" } do
    loaded[name] = own[name]
  end
  loaded._G = own
  return own
end
