---@meta baton.templates
-- Texts with fields: `{{name}}`, `{{name | upper}}`, `{{name or "text"}}`, `{{if name}}…{{else}}…{{end}}`,
-- `{{for item in list}}…{{end}}`, `{{-- a remark}}`.

local templates = {}

---@class baton.templates.Settings
---@field name? string For messages.
---@field filters? table<string, fun(value: any): string>

---@class baton.templates.Template
local template = {}

---@param fields table<string, any>
---@return string|baton.Ref
function template:render(fields) end

---A template that is read once and rendered often.
---@param text string
---@param settings? baton.templates.Settings
---@return baton.templates.Template
function templates.compile(text, settings) end

---The text with its fields filled in: a string, or a ref where a field is one. A missing field is an error.
---@param text string
---@param fields table<string, any>
---@return string|baton.Ref
function templates.render(text, fields) end

---@class baton.templates.File: baton.Common
---@field from string The file of the template.
---@field to string The file that is written.
---@field fields? table<string, any> Also refs and secrets.
---@field filters? table<string, fun(value: any): string>
---@field mode? string As chmod takes it; default `"644"`.

---A step that fills a template in, from file to file. Emits `path`.
---@param options baton.templates.File
---@return baton.Step
function templates.file(options) end

return templates
