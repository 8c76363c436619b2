-- Test data as steps: synthetic records, masked copies of real ones, and the proof that nothing of these is left.
--
--   local data = require "baton.data"
--
--   local people = step "people" (data.generate {
--     schema = { fields = { { name = "id", kind = "sequence" }, { name = "name", kind = "name" } } },
--     rows = 1000, seed = 7, output = "people.csv",
--   })
--   local masked = step "masked" (data.mask {
--     input = "export/customers.csv", output = "customers.csv",
--     rules = { id = "shape", email = "email", ["*"] = "keep" },
--   })
--   step "proof" (data.verify {
--     masked = "customers.csv", original = "export/customers.csv", depends = masked,
--     rules = { id = "shape", email = "email", ["*"] = "keep" },
--   })
--
-- A schema and rules are tables, or the names of JSON files; `baton help data` tells what they may say. Files are
-- declared as inputs and outputs: a step whose files did not change is not run again. The key of pseudonyms is the
-- secret that `key` names.

local json = require "baton.json"
local options = require "baton.options"

local data = {}

-- The program that drives the run is the one that does it.
local program = [[exec "/proc/$PPID/exe" data "$@"]]

local function words(step, ...) step.run = options.list("/bin/sh", "-c", program, "sh", ...) end

-- Adds files to a field that lists them.
local function declare(step, field, ...) step[field] = options.list(step[field], ...) end

-- A table goes to standard input; a file is named, and is an input.
local function document(who, step, name, given, wrap)
  if type(given) ~= "table" or options.is_ref(given) then
    declare(step, "inputs", given)
    return given
  end
  if step.stdin ~= nil then error(('%s: "stdin" can\'t be set beside a "%s" that is a table'):format(who, name), 3) end
  step.stdin = json.encode(wrap and { [wrap] = given } or given)
  return "-"
end

local function table_or_text(value) return type(value) == "table" or type(value) == "string" end

local read_generate = options.schema("data.generate", {
  schema = { table_or_text, expected = "a table or the name of a JSON file", required = true },
  rows = { "integer", min = 0 }, seed = { "integer", min = 0, default = 1 }, output = { "text", required = true },
})

-- A step that makes records: the same schema and seed make the same file on every machine.
function data.generate(given)
  local own, step = read_generate(given)
  local schema = document("data.generate", step, "schema", own.schema)
  words(step, "generate", schema, "--seed", ("%d"):format(own.seed), own.rows and { "--rows", ("%d"):format(own.rows) },
    "--out", own.output)
  declare(step, "outputs", own.output)
  return step
end

local masking = {
  rules = { table_or_text, expected = "a table or the name of a JSON file", required = true },
  key = { "string", default = "MASK_KEY" },
}

local function with_key(step, key)
  local env = { [key] = secret(key) }
  for name, value in pairs(step.env or {}) do env[name] = value end
  step.env = env
end

local read_mask = options.schema("data.mask", {
  input = { "text", required = true }, output = { "text", required = true }, rules = masking.rules, key = masking.key,
})

-- A step that writes a masked copy of a file of CSV or JSON lines.
function data.mask(given)
  local own, step = read_mask(given)
  local rules = document("data.mask", step, "rules", own.rules, "columns")
  words(step, "mask", own.input, "--rules", rules, "--key", own.key, "--out", own.output)
  with_key(step, own.key)
  declare(step, "inputs", own.input)
  declare(step, "outputs", own.output)
  return step
end

local read_verify = options.schema("data.verify", {
  masked = { "text", required = true }, original = { "text", required = true },
  rules = masking.rules, key = masking.key,
})

-- A step that fails where something of the original is left in its masked copy.
function data.verify(given)
  local own, step = read_verify(given)
  local rules = document("data.verify", step, "rules", own.rules, "columns")
  words(step, "verify", own.masked, own.original, "--rules", rules, "--key", own.key)
  with_key(step, own.key)
  declare(step, "inputs", own.masked, own.original)
  return step
end

return data
