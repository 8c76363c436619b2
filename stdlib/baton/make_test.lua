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

describe("make.test", function()
  it("makes targets one by one, and again those that failed", function()
    local run = simulate {
      source = [[
        local make = require "baton.make"
        step "x" (make.test { target = { "unit", "e2e" }, jobs = 2, variables = { A = "b" }, retry = 1 })
      ]],
      steps = { x = {
        { results = { { name = "unit", status = "passed" }, { name = "e2e", status = "failed" } } },
        { results = { { name = "e2e", status = "passed" } } },
      } },
    }
    local tries = run.steps.x.tries
    assert.same({ "reports/make.txt", "4", "make", "-j2", "--output-sync=target", "A=b", "unit", "e2e" },
      { table.unpack(tries[1].args, 5) })
    assert.same({ "A=b", "e2e" }, { table.unpack(tries[2].args, 10) })
    assert.same({ 2, 2, 1 }, { run.steps.x.results.tests, run.steps.x.results.passed, run.steps.x.results.flaky })
  end)

  it("takes the targets of a list", function()
    local step = make.test { tests = { "unit" }, folder = "x" }
    assert.same({ "reports/make.txt", 3, "make", "-C", "x" }, { table.unpack(step.run, 5) })
  end)

  it("reads what came of each", function()
    local read = make.test("a").results[1].read
    assert.same({
      { name = "unit", status = "passed", duration = 1.5 },
      { name = "e 2", status = "failed", duration = 0.0, message = "make ended with exit code 2" },
    }, read "0\t10.0\t11.5\tunit\n2\t11\t11\te 2\n")
  end)
end)

it("tells mistakes with the line of whoever made them", function()
  assert.blames_caller('make.test: "target" or "tests" says what is made', make.test, {})
  assert.blames_caller('make.target: there is no option "job": did you mean "jobs"?', make.target, { job = 4 })
  assert.blames_caller('make.target: "jobs" must be an integer from 1 to 100000, not "4"', make.target, { jobs = "4" })
  assert.blames_caller('make.target: "A B" is no name of a variable', make.target, { variables = { ["A B"] = "c" } })
  assert.blames_caller(
    'make.target: the variable "A" must be a string, not true', make.target, { variables = { A = true } })
  assert.blames_caller(
    'make.target: "target" must not begin with a dash, unlike "-k": that is for args', make.target, "-k")
  assert.blames_caller('make.targets: "match" is no pattern of Lua: "["', make.targets, "[")
end)
