---@meta baton.data
-- Test data as steps: synthetic records, masked copies of real ones, and the proof that nothing of these is left.

local data = {}

---A field of synthetic records; `baton help data` tells what each kind may say.
---@class baton.data.Field
---@field name string
---@field kind baton.data.Kind
---@field empty? number The share of records that have none.
---@field min? integer|string
---@field max? integer|string
---@field start? integer
---@field digits? integer
---@field from? string The field that it follows from.
---@field after? string The field with the date that it comes after.
---@field of? (string|number|boolean)[]
---@field weights? integer[]
---@field pattern? string `A` a capital letter, `a` a small one, `#` a digit.

---What a field of synthetic records holds.
---@alias baton.data.Kind
---| "boolean"
---| "choice" With `of`.
---| "city"
---| "country"
---| "date"
---| "decimal"
---| "email"
---| "first_name"
---| "integer"
---| "last_name"
---| "name"
---| "pattern" With `pattern`.
---| "phone"
---| "postcode"
---| "sequence"
---| "street"
---| "text"
---| "uuid"

---@class baton.data.Schema
---@field fields baton.data.Field[]
---@field rows? integer
---@field edge_cases? number The share of odd texts.

---@class baton.data.Generate: baton.Common
---@field schema baton.data.Schema|string A table, or the name of a JSON file.
---@field output baton.Text
---@field rows? integer
---@field seed? integer Default 1.

---A step that makes records: the same schema and seed make the same file on every machine.
---@param options baton.data.Generate
---@return baton.Step
function data.generate(options) end

---A date is moved by up to so many days: all of one value of another column by the same.
---@class baton.data.Moved
---@field date integer
---@field by? string

---What is done with a column.
---@alias baton.data.Rule
---| "date" Moved by up to 180 days.
---| "email" Other letters and digits, in a domain that nobody has.
---| "empty" Nothing.
---| "keep" As it is.
---| "name" Another name.
---| "redact" `***`
---| "shape" Letters become letters, digits digits.
---| "text" Addresses, long numbers and what the row's other columns hold are replaced.
---| "token" 32 hexadecimal digits.
---| baton.data.Moved

---@alias baton.data.Rules table<string, baton.data.Rule>|string

---@class baton.data.Mask: baton.Common
---@field input baton.Text
---@field output baton.Text
---@field rules baton.data.Rules Column → what is done with it, `"*"` for all others; or the name of a JSON file.
---@field key? string The secret that is the key. Default `"MASK_KEY"`.

---A step that writes a masked copy of a file of CSV or JSON lines.
---@param options baton.data.Mask
---@return baton.Step
function data.mask(options) end

---@class baton.data.Verify: baton.Common
---@field masked baton.Text
---@field original baton.Text
---@field rules baton.data.Rules
---@field key? string Default `"MASK_KEY"`.

---A step that fails where something of the original is left in its masked copy.
---@param options baton.data.Verify
---@return baton.Step
function data.verify(options) end

return data
