-- Git: what changed, which version this is, and working trees of other revisions.
--
--   local git = require "baton.git"
--   local changes = step "changes" (git.changed { base = "origin/main", files = "src/**" })
--   step "test" {
--     depends = changes, when = function(deps) return deps.changes.out.any, "nothing below src changed" end,
--     run = "make test",
--   }
--   local old = step "old" (git.worktree { path = "build/old", revision = "v1.4" })
--   step "compare" { run = { "./compare", old.out.path, "." } }
--
-- Each function gives the fields of a step; in a body: ctx:step "changes" (git.changed { … }).out.files

local files = require "baton.files"
local options = require "baton.options"

local git = {}

-- Runs git in a body, in the folder and with the environment of its step. What is made of the answers is an effect:
-- it is recorded, and told as one thing where a workflow is planned.
-- Where git fails, the reason names its command; what git says of it is what the step has printed.
local function ask(ctx, step, words)
  words.cwd, words.env = step.cwd, step.env
  local done, answer = pcall(ctx.exec, ctx, words)
  if done then return answer end
  local command = words[2] == "-C" and words[4] or words[2]
  error(("git %s failed: %s"):format(command, type(answer) == "table" and answer.reason or tostring(answer)), 0)
end

local function split(text)
  local list = {}
  for part in text:gmatch "[^\0]+" do list[#list + 1] = part end
  return list
end

-- The first parts of paths that have several.
local function folders_of(paths)
  local folders, has = {}, {}
  for _, path in ipairs(paths) do
    local folder = path:match "^([^/]+)/"
    if folder and not has[folder] then
      has[folder] = true
      folders[#folders + 1] = folder
    end
  end
  return folders
end

local read_changed = options.schema("git.changed", {
  base = { "text", required = true }, head = { "text" }, files = { "strings" }, exclude = { "strings" },
  untracked = { "boolean", default = false }, deleted = { "boolean", default = true },
}, { main = "base" })

-- A step that lists the files that changed since the common ancestor with `base`: in `head`, or, without it, in the
-- working tree, there with `untracked = true` also those that git does not know and does not ignore. `files` and
-- `exclude` are globs; `deleted = false` leaves out what is gone. It emits `files`, relative to the top of the
-- repository and sorted; `folders`, the first parts of their paths; `count`; `any`; and `base`, the ancestor's id.
function git.changed(given)
  local own, step = read_changed(given)
  if own.untracked and own.head then
    error('git.changed: "untracked" files are in no revision: leave "head" out', 2)
  end
  local globs, exclude = options.list(own.files), options.list(own.exclude)
  local place = { cwd = step.cwd, env = step.env }
  local diff = options.list("git", "diff", "--name-only", "-z", "--no-renames",
    "--diff-filter=" .. (own.deleted and "ACDMRT" or "ACMRT"), "--end-of-options")
  step[1] = function(ctx)
    local base = ask(ctx, place, { "git", "merge-base", "--end-of-options", own.base, own.head or "HEAD" }).text
    local command = table.move(diff, 1, #diff, 1, {})
    command[#command + 1] = base
    command[#command + 1] = own.head
    command[#command + 1] = "--"
    local listed, unknown = ask(ctx, place, command), nil
    if own.untracked then
      local top = ask(ctx, place, { "git", "rev-parse", "--show-toplevel" }).text
      unknown = ask(ctx, place, { "git", "-C", top, "ls-files", "--others", "--exclude-standard", "-z" })
    end
    return ctx:effect("files", function()
      local paths = split(listed.out.text .. (unknown and unknown.out.text or ""))
      if #globs > 0 then paths = files.filter(paths, globs) end
      if #exclude > 0 then paths = files.filter(paths, "**", exclude) end
      table.sort(paths)
      return { files = paths, folders = folders_of(paths), count = #paths, any = #paths > 0, base = base }
    end)
  end
  return step
end

local read_describe = options.schema("git.describe", {
  revision = { "text", default = "HEAD" }, match = { "string" }, prefix = { "string", default = "v" },
}, { main = "revision" })

-- The parts of what `git describe --long --always` says.
local function parts_of(text, prefix)
  local tag, distance = text:match "^(.*)%-(%d+)%-g%x+$"
  if not tag then return { version = "0.0.0+g" .. text, distance = 0, exact = false } end
  local count = math.tointeger(tonumber(distance))
  local version = tag
  if prefix ~= "" and version:sub(1, #prefix) == prefix then version = version:sub(#prefix + 1) end
  if count > 0 then version = ("%s+%d.g%s"):format(version, count, text:match "g(%x+)$") end
  return { tag = tag, distance = count, version = version, exact = count == 0 }
end

-- A step that says which version a revision is: it emits `tag`, the nearest one that `match` (a glob) takes;
-- `distance`, the commits since; `version`, the tag without `prefix`, with `+distance.gid` where there are any, and
-- `0.0.0+gid` without a tag; `exact`, whether the tag is on it; `commit`, the whole id; and, of HEAD, `branch`
-- (nothing where none is checked out) and `dirty`.
function git.describe(given)
  local own, step = read_describe(given)
  local place = { cwd = step.cwd, env = step.env }
  local is_head = own.revision == "HEAD"
  local match = own.match and "--match=" .. own.match or "--match=*"
  step[1] = function(ctx)
    local commit = ask(ctx, place, {
      "git", "rev-parse", "--verify", "--end-of-options", own.revision .. "^{commit}",
    }).text
    local described = ask(ctx, place, {
      "git", "describe", "--tags", "--long", "--always", "--abbrev=10", match, commit,
    }).text
    local branch, changes
    if is_head then
      branch = ask(ctx, place, { "git", "branch", "--show-current" }).text
      changes = ask(ctx, place, { "git", "status", "--porcelain", "--untracked-files=no" }).text
    end
    return ctx:effect("version", function()
      local result = parts_of(described, own.prefix)
      result.commit = commit
      if is_head then
        result.branch = branch ~= "" and branch or nil
        result.dirty = changes ~= ""
      end
      return result
    end)
  end
  return step
end

local function shell(script, ...) return options.list({ "/bin/sh", "-c", script, "sh" }, ...) end

local emit = [[
cd -- "$path"
printf 'path=%s\ncommit=%s\n' "$PWD" "$(git rev-parse HEAD)" >> "$BATON_OUTPUT"]]

local read_worktree = options.schema("git.worktree", {
  path = { "text", required = true }, revision = { "text", default = "HEAD" },
}, { taken = { undo = "the working tree is removed" } })

-- A step that checks a revision out into a folder of its own, which shares the repository. One that is there already
-- is taken to the revision, and the step fails where changes in it are in the way. In a transaction it is undone by
-- its removal. It emits `path`, from the root of the disk, and `commit`.
function git.worktree(given)
  local own, step = read_worktree(given)
  step.run = shell([[
set -e
path=$1
commit=$(git rev-parse --verify --end-of-options "$2^{commit}")
if [ -e "$path/.git" ]; then
  git -C "$path" checkout --quiet --detach "$commit"
else
  git worktree prune
  git worktree add --quiet --detach -- "$path" "$commit"
fi
]] .. emit, own.path, own.revision)
  step.undo = { "git", "worktree", "remove", "--force", "--", own.path }
  return step
end

local read_remove = options.schema("git.remove_worktree", { path = { "text", required = true } }, { main = "path" })

-- A step that removes a working tree, changed or not; one that is not there is no mistake.
function git.remove_worktree(given)
  local own, step = read_remove(given)
  step.run = shell([[
git worktree prune
[ ! -e "$1" ] || git worktree remove --force -- "$1"]], own.path)
  return step
end

local read_clone = options.schema("git.clone", {
  url = { "text", required = true }, path = { "text", required = true }, revision = { "text" },
  depth = { "integer", min = 1 }, submodules = { "boolean", default = false },
})

-- A step that clones a repository, or brings a clone that is there up to date, at a branch, a tag or a commit; default:
-- the branch that the other side has checked out. What was changed in it is not kept. It emits `path`, from the root of
-- the disk, and `commit`.
function git.clone(given)
  local own, step = read_clone(given)
  step.run = shell([[
set -e
url=$1 path=$2 revision=${3:-HEAD} depth=$4 submodules=$5
case $url in -*) echo "no address: $url" >&2; exit 2;; esac
if [ ! -e "$path/.git" ]; then
  git init --quiet -- "$path"
fi
export GIT_TERMINAL_PROMPT=0
git -C "$path" config remote.origin.url "$url"
git -C "$path" config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
if ! git -C "$path" fetch --quiet --tags ${depth:+"--depth=$depth"} -- origin "$revision"; then
  # A commit that the other side gives only with its branch.
  git -C "$path" fetch --quiet --tags -- origin
  git -C "$path" update-ref FETCH_HEAD "$(git -C "$path" rev-parse --verify --end-of-options "$revision^{commit}")"
fi
git -C "$path" checkout --quiet --force --detach FETCH_HEAD
if [ "$submodules" = true ]; then
  git -C "$path" submodule --quiet update --init --recursive ${depth:+"--depth=$depth"}
fi
]] .. emit, own.url, own.path, own.revision or "", own.depth or "", tostring(own.submodules))
  return step
end

local read_clean = options.schema("git.clean", { untracked = { "boolean", default = false } })

-- A step that fails where files differ from what is committed, and names them; with `untracked = true` also where there
-- are files that git does not know.
function git.clean(given)
  local own, step = read_clean(given)
  step.run = shell([[
changed=$(git status --porcelain --untracked-files="$1") || exit
[ -z "$changed" ] || { printf 'not committed:\n%s\n' "$changed" >&2; exit 1; }]], own.untracked and "all" or "no")
  return step
end

return git
