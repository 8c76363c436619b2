import BatonCore
import BatonModel

/// What the prelude can ask of Swift: the fields of its table `host`.
final class HostFunctions {
  let vm: LuaVM
  let definition: Definition
  let world: World
  private let onPrint: (String) -> Void
  /// What is done to the text of every script before it is compiled.
  var marks: ([UInt8]) -> [UInt8] = { $0 }

  init(_ vm: LuaVM, _ definition: Definition, _ world: World, onPrint: @escaping (String) -> Void) {
    self.vm = vm
    self.definition = definition
    self.world = world
    self.onPrint = onPrint
  }

  /// The VM keeps the closures, so they must not keep the VM.
  func register() throws(LuaFailure) {
    try registerDeclarations()
    try registerCells()
    try registerTexts()
    try registerSettings()
    try registerWorld()
    try registerModules()
  }

  // MARK: Declarations

  private func declare(_ name: String, _ body: @escaping (Definition, LuaCall, SourcePlace) -> LuaReply)
    throws(LuaFailure)
  {
    let definition = definition
    try vm.register(name) { call in
      if definition.phase == .calling {
        return .raise("\(name) declares, which is done when the script is read, not when its functions run")
      }
      return body(definition, call, call.scriptPlace)
    }
  }

  private func registerDeclarations() throws(LuaFailure) {
    try declare("step") { .number($0.step($1[0], $1[1], at: $2)) }
    try declare("call") { .number($0.call($1[0], $1[1], at: $2)) }
    try declare("parallel") { .number($0.group(.parallel, $1[0], $1[1], at: $2)) }
    try declare("sequence") { .number($0.group(.sequence, $1[0], $1[1], at: $2)) }
    try declare("transaction") { .number($0.group(.transaction, $1[0], $1[1], at: $2)) }
    try declare("service") { .number($0.service($1[0], $1[1], at: $2)) }
    try declare("gate") { .number($0.gate($1[0], $1[1], at: $2)) }
    try declare("depends") { .values([$0.depends($1[0], $1[1], at: $2)]) }
    try declare("notify") { definition, call, place in
      definition.notify(call[0], call[1], at: place)
      return .values([])
    }
    try declare("quarantine") { definition, call, place in
      definition.declareQuarantine(call[0], at: place)
      return .values([])
    }
    try declare("workflow") { definition, call, place in
      let (values, patterns) = definition.declareWorkflow(call[0], call[1], at: place)
      return .values([values, patterns])
    }
    try declare("matrix") { definition, call, place in
      let (node, cells) = definition.matrix(call[0], call[1], at: place)
      let list = cells.map { LuaItem.table(LuaTable(items: $0)) } ?? .null
      return .values([.integer(Int64(node)), list])
    }
    let definition = definition
    try vm.register("mismatch") { call in
      if let name = call[0].string { definition.mismatch(name, badPattern: call[1].string) }
      return .values([])
    }
  }

  private func registerCells() throws(LuaFailure) {
    let definition = definition
    try vm.register("scope") { _ in .number(definition.scope) }
    try vm.register("enter") { call in
      definition.enter(call.index(0), call.index(1))
      return .values([])
    }
    try vm.register("leave") { call in
      definition.scope = call.index(0)
      return .values([])
    }
    try vm.register("cell") { call in
      definition.cell(call.index(0), call.index(1), call[2])
      return .values([])
    }
    try vm.register("cell_failed") { [unowned vm] call in
      let message = call[2].string ?? ""
      let (place, text) = vm.split(message) ?? (call.scriptPlace, message)
      definition.cellFailed(call.index(0), call.index(1), text, at: place)
      return .values([])
    }
    try vm.register("no_axis") { call in
      let known = definition.matrices[call.index(0)]?.axes ?? []
      guard let name = call[1].string else { return .text("cell has no field that is \(call[1].phrase)") }
      // Known from other cells: this one has none.
      if known.contains(name) { return .values([.null]) }
      return .text(Self.unknown("cell has no axis \"\(name)\"", name, among: known))
    }
  }

  // MARK: Words for messages

  static func unknown(_ message: String, _ name: String, among known: some Sequence<String>) -> String {
    let known = known.sorted()
    if let cure = Names.proposal(for: name, in: known) { return "\(message): \(cure)" }
    return known.isEmpty ? message : "\(message): known are \(known.joined(separator: ", "))"
  }

  /// `config` and `flags`.
  private func registerSettings() throws(LuaFailure) {
    let world = world
    try vm.register("settings") { _ in
      let settings = world.settings
      let flags = settings.flags.mapValues(Value.bool)
      return .values([LuaItem(["config": .map(settings.config), "flags": .map(flags)])])
    }
    // Where it is asked for, as `config.db`, and the name; nothing where there is one without a value.
    try vm.register("no_setting") { call in
      guard let what = call[0].string, let name = call[1].string else { return .values([.null]) }
      let settings = world.settings
      var table: Value? = [
        "config": .map(settings.config), "flags": .map(settings.flags.mapValues(Value.bool)),
      ]
      for key in what.split(separator: ".") { table = table?[String(key)] }
      let known = table?.map ?? [:]
      if known[name] != nil { return .values([.null]) }
      let place = settings.environment.map { " (environment \"\($0)\" of baton.json)" } ?? " (baton.json)"
      if known.isEmpty, !what.contains(".") {
        return .text("there is no \(what).\(name): baton.json says nothing below \"\(what)\"")
      }
      return .text(Self.unknown("there is no \(what).\(name)\(place)", name, among: known.keys))
    }
  }

