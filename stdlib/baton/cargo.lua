-- Cargo: builds, tests with their results, lints and formatting of Rust packages.
--
--   local cargo = require "baton.cargo"
--   step "format" (cargo.fmt {})
--   step "lint" (cargo.clippy { workspace = true, deny = "warnings" })
--   local unit = step "unit" (cargo.test { workspace = true, locked = true, retry = 2 })
--   step "build" (cargo.build { release = true, depends = unit })
--
-- Lists of tests, dealt out:
--
--   local list = step "list" (cargo.discover { workspace = true, inputs = { "src/**", "tests/**" } })
--   matrix "shards" { axes = { shard = shards(4, list.out.tests) }, step = function(cell)
--     return cargo.test { tests = cell.shard.tests, report = "reports/" .. cell.shard.index .. ".txt" }
--   end }
--
-- Options of build, test, check and clippy: package (one or more), workspace, features, all_features,
-- no_default_features, release, profile, target, manifest (Cargo.toml's path), target_dir, locked, offline, toolchain
-- ("nightly"), args, and what to take of a package: lib, bins, bin, tests, test, examples, example, benches,
-- all_targets.

local options = require "baton.options"
local runner = require "baton.runner"

local cargo = {}

-- Option → its kind; those of `flags` are said by their name alone, those of `names` once for each value.
local flags = {
  "workspace", "all_features", "no_default_features", "release", "locked", "offline", "lib", "bins", "tests",
  "examples", "benches", "all_targets",
}
local names = { "package", "profile", "target", "bin", "test", "example" }

local function schema(name, more)
  local rules = {
    features = { "texts" }, manifest = { "text" }, target_dir = { "text" }, toolchain = { "text" }, args = { "texts" },
    command = { "texts", default = "cargo" },
  }
  for _, flag in ipairs(flags) do rules[flag] = { "boolean" } end
  for _, one in ipairs(names) do rules[one] = { "texts" } end
  for option, rule in pairs(more or {}) do rules[option] = rule end
  return options.schema(name, rules)
end

local function program(own)
  return options.list(own.command, own.toolchain and "+" .. own.toolchain or {})
end

local function separated(list)
  local text = list[1]
  for i = 2, #list do text = text .. "," .. list[i] end
  return text
end

-- The arguments that the options stand for.
local function arguments(who, own, level)
  level = level or 3
  if own.release and own.profile then error(who .. ': either "release" or "profile", not both', level) end
  if own.package and own.workspace then error(who .. ': either "package" or "workspace", not both', level) end
  local words = {}
  for _, name in ipairs(flags) do
    if own[name] then words[#words + 1] = "--" .. name:gsub("_", "-") end
  end
  for _, name in ipairs(names) do
    for _, value in ipairs(options.list(own[name])) do words = options.list(words, "--" .. name, value) end
  end
  local features = options.list(own.features)
  return options.list(words, #features > 0 and { "--features", separated(features) } or {},
    own.manifest and { "--manifest-path", own.manifest } or {},
    own.target_dir and { "--target-dir", own.target_dir } or {}, own.args)
end

local function plain(name)
  local read = schema("cargo." .. name)
  return function(given)
    local own, step = read(given)
    step.run = options.list(program(own), name, arguments("cargo." .. name, own))
    return step
  end
end

-- A step that builds.
cargo.build = plain "build"

-- A step that checks that it would build.
cargo.check = plain "check"

local read_clippy = schema("cargo.clippy", { deny = { "strings" }, allow = { "strings" } })

-- A step that lints. `deny` and `allow`: lints, such as "warnings" or "clippy::unwrap_used".
function cargo.clippy(given)
  local own, step = read_clippy(given)
  local lints = {}
  for _, lint in ipairs(options.list(own.deny)) do lints = options.list(lints, "-D", lint) end
  for _, lint in ipairs(options.list(own.allow)) do lints = options.list(lints, "-A", lint) end
  step.run = options.list(program(own), "clippy", arguments("cargo.clippy", own), #lints > 0 and { "--", lints } or {})
  return step
end

local read_fmt = options.schema("cargo.fmt", {
  package = { "texts" }, all = { "boolean", default = true }, write = { "boolean", default = false },
  manifest = { "text" }, toolchain = { "text" }, args = { "texts" }, command = { "texts", default = "cargo" },
})

-- A step that fails where sources are not formatted; with `write = true` one that formats them.
function cargo.fmt(given)
  local own, step = read_fmt(given)
  local packages = {}
  for _, package in ipairs(options.list(own.package)) do packages = options.list(packages, "--package", package) end
  step.run = options.list(program(own), "fmt", #packages > 0 and packages or own.all and "--all" or {},
    own.manifest and { "--manifest-path", own.manifest } or {}, own.write and {} or "--check", own.args)
  return step
end

-- Results.

local statuses = { ok = "passed", FAILED = "failed", ignored = "skipped" }

-- What failed tests printed: name → text.
local function details_of(lines)
  local details, name, text = {}, nil, {}
  local function flush()
    if name then details[name] = table.concat(text, "\n"):match "^%s*(.-)%s*$" end
    name, text = nil, {}
  end
  for _, line in ipairs(lines) do
    local begun = line:match "^%-%-%-%- (.+) stdout %-%-%-%-$"
    if begun then
      flush()
      name = begun
    elseif line == "failures:" or line:find "^test result: " then
      flush()
    elseif name then
      text[#text + 1] = line
    end
  end
  flush()
  return details
end

-- The tests in what `cargo test` prints, as a step's results have them. A suite is a binary, or the examples of a
-- package's documentation.
function cargo.results(text)
  local items, block, suite = {}, {}, nil
  local function close()
    local details = details_of(block)
    for _, line in ipairs(block) do
      local name, status, rest = line:match "^test (.-) %.%.%. (%a+)(.*)$"
      if name and statuses[status] then
        name = name:gsub(" %- should panic$", "")
        local detail = details[name]
        local reason = status == "ignored" and rest:match "^, (.+)$" or nil
        items[#items + 1] = {
          name = name, suite = suite, status = statuses[status], details = detail,
          message = detail and (detail:match "panicked at [^\n]*\n([^\n]+)" or detail:match "^[^\n]*") or reason,
        }
      end
    end
    block = {}
  end
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do
    local running = line:match "^%s+Running (.-) %(.*%)$" or line:match "^%s+Running (%S+)$"
    local documented = line:match "^%s+Doc%-tests (.+)$"
    if running or documented then
      close()
      suite = running or documented .. " (documentation)"
    end
    block[#block + 1] = line
  end
  close()
  return items
end

-- `tests = true` is Cargo's own --tests; all else is what a step says by it.
local function is_tests(value)
  return type(value) == "boolean" or options.is_ref(value) or type(value) == "table" and getmetatable(value) == nil
end

local ignored = { "choice", of = { "skip", "only", "include" }, default = "skip" }

local read_test = schema("cargo.test", {
  filter = { "texts" }, skip = { "texts" }, test_args = { "texts" }, doc = { "boolean" }, fail_fast = { "boolean" },
  ignored = ignored, report = { "string", default = "reports/cargo-test.txt" }, coverage = { "boolean" },
  tests = { is_tests, expected = "true, or a list of names of tests or a ref to one" },
})

local function ignoring(own)
  return ({ only = "--ignored", include = "--include-ignored" })[own.ignored] or {}
end

local tee = [[
mkdir -p -- "$(dirname -- "$report")"
{ "$@" 2>&1; echo $? > "$report.code"; } | tee "$report"
]]

-- What cargo-llvm-cov has collected is told by a call of its own, so that it is told after failures too. The first
-- $count words are how Cargo is called.
local function covering(verb)
  return [[
(
]] .. runner.first .. [[
  exec "$@" llvm-cov ]] .. verb .. "\n) >&2 || exit\n"
end

local clean, told = covering "clean --profraw-only", covering 'report --lcov --output-path "${report%.txt}.lcov"'

-- A step that runs tests and reads their results from what is printed, which is kept in `report`; steps that run side
-- by side need one each. `filter`: parts of names, `skip`: those that are left out; `ignored`: "skip", "only",
-- "include"; `doc`: only the examples in documentation; `fail_fast`: binaries behind one that failed are not run;
-- `test_args`: further arguments of the test binaries; `tests`: names of tests, such as a shard's, in place of `filter`
-- and `skip`; `coverage`: lines are counted too, beside the report, by cargo-llvm-cov, which has to be installed. With
-- `retry`, only the tests that failed are run again.
function cargo.test(given)
  local own, step = read_test(given)
  if type(own.tests) ~= "boolean" then step.tests, own.tests = own.tests, nil end
  local skipped = {}
  for _, name in ipairs(options.list(own.skip)) do skipped = options.list(skipped, "--skip", name) end
  local sources, called = { { own.report, read = cargo.results } }, program(own)
  local verb, count, head, tail = { "test" }, nil, "report=$1\nshift\n", 'exit "$(cat "$report.code")"'
  if own.coverage then
    sources[2] = lcov((own.report:gsub("%.txt$", "")) .. ".lcov")
    verb, count = { "llvm-cov", "test", "--no-report" }, #called
    head, tail = "report=$1 count=$2\nshift 2\n" .. clean, told .. tail
  end
  local function run(before)
    return options.list("/bin/sh", "-c", head .. before .. tee .. tail, "sh", own.report, count, called, verb,
      own.fail_fast and {} or "--no-fail-fast", own.doc and "--doc" or {}, arguments("cargo.test", own, 4), "--",
      ignoring(own), own.test_args)
  end
  local all = run ""
  step.run = step.tests and options.list(run(runner.named), "--exact") or options.list(all, skipped, own.filter)
  step.results = options.results(sources, step.results)
  step.retry = runner.retry(step.retry, options.list(all, "--exact"), function(cases)
    local chosen = {}
    for _, case in ipairs(cases) do
      -- Examples in documentation are named by file and line, which is no exact name.
      if case.name:find " %- " then return nil, "cargo can't run an example of documentation alone" end
      chosen[#chosen + 1] = case.name
    end
    return chosen
  end)
  return step
end

local read_discover = schema("cargo.discover", { test_args = { "texts" }, ignored = ignored })

-- A step that builds the tests and lists them, as its value `tests`: names as `cargo test -- --exact` takes them.
-- Examples in documentation can't be run one by one, and are in no list: `cargo.test { doc = true }` runs them all.
function cargo.discover(given)
  local own, step = read_discover(given)
  step.run = runner.listing(
    options.list(program(own), "test", arguments("cargo.discover", own), "--", "--list", "--format", "terse",
      ignoring(own), own.test_args),
    [[sed -n '/ (line [0-9]*): test$/d; s/: test$//p' | awk '!seen[$0]++']])
  return step
end

return cargo
