import BatonLua
import BatonModel
import BatonReference
import Testing

/// Types for editors say what the program takes and gives: no word, field or function more, and none less.
@Suite struct TypesTests {
  private let types = Types.embedded

  private func names(ofWords isSpec: Bool) -> Set<String> {
    let files = types.files.filter { $0.module == nil }
      .filter { file in file.functions.contains { $0.name == "describe" } == isSpec }
    let functions = files.flatMap(\.functions).map(\.name).filter { !$0.contains(".") && !$0.contains(":") }
    return Set(functions + files.flatMap(\.values).map(\.name))
  }

  @Test func `every global of a workflow is described, and nothing else`() throws {
    #expect(try Program.globals(spec: false).subtracting(Program.lua) == names(ofWords: false))
  }

  @Test func `every global of a spec is described, and nothing else`() throws {
    let own = try Program.globals(spec: true).subtracting(try Program.globals(spec: false))
    // A word of workflows, of which the spec says where it belongs.
    #expect(own.subtracting(["service"]) == names(ofWords: true).subtracting(["assert"]))
    #expect(names(ofWords: true).contains("assert"))
  }

  /// A class, and a script that gives a table of it a field that there is none of.
  struct Row: Sendable, CustomTestStringConvertible {
    var type: String
    var script: String
    /// What the table takes in places that are no names.
    var unlisted: Set<String> = []

    var testDescription: String { type }
  }

  static let rows: [Row] = [
    Row(type: "baton.Step", script: "step 'x' { run = 'x', zzqqxx = 1 }", unlisted: ["[1]"]),
    Row(type: "baton.Call", script: "call 'x' { workflow = 'x.lua', zzqqxx = 1 }"),
    Row(type: "baton.Group", script: "parallel 'x' { step 's' 'true', zzqqxx = 1 }", unlisted: ["[1]"]),
    Row(type: "baton.Matrix", script: "matrix 'x' { axes = { a = { 1 } }, step = { run = 'x' }, zzqqxx = 1 }"),
    Row(type: "baton.Gate", script: "gate 'x' { require = { tests = '> 1' }, zzqqxx = 1 }"),
    Row(type: "baton.Notify", script: "notify 'x' { on = 'failed', to = command 'x', zzqqxx = 1 }"),
    Row(type: "baton.Workflow", script: "workflow 'x' { zzqqxx = 1 }"),
    Row(type: "baton.Quarantine", script: "quarantine { { test = 'x', zzqqxx = 1 } }"),
    Row(type: "baton.Retry", script: "step 'x' { run = 'x', retry = { attempts = 2, zzqqxx = 1 } }"),
    Row(type: "baton.Alternative", script: "step 'x' { run = 'x', failover = { { zzqqxx = 1 } } }"),
    Row(type: "baton.Service", script: "service 'x' { run = 'x', zzqqxx = 1 }"),
    Row(type: "baton.ServiceAlternative", script: "service 'x' { run = 'x', failover = { { zzqqxx = 1 } } }"),
    Row(
      type: "baton.CommandProbe",
      script: "service 'x' { run = 'x', ready = probe.command { run = 'x', zzqqxx = 1 } }"),
    Row(type: "baton.TCPProbe", script: "service 'x' { run = 'x', ready = probe.tcp { port = 1, zzqqxx = 1 } }"),
    Row(
      type: "baton.HTTPProbe",
      script: "service 'x' { run = 'x', ready = probe.http { url = 'http://x', zzqqxx = 1 } }"),
    Row(type: "baton.LogProbe", script: "service 'x' { run = 'x', ready = probe.log { text = 'x', zzqqxx = 1 } }"),
    Row(type: "baton.SQLProbe", script: "service 'x' { run = 'x', ready = probe.sql { url = 'x', zzqqxx = 1 } }"),
    Row(type: "baton.Container", script: "step 'x' { run = 'x', executor = container { image = 'x', zzqqxx = 1 } }"),
    Row(type: "baton.SSH", script: "step 'x' { run = 'x', executor = ssh { host = 'x', zzqqxx = 1 } }"),
    Row(type: "baton.Approval", script: "gate 'x' { approval = { zzqqxx = 1 } }"),
    Row(type: "baton.TestTags", script: "local x = shards(2, { 'a' }, { zzqqxx = 1 }) step 's' { run = x }"),
    Row(
      type: "baton.CoverageFiles", script: "step 'x' { run = 'x', results = lcov { 'x', zzqqxx = 1 } }",
      unlisted: ["[1]"]),
    Row(
      type: "baton.Files", script: "step 'x' { run = 'x', results = junit { 'x', zzqqxx = 1 } }",
      unlisted: ["[1]"]),
    Row(
      type: "baton.ResultFiles",
      script: "step 'x' { run = 'x', results = { { 'x', read = function() return {} end, zzqqxx = 1 } } }",
      unlisted: ["[1]"]),
  ]

  @Test(arguments: rows) func `the fields of a table are those that it takes`(row: Row) {
    let described = Set(types.fields(of: row.type).map(\.field.name)).subtracting(row.unlisted)
    #expect(described == Program.fields(row.script), "\(row.type)")
  }

