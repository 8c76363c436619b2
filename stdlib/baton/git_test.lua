local git = require "baton.git"

local source = [[
  local git = require "baton.git"
  local changes = step "changes" (git.changed {
    base = "origin/main", files = { "src/**", "lib/**" }, exclude = "**/*.md", cwd = "repo", timeout = "1m",
  })
  step "test" {
    depends = changes, when = function(deps) return deps.changes.out.any, "nothing changed" end, run = "make test",
  }
  matrix "lint" { depends = changes, axes = { folder = changes.out.folders }, step = { run = { "lint", cell.folder } } }
]]

local function changed(list)
  return { ["changes/exec-1"] = { output = "abc123\n" }, ["changes/exec-2"] = { output = list } }
end

describe("git.changed", function()
  it("lists what changed since the common ancestor", function()
    local run = simulate { source = source, steps = changed "src/b.c\0src/a b.c\0README.md\0lib/x.md\0lib/y\0" }
    assert.equal("git merge-base --end-of-options origin/main HEAD", run.steps["changes/exec-1"].command)
    assert.equal("git diff --name-only -z --no-renames --diff-filter=ACDMRT --end-of-options abc123 --",
      run.steps["changes/exec-2"].command)
    assert.matches("/repo$", run.steps["changes/exec-2"].cwd)
    assert.same({
      files = { "lib/y", "src/a b.c", "src/b.c" }, folders = { "lib", "src" }, count = 3, any = true, base = "abc123",
    }, run.steps.changes.out)
    assert.equal("succeeded", run.steps.test.status)
    assert.equal("lint src", run.steps["lint[folder=src]"].command)
  end)

  it("says which command of git failed", function()
    local run = simulate { source = source, steps = { ["changes/exec-1"] = 128 } }
    assert.equal("git merge-base failed: exit code 128", run.steps.changes.reason)
  end)

  it("says that nothing did", function()
    local run = simulate { source = source, steps = changed "" }
    assert.same({ files = {}, folders = {}, count = 0, any = false, base = "abc123" }, run.steps.changes.out)
    assert.equal("skipped", run.steps.test.status)
    assert.equal("succeeded", run.status)
  end)

  it("compares two revisions, or takes in what git does not know", function()
    local run = simulate {
      source = [[
        local git = require "baton.git"
        step "two" (git.changed { base = "v1", head = "v2", deleted = false })
        step "new" (git.changed { base = "v1", untracked = true })
      ]],
      steps = {
        ["*/exec-1"] = { output = "abc\n" }, ["*/exec-2"] = { output = "b\0" },
        ["new/exec-3"] = { output = "/top\n" }, ["new/exec-4"] = { output = "a\0c/d\0" },
      },
    }
    assert.equal("git diff --name-only -z --no-renames --diff-filter=ACMRT --end-of-options abc v2 --",
      run.steps["two/exec-2"].command)
    assert.equal("git -C /top ls-files --others --exclude-standard -z", run.steps["new/exec-4"].command)
    assert.same({ "a", "b", "c/d" }, run.steps.new.out.files)
  end)

  it("fails where git does", function()
    local run = simulate { source = source, steps = { ["changes/exec-1"] = 128 } }
    assert.equal("failed", run.status)
    assert.equal("skipped", run.steps.test.status)
  end)
end)

