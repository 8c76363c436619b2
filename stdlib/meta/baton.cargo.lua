---@meta baton.cargo
-- Cargo: builds, tests with their results, lints and formatting of Rust packages.

local cargo = {}

---@class baton.cargo.Options: baton.Common
---@field package? baton.Text|baton.Text[]
---@field workspace? boolean
---@field features? baton.Text|baton.Text[]
---@field all_features? boolean
---@field no_default_features? boolean
---@field release? boolean
---@field profile? baton.Text
---@field target? baton.Text|baton.Text[]
---@field manifest? baton.Text The path of Cargo.toml.
---@field target_dir? baton.Text
---@field locked? boolean
---@field offline? boolean
---@field lib? boolean
---@field bins? boolean
---@field bin? baton.Text|baton.Text[]
---@field test? baton.Text|baton.Text[]
---@field examples? boolean
---@field example? baton.Text|baton.Text[]
---@field benches? boolean
---@field all_targets? boolean
---@field toolchain? baton.Text Such as `"nightly"`.
---@field args? baton.Text|baton.Text[]
---@field command? baton.Text|baton.Text[] Default `"cargo"`.

---A step that builds.
---@param options? baton.cargo.Options
---@return baton.Step
function cargo.build(options) end

---A step that checks that it would build.
---@param options? baton.cargo.Options
---@return baton.Step
function cargo.check(options) end

---@class baton.cargo.Clippy: baton.cargo.Options
---@field deny? string|string[] Lints, such as `"warnings"`.
---@field allow? string|string[]

---A step that lints.
---@param options? baton.cargo.Clippy
---@return baton.Step
function cargo.clippy(options) end

---@class baton.cargo.Format: baton.Common
---@field package? baton.Text|baton.Text[]
---@field all? boolean Default `true`.
---@field write? boolean Formats, in place of failing.
---@field manifest? baton.Text
---@field toolchain? baton.Text
---@field args? baton.Text|baton.Text[]
---@field command? baton.Text|baton.Text[]

---A step that fails where sources are not formatted.
---@param options? baton.cargo.Format
---@return baton.Step
function cargo.fmt(options) end

---@class baton.cargo.Test: baton.cargo.Options
---@field filter? baton.Text|baton.Text[] Parts of names.
---@field skip? baton.Text|baton.Text[]
---@field ignored? "skip"|"only"|"include" Default `"skip"`.
---@field doc? boolean Only the examples in documentation.
---@field fail_fast? boolean
---@field test_args? baton.Text|baton.Text[]
---@field report? string Default `"reports/cargo-test.txt"`.
---@field coverage? boolean Lines are counted by cargo-llvm-cov, which has to be installed.
---@field tests? true|string[]|baton.Ref Names of tests, in place of `filter` and `skip`; `true`: Cargo's own `--tests`.

---A step that runs tests and reads their results. With `retry`, only the tests that failed are run again.
---@param options? baton.cargo.Test
---@return baton.Step
function cargo.test(options) end

---@class baton.cargo.Discover: baton.cargo.Options
---@field ignored? "skip"|"only"|"include" Default `"skip"`.
---@field test_args? baton.Text|baton.Text[]

---A step that builds the tests and lists them, without examples in documentation, as its value `tests`.
---@param options? baton.cargo.Discover
---@return baton.Step
function cargo.discover(options) end

---The tests in what `cargo test` prints.
---@param text string
---@return baton.ResultItem[]
function cargo.results(text) end

return cargo
