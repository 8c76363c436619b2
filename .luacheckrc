-- Globals of Baton's language, for luacheck.
std = "lua54"
max_line_length = 120

local language = {
  "cell", "command", "depends", "env", "fail", "gate", "halt", "matrix", "notify", "parallel", "param", "params", "raw",
  "secret", "sequence", "step", "webhook", "workflow",
}

files["scripts/examples"] = { read_globals = language }
files["stdlib/baton"] = { read_globals = language }
files["stdlib/prelude.lua"] = { globals = { "host", "sandbox" } }
-- Types for editors: declarations without bodies.
files["stdlib/meta"] = { globals = language, ignore = { "212" } }
