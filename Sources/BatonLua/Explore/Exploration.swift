import BatonCore
import BatonModel

/// Runs bodies with unknown results along every way that they may take, up to a bound. Does nothing that they ask for.
final class Exploration {
  struct Limits {
    var paths = 64
    /// On one path.
    var operations = 2000
    /// Of Lua, for one path and for all bodies of a script.
    var path = Span(seconds: 1)
    var all = Span(seconds: 5)
  }

  private let vm: LuaVM
  private let definition: Definition
  private let limits = Limits()
  private var explore: Int32 = 0
  private let clock: () -> Instant
  private let begun: Instant
  /// What the path that is being followed has come to.
  private var path = BodyPath()
  /// What it is to decide, and what it decided.
  private var prefix: [Bool] = []
  private var decisions: [Bool] = []
  private var isOver = false

  init(_ vm: LuaVM, _ definition: Definition, clock: @escaping () -> Instant) {
    self.vm = vm
    self.definition = definition
    self.clock = clock
    begun = clock()
  }

  /// Before the script is read: its text calls what is made here.
  func prepare() throws(LuaFailure) {
    try register()
    var last: LuaItem?
    for (name, source) in Stdlib.explore {
      last = try vm.call(try vm.compile(source, chunkName: name, env: .privileged)).first
    }
    guard case .table(let table)? = last, case .function(let entry)? = table["explore"] else {
      throw LuaFailure(.runtime, "the file of explorations gave back no function")
    }
    explore = entry
  }

  func outline(of body: Callback) -> BodyOutline {
    var paths: [BodyPath] = []
    // First the ways that differ from the straight one in one decision, then those that differ in two, …
    var open: [[Bool]] = [[]]
    var next = 0
    while next < open.count, paths.count < limits.paths, clock() - begun < limits.all {
      prefix = open[next]
      next += 1
      paths.append(follow(body))
      for place in prefix.count..<max(prefix.count, decisions.count) {
        open.append(Array(decisions[..<place]) + [!decisions[place]])
      }
    }
    return OutlineBuilder.outline(paths, isComplete: next == open.count)
  }

  private func follow(_ body: Callback) -> BodyPath {
    path = BodyPath()
    decisions = []
    isOver = false
    do throws(LuaFailure) {
      let results = try vm.call(explore, [.function(body.id)], limit: limits.path)
      switch results.first?.string {
      case "returns": end(.returns, "", line: 0)
      case "raises": end(.raises, results.count > 1 ? results[1].string ?? "" : "", line: 0)
      default: break
      }
    } catch {
      switch error.kind {
      case .timeLimit, .memory, .nesting: end(.long, error.message, line: error.place?.line ?? 0)
      case .runtime, .syntax, .halt, .fail: end(.raises, error.text, line: error.place?.line ?? 0)
      }
    }
    return path
  }

  private func end(_ how: BodyOutline.Ending, _ text: String, line: Int32) {
    add(.ends(how, text, line: line))
    isOver = true
  }

  private func add(_ event: BodyPath.Event) { if !isOver { path.events.append(event) } }

  // MARK: What stdlib/explore asks

