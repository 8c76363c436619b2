---@meta baton.json
-- JSON (RFC 8259) of plain values.

local json = {}

---Stands for null, in texts that are written, and in those that are read where it is asked for.
json.null = {}

---The value as JSON: lists are tables with the keys 1 to n, names are sorted. Raises where it has none.
---@param value any
---@param settings? { indent?: integer } How many blanks a level is set in; without it, all is one line.
---@return string
function json.encode(value, settings) end

---The value of a JSON text. Raises where it is none, with line and column.
---@param text string
---@param settings? { null?: any } What stands where null stands, such as `json.null`; default: nothing.
---@return any
function json.decode(text, settings) end

---Marks a table as an object, so that it is one when it is empty too.
---@generic T: table
---@param value T
---@return T
function json.object(value) end

return json
