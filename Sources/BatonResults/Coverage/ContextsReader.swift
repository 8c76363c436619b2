import BatonModel

/// Reads the coverage of single tests that coverage.py tells, `coverage json --show-contexts` after a run with
/// `pytest --cov --cov-context=test`, or that `llvm-cov export` tells of one test (``LLVMTraces``).
///
/// coverage.py tells of each file's `contexts`, line → the contexts that executed it: a test by its name and phase
/// (`tests/test_sum.py::test_add|run`), or nothing for what ran while the file was loaded. Source: coverage.py's
/// documentation, "Measurement contexts" and "JSON reporting"; pytest-cov's, "Contexts".
struct ContextsReader: ~Copyable {
  /// Of one file; more are left out, with a problem.
  static let testLimit = 200_000

  var json: JSONPull
  let sink: ResultSink
  private var hasFiles = false
  /// What is read is of llvm-cov.
  private var export: LLVMTraces?
  private var hasContexts = false
  private var hasTests = false

  init(_ input: consuming ByteInput, _ sink: ResultSink) {
    json = JSONPull(input)
    self.sink = sink
  }

  mutating func run() {
    let isRead = readTop()
    // What is not complete would leave files out.
    if isRead, let export { return export.tell(sink) }
    if !isRead {
      guard sink.wantsMore else { return }
      sink.problem(json.failure.isEmpty ? "no report of coverage json" : json.failure, line: json.input.line)
    } else if !hasFiles {
      sink.problem("no files of coverage json in it")
    } else if !hasContexts {
      sink.problem("no contexts in it: coverage json --show-contexts writes them")
    } else if !hasTests {
      sink.problem("no test is named in it: pytest --cov --cov-context=test names them")
    }
  }

  private mutating func readTop() -> Bool {
    guard json.next() == .beginObject else { return false }
    return fields { (reader, key) in
      if key == "data" {
        var export = LLVMTraces()
        defer { reader.export = export }
        return reader.readData(into: &export)
      }
      guard key == "files" else { return nil }
      guard reader.json.next() == .beginObject else { return false }
      reader.hasFiles = true
      return reader.fields { (reader, file) in reader.readFile(file) }
    }
  }

  private mutating func readFile(_ name: String) -> Bool {
    guard json.next() == .beginObject else { return false }
    var tests: Set<String> = []
    var loading: [Int] = []
    var isTold = false
    let isRead = fields { (reader, key) in
      guard key == "contexts" else { return nil }
      guard reader.json.next() == .beginObject else { return false }
      reader.hasContexts = true
      isTold = true
      return reader.fields { (reader, line) in reader.readLine(Int(line), &tests, &loading) }
    }
    // What is not complete would leave tests out.
    guard isRead else { return false }
    guard isTold, !name.isEmpty else { return true }
    if !tests.isEmpty { hasTests = true }
    if tests.count >= Self.testLimit { sink.problem("\(name): more tests than can be told") }
    sink.add(.trace(FileTrace(file: name, tests: tests.sorted(), loading: FileTrace.ranges(loading.sorted()))))
    return true
  }

  private mutating func readLine(_ line: Int?, _ tests: inout Set<String>, _ loading: inout [Int]) -> Bool {
    guard json.next() == .beginArray else { return false }
    while true {
      switch json.next() {
      case .endArray: return true
      case .string:
        let context = json.string
        if context.isEmpty {
          if let line, line > 0 { loading.append(line) }
        } else if tests.count < Self.testLimit {
          tests.insert(Self.test(context))
        }
      case .malformed, .finished: return false
      case let token: if !json.skip(token) { return false }
      }
    }
  }

  /// `tests/test_sum.py::test_add|run` → `tests/test_sum.py::test_add`.
  private static func test(_ context: String) -> String {
    for phase in ["|run", "|setup", "|teardown"] where context.hasSuffix(phase) {
      return String(context.dropLast(phase.count))
    }
    return context
  }
}

extension ContextsReader: ObjectWalking {
  var goesOn: Bool { sink.wantsMore }
  var key: String { json.string }
  mutating func next() -> JSONPull.Token { json.next() }
  mutating func skip(_ token: JSONPull.Token) -> Bool { json.skip(token) }
}
