import BatonCore
import BatonLua
import BatonModel

/// Reads what a spec says of a step's result.
///
/// `true`, `"succeeded"`, `false`, `"failed"`, an exit code, or a table; a list of them has one for each attempt; a function
/// returns one of them.
struct MockReader {
  /// Calls a function of the spec, and gives what it returns.
  let call: (Int32, MockCall) throws(MockProblem) -> LuaItem

  static let fields = [
    "cached", "checkpoint", "code", "duration", "fail", "halt", "metrics", "out", "output", "results", "signal",
    "timeout",
  ]

  func mock(_ item: LuaItem, _ subject: String) throws(MockProblem) -> Mock {
    switch item {
    case .function(let number):
      return .function { (asked) throws(MockProblem) in
        let result = try call(number, asked)
        if case .function = result { throw MockProblem("the function of \(subject) returned a function") }
        return try mock(result, "what the function of \(subject) returned")
      }
    case .table(let table) where !table.items.isEmpty && table.fields.isEmpty && table.strays.isEmpty:
      var mocks: [Mock] = []
      for (index, item) in table.items.enumerated() { mocks.append(try mock(item, "\(subject)[\(index + 1)]")) }
      return .sequence(mocks)
    default: return .fixed(try result(item, subject))
    }
  }

  private func result(_ item: LuaItem, _ subject: String) throws(MockProblem) -> MockResult {
    switch item {
    case .null, .bool(true), .string("succeeded"): return MockResult()
    case .bool(false), .string("failed"): return MockResult(.exited(1))
    case .string("cached"):
      var result = MockResult()
      result.isCached = true
      return result
    case .integer, .number:
      guard let code = item.integer, (0...255).contains(code) else {
        throw MockProblem("\(subject) must be an exit code of 0 to 255, not \(item.value?.text ?? "")")
      }
      return MockResult(code == 0 ? .succeeded : .exited(Int32(code)))
    case .table: return try result(TableReader(item, subject, known: Self.fields))
    case .string(let text):
      throw MockProblem(
        "\(subject) must be \"succeeded\", \"failed\" or \"cached\", not \"\(text)\"; "
          + "what a step prints is { output = \"…\" }")
    case .function, .object: throw MockProblem("\(subject) must be a result, not \(item.phrase)")
    }
  }

  private func result(_ reader: TableReader) throws(MockProblem) -> MockResult {
    var result = MockResult()
    var ends: [String] = []
    if let code = try reader.integer("code", atLeast: 0) {
      guard code <= 255 else { throw MockProblem("\(reader.name("code")) is at most 255") }
      result.outcome = code == 0 ? .succeeded : .exited(Int32(code))
      ends.append("code")
    }
    if let name = try reader.string("signal") {
      guard let signal = SignalName.number(name) else {
        throw MockProblem("\(reader.name("signal")) is no signal: \"\(name)\"; one is \"SIGKILL\"")
      }
      result.outcome = .signaled(signal)
      ends.append("signal")
    }
    if let reason = try reader.string("fail") {
      result.outcome = .failed(reason)
      ends.append("fail")
    }
    if let reason = try reader.string("halt") {
      result.outcome = .halted(reason)
      ends.append("halt")
    }
    if try reader.flag("timeout") == true {
      result.outcome = nil
      ends.append("timeout")
    }
    if ends.count > 1 { throw MockProblem("\(reader.subject) has \(ends.joined(separator: " and ")): one of them") }
    result.duration = try reader.duration("duration") ?? .zero
    result.values = try reader.values("out")
    result.output = try reader.string("output") ?? ""
    result.metrics = try reader.numbers("metrics")
    result.results = try results(reader)
    let failed = result.results?.contains { item in
      if case .test(let outcome) = item { outcome.status.isFailure } else { false }
    }
    if ends.isEmpty, failed == true { result.outcome = .exited(1) }
    result.checkpoint = reader.table["checkpoint"]?.value
    result.isCached = try reader.flag("cached") ?? false
    return result
  }

  /// As a function that reads results returns them. One that fails a test ends with 1, unless something else is said.
  private func results(_ reader: TableReader) throws(MockProblem) -> [ResultItem]? {
    guard let item = reader.table["results"] else { return nil }
    let place = reader.name("results")
    guard item.table != nil, let value = item.value else {
      throw MockProblem(
        "\(place) must be a list such as { { name = \"adds\", status = \"failed\" } }, not \(item.phrase)")
    }
    let items = ResultValues.items(value, from: place)
    for case .problem(let text) in items where text.hasPrefix(place) { throw MockProblem(text) }
    return items
  }
}
