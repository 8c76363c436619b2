local cargo = require "baton.cargo"

local function command(fields)
  return simulate { source = 'local cargo = require "baton.cargo"\nstep "x" (' .. fields .. ")" }.steps.x.command
end

describe("cargo", function()
  it("builds and checks", function()
    assert.equal("cargo build", command "cargo.build {}")
    assert.equal("cargo check --all-targets", command "cargo.check { all_targets = true }")
    assert.equal("cargo +nightly build --workspace --no-default-features --release --locked --offline --bins "
      .. "--target x86_64-unknown-linux-musl --features a,b --manifest-path 'a b/Cargo.toml' --target-dir t --timings",
      command [[cargo.build {
        toolchain = "nightly", workspace = true, no_default_features = true, release = true, locked = true,
        offline = true, bins = true, target = "x86_64-unknown-linux-musl", features = { "a", "b" },
        manifest = "a b/Cargo.toml", target_dir = "t", args = "--timings",
      }]])
    assert.equal("cargo build --package a --package b --profile dist",
      command [[cargo.build { package = { "a", "b" }, profile = "dist", timeout = "1h" }]])
  end)

  it("lints and formats", function()
    assert.equal("cargo clippy --workspace -- -D warnings -A clippy::style",
      command [[cargo.clippy { workspace = true, deny = "warnings", allow = { "clippy::style" } }]])
    assert.equal("cargo clippy", command "cargo.clippy {}")
    assert.equal("cargo fmt --all --check", command "cargo.fmt {}")
    assert.equal("cargo fmt --package a", command [[cargo.fmt { package = "a", write = true }]])
  end)

  it("takes features that are known later", function()
    local run = simulate {
      source = [[
        local cargo = require "baton.cargo"
        local f = step "f" "true"
        step "x" (cargo.build { features = { "a", f.out.v } })
      ]],
      steps = { f = { out = { v = "b" } } },
    }
    assert.equal("a,b", run.steps.x.args[4])
  end)
end)

local printed = [[
   Compiling app v0.1.0 (/app)
    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.52s
     Running unittests src/lib.rs (target/debug/deps/app-1f2e3d)

running 4 tests
test tests::adds ... ok
test tests::later ... ignored, needs a network
test tests::panics - should panic ... ok
test tests::breaks ... FAILED

failures:

---- tests::breaks stdout ----

thread 'tests::breaks' panicked at src/lib.rs:12:9:
assertion `left == right` failed
  left: 1
 right: 2
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


failures:
    tests::breaks

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/api.rs (target/debug/deps/api-4c5b6a)

running 1 test
test tests::adds ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests app

running 1 test
test src/lib.rs - add (line 3) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.21s
]]

describe("cargo.test", function()
  it("has all tests run, and keeps what they print", function()
    local run = simulate { source = [[
      local cargo = require "baton.cargo"
      step "x" (cargo.test {
        package = "app", filter = { "cart" }, skip = "slow", ignored = "include", report = "out/t.txt",
        test_args = "--test-threads=2",
      })
    ]] }
    assert.same({
      "out/t.txt", "cargo", "test", "--no-fail-fast", "--package", "app", "--", "--include-ignored", "--test-threads=2",
      "--skip", "slow", "cart",
    }, { table.unpack(run.steps.x.args, 5) })
  end)

  it("reads the results", function()
    assert.same({
      { name = "tests::adds", suite = "unittests src/lib.rs", status = "passed" },
      { name = "tests::later", suite = "unittests src/lib.rs", status = "skipped", message = "needs a network" },
      { name = "tests::panics", suite = "unittests src/lib.rs", status = "passed" },
      {
        name = "tests::breaks", suite = "unittests src/lib.rs", status = "failed",
        message = "assertion `left == right` failed",
        details = "thread 'tests::breaks' panicked at src/lib.rs:12:9:\nassertion `left == right` failed\n  left: 1\n"
          .. " right: 2\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
      },
      { name = "tests::adds", suite = "tests/api.rs", status = "passed" },
      { name = "src/lib.rs - add (line 3)", suite = "app (documentation)", status = "passed" },
    }, cargo.results(printed))
  end)

  it("reads what is no report as nothing", function()
    assert.same({}, cargo.results "")
    assert.same({}, cargo.results "error: could not compile `app`\ntest nonsense\n")
  end)

  it("says how failed tests are run alone", function()
    local retry = cargo.test({ retry = 1 }).retry
    assert.same({ "a::b", "c" }, retry.select { { name = "a::b" }, { name = "c" } })
    assert.equal("--exact", retry.run[#retry.run])
    local chosen, reason = retry.select { { name = "src/lib.rs - add (line 3)" } }
    assert.is_nil(chosen)
    assert.equal("cargo can't run an example of documentation alone", reason)
  end)
end)

describe("lists of tests", function()
  local function words(fields)
    return simulate { source = 'local cargo = require "baton.cargo"\nstep "x" (' .. fields .. ")" }.steps.x
  end

  it("are taken by name, in place of filters", function()
    local test = words [[cargo.test { tests = { "tests::adds" }, filter = "cart", lib = true, test_args = "-q" }]]
    assert.same({ "cargo", "test", "--no-fail-fast", "--lib", "--", "-q", "--exact" }, { table.unpack(test.args, 6) })
    assert.same({ "tests::adds" }, test.tests)
  end)

  it("are told from Cargo's own --tests", function()
    assert.same({ "cargo", "test", "--no-fail-fast", "--tests", "--" },
      { table.unpack(words([[cargo.test { tests = true }]]).args, 6) })
    assert.same({ "cargo", "build", "--tests" }, words([[cargo.build { tests = true }]]).args)
  end)

  it("are found", function()
    assert.same({ "cargo", "test", "--workspace", "--", "--list", "--format", "terse", "--ignored" },
      { table.unpack(words([[cargo.discover { workspace = true, ignored = "only" }]]).args, 5) })
  end)

  it("and lines are counted by cargo-llvm-cov", function()
    local test = words [[cargo.test { coverage = true, toolchain = "nightly" }]]
    assert.same({ "reports/cargo-test.txt", "2", "cargo", "+nightly", "llvm-cov", "test", "--no-report" },
      { table.unpack(test.args, 5, 11) })
    assert.contains('exec "$@" llvm-cov report --lcov --output-path "${report%.txt}.lcov"', test.args[3])
  end)
end)

it("tells mistakes with the line of whoever made them", function()
  assert.blames_caller(
    'cargo.test: "tests" must be true, or a list of names of tests or a ref to one, not "a"',
    cargo.test, { tests = "a" })
  assert.blames_caller(
    'cargo.build: there is no option "feature": did you mean "features"?', cargo.build, { feature = "a" })
  assert.blames_caller('cargo.test: "workspace" must be true or false, not "yes"', cargo.test, { workspace = "yes" })
  assert.blames_caller(
    'cargo.build: either "release" or "profile", not both', cargo.build, { release = true, profile = "a" })
  assert.blames_caller(
    'cargo.clippy: either "package" or "workspace", not both', cargo.clippy, { package = "a", workspace = true })
  assert.blames_caller(
    'cargo.test: "ignored" must be one of "skip", "only", "include", not true', cargo.test, { ignored = true })
  assert.blames_caller(
    'cargo.clippy: "deny" must be a string or a list of strings, not true', cargo.clippy, { deny = true })
end)
