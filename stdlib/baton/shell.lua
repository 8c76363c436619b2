-- Words of a POSIX shell, for commands that a script puts together from plain strings. (Refs are quoted by themselves.)
--
--   local shell = require "baton.shell"
--   workflow "greeting" { params = { name = param.string { default = "Ada" } } }
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

-- For the shell: what is read from standard input becomes the file $1 with the mode $2, whole or not at all, in folders
-- that are made.
shell.replace = [[
umask 077
mkdir -p -- "$(dirname -- "$1")" && cat > "$1.part" && chmod "$2" "$1.part" && mv -f -- "$1.part" "$1"]]

return shell