  private func registerTexts() throws(LuaFailure) {
    let definition = definition
    try vm.register("where") { call in
      let place = call.scriptPlace
      return .text(place.line > 0 ? "\(place.text): " : "")
    }
    try vm.register("phrase") { .text($0[0].phrase) }
    try vm.register("text") { .text($0[0].value?.text ?? "") }
    try vm.register("quote") { .text($0[0].string.map { "\"\($0)\"" } ?? $0[0].phrase) }
    try vm.register("name") { .text(definition.name(ofHandle: $0[0])) }
    try vm.register("describe") { .text(definition.describe($0[0])) }
    try vm.register("no_field") { call in
      let name = definition.name(ofHandle: call[0])
      let field = call[1].string ?? call[1].phrase
      return .text(
        "\(definition.describe(call[0])) has no field \"\(field)\": what it emits is \(name).out.\(field)")
    }
    try vm.register("unknown") { .text(definition.unknownValue($0[0])) }
    try vm.register("no_param") { call in
      guard let name = call[0].string else { return .text("params has no field that is \(call[0].phrase)") }
      if definition.workflow.subject == nil {
        return .text("params.\(name): parameters are known after workflow \"name\" { params = … }")
      }
      return .text(
        Self.unknown("there is no parameter \"\(name)\"", name, among: definition.workflow.params.map(\.name)))
    }
    try vm.register("no_member") { call in
      let prefix = call[0].string ?? ""
      guard let name = call[1].string else { return .text("\(prefix) has no field that is \(call[1].phrase)") }
      let known = call[2].table?.items.compactMap(\.string) ?? []
      return .text(Self.unknown("there is no \(prefix).\(name)", name, among: known))
    }
    try vm.register("formats") { _ in
      .values([.table(LuaTable(items: ResultFormat.allCases.map { .string($0.rawValue) }))])
    }
    try vm.register("channels") { _ in
      .values([.table(LuaTable(items: ChannelKind.all.map { LuaItem.string($0.name) }))])
    }
  }

  // MARK: The world

  private func registerWorld() throws(LuaFailure) {
    let (definition, world, onPrint) = (definition, world, onPrint)
    try vm.register("print") { call in
      if definition.isRepeating() { return .values([]) }
      onPrint(call[0].string ?? "")
      return .values([])
    }
    try vm.register("secret") { call in
      if case .string(let name) = call[0], Names.isValid(name) { return .values([]) }
      let got = call[0].string.map { "\"\($0)\"" } ?? call[0].phrase
      return .raise("secret takes the name of a secret, not \(got)")
    }
    try vm.register("env") { call in
      guard let name = call[0].string, !name.isEmpty, !name.utf8.contains(0) else {
        return .raise("env takes the name of an environment variable, not \(call[0].phrase)")
      }
      if let rock = call[1].string {
        guard let permission = Permission("env:\(name)") else { return .values([.null]) }
        if let refusal = world.refusal(of: permission, rock: rock) { return .raise(refusal) }
      }
      return .values([LuaItem(world.variable(name))])
    }
    try vm.register("date") { call in
      let format = call[0] == .null ? "%c" : call[0].string
      let seconds = call[1] == .null ? world.seconds : call[1].integer
      guard let format, let seconds else { return .raise("os.date takes a format and a time") }
      switch CalendarTime.date(format, seconds: seconds) {
      case .success(let item): return .values([item])
      case .failure(let failure): return .raise(failure.message)
      }
    }
    try vm.register("time") { call in
      if call[0] == .null { return .values([.integer(world.seconds)]) }
      guard let table = call[0].table else { return .raise("os.time takes a table, not \(call[0].phrase)") }
      switch CalendarTime.seconds(table) {
      case .success(let seconds): return .values([.integer(seconds)])
      case .failure(let failure): return .raise(failure.message)
      }
    }
    for name in ["halt", "fail"] {
      try vm.register(name) { call in
        guard definition.phase == .calling else {
          return .raise("\(name) can be called in a check, when, run or map function, not while the script is read")
        }
        let reason: String
        switch call[0] {
        case .string(let text): reason = text
        case .null: reason = "no reason given"
        case let other:
          guard let value = other.value else {
            return .raise("\(name) takes a reason, not \(other.phrase)")
          }
          reason = value.text
        }
        return name == "halt" ? .halt(reason) : .fail(reason)
      }
    }
  }
}

extension LuaReply {
  fileprivate static func text(_ text: String) -> LuaReply { .values([.string(text)]) }
  fileprivate static func number(_ number: Int) -> LuaReply { .values([.integer(Int64(number))]) }
}

extension LuaCall {
  /// The argument at a position, 0-based; null where there are fewer.
  subscript(_ position: Int) -> LuaItem { position < arguments.count ? arguments[position] : .null }
  /// Where the script stands.
  var scriptPlace: SourcePlace { place() ?? SourcePlace(file: "?") }
  func index(_ position: Int) -> Int { Int(self[position].integer ?? 0) }
}
