---@meta baton.python
-- Virtual environments of Python, made once for each set of requirements.

local python = {}

---A virtual environment.
---@class baton.python.Venv
---@field step baton.Handle The step that makes it.
---@field path baton.Ref Its folder.
---@field python baton.Ref Its interpreter.
local venv = {}

---The fields of a step that runs a command with the environment's programs before all others.
---@param command baton.Text|baton.Text[]|baton.Step
---@return baton.Step
function venv:run(command) end

---@class baton.python.Options: baton.Common
---@field name? string Of the step; default `"venv"`.
---@field requirements? string|string[] Files.
---@field packages? baton.Text|baton.Text[]
---@field args? baton.Text|baton.Text[] Further arguments of `pip install`.
---@field python? baton.Text The interpreter; default `"python3"`.
---@field folder? baton.Text Where environments are kept; default: the user's cache.
---@field system_packages? boolean The interpreter's own packages can be seen in it.

---Declares the step that makes a virtual environment, unless it is in the cache.
---@param options baton.python.Options|string
---@return baton.python.Venv
function python.venv(options) end

return python
