/// The rows of the table.
struct WorkList {
  static let keys =
    [
      "independent", "chain", "noop", "plan", "memory", "version", "single", "output", "durable", "bodies", "replay",
      "suspended", "simulate", "report", "junit", "junit-memory",
    ] + viewKeys

  let baton: String
  let doit: String?
  /// A Python that has DBOS, where it is installed.
  let dbos: String?
  let divisor: Int
  /// A folder for what preparations say.
  let scratch: String

  func sized(_ count: Int) -> Int { max(1, count / divisor) }

  var works: [Work] {
    [
      independent, chain, noop, plan, memory, version, single, output, durable, bodies, replay, suspended, simulate,
      report, junit, junitMemory,
    ] + history
  }

  func contender(
    _ name: String, _ input: (file: String, text: String), _ command: [String], status: Int32 = 0
  ) -> Contender {
    Contender(
      name: name, status: status,
      prepare: { folder throws(BenchError) in try Files.write(input.text, to: "\(folder)/\(input.file)") },
      command: { _ throws(BenchError) in command })
  }
}