  @Test func `the settings of channels are those that they take`() throws {
    for kind in ChannelKind.all {
      let file = try #require(types.files.first { file in file.functions.contains { $0.name == kind.name } })
      let function = try #require(file.functions.first { $0.name == kind.name })
      if kind.name == "command" {
        #expect(function.parameters[0].type.contains("{ run: "))
        #expect(kind.settings.map(\.name) == ["run"])
        continue
      }
      let type = try #require(
        types.classes(in: function.parameters[0].type).first { types.isTable($0) }, "\(kind.name)")
      #expect(Set(types.fields(of: type.name).map(\.field.name)) == Set(kind.settings.map(\.name)), "\(kind.name)")
    }
  }

  @Test func `kinds of parameters are all described`() {
    let described = types.files.flatMap(\.functions).map(\.name).filter { $0.hasPrefix("param.") }.map {
      $0.dropFirst(6)
    }
    #expect(Set(described.map(String.init)) == Program.fields("local x = param.zzqqxx"))
  }

  @Test func `the settings of each kind of parameter are those that it takes`() throws {
    for function in types.files.flatMap(\.functions) where function.name.hasPrefix("param.") {
      let type = try #require(function.parameters.first?.type, "\(function.name)")
      let described = type.matches(of: /([a-z]+)\?:/).map { String($0.output.1) }
      let first = function.name == "param.enum" ? "'a', " : ""
      let known = Program.fields("workflow 'w' { params = { x = \(function.name) { \(first)zzqqxx = 1 } } }")
      #expect(Set(described) == known, "\(function.name)")
    }
  }

  /// Functions of modules that take no table of options first, or none that is checked by its names.
  private static let otherwise: Set<String> = [
    "baton.actions.context", "baton.actions.env", "baton.actions.values", "baton.actions.with",
  ]

  @Test func `the options of every function of a module are those that it takes`() throws {
    var looked = 0
    for file in types.files {
      guard let module = file.module, Stdlib.moduleNames.contains(module) else { continue }
      for (call, type) in calls(of: file, module) where !Self.otherwise.contains("\(module)\(call)") {
        let script = "local m = require '\(module)' local x = m\(call) { zzqqxx = 1 } step 's' { run = x }"
        guard let rest = Program.mistakes(script).firstRange(of: "there is no option \"zzqqxx\"; known: ")?.upperBound
        else { continue }
        let line = Program.mistakes(script)[rest...].prefix { $0 != "\n" }
        let known = Set(
          line.split(separator: ",").map { String($0.filter { $0 != " " }) }.filter { !$0.hasPrefix("andwhat") })
        let fields = types.classes(in: type).flatMap { types.fields(of: $0.name) }
        let inline = type.matches(of: #/([a-z_]+)\??:\ /#).map { String($0.output.1) }
        let named = fields.filter { !Self.ofAll.contains($0.owner) }.map(\.field.name).filter { !$0.hasPrefix("[") }
        let own = named + inline
        // Some options are fields of steps to which the module gives a meaning of its own.
        #expect(Set(own).subtracting(known) == [], "\(module)\(call) does not take them")
        #expect(known.subtracting(own + fields.map(\.field.name)) == [], "\(module)\(call) takes more")
        looked += 1
      }
    }
    #expect(looked > 30, "\(looked) functions tell what they take")
  }

  /// What steps and services have, whoever makes them.
  private static let ofAll: Set<String> = [
    "baton.Common", "baton.Inherited", "baton.Step", "baton.ServiceSettings", "baton.MadeService",
  ]

  /// How the functions of a module that take options are called, and the type of those.
  private func calls(of file: MetaFile, _ module: String) -> [(call: String, type: String)] {
    var calls: [(call: String, type: String)] = []
    for function in file.functions + file.classes.filter({ $0.name == module }).flatMap(\.methods) {
      guard let type = function.parameters.first?.type, types.classes(in: type).contains(where: types.isTable)
      else { continue }
      calls.append((function.name == module ? "" : ".\(function.name.split(separator: ".").last ?? "")", type))
    }
    for overload in file.classes.filter({ $0.name == module }).flatMap(\.overloads) {
      let type = String(overload.prefix { $0 != ")" }.drop { $0 != ":" }.dropFirst())
      if types.classes(in: type).contains(where: types.isTable) { calls.append(("", type)) }
    }
    return calls
  }

  @Test func `every module of the standard library has types, and they say what it has`() throws {
    for module in Stdlib.moduleNames {
      guard let file = types.files.first(where: { $0.module == module }) else {
        Issue.record("\(module) has no types: stdlib/meta/\(module).lua is missing")
        continue
      }
      let printed = try Program.printed(
        """
        step "x" "true"
        local module = require "\(module)"
        if type(module) == "table" then
          for name in pairs(module) do print(name) end
          local callable = pcall(function() return module {} end)
        else
          print "(called)"
        end
        """)
      let table = file.classes.first { $0.name == module }
      var described = Set(file.functions.map(\.name) + file.values.map(\.name)).map { name in
        name == module ? "(called)" : String(name.dropFirst(module.count + 1))
      }
      described += table?.methods.map(\.name) ?? []
      #expect(Set(described) == Set(printed), "\(module)")
    }
  }

  @Test func `everything that is described has words`() {
    for file in types.files {
      for function in file.functions where function.name != "ctx:uuid" {
        #expect(!function.text.isEmpty || function.name.hasPrefix("param."), "\(function.name)")
      }
      for value in file.values { #expect(!value.text.isEmpty || value.name == "assert", "\(value.name)") }
      if let module = file.module { #expect(!file.text.isEmpty, "\(module)") }
    }
  }

  @Test func `every type that is named is described`() {
    for file in types.files {
      let fields = file.classes.flatMap(\.fields).map(\.type)
      let functions = (file.functions + file.classes.flatMap(\.methods)).flatMap { $0.parameters + $0.returns }.map(
        \.type)
      for type in fields + functions + file.aliases.map(\.type) {
        for name in Types.names(in: type) {
          #expect(types.classes[name] != nil || types.aliases[name] != nil, "\(name) in \(type)")
        }
      }
    }
  }
}
