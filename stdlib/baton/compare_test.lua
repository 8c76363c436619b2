local compare = require "baton.compare"

describe("compare.judge", function()
  it("compares medians", function()
    local result = compare.judge({ 1, 100, 1.2 }, { 1.32, 1.32, 0 })
    assert.equal(1.2, result.baseline)
    assert.near(1.1, result.ratio, 1e-9)
    assert.near(0.1, result.worse, 1e-9)
    assert.equal("candidate 1.32 (median of 3, ± 0 %), baseline 1.2 (± 16.7 %): 10 % worse", result.sentence)
  end)

  it("knows where more is better", function()
    local result = compare.judge({ 100, 300 }, { 220 }, { better = "higher" })
    assert.near(-0.1, result.worse, 1e-9)
    assert.matches("10 %% better$", result.sentence)
  end)

  it("does with nothing", function()
    assert.equal(0, compare.judge({ 0 }, { 0 }).worse)
    assert.matches("the baseline is 0$", compare.judge({ 0 }, { 1 }).sentence)
  end)
end)

local function source(more)
  return [[
    local compare = require "baton.compare"
    local result = compare.speed {
      name = "sort", runs = 3, timeout = "1m",
      baseline = { run = "./old", env = { A = "b" } }, candidate = { "./new", "a b" }, ]] .. (more or "") .. [[
    }
    step "ship" { depends = result.gate, run = "./ship" }
  ]]
end

local function times(name, ...)
  local steps = {}
  for i, value in ipairs { ... } do
    steps[("sort-%s-%d"):format(name, i)] = { metrics = { seconds = value } }
  end
  return steps
end

local function both(baseline, candidate)
  for name, mock in pairs(candidate) do baseline[name] = mock end
  return baseline
end

describe("compare.speed", function()
  it("runs both in turn, and passes", function()
    local run = simulate {
      source = source(), steps = both(times("baseline", 1, 1.1, 0.9), times("candidate", 1, 1.04, 1.2)),
    }
    assert.equal("succeeded", run.status)
    assert.same({
      "sort-baseline-warmup-1", "sort-candidate-warmup-1", "sort-candidate-1", "sort-baseline-1", "sort-baseline-2",
      "sort-candidate-2", "sort-candidate-3", "sort-baseline-3", "sort", "ship",
    }, run.order)
    assert.contains("\n./old\n", run.steps["sort-baseline-1"].command)
    assert.contains("\nexec ./new 'a b'\n", run.steps["sort-candidate-1"].command)
    assert.equal("b", run.steps["sort-baseline-2"].env.A)
    assert.is_nil(run.steps["sort-candidate-2"].env.A)
    assert.same({ '{"metric":"ratio","value":1.04}', '{"metric":"baseline","value":1}' },
      { table.unpack(run.steps.sort.args, 6, 7) })
  end)

  it("halts where the candidate is worse than is allowed", function()
    local run = simulate {
      source = source "tolerance = 0.1,",
      steps = both(times("baseline", 1, 1, 1), times("candidate", 1.11, 1.11, 1.11)),
    }
    assert.equal("halted", run.status)
    assert.contains("candidate 1.11 (median of 3, ± 0 %), baseline 1 (± 0 %): 11 % worse, allowed are 10 %", run.reason)
    assert.is_nil(run.steps.ship.started)
  end)

  it("takes a metric that the commands report", function()
    local steps = {}
    for i = 1, 3 do
      steps["sort-baseline-" .. i] = { metrics = { rps = 100 } }
      steps["sort-candidate-" .. i] = { metrics = { rps = 94 } }
    end
    local run = simulate { source = source [[metric = "rps", better = "higher", otherwise = "warn",]], steps = steps }
    assert.equal("./old", run.steps["sort-baseline-1"].command)
    assert.equal("succeeded", run.status)
    assert.contains("6 % worse", run.gates["sort-gate"].findings[1])
  end)

  it("says which run reported nothing", function()
    local run = simulate { source = source [[metric = "rps",]] }
    assert.equal("failed", run.status)
    assert.contains('step "sort-baseline-1" reported no metric "rps"', run.steps.sort.reason)
  end)

  it("fails where a run does", function()
    local run = simulate { source = source(), steps = { ["sort-candidate-2"] = 1 } }
    assert.equal("failed", run.status)
    assert.is_nil(run.steps.ship.started)
  end)
end)

describe("compare.output", function()
  it("runs both, and compares", function()
    local run = simulate { source = [[
      local compare = require "baton.compare"
      local v = step "v" "true"
      step "x" (compare.output {
        baseline = "./old a | head", candidate = { "./new", "a b", "v" .. v.out.n }, sort = true, ignore_space = true,
      })
    ]], steps = { v = { out = { n = "1 2" } } } }
    local command = run.steps.x.command
    assert.contains('(\n./old a | head\n) > "$folder/baseline" ||', command)
    assert.contains("(\nexec ./new 'a b' 'v1 2'\n) > \"$folder/candidate\" ||", command)
    assert.contains("diff -u --label baseline --label candidate -b baseline candidate", command)
  end)
end)

it("tells mistakes with the line of whoever made them", function()
  assert.blames_caller('compare.speed: "candidate" is missing', compare.speed, { name = "a", baseline = "b" })
  assert.blames_caller(
    'compare.speed: "candidate" must be a command, or have "run", a string or a list, not nil',
    compare.speed, { name = "a", baseline = "b", candidate = { env = {} } })
  assert.blames_caller(
    'compare.speed: "runs" must be an integer from 1 to 1000, not 0',
    compare.speed, { name = "a", baseline = "b", candidate = "c", runs = 0 })
  assert.blames_caller(
    'compare.speed: "tolerance" must be a number from 0 on, not "5%"',
    compare.speed, { name = "a", baseline = "b", candidate = "c", tolerance = "5%" })
  assert.blames_caller(
    'compare.speed: there is no option "tolerence": did you mean "tolerance"?',
    compare.speed, { name = "a", baseline = "b", candidate = "c", tolerence = 1 })
  assert.blames_caller(
    'compare.output: "baseline" must be a string or a list, not a function',
    compare.output, { baseline = print, candidate = "a" })
  assert.blames_caller('compare.output: "candidate" is missing', compare.output, { baseline = "a" })
end)
