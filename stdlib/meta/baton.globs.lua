---@meta baton.globs
-- Globs: `*` and `?` stop at slashes, `**` does not; `[a-z]`, `[!a-z]` and `{a,b}` are as in shells.

local globs = {}

---Whether a path matches one of a list of globs.
---@param list string[]
---@param path string
---@return boolean
function globs.matches(list, path) end

---The folders, and files, that the matches of a list of globs are below, each once; relative ones begin with a dot.
---@param list string[]
---@return string[]
function globs.roots(list) end

return globs
