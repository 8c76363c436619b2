---@meta baton.git
-- Git: what changed, which version this is, and working trees of other revisions.

local git = {}

---@class baton.git.Changed: baton.Common
---@field base baton.Text What is compared with: `"origin/main"`.
---@field head? baton.Text Default: the working tree.
---@field files? string|string[] Globs, relative to the top of the repository.
---@field exclude? string|string[] Globs.
---@field untracked? boolean Also files that git does not know and does not ignore.
---@field deleted? boolean `false`: without files that are gone.

---A step that lists what changed since the common ancestor. Emits `files`, `folders`, `count`, `any` and `base`.
---@param options baton.git.Changed|baton.Text
---@return baton.Step
function git.changed(options) end

---@class baton.git.Describe: baton.Common
---@field revision? baton.Text Default `"HEAD"`.
---@field match? string A glob that tags have to match.
---@field prefix? string What is cut off from a tag to make a version; default `"v"`.

---A step that says which version a revision is. Emits `tag`, `distance`, `version`, `exact`, `commit`, and, of HEAD,
---`branch` and `dirty`.
---@param options? baton.git.Describe|baton.Text
---@return baton.Step
function git.describe(options) end

---@class baton.git.Worktree: baton.Common
---@field path baton.Text
---@field revision? baton.Text Default `"HEAD"`.

---A step that checks a revision out into a folder of its own. Emits `path` and `commit`; undone by its removal.
---@param options baton.git.Worktree
---@return baton.Step
function git.worktree(options) end

---A step that removes a working tree, changed or not.
---@param options baton.Common|{ path: baton.Text }|baton.Text
---@return baton.Step
function git.remove_worktree(options) end

---@class baton.git.Clone: baton.Common
---@field url baton.Text
---@field path baton.Text
---@field revision? baton.Text A branch, a tag or a commit.
---@field depth? integer How many commits.
---@field submodules? boolean

---A step that clones a repository, or brings a clone up to date. Emits `path` and `commit`.
---@param options baton.git.Clone
---@return baton.Step
function git.clone(options) end

---A step that fails where files differ from what is committed.
---@param options? baton.Common|{ untracked?: boolean }
---@return baton.Step
function git.clean(options) end

return git
