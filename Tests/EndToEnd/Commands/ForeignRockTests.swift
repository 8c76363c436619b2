import Testing

/// Modules that others made for plain Lua, as Debian packages them, are made into rocks and used in a workflow.
@Suite struct ForeignRockTests {
  /// Where Debian has the files: the newest Lua for which it has them.
  private func place(of file: String) throws -> String {
    let folders = ["5.4", "5.3", "5.2", "5.1"].map { "/usr/share/lua/\($0)" }
    guard let found = folders.first(where: { Disk.exists("\($0)/\(file)") }) else {
      throw HarnessError("there is no \(file): scripts/setup installs it")
    }
    return found
  }

  /// Makes `src/NAME` with a rockspec and the files, and packs it into `rocks`.
  private func pack(_ name: String, _ version: String, _ first: String, in sandbox: Sandbox) throws {
    let folder = try place(of: first)
    let top = first.split(separator: "/").first.map(String.init) ?? first
    let files = top == first ? [first] : Disk.files(below: "\(folder)/\(top)").map { "\(top)/\($0)" }
    var modules = ""
    for file in files where file.hasSuffix(".lua") {
      try sandbox.write("src/\(name)/\(file)", try #require(Disk.text("\(folder)/\(file)")))
      var module = String(file.dropLast(4)).replacing("/", with: ".")
      if module.hasSuffix(".init") { module = String(module.dropLast(5)) }
      modules += "    [\"\(module)\"] = \"\(file)\",\n"
    }
    try sandbox.write(
      "src/\(name)/\(name)-\(version).rockspec",
      """
      package = "\(name)"
      version = "\(version)"
      source = { url = "git+https://example.org/\(name).git" }
      dependencies = { "lua >= 5.1" }
      build = { type = "builtin", modules = {
      \(modules)} }

      """)
    let packed = try sandbox.baton("module", "pack", "src/\(name)", "-o", "rocks")
    try #require(packed.code == 0, "\(packed.account)")
  }

  @Test func `four rocks that were made for plain Lua work in a workflow, from a folder, without a network`() throws {
    let sandbox = try Sandbox(["second/baton.json": "{}"])
    try pack("penlight", "1.13.1-1", "pl/init.lua", in: sandbox)
    try pack("inspect", "3.1.1-2", "inspect.lua", in: sandbox)
    try pack("dkjson", "2.5-3", "dkjson.lua", in: sandbox)
    try pack("argparse", "0.7.1-1", "argparse.lua", in: sandbox)
    for (name, version) in [("penlight", "1.13.1"), ("inspect", ""), ("dkjson", ""), ("argparse", "")] {
      let words = ["module", "add", name] + (version.isEmpty ? [] : [version]) + ["--server", "../rocks"]
      let added = try sandbox.start(words, in: "second").wait()
      #expect(added.code == 0, "\(added.account)")
    }
    try sandbox.write(
      "second/workflow.lua",
      """
      local List, tablex, stringx, pretty = require "pl.List", require "pl.tablex", require "pl.stringx", require "pl.pretty"
      local class, template = require "pl.class", require "pl.template"
      local inspect, json, argparse = require "inspect", require "dkjson", require "argparse"

      local Cell = class()
      function Cell:_init(name) self.name = name end
      local browsers = List { "firefox", "chrome" }:sort()
      step "penlight" {
        run = { "printf", "%s\\n", stringx.join(",", browsers), tostring(tablex.size { a = 1, b = 2 }),
          pretty.write({ 1, 2 }, ""), Cell("x").name, (template.substitute("$(n) cells", { n = 3 })) },
      }
      step "inspect" { run = { "echo", inspect({ 1, { a = "b" } }, { newline = " ", indent = "" }) } }
      step "json" { run = { "echo", json.encode(json.decode '{"a": [1, 2.5, "x", null]}', { keyorder = { "a" } }) } }
      local parser = argparse "tool"
      parser:option "-n --number":convert(tonumber)
      step "argparse" { run = { "echo", tostring(parser:parse { "-n", "7" }.number + 1) } }

      """)
    let run = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(run.code == 0, "\(run.account)")
    let expected = [
      "penlight": "chrome,firefox\n2\n{1,2}\nx\n3 cells\n", "inspect": "{ 1, { a = \"b\" } }\n",
      "json": "{\"a\":[1,2.5,\"x\"]}\n", "argparse": "8\n",
    ]
    for (step, output) in expected { #expect(try sandbox.baton("logs", step, in: "second").output == output) }
    let shown = try sandbox.baton("show", in: "second").output
    for name in ["penlight 1.13.1-1", "inspect 3.1.1-2", "dkjson 2.5-3", "argparse 0.7.1-1"] {
      #expect(shown.contains(name), "\(shown)")
    }
  }
}
