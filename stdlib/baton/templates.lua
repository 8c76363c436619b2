-- Texts with fields: messages, release notes, files of settings. Fields may be refs; the text is then a ref too.
--
--   local templates = require "baton.templates"
--   local build = step "build" "./build"   -- it emits version
--   local note = templates.render("{{name}} {{version}} is out{{if urgent}} (urgent){{end}}", {
--     name = "shop", version = build.out.version, urgent = true,
--   })
--   step "tell" { run = { "echo", note } }
--   step "settings" (templates.file { from = "app.conf.in", to = "app.conf", fields = { port = 8080 } })
--
-- What stands between braces:
--
--   {{name}}, {{release.version}}          a field; one that is missing is an error
--   {{name | upper}}                       filtered: upper, lower, trim, json, shell (one word), xml, and those of
--                                          your own; one after the other
--   {{name or "text"}}                     where the field may be missing
--   {{if name}} … {{else}} … {{end}}       also {{if not name}}; false, nil, "" and empty lists are no
--   {{for item in list}} … {{end}}         also {{for i, item in list}}
--   {{-- a remark}}, {{"{{"}}              nothing, and two braces
--
-- A line that holds nothing but an if, for, else, end or remark leaves no line behind.

local json = require "baton.json"
local options = require "baton.options"
local shell = require "baton.shell"

local templates = {}

local xml = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local standard_filters = {
  upper = string.upper, lower = string.lower,
  trim = function(text) return text:match "^%s*(.-)%s*$" end,
  json = function(value) return json.encode(value) end,
  shell = function(value) return shell.quote(value) end,
  xml = function(text) return (text:gsub("[&<>\"']", xml)) end,
}

-- These take any value, the others its text.
local takes_values = { json = true, shell = true }

-- A mistake in a template or in its fields, on the way to the function that was called.
local Mistake = {}

local function mistake(line, sentence) error(setmetatable({ line = line, text = sentence }, Mistake), 0) end

-- Calls a function, and raises its mistakes at the line of whoever called the module's.
local function guarded(name, level, body, ...)
  local done, result = pcall(body, ...)
  if done then return result end
  if getmetatable(result) ~= Mistake then error(result, 0) end
  error(('template "%s", line %d: %s'):format(name, result.line, result.text), level + 2)
end

-- Reading.

local reserved = { ["if"] = true, ["for"] = true, ["else"] = true, ["end"] = true, ["or"] = true, ["not"] = true,
  ["in"] = true }

