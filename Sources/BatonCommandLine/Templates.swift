import BatonModel

/// What `baton init` writes.
public enum Templates {
  public static let names = ["default", "matrix", "gate"]

  /// The text of `workflow.lua`.
  public static func workflow(_ name: String) throws(BatonError) -> String {
    switch name {
    case "default": return standard
    case "matrix": return matrix
    case "gate": return gate
    default:
      throw BatonError(
        .usage, "there is no template \"\(name)\"",
        cure: Names.proposal(for: name, in: names) ?? "one of: \(names.joined(separator: ", "))")
    }
  }

  public static let settings = """
    {
      "keep": "30d"
    }

    """

  /// For the Lua language server: where the types of the language are, and which Lua it is.
  public static let editorSettings = """
    {
      "$schema": "https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json",
      "runtime.version": "Lua 5.4",
      "workspace.library": [".baton/meta"],
      "workspace.checkThirdParty": false
    }

    """

  static let standard = #"""
    -- baton run workflow.lua                 runs it
    -- baton run workflow.lua -p name=Ada     with a parameter
    -- baton plan workflow.lua                shows what would run, and why
    workflow "hello" {
      description = "A value that goes from one step to the next",
      params = {
        name = param.string { default = "world" },
      },
    }

    -- A step emits values by appending name=value lines to $BATON_OUTPUT.
    local prepare = step "prepare" {
      run = [[echo "day=$(date +%A)" >> "$BATON_OUTPUT"]],
    }

    -- Members of a group run side by side.
    local checks = parallel "checks" {
      step "lint"  { run = "echo checking style" },
      step "types" { run = "echo checking types", timeout = "1m" },
    }

    -- A value of another step is quoted for the shell, and makes this step wait for that one.
    step "greet" {
      depends = checks,
      run = "echo Hello " .. params.name .. ", today is " .. prepare.out.day,
    }

    """#

  static let matrix = #"""
    -- baton run workflow.lua -j 4                          runs the cells four at a time
    -- baton run workflow.lua --only 'test[os=linux,python=3.12]'   runs one of them, and what it depends on
    workflow "matrix" {
      description = "One step for each cell of a product",
    }

    local build = step "build" {
      run = [[echo "version=1.0.$(date +%j)" >> "$BATON_OUTPUT"]],
    }

    local tests = matrix "test" {
      depends = build,
      axes    = { os = { "linux", "mac" }, python = { "3.11", "3.12", "3.13" } },
      exclude = { { os = "mac", python = "3.11" } },
      max     = 4,
      step    = function(cell)
        return {
          run   = "echo testing " .. build.out.version .. " on " .. cell.os .. " with Python " .. cell.python,
          retry = { attempts = 3, backoff = "1s" },
        }
      end,
    }

    step "publish" {
      depends = tests,
      run     = "echo publishing " .. build.out.version,
    }

    """#

  static let gate = #"""
    -- baton run workflow.lua                        the gate passes
    -- baton run workflow.lua -p tests_failed=5      the gate halts the run; baton resume carries it on
    workflow "gate" {
      description = "Measured results, and a gate that the run must pass",
      params = {
        tests_failed = param.integer { default = 1, min = 0, max = 100 },
      },
    }

    -- A step reports metrics by appending JSON lines to $BATON_EVENTS.
    local tests = step "tests" {
      env = { FAILED = params.tests_failed },
      run = [[
        echo "100 tests, $FAILED failed"
        echo "{\"metric\":\"pass_percent\",\"value\":$((100 - FAILED))}" >> "$BATON_EVENTS"
      ]],
    }

    local quality = gate "quality" {
      depends   = tests,
      require   = { ["metric.pass_percent"] = ">= 98" },
      otherwise = "halt",
    }

    step "deploy" {
      depends = quality,
      run     = "echo deploying",
    }

    notify "log" {
      on = { "succeeded", "halted", "failed" },
      to = command { run = "cat >> notifications.log; echo >> notifications.log" },
    }

    """#
}