  private func register() throws(LuaFailure) {
    try vm.register("x_ask") { [unowned self] call in
      let starts = if case .bool(true) = call[3] { true } else { false }
      add(
        .operation(
          BodyOutline.Operation(
            kind: call[0].string ?? "", name: call[1].string ?? "", text: words(of: call[2], kind: call[0].string),
            line: call.scriptPlace.line, isStarted: starts)))
      return .values([.bool(path.events.count < limits.operations)])
    }
    try vm.register("x_decide") { [unowned self] call in
      let isFirst = if case .bool(true) = call[1] { true } else { false }
      let taken = decisions.count < prefix.count ? prefix[decisions.count] : isFirst
      decisions.append(taken)
      add(.decided(call[0].string ?? "", line: call.scriptPlace.line, taken))
      return .values([.bool(taken)])
    }
    try vm.register("x_open") { [unowned self] call in
      let line = call.index(1) > 0 ? Int32(call.index(1)) : call.scriptPlace.line
      switch call[0].string {
      case "loop": add(.opens(.loop(nil), line: line))
      case "body": add(.opens(.body, line: line))
      default: add(.opens(.together(call[2].string ?? ""), line: line))
      }
      return .none
    }
    try vm.register("x_repeats") { [unowned self] call in
      let line = Int32(call.index(0))
      guard let place = path.events.lastIndex(of: .opens(.loop(nil), line: line)), !isOver else { return .none }
      let event = BodyPath.Event.opens(.loop(call[1].string ?? ""), line: line)
      if case .bool(true) = call[2] {
        path.events.remove(at: place)
        path.events.append(event)
      } else {
        path.events[place] = event
      }
      return .none
    }
    try vm.register("x_close") { [unowned self] _ in
      add(.closes)
      return .none
    }
    try vm.register("x_leave") { [unowned self] call in
      add(.leaves(line: Int32(call.index(0))))
      return .none
    }
    try vm.register("x_end") { [unowned self] call in
      let how = call[0].string.flatMap(BodyOutline.Ending.init) ?? .long
      // A loop that has no other end than what leaves it.
      if how == .repeats { add(.closes) }
      end(how, call[1].string ?? "", line: call.scriptPlace.line)
      return .none
    }
    try vm.register("x_text") { [unowned self] call in .values([.string(words(of: call[0], kind: nil))]) }
    try vm.register("x_no_method") { call in
      guard let name = call[0].string else { return .values([.string("ctx has no field that is \(call[0].phrase)")]) }
      let known = call[1].table?.fields.map(\.key) ?? []
      return .values([.string(HostFunctions.unknown("there is no ctx:\(name)", name, among: known))])
    }
  }

  // MARK: Words

  /// What an operation does, for people.
  private func words(of item: LuaItem, kind: String?) -> String {
    guard case .table(let table) = item else { return plain(item) }
    if case .function? = table.items.first { return "body" }
    switch kind {
    case "exec": return command(table.items)
    case "sh": return plain(table.items.first ?? .null)
    case "signal": return table["timeout"].map { "timeout \(plain($0))" } ?? ""
    case "http": return ["method", "url"].compactMap { table[$0].map(plain) }.joined(separator: " ")
    case "approval": return table["by"].map { "by \(plain($0))" } ?? ""
    default: break
    }
    if let workflow = table["workflow"] { return "call \(plain(workflow))" }
    switch table["run"] {
    case .table(let list)?: return command(list.items)
    case .function?: return "function"
    case let other?: return plain(other)
    case nil: return plain(item)
    }
  }

  private func command(_ words: [LuaItem]) -> String {
    words.map { item in
      let text = plain(item)
      return text.isEmpty || text.contains(" ") && !text.hasPrefix("${") ? "'\(text)'" : text
    }.joined(separator: " ")
  }

  private func plain(_ item: LuaItem) -> String {
    switch item {
    case .null: return ""
    case .bool, .integer, .number, .string: return item.value?.text ?? ""
    case .function: return "function"
    case .table(let table):
      let items = table.items.map(plain) + table.fields.map { "\($0.key) = \(plain($0.value))" }
      return items.isEmpty ? "" : "{ \(items.joined(separator: ", ")) }"
    case .object("unknown", let payload):
      let text = payload.string ?? ""
      return text.contains("${") ? text : "${\(text)}"
    case .object("handle", let payload): return definition.name(ofHandle: payload)
    case .object("expr", .table(let payload)): return expr(payload.items)
    case .object(let kind, _): return kind
    }
  }

  /// A ref as a script writes it.
  private func expr(_ payload: [LuaItem]) -> String {
    let operands = payload.dropFirst()
    switch payload.first?.string {
    case "ref":
      let path = operands.dropFirst().map { ".\(plain($0))" }.joined()
      return "${\(operands.first.map { definition.name(ofHandle: $0) } ?? "").out\(path)}"
    case "concat": return operands.map(plain).joined()
    case "secret": return "${secret \(operands.first.map(plain) ?? "")}"
    case "map": return "\(operands.first.map(plain) ?? ""):map(function)"
    case "shards"?: return "shards(\(operands.prefix(2).map(plain).joined(separator: ", ")))"
    case "prioritized"?: return "prioritized(\(operands.first.map(plain) ?? ""))"
    default: return operands.first.map(plain) ?? ""
    }
  }
}