local function path_of(text, line)
  local path = {}
  for part in (text .. "."):gmatch "([^.]*)%." do
    if not part:find "^[%w_][%w_-]*$" or reserved[part] then
      mistake(line, '"' .. text .. '" is no name of a field')
    end
    path[#path + 1] = math.tointeger(tonumber(part)) or part
  end
  return path
end

local function output(text, line, filters)
  local head, rest = text:match "^([^|]*)(.*)$"
  local field, default = head:match '^%s*(%S+)%s+or%s+"([^"]*)"%s*$'
  field = field or head:match "^%s*(.-)%s*$"
  local node = { kind = "field", path = path_of(field, line), name = field, line = line, default = default }
  for name in rest:gmatch "|([^|]*)" do
    name = name:match "^%s*(.-)%s*$"
    if not filters[name] then
      local known = {}
      for one in pairs(filters) do known[#known + 1] = one end
      local near = options.nearest(name, known)
      mistake(line, ('there is no filter "%s"%s'):format(name, near and (': did you mean "' .. near .. '"?') or ""))
    end
    node[#node + 1] = name
  end
  return node
end

-- What stands between braces, as a piece: its kind and what it says.
local function piece_of(inside, line, filters)
  local text = inside:match "^%s*(.-)%s*$"
  if text:find "^%-%-" then return { kind = "remark" } end
  local literal = text:match '^"([^"]*)"$'
  if literal then return { kind = "text", text = literal } end
  local word, rest = text:match "^(%a+)%s*(.*)$"
  if (word == "end" or word == "else") and rest == "" then return { kind = word } end
  if word == "if" then
    local denied = rest:match "^not%s+(.*)$"
    return { kind = "if", denied = denied ~= nil, path = path_of(denied or rest, line), name = denied or rest }
  end
  if word == "for" then
    local names, list = rest:match "^(.-)%s+in%s+(.+)$"
    local index, item = (names or ""):match "^([%a_][%w_]*)%s*,%s*([%a_][%w_]*)$"
    item = item or (names or ""):match "^[%a_][%w_]*$"
    if not item then mistake(line, "for is written {{for item in list}}") end
    return { kind = "for", index = index, item = item, path = path_of(list, line), name = list }
  end
  return output(inside, line, filters)
end

local blocks = { ["if"] = true, ["for"] = true, ["else"] = true, ["end"] = true, remark = true }

-- Whether only blanks stand before a position in its line.
local function is_first(text, position)
  repeat position = position - 1 until not text:find("^[ \t]", position) or position < 1
  return position < 1 or text:sub(position, position) == "\n"
end

-- The template as pieces in a row, each with its line.
local function pieces_of(text, filters)
  local pieces, position, line = {}, 1, 1
  while position <= #text do
    local open = text:find("{{", position, true)
    local before = text:sub(position, open and open - 1 or #text)
    local start = line
    line = line + select(2, before:gsub("\n", ""))
    if not open then
      pieces[#pieces + 1] = { kind = "text", text = before, line = start }
      break
    end
    local inside, behind = text:match("^{{(%s*\"[^\"]*\"%s*)}}()", open)
    if not inside then inside, behind = text:match("^{{(.-)}}()", open) end
    if not inside then mistake(line, "{{ has no }}") end
    local piece = piece_of(inside, line, filters)
    piece.line = line
    line = line + select(2, inside:gsub("\n", ""))
    -- Alone on its line: the line goes with it.
    if blocks[piece.kind] and is_first(text, open) then
      local next_line = text:match("^[ \t]*\r?\n()", behind) or text:match("^[ \t]*()$", behind)
      if next_line then
        before = before:gsub("[ \t]*$", "")
        line = line + select(2, text:sub(behind, next_line - 1):gsub("\n", ""))
        behind = next_line
      end
    end
    if before ~= "" then pieces[#pieces + 1] = { kind = "text", text = before, line = start } end
    if piece.kind ~= "remark" then pieces[#pieces + 1] = piece end
    position = behind
  end
  return pieces
end

-- The pieces as a tree.
local function tree_of(pieces)
  local root = {}
  local open = { { body = root } }
  for _, piece in ipairs(pieces) do
    local top = open[#open]
    if piece.kind == "end" then
      if #open == 1 then mistake(piece.line, "this end ends nothing") end
      open[#open] = nil
    elseif piece.kind == "else" then
      if not top.node or top.node.kind ~= "if" or top.node.otherwise then
        mistake(piece.line, "this else belongs to no if")
      end
      top.node.otherwise = {}
      top.body = top.node.otherwise
    else
      top.body[#top.body + 1] = piece
      if piece.kind == "if" or piece.kind == "for" then
        piece.body = {}
        open[#open + 1] = { node = piece, body = piece.body }
      end
    end
  end
  local left = open[#open].node
  if left then mistake(left.line, "this " .. left.kind .. " has no end") end
  return root
end

-- Filling in.

local function names_of(scope)
  local known = {}
  while scope do
    for name in pairs(scope.values) do
      if type(name) == "string" then known[#known + 1] = name end
    end
    scope = scope.outer
  end
  return known
end

local function nothing(node, name, known)
  local near = options.nearest(tostring(name), known)
  mistake(node.line, ('there is no field "%s"%s'):format(
    node.name, near and (': did you mean "' .. near .. '"?') or ""))
end

-- The value of a path; nil where it is not there and `optional` says that it need not.
local function look_up(node, scope, optional)
  local value, from = nil, scope
  while from and value == nil do
    value, from = from.values[node.path[1]], from.outer
  end
  local known = value == nil and names_of(scope)
  for i = 2, #node.path do
    if value == nil then break end
    if type(value) ~= "table" then
      if optional then return nil end
      mistake(node.line, ('"%s" has no fields: it is %s'):format(
        table.concat(node.path, ".", 1, i - 1), options.phrase(value)))
    end
    local inner = value[node.path[i]]
    if inner == nil then
      known = names_of { values = value }
    end
    value = inner
  end
  if value == nil and not optional then nothing(node, node.path[#node.path], known or {}) end
  return value
end

local function text_of(node, value)
  if type(value) == "string" then return value end
  if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
  mistake(node.line, ('"%s" is %s, which is no text'):format(node.name, options.phrase(value)))
end

local function filtered(node, value, filters)
  for _, name in ipairs(node) do
    if not takes_values[name] then value = text_of(node, value) end
    value = filters[name](value)
  end
  return text_of(node, value)
end

local function field(node, scope, filters)
  local value = look_up(node, scope, node.default ~= nil)
  if value == nil then return node.default end
  if options.is_ref(value) then
    if #node == 0 then return value end
    return value:map(function(known) return filtered(node, known, filters) end)
  end
  return filtered(node, value, filters)
end

-- Whether to take a branch, and how often, has to be known at once.
local function known_now(node, value)
  if not options.is_ref(value) then return value end
  mistake(node.line,
    ('"%s" is known later: render where it is known, in ref:map(function(v) … end)'):format(node.name))
end

local function holds(node, scope)
  local value = known_now(node, look_up(node, scope, true))
  local is = value ~= nil and value ~= false and value ~= "" and not (type(value) == "table" and next(value) == nil)
  return is ~= node.denied
end

local fill

local function repeated(node, scope, filters, parts)
  local list = known_now(node, look_up(node, scope))
  if type(list) ~= "table" then
    mistake(node.line, ('"%s" is %s, not a list'):format(node.name, options.phrase(list)))
  end
  for i, item in ipairs(list) do
    local values = { [node.item] = item }
    if node.index then values[node.index] = i end
    fill(node.body, { values = values, outer = scope }, filters, parts)
  end
end

function fill(nodes, scope, filters, parts)
  for _, node in ipairs(nodes) do
    if node.kind == "text" then
      parts[#parts + 1] = node.text
    elseif node.kind == "field" then
      parts[#parts + 1] = field(node, scope, filters)
    elseif node.kind == "if" then
      fill(holds(node, scope) and node.body or node.otherwise or {}, scope, filters, parts)
    else
      repeated(node, scope, filters, parts)
    end
  end
end

local function joined(parts)
  local result, plain = nil, {}
  local function flush()
    if #plain > 0 then
      local text = table.concat(plain)
      result, plain = result and result .. text or text, {}
    end
  end
  for _, part in ipairs(parts) do
    if type(part) == "string" then
      plain[#plain + 1] = part
    else
      flush()
      result = result and result .. part or part
    end
  end
  flush()
  return result or ""
end

-- Calling.

local Template = { __metatable = "template" }
Template.__index = Template

local read_settings = options.schema("templates.compile", {
  name = { "string", default = "text" }, filters = { "values" },
}, { step = false })

local function compile(text, settings, level)
  local filters = {}
  for name, filter in pairs(standard_filters) do filters[name] = filter end
  for name, filter in pairs(settings.filters or {}) do
    if type(filter) ~= "function" then
      error(('templates.compile: the filter "%s" must be a function, not %s'):format(name, options.phrase(filter)),
        level + 1)
    end
    filters[name] = filter
  end
  local tree = guarded(settings.name, level, function() return tree_of(pieces_of(text, filters)) end)
  return setmetatable({ name = settings.name, tree = tree, filters = filters }, Template)
end

local function render(template, fields, level)
  if type(fields) ~= "table" or getmetatable(fields) == false then
    error(('template "%s": its fields are a table, not %s'):format(template.name, options.phrase(fields)), level + 1)
  end
  local parts = {}
  guarded(template.name, level, fill, template.tree, { values = fields }, template.filters, parts)
  return joined(parts)
end

local function check_text(who, text, level)
  if type(text) ~= "string" then
    error(who .. " takes a text, not " .. options.phrase(text), level + 1)
  end
end

-- A template that is read once and rendered often: `template:render(fields)`. Settings: `name`, for messages, and
-- `filters`, name → function.
function templates.compile(text, settings)
  check_text("templates.compile", text, 2)
  local own = read_settings(settings)
  local template = compile(text, own, 2)
  return template
end

function Template.render(self, fields)
  local text = render(self, fields, 2)
  return text
end

-- The text with its fields filled in: a string, or a ref where a field is one.
function templates.render(text, fields)
  check_text("templates.render", text, 2)
  local result = render(compile(text, { name = "text" }, 2), fields, 2)
  return result
end

local read_file = options.schema("templates.file", {
  from = { "string", required = true }, to = { "string", required = true }, fields = { "table", default = {} },
  filters = { "values" }, mode = { "string" },
}, { taken = { stdin = "the file is what is read" } })

-- A step that reads a template from a file, and writes what it gives to another, whole or not at all. Fields may be
-- refs and secrets; `mode` is that of chmod. It emits `path`.
function templates.file(given)
  local own, step = read_file(given)
  local cwd, env = step.cwd, step.env
  step[1] = function(ctx)
    local source = ctx:exec { "cat", "--", own.from, cwd = cwd, env = env }
    local template = compile(source.out.text or "", { name = own.from, filters = own.filters }, 1)
    local text = render(template, own.fields, 1)
    ctx:exec { "/bin/sh", "-c", shell.replace, "sh", own.to, own.mode or "644", stdin = text, cwd = cwd, env = env }
    return { path = own.to }
  end
  return step
end

return templates
