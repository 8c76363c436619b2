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
      "$schema": ".baton/meta/baton.schema.json",
      "keep": "30d"
    }

    """

  /// For the Lua language server: where the types of the language are, and which Lua it is.
  public static let editorSettings = """
    {
      "$schema": "https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json",
      "runtime.version": "Lua 5.4",
      "runtime.path": ["modules/?.lua", "modules/?/init.lua", ".baton/rocks/share/lua/5.4/?.lua"],
      "runtime.builtin": { "io": "disable", "debug": "disable", "package": "disable" },
      "workspace.library": [".baton/meta"],
      "workspace.ignoreDir": [".baton/runs", ".baton/cache"],
      "workspace.checkThirdParty": false
    }

    """

  /// For luacheck: the names of the language, and the folders that it is to leave alone.
  public static func luacheck(globals: [String], excluding folders: [String] = [".baton"]) -> String {
    func list(_ names: [String]) -> String {
      var lines: [String] = []
      var line = " "
      for name in names {
        if line.count + name.count > 110 {
          lines.append(line)
          line = " "
        }
        line += " \"\(name)\","
      }
      return (lines + [line]).joined(separator: "\n")
    }
    let spec = [
      "after_each", "assert", "before_each", "describe", "it", "mocks", "pending", "setup", "simulate", "teardown",
    ]
    return """
      -- Names of Baton's language, for luacheck; baton check shows its findings among its own.
      std = "lua54"
      max_line_length = false
      exclude_files = { \(folders.map { "\"\($0)\"" }.joined(separator: ", ")) }
      read_globals = {
      \(list(globals))
      }
      files["**/*_test.lua"] = {
        read_globals = {
        \(list(spec))
        },
      }

      """
  }

  /// For Visual Studio Code: the extension, its settings and snippets.
  public static let codeExtensions = """
    {
      "recommendations": ["sumneko.lua"]
    }

    """

  public static let codeSnippets = #"""
    {
      "step": {
        "scope": "lua", "prefix": "step",
        "body": ["step \"${1:name}\" {", "  run = ${2:[[${3:make}]]},", "}"],
        "description": "A step that runs a command"
      },
      "body": {
        "scope": "lua", "prefix": "body",
        "body": ["step \"${1:name}\" {", "  function(ctx)", "    ctx:step \"${2:child}\" { run = [[${3:make}]] }", "  end,", "}"],
        "description": "A step that is a durable body"
      },
      "matrix": {
        "scope": "lua", "prefix": "matrix",
        "body": ["matrix \"${1:name}\" {", "  axes = { ${2:os} = { ${3:\"linux\", \"mac\"} } },", "  step = function(cell)", "    return { run = { \"${4:make}\", cell.${2:os} } }", "  end,", "}"],
        "description": "A step for each cell of a product"
      },
      "gate": {
        "scope": "lua", "prefix": "gate",
        "body": ["gate \"${1:name}\" {", "  depends = ${2:tests},", "  require = { ${3:pass_rate} = \"${4:>= 0.98}\" },", "}"],
        "description": "A gate over what steps measured"
      },
      "workflow": {
        "scope": "lua", "prefix": "workflow",
        "body": ["workflow \"${1:name}\" {", "  description = \"${2:What it does}\",", "  params = { ${3:target} = param.${4:string} { default = ${5:\"dev\"} } },", "}"],
        "description": "The workflow's name and parameters"
      },
      "emit": {
        "scope": "lua", "prefix": "emit",
        "body": "echo \"${1:name}=${2:value}\" >> \"$$BATON_OUTPUT\"",
        "description": "A value for other steps"
      }
    }

    """#

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
      env = { NAME = params.name },
      run = [[echo "Hello $NAME, today is" ]] .. prepare.out.day,
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
