import BatonModel
import BatonSystem

/// What `baton module new` writes: a module that works, with its types, its specs, an example and all that it needs to be shared.
public enum ModuleSkeleton {
  /// Makes the folder of a module.
  ///
  /// - Returns: the files in it.
  public static func write(_ name: String, to folder: String) throws(BatonError) -> [String] {
    let files = try files(name)
    guard Disk.kind(folder) == nil else {
      throw BatonError(
        .usage, "\(folder) is here already, and nothing is overwritten", cure: "choose another name, or -o DIR")
    }
    for file in files {
      try Disk.make(folder: Disk.folder(of: "\(folder)/\(file.path)"))
      try Disk.write(Array(file.text.utf8), to: "\(folder)/\(file.path)")
    }
    return files.map(\.path)
  }

  /// Path → text, for a module of this name.
  ///
  /// - Throws: where the name is none.
  public static func files(_ name: String) throws(BatonError) -> [(path: String, text: String)] {
    let isName =
      name.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } == true
      && name.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
      } && name.utf8.count <= 50
    guard isName else {
      throw BatonError(
        .usage, "\"\(name)\" is no name of a module", cure: "small letters, digits, - and _, such as shop-deploy")
    }
    let local = name.map { $0 == "-" ? "_" : String($0) }.joined()
    func fill(_ text: String) -> String {
      text.split(separator: "@", omittingEmptySubsequences: false).enumerated().map { index, part in
        index % 2 == 0 ? String(part) : part == "NAME" ? name : part == "LOCAL" ? local : "@\(part)@"
      }.joined()
    }
    return [
      ("\(name)-0.1.0-1.rockspec", fill(rockspec)), ("modules/\(name).lua", fill(module)),
      ("baton/module.json", "{\n  \"permissions\": []\n}\n"), ("baton/types/\(name).lua", fill(types)),
      ("\(name)_test.lua", fill(spec)), ("example.lua", fill(example)), ("README.md", fill(readme)),
    ]
  }

  private static let rockspec = """
    -- What LuaRocks needs to know of @NAME@: https://github.com/luarocks/luarocks/wiki/Rockspec-format
    rockspec_format = "3.0"
    package = "@NAME@"
    version = "0.1.0-1"
    source = { url = "git+https://example.org/@NAME@.git" }
    description = { summary = "A module of workflows", license = "MIT" }
    dependencies = { "lua >= 5.4" }
    build = {
      type = "builtin",
      modules = { ["@NAME@"] = "modules/@NAME@.lua" },
      -- What it asks for beyond the sandbox, and its types for editors.
      copy_directories = { "baton" },
    }

    """

  private static let module = """
    -- @NAME@: a step that greets.
    --
    --   local @LOCAL@ = require "@NAME@"
    --   step "hello" (@LOCAL@.greet { name = "world" })

    local options = require "baton.options"

    local @LOCAL@ = {}

    -- What `greet` takes beside the fields of a step. Mistakes blame the line that calls.
    local read = options.schema("@NAME@.greet", {
      name = { "text", required = true },
    })

    local script = [[echo "hello, $1"; echo "greeted=$1" >> "$BATON_OUTPUT"]]

    -- The fields of a step that greets, and emits whom. What callers give is an argument of its own, never part of a command:
    -- no space, quote or "; rm -rf ~" in it means anything. It may be a ref, too.
    function @LOCAL@.greet(given)
      local own, fields = read(given)
      fields.run = { "/bin/sh", "-c", script, "greet", own.name }
      return fields
    end

    return @LOCAL@

    """

  private static let types = """
    ---@meta @NAME@

    ---@class @NAME@.GreetOptions: baton.Common
    ---@field name baton.Text Whom to greet.

    ---@class @NAME@
    local @LOCAL@ = {}

    ---The fields of a step that greets, and emits whom as `greeted`.
    ---@param given @NAME@.GreetOptions
    ---@return baton.Step
    function @LOCAL@.greet(given) end

    return @LOCAL@

    """

  private static let spec = """
    -- baton test runs it: steps are mocked, time is virtual.
    local @LOCAL@ = require "@NAME@"

    describe("@NAME@", function()
      it("passes on what else a step says", function()
        assert.equal("2m", @LOCAL@.greet({ name = "ada", timeout = "2m" }).timeout)
      end)

      it("needs a name", function()
        assert.error(function() @LOCAL@.greet {} end)
      end)

      it("gives names to the shell as they are", function()
        assert.equal("ada; rm -rf ~", @LOCAL@.greet({ name = "ada; rm -rf ~" }).run[5])
      end)

      it("runs in a workflow", function()
        local run = simulate("example.lua", { steps = { hello = { out = { greeted = "world" } } } })
        assert.equal("succeeded", run.status)
      end)
    end)

    """

  private static let example = """
    -- baton run example.lua
    local @LOCAL@ = require "@NAME@"

    workflow "example" {}

    local hello = step "hello" (@LOCAL@.greet { name = "world" })

    step "after" { run = "echo greeted " .. hello.out.greeted }

    """

  private static let readme = """
    # @NAME@

    A module for workflows of Baton.

    ```lua
    local @LOCAL@ = require "@NAME@"

    step "hello" (@LOCAL@.greet { name = "world" })
    ```

    | what | does |
    | --- | --- |
    | `@LOCAL@.greet { name = … }` | the fields of a step that greets, and emits `greeted` |

    ## Working on it

    `modules/@NAME@.lua` is the module, `baton/types/@NAME@.lua` tells editors of it, `@NAME@_test.lua` tests it,
    `example.lua` uses it. `baton/module.json` asks for what goes beyond the sandbox, such as
    `{"permissions": ["env:DEPLOY_TOKEN", "read:/etc/ssl"]}`: who adds the module grants it, or does not.

        baton test              # its specs
        baton run example.lua   # its example
        baton module pack       # a rock to give to others

    Others add it with `baton module add FOLDER`, `baton module add git+https://…` or `baton module add FILE.rock`.

    """
}
