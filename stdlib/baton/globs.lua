-- Globs: `*` and `?` stop at slashes, `**` does not; `[a-z]`, `[!a-z]` and `{a,b}` are as in shells. A leading dot is
-- no matter.
--
--   local globs = require "baton.globs"
--   globs.matches({ "src/**/*.c", "*.h" }, "src/a/b.c")     -- true
--   globs.roots { "src/**/*.c", "lib/{a,b}/*.c" }           -- "./src", "./lib/a", "./lib/b"

local globs = {}

-- `a{b,c}d` → `abd`, `acd`; braces may stand in one another.
local function expanded(glob, all)
  local open, depth, parts, from = nil, 0, {}, 1
  for position, letter in glob:gmatch "()([{},])" do
    if letter == "{" then
      depth = depth + 1
      if depth == 1 then open, from = position, position + 1 end
    elseif depth == 1 then
      parts[#parts + 1] = glob:sub(from, position - 1)
      from = position + 1
      if letter == "}" then
        local before, after = glob:sub(1, open - 1), glob:sub(position + 1)
        for _, part in ipairs(parts) do expanded(before .. part .. after, all) end
        return all
      end
    end
    if letter == "}" and depth > 0 then depth = depth - 1 end
  end
  all[#all + 1] = glob
  return all
end

-- A part between slashes as a pattern of Lua.
local function pattern_of(part)
  local pattern, position = { "^" }, 1
  while position <= #part do
    local letter = part:sub(position, position)
    local denied, set, behind = part:match("^%[([!^]?)(%]?[^%]]*)%]()", position)
    if letter == "*" then
      pattern[#pattern + 1] = ".*"
    elseif letter == "?" then
      pattern[#pattern + 1] = utf8.charpattern
    elseif set then
      local escaped = set:gsub("[%%%]^]", "%%%0")
      pattern[#pattern + 1] = "[" .. (denied ~= "" and "^" or "") .. escaped .. "]"
      position = behind - 1
    else
      pattern[#pattern + 1] = letter:gsub("%W", "%%%0")
    end
    position = position + 1
  end
  pattern[#pattern + 1] = "$"
  return table.concat(pattern)
end

local function parts_of(path)
  local parts = {}
  for part in path:gmatch "[^/]+" do
    if part ~= "." then parts[#parts + 1] = part end
  end
  return parts
end

local compiled = {}

local function compile(glob)
  local known = compiled[glob]
  if known then return known end
  local all = {}
  for i, one in ipairs(expanded(glob, {})) do
    local parts = parts_of(one)
    -- `src/**` is what stands in src, not src.
    if parts[#parts] == "**" then parts[#parts + 1] = "*" end
    for j, part in ipairs(parts) do parts[j] = part == "**" and part or pattern_of(part) end
    parts.absolute = one:sub(1, 1) == "/"
    all[i] = parts
  end
  compiled[glob] = all
  return all
end

-- `**` takes as few parts as it can; where what follows does not fit, one more. Only the last `**` has to be tried
-- again.
local function fits(pattern, path)
  local p, i, star, mark = 1, 1, nil, nil
  while i <= #path do
    if pattern[p] == "**" then
      star, mark = p, i
      p = p + 1
    elseif pattern[p] and path[i]:find(pattern[p]) then
      p, i = p + 1, i + 1
    elseif star then
      mark = mark + 1
      p, i = star + 1, mark
    else
      return false
    end
  end
  while pattern[p] == "**" do p = p + 1 end
  return p > #pattern
end

-- Whether a path matches one of a list of globs.
function globs.matches(list, path)
  local parts, absolute = parts_of(path), path:sub(1, 1) == "/"
  for _, glob in ipairs(list) do
    for _, pattern in ipairs(compile(glob)) do
      if pattern.absolute == absolute and fits(pattern, parts) then return true end
    end
  end
  return false
end

-- The folder that a glob's matches are below: what stands before its first part with a letter that means something.
local function root_of(glob)
  if not glob:find "[*?%[{]" then return glob end
  local plain = glob:match "^([^*?%[{]*)/[^/]*[*?%[{]"
  if plain == "" then return "/" end
  return plain or "."
end

-- The folders, and files, that the matches of a list of globs are below, each once; relative ones begin with a dot.
function globs.roots(list)
  local roots, has = {}, {}
  for _, glob in ipairs(list) do
    for _, one in ipairs(expanded(glob, {})) do
      local root = root_of(one)
      if not root:find "^[./]" then root = "./" .. root end
      if not has[root] then
        has[root] = true
        roots[#roots + 1] = root
      end
    end
  end
  return roots
end

return globs
