---@meta
-- What is tested and measured: where results are read from, shards, quarantine.

---A failed test, as a retry is told it.
---@class baton.FailedCase
---@field id string As Baton shows it.
---@field name string
---@field suite? string
---@field class? string
---@field parameters? string
---@field file? string

---@class baton.Quarantine
---@field test string The name of a test as Baton shows it; `*` and `?` stand for any letters and one.
---@field owner string Who is to mend it.
---@field reason string Why it is there.
---@field expires string The last day, in UTC: `"2026-12-31"`. Steps that run the test fail once it is over.

---Tests that run and are shown, and whose failures fail nothing.
---```lua
---quarantine {
---  test = "cart.*", owner = "ada", reason = "the clock of the shop drifts", expires = "2099-12-31",
---}
---step "unit" { run = "make test" }
---```
---@param entries baton.Quarantine|baton.Quarantine[]
function quarantine(entries) end

---What is urgent among tests: patterns of names with `*` and `?`; one without either may be any part of a name.
---@class baton.TestTags
---@field critical? string|string[]
---@field smoke? string|string[]

---One part of a list of tests.
---@class baton.Shard
---@field index integer From 1 on.
---@field count integer
---@field tests string[] In the order in which they run best.
---@field name string Such as `2of4`.
---@field seconds? number How long it is expected to take.
---@field known integer How many of its tests an earlier run has timed.

---Deals a list of tests out to n shards that take about as long, by what earlier runs tell: for an axis of a matrix,
---whose steps then run `cell.shard.tests`. In each shard, urgent tests stand first (see `prioritized`).
---```lua
---local list = step "list" { run = [[echo '{"tests":["a","b","c"]}' >> "$BATON_OUTPUT"]] }
---matrix "unit" {
---  axes = { shard = shards(2, list.out.tests, { critical = "a*" }) },
---  step = function(cell) return { run = { "echo", "shard", cell.shard.name } } end,
---}
---```
---@param n integer|baton.Ref 1 to 1000.
---@param tests string[]|baton.Ref
---@param tags? baton.TestTags
---@return baton.Ref shards A list of `baton.Shard`.
function shards(n, tests, tags) end

---The same tests, the most telling first: `critical`, `smoke`; then what failed lately, what changed since the last run
---that succeeded, what is new; then the quick before the slow.
---```lua
---local list = step "list" { run = [[echo '{"tests":["a","b"]}' >> "$BATON_OUTPUT"]] }
---step "show" { run = { "echo", prioritized(list.out.tests, { smoke = "b" }) } }
---```
---@param tests string[]|baton.Ref
---@param tags? baton.TestTags
---@return baton.Ref
function prioritized(tests, tags) end

---Where results are read from.
---@class baton.Source

---Files, and whether it is no problem when there are none.
---@class baton.Files
---@field [1]? baton.Text Globs, relative to the folder of the step, one after the other.
---@field optional? boolean

---Of coverage: also what changed lines are counted from.
---@class baton.CoverageFiles: baton.Files
---@field base? string A revision, such as `"origin/main"`.

---Reads a file of results: gives a list of tests, metrics, findings and lines.
---@alias baton.ResultFunction fun(text: string, path: string): baton.ResultItem[]

---Files that a function reads.
---@class baton.ResultFiles: baton.Files
---@field read baton.ResultFunction

---What a function reads out of a file: a test (`name` and `status`), a metric (`metric` and `value`), a finding (`rule`
---and `message`), the coverage of a file (`file` and `lines`), or a problem.
---@class baton.ResultItem
---@field name? string
---@field status? "passed"|"failed"|"errored"|"skipped"
---@field suite? string
---@field class? string
---@field parameters? string
---@field duration? number In seconds.
---@field message? string
---@field type? string
---@field details? string
---@field file? string
---@field line? integer
---@field attachments? string[]
---@field tags? string[]
---@field metric? string
---@field value? number
---@field unit? string
---@field samples? number[]
---@field rule? string
---@field severity? "critical"|"high"|"medium"|"low"|"note"
---@field tool? string
---@field lines? table<integer, integer> Line → how often it was executed.
---@field problem? string