describe("git.describe", function()
  local function described(text, more)
    local steps = {
      ["x/exec-1"] = { output = "abcdef0123456789\n" }, ["x/exec-2"] = { output = text .. "\n" },
      ["x/exec-3"] = { output = "main\n" }, ["x/exec-4"] = { output = " M a.c\n" },
    }
    local run = simulate {
      source = 'local git = require "baton.git" step "x" (git.describe' .. (more or "{}") .. ")", steps = steps,
    }
    return run.steps.x.out, run
  end

  it("tells the parts of a version", function()
    local out, run = described "v1.4.0-rc.1-0-gabcdef0123"
    assert.same({
      tag = "v1.4.0-rc.1", distance = 0, version = "1.4.0-rc.1", exact = true, commit = "abcdef0123456789",
      branch = "main", dirty = true,
    }, out)
    assert.equal("git describe --tags --long --always --abbrev=10 '--match=*' abcdef0123456789",
      run.steps["x/exec-2"].command)
  end)

  it("counts the commits since the tag", function()
    local out, run = described("app-2.0-17-gabcdef0123", '{ prefix = "app-", match = "app-*" }')
    assert.equal("2.0+17.gabcdef0123", out.version)
    assert.equal(17, out.distance)
    assert.contains("--match=app-*", run.steps["x/exec-2"].args)
  end)

  it("does without a tag", function()
    local out = described "abcdef0123"
    assert.equal("0.0.0+gabcdef0123", out.version)
    assert.is_nil(out.tag)
    assert.is_false(out.exact)
  end)

  it("tells of other revisions no branch", function()
    local run = simulate {
      source = 'local git = require "baton.git" step "x" (git.describe "v1")',
      steps = { ["x/exec-1"] = { output = "abc\n" }, ["x/exec-2"] = { output = "v1-0-gabc\n" } },
    }
    assert.equal("git rev-parse --verify --end-of-options 'v1^{commit}'", run.steps["x/exec-1"].command)
    assert.is_nil(run.steps.x.out.branch)
    assert.is_nil(run.steps["x/exec-3"])
  end)
end)

describe("steps", function()
  local function arguments(fields)
    local run = simulate { source = 'local git = require "baton.git"\nstep "x" (' .. fields .. ")" }
    return { table.unpack(run.steps.x.args, 5) }
  end

  it("pass words on as they are", function()
    assert.same({ "a b", "v1.0" }, arguments [[git.worktree { path = "a b", revision = "v1.0" }]])
    assert.same({ "a b" }, arguments [[git.remove_worktree "a b"]])
    assert.same({ "https://x/y.git", "y", "", "1", "true" },
      arguments [[git.clone { url = "https://x/y.git", path = "y", depth = 1, submodules = true }]])
    assert.same({ "all" }, arguments [[git.clean { untracked = true }]])
    assert.same({ "no" }, arguments [[git.clean {}]])
  end)

  it("a working tree is removed where a transaction is undone", function()
    local run = simulate {
      source = [[
        local git = require "baton.git"
        transaction "t" {
          step "tree" (git.worktree { path = "old", revision = "v1" }),
          step "build" "make -C old",
        }
      ]],
      steps = { build = 1 },
    }
    assert.equal("git worktree remove --force -- old", run.steps["t/undo-tree"].command)
  end)

  it("are children of a body", function()
    local run = simulate {
      source = [[
        local git = require "baton.git"
        step "b" { function(ctx)
          local tree = ctx:step "tree" (git.worktree { path = "old" })
          local version = ctx:step "version" (git.describe {})
          return { tree = tree.out.path, version = version.out.version }
        end }
      ]],
      steps = {
        ["b/tree"] = { out = { path = "/x/old" } }, ["b/version/exec-1"] = { output = "abc\n" },
        ["b/version/exec-2"] = { output = "v3-0-gabc\n" }, ["b/version/*"] = { output = "" },
      },
    }
    assert.same({ tree = "/x/old", version = "3" }, run.steps.b.out)
  end)

  it("check their options", function()
    local function says(sentence, make, given)
      local done, message = pcall(function() return #make(given) end)
      assert.is_false(done)
      assert.matches("^%S*git_test.lua:%d+: ", message)
      assert.has_error(function() return #make(given) end, sentence)
    end
    says('git.changed: "base" is missing', git.changed, {})
    says('git.changed: there is no option "bases": did you mean "base"?', git.changed, { base = "a", bases = "b" })
    says('git.changed: "files" must be a string or a list of strings, not 5', git.changed, { base = "a", files = 5 })
    says('git.changed: "untracked" files are in no revision: leave "head" out', git.changed,
      { base = "a", head = "b", untracked = true })
    says('git.describe: "match" must be a string, not true', git.describe, { match = true })
    says('git.worktree: "path" is missing', git.worktree, {})
    says('git.worktree: "undo" is not for you to say: the working tree is removed', git.worktree,
      { path = "a", undo = "b" })
    says('git.remove_worktree: "path" is missing', git.remove_worktree, {})
    says('git.clone: "depth" must be an integer from 1 on, not 0', git.clone, { url = "a", path = "b", depth = 0 })
    says('git.clean: "untracked" must be true or false, not "all"', git.clean, { untracked = "all" })
  end)
end)
