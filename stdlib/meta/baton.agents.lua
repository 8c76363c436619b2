---@meta baton.agents
-- Steps that name an agent, an action and its configuration. What names mean stands in baton.json, below "agents".

local agents = {}

---What an action is told of its step.
---@class baton.agents.About
---@field name string The step's.
---@field env table<string, baton.Text> Variables of the environment, and of the steps that it depends on.
---@field environment? string The environment's name.
---@field settings table What baton.json says of the environment.
---@field suite fun(name: string): table What baton.json says of a suite.
---@field channels fun(names: string[]): baton.Channel[]
---@field template fun(name: string): baton.agents.Words

---The words of a notification.
---@class baton.agents.Words
---@field title? fun(event: baton.Event): string
---@field message? fun(event: baton.Event): string

---@alias baton.agents.Action fun(config: table, about: baton.agents.About): baton.Step

---@class baton.agents.Step: baton.Common
---@field agent string `test_runner`, `report_generator`, `collector`, `notifier`, or one that was registered.
---@field action string
---@field config? table
---@field path? string Where it stands in a document, such as `$.steps[1]`: for messages.

---A step of an agent.
---@param name string
---@return fun(fields: baton.agents.Step): baton.Handle
function agents.step(name) end

---Adds actions to an agent, which is made where there is none.
---@param name string
---@param actions table<string, baton.agents.Action>
function agents.register(name, actions) end

---@class baton.agents.Parts
---@field suites? table<string, table> Each with its `runner`, and what that takes.
---@field channels? table<string, table> Each with its `kind`, and that channel's settings.
---@field templates? table<string, string|{ title?: string, message?: string }>
---@field environments? table<string, table> Each with `env`, `setup`, `teardown`, and parts of its own.
---@field reports? { screenshots?: string|string[], videos?: string|string[] }
---@field modules? string[]

---What baton.json says below "agents", said in Lua: its parts take the place of those there.
---@param parts baton.agents.Parts
function agents.configure(parts) end

---Picks the environment of that name in baton.json.
---@param name string
---@param path? string
function agents.environment(name, path) end

---@class baton.agents.Notice
---@field on baton.Moment|baton.Moment[]|fun(event: baton.Event): boolean
---@field channels string[] Names in baton.json.
---@field template? string A name in baton.json.
---@field message? string `{run}`, `{workflow}`, `{status}`, `{step}` and `{reason}` stand for what they say.
---@field path? string

---The fields of a notification.
---@param fields baton.agents.Notice
---@return baton.Notify
function agents.notice(fields) end

---Raises what was wrong with steps that said where they stand, all of it at once.
function agents.finish() end

return agents