---JUnit XML, as pytest, GoogleTest, Surefire, Jest, nextest, Bazel and `swift test` write it.
---```lua
---step "test" { run = "make test", results = junit { "reports/*.xml", optional = true } }
---```
---@param files baton.Text|baton.Files
---@return baton.Source
function junit(files) end

---TAP 13 or 14.
---```lua
---step "test" { run = "make test", results = tap { "test.tap", optional = true } }
---```
---@param files baton.Text|baton.Files
---@return baton.Source
function tap(files) end

---What `go test -json` prints.
---```lua
---step "test" { run = "make test", results = gotest { "go.json", optional = true } }
---```
---@param files baton.Text|baton.Files
---@return baton.Source
function gotest(files) end

---The event stream of Swift Testing.
---```lua
---step "test" { run = "make test", results = swifttest { "swift.jsonl", optional = true } }
---```
---@param files baton.Text|baton.Files
---@return baton.Source
function swifttest(files) end

---Coverage as lcov and geninfo write it.
---```lua
---step "test" { run = "make test", results = lcov { "coverage.info", optional = true } }
---```
---@param files baton.Text|baton.CoverageFiles
---@return baton.Source
function lcov(files) end

---Coverage as Cobertura, coverage.py and gcovr write it.
---```lua
---step "test" { run = "make test", results = cobertura { "coverage.xml", optional = true } }
---```
---@param files baton.Text|baton.CoverageFiles
---@return baton.Source
function cobertura(files) end

---Coverage as `llvm-cov export` writes it.
---```lua
---step "test" { run = "make test", results = llvmcov { "coverage.json", optional = true } }
---```
---@param files baton.Text|baton.CoverageFiles
---@return baton.Source
function llvmcov(files) end

---Coverage of single tests: which files each touches. With it, `baton run --changed-since REV` runs of the step's
---`tests` only what a change can affect. As `coverage json --show-contexts` writes it after
---`pytest --cov --cov-context=test`; as LCOV's tracefiles tell it, of the test in `TN:`; or as `llvm-cov export` writes
---it, a file a test. What names no test is of the one that its own name tells: `cov/cart%2Ftotal.json`, `cart/total`.
---```lua
---step "test" { run = "make test", results = contexts { "contexts.json", optional = true } }
---```
---@param files baton.Text|baton.Files
---@return baton.Source
function contexts(files) end

---SARIF 2.1, as linters and scanners write it.
---```lua
---step "test" { run = "make test", results = sarif { "findings.sarif", optional = true } }
---```
---@param files baton.Text|baton.Files
---@return baton.Source
function sarif(files) end

---Google Benchmark, pytest-benchmark or hyperfine, as JSON.
---```lua
---step "test" { run = "make test", results = benchmark { "benchmark.json", optional = true } }
---```
---@param files baton.Text|baton.Files
---@return baton.Source
function benchmark(files) end

---Any JSON object of numbers.
---```lua
---step "test" { run = "make test", results = metrics { "metrics.json", optional = true } }
---```
---@param files baton.Text|baton.Files
---@return baton.Source
function metrics(files) end

---What the modules of test runners are called with: `baton.pytest`, `baton.ctest`, `baton.gotest`, `baton.swifttest`,
---`baton.jest`. Each returns the fields of a step, whose `retry` runs the failed tests alone, unless it says otherwise.
---@class baton.Runner: baton.Common
---@field path? baton.Text|baton.Text[] What is run: files, packages, or the folder of a build.
---@field args? baton.Text|baton.Text[] Further arguments.
---@field command? baton.Text|baton.Text[] How the runner is called.
---@field report? baton.Text Where its results are written; steps that run side by side need one each.
