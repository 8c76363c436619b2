import BatonModel
import BatonRuntime
import Glibc

/// What the module `baton.mock` runs: `__mock serve ROUTES`, the server; `__mock check FILE EXPECTED`, the look at its calls.
enum MockCommand {
  static func perform(_ words: [String]) throws -> Int32 {
    switch (words.first, words.count) {
    case ("serve", 2):
      guard let folder = Environment[ServiceProbe.variable], let port = Environment["BATON_PORT_HTTP"].flatMap(Int.init)
      else { break }
      let table = try MockTable(try JSON.decode(words[1]))
      try MockServer(table, port: port, calls: "\(folder)/calls.jsonl").serve()
    case ("check", 3): return try check(words[1], try JSON.decode(words[2]))
    default: break
    }
    throw BatonError(.usage, "\(MockServer.command) is for the module baton.mock")
  }

  /// Tells what was called otherwise than expected: `{"calls":{"POST /orders":2},"bodies":{"POST /orders":["tea"]},
  /// "unmatched":0}`.
  private static func check(_ path: String, _ expected: Value) throws -> Int32 {
    var calls: [Value] = []
    for line in try File.read(path).split(separator: UInt8(ascii: "\n")) { calls.append(try JSON.decode(line)) }
    var problems: [String] = []
    for (text, wanted) in (expected["calls"]?.map ?? [:]).sorted(by: { $0.key < $1.key }) {
      let count = fitting(text, calls).count
      if let number = wanted.integer, number != count {
        problems.append("\(text): called \(count) times, not \(number)")
      }
    }
    for (text, parts) in (expected["bodies"]?.map ?? [:]).sorted(by: { $0.key < $1.key }) {
      let bodies = fitting(text, calls).map { $0["body"]?.string ?? "" }
      for part in (parts.list ?? []).compactMap(\.string) where !bodies.contains(where: { $0.contains(part) }) {
        problems.append("\(text): none of \(bodies.count) bodies holds \(JSON.encode(.string(part)))")
      }
    }
    if expected["unmatched"]?.integer == 0 {
      for call in calls where call["route"] == .null {
        problems.append("\(call["method"]?.string ?? "") \(call["path"]?.string ?? ""): there is no such route")
      }
    }
    for problem in problems { print(problem) }
    return problems.isEmpty ? 0 : 1
  }

  private static func fitting(_ text: String, _ calls: [Value]) -> [Value] {
    guard let pattern = MockPattern(text) else { return [] }
    return calls.filter { pattern.fits($0["method"]?.string ?? "", $0["path"]?.string ?? "") }
  }
}
