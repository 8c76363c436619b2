-- Words of a POSIX shell, for commands that a script puts together from plain strings. (Refs are quoted by themselves.)
--
--   local shell = require "baton.shell"
--   step "greet" { run = "echo " .. shell.quote(params.name) }

local shell = {}

-- The text as one word: as it stands where every letter is harmless, else between single quotes.
function shell.quote(text)
  if type(text) ~= "string" and type(text) ~= "number" then
    error("shell.quote takes a string, not " .. type(text), 2)
  end
  text = tostring(text)
  if text:find("^[%w_@%%+=:,./-]+$") then return text end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- A list of words as one command, each word quoted.
function shell.join(words)
  local quoted = {}
  for i, word in ipairs(words) do quoted[i] = shell.quote(word) end
  return table.concat(quoted, " ")
end

return shell
