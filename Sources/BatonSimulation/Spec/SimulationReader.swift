import BatonLua
import BatonModel
import BatonRuntime

/// What a spec asks to be simulated.
struct SimulationSpec {
  /// As the spec names it; nil: the workflow that the spec is named after.
  var file: String?
  /// The workflow's text, in place of a file.
  var source: String?
  var params: [String: Value] = [:]
  var environment: [String: String] = [:]
  /// In place of what baton.json says.
  var config: [String: Value] = [:]
  var flags: [String: Bool] = [:]
  var seed: UInt64 = 1
  var mocks = MockBook()
  var options = SimulationOptions()
}

/// Reads the table of `simulate`.
struct SimulationReader {
  let mocks: MockReader

  static let fields = [
    "approvals", "at", "baseline", "config", "default", "env", "file", "flags", "jobs", "only", "params", "previous",
    "resources",
    "secrets", "seed",
    "signals", "source", "steps", "strict", "tags",
  ]

  /// - Parameter base: what the spec says of all its simulations; fields of the table itself win.
  func spec(_ item: LuaItem, base: LuaItem?, subject: String = "simulate") throws(MockProblem) -> SimulationSpec {
    let own = try TableReader(item, subject, known: Self.fields)
    let reader = try TableReader(Self.merged(own.table, base?.table), subject, known: Self.fields)
    var spec = SimulationSpec()
    spec.file = try reader.string("file")
    spec.source = try reader.string("source")
    if spec.file != nil, spec.source != nil { throw MockProblem("\(subject) has a file and a source: one of them") }
    spec.params = try reader.values("params")
    spec.environment = try reader.strings("env")
    spec.config = try reader.values("config")
    for (name, value) in try reader.values("flags") {
      guard let flag = value.bool else { throw MockProblem("\(reader.name("flags")).\(name) must be true or false") }
      spec.flags[name] = flag
    }
    spec.seed = UInt64(try reader.integer("seed", atLeast: 0) ?? 1)
    spec.mocks = try book(reader)
    spec.options = try options(reader)
    return spec
  }

  /// The fields of both; of `steps`, `params` and the like, what stands in both tables.
  private static func merged(_ table: LuaTable, _ base: LuaTable?) -> LuaItem {
    guard let base else { return .table(table) }
    var result = base
    for field in table.fields {
      guard let position = result.fields.firstIndex(where: { $0.key == field.key }) else {
        result.fields.append(field)
        continue
      }
      if case .table(let new) = field.value, case .table(var old) = result.fields[position].value, new.items.isEmpty {
        for inner in new.fields {
          old.fields.removeAll { $0.key == inner.key }
          old.fields.append(inner)
        }
        result.fields[position].value = .table(old)
      } else {
        result.fields[position].value = field.value
      }
    }
    return .table(result)
  }

  private func book(_ reader: TableReader) throws(MockProblem) -> MockBook {
    var entries: [MockBook.Entry] = []
    if let steps = reader.table["steps"] {
      let table = try TableReader(steps, reader.name("steps"), known: nil).table
      if let stray = table.strays.first ?? table.items.first.map({ "[1] = \($0.phrase)" }) {
        throw MockProblem("\(reader.name("steps")) is a table from names to results, and has \(stray)")
      }
      for field in table.fields {
        entries.append(MockBook.Entry(field.key, try mocks.mock(field.value, "steps[\"\(field.key)\"]")))
      }
    }
    let book = MockBook(entries)
    if let standard = reader.table["default"] { book.standard = try mocks.mock(standard, reader.name("default")) }
    book.isStrict = try reader.flag("strict") ?? false
    if book.isStrict, reader.table["default"] != nil {
      throw MockProblem("\(reader.subject) has a default, with which strict = true means nothing: one of them")
    }
    return book
  }

  private func options(_ reader: TableReader) throws(MockProblem) -> SimulationOptions {
    var options = SimulationOptions()
    options.only = try reader.list("only")
    options.tags = try reader.list("tags")
    options.jobs = try reader.integer("jobs", atLeast: 1).map(Int.init)
    options.resources = try reader.numbers("resources")
    options.secrets = try reader.strings("secrets")
    if let gates = reader.table["baseline"] {
      let gates = try TableReader(gates, reader.name("baseline"), known: nil)
      for gate in gates.table.fields { options.baseline[gate.key] = try gates.numbers(gate.key) }
    }
    if let name = try reader.string("previous") {
      let known: [RunStatus] = [.succeeded, .failed, .halted, .cancelled, .interrupted]
      guard let status = RunStatus(rawValue: name), known.contains(status) else {
        let list = known.map(\.rawValue).joined(separator: ", ")
        throw MockProblem("\(reader.name("previous")) must be one of \(list), not \"\(name)\"")
      }
      options.previous = status
    }
    try readMoments(reader, &options)
    options.people = try PeopleReader(reader).book()
    return options
  }

  /// `at`: when the run begins, or what people do at which time after that (`{ ["30s"] = "cancel" }`), or both (`start`).
  private func readMoments(_ reader: TableReader, _ options: inout SimulationOptions) throws(MockProblem) {
    guard let item = reader.table["at"] else { return }
    guard let table = item.table else {
      options.start = try Self.instant(item, reader.name("at"))
      return
    }
    for field in table.fields {
      if field.key == "start" {
        options.start = try Self.instant(field.value, reader.name("at.start"))
        continue
      }
      let name = "\(reader.name("at"))[\"\(field.key)\"]"
      guard let span = Span(field.key) else {
        throw MockProblem("\(name): a time after the start such as \"1h30m\", or start")
      }
      let request: ControlRequest
      switch field.value.string {
      case "cancel": request = .cancel(by: Simulation.who, reason: nil)
      case "interrupt": request = .interrupt(signal: 2)
      default: throw MockProblem("\(name) must be \"cancel\" or \"interrupt\"")
      }
      options.interventions.append(.init(after: span, request))
    }
  }

  static func instant(_ item: LuaItem, _ name: String) throws(MockProblem) -> Instant {
    if let seconds = item.double, seconds >= 0, seconds < 9.2e9 { return Instant(milliseconds: Int64(seconds * 1000)) }
    if let moment = item.string.flatMap(Instant.init(rfc3339:)) { return moment }
    let shown = item.string.map { "\"\($0)\"" } ?? item.phrase
    throw MockProblem(
      "\(name) must be a time such as \"2026-01-31T12:00:00Z\" or seconds since 1970, not \(shown)")
  }
}
