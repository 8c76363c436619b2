---@meta baton.shell
-- Words of a POSIX shell.

local shell = {}

---The text as one word: as it stands where every letter is harmless, else between single quotes.
---@param text string|number
---@return string
function shell.quote(text) end

---A list of words as one command, each word quoted.
---@param words (string|number)[]
---@return string
function shell.join(words) end

---For the shell: what is read from standard input becomes the file $1 with the mode $2, whole or not at all.
---@type string
shell.replace = ""

return shell
