local make = require "baton.make"

local function commands(fields)
  local run = simulate { source = 'local make = require "baton.make"\nstep "x" (' .. fields .. ")" }
  return run.steps.x.command
end

describe("make.target", function()
  it("makes the first target, one or several", function()
    assert.equal("make", commands "make.target {}")
    assert.equal("make all", commands [[make.target "all"]])
    assert.equal(
      "make -C 'a b' -f GNUmakefile -j4 --output-sync=target -k -B -n --trace 'CC=clang -O2' N=1 all install",
      commands [[make.target {
        target = { "all", "install" }, folder = "a b", file = "GNUmakefile", jobs = 4, keep_going = true, always = true,
        dry_run = true, args = "--trace", variables = { CC = "clang -O2", N = 1 },
      }]])
    assert.equal("gmake check", commands [[make.target { command = "gmake", target = "check", timeout = "1h" }]])
  end)
end)

-- As GNU make 4.3 prints it.
local database = [[
# GNU Make 4.3
# Make data base, printed on Thu Nov 26 03:00:00 2026

# Variables

CC := clang: not a target

# Files

# Not a target:
Makefile:
#  Implicit rule search has been done.

all: app lib/a.o
#  Phony target (prerequisite of .PHONY).

.PHONY: all
test-unit: app
#  recipe to execute (from 'Makefile', line 5):
	./app --test: all

test-e2e:: app

# Not a target:
lib/a.c:

%.o: %.c
lib/a.o: lib/a.c

# files hash-table stats:
# Load=8/1024=1%
nonsense: all
]]

describe("make.targets", function()
  it("lists what the file makes", function()
    local run = simulate {
      source = [[
        local make = require "baton.make"
        local all = step "all" (make.targets { folder = "sub", cwd = "x" })
        local tests = step "tests" (make.targets "^test%-")
        matrix "m" { depends = tests, axes = { target = tests.out.targets }, step = make.target(cell.target) }
      ]],
      steps = { ["all/exec-1"] = { output = database }, ["tests/exec-1"] = { output = database } },
    }
    assert.same({ targets = { "all", "lib/a.o", "test-e2e", "test-unit" }, count = 4 }, run.steps.all.out)
    assert.same({ "test-e2e", "test-unit" }, run.steps.tests.out.targets)
    assert.same({ "make", "-C", "sub", "-qp", "--no-builtin-rules", "--eval=.baton: ;", ".baton" },
      { table.unpack(run.steps["all/exec-1"].args, 5) })
    assert.matches("/x$", run.steps["all/exec-1"].cwd)
    assert.equal("make test-unit", run.steps["m[target=test-unit]"].command)
  end)
end)

describe("mistakes", function()
  local function says(sentence, function_, given)
    return function()
      local function call() return #function_(given) end
      local _, message = pcall(call)
      assert.matches("^%S*make_test.lua:%d+: ", message)
      assert.has_error(call, sentence)
    end
  end

  it("name unknown options", says('make.target: there is no option "job": did you mean "jobs"?', make.target,
    { job = 4 }))
  it("name numbers", says('make.target: "jobs" must be an integer from 1 to 100000, not "4"', make.target,
    { jobs = "4" }))
  it("name variables", says('make.target: "A B" is no name of a variable', make.target,
    { variables = { ["A B"] = "c" } }))
  it("name values", says('make.target: the variable "A" must be a string, not true', make.target,
    { variables = { A = true } }))
  it("name options among targets", says(
    'make.target: "target" must not begin with a dash, unlike "-k": that is for args', make.target, "-k"))
  it("name patterns", says('make.targets: "match" is no pattern of Lua: "["', make.targets, "["))
end)
