import BatonModel

/// Reads the events of `go test -json` (`go doc test2json`): each test and subtest, benchmarks, and packages that failed as a
/// whole. Lines that `go` writes between them (what the compiler says) explain a package that could not be built.
struct GoTestReader: ~Copyable {
  static let lineLimit = 4 << 20
  /// So many tests may be running at the same time; of the others' output nothing is kept.
  static let openLimit = 2000

  private var lines: LineInput
  private let sink: ResultSink
  private var open: [GoTestCase: GoTestOutput] = [:]
  private var packages = GoPackages()
  private var benchmarks = GoBenchmarks()
  private var reruns = GoReruns()
  private var hasEvents = false

  init(_ input: consuming ByteInput, _ sink: ResultSink) {
    lines = LineInput(input, limit: Self.lineLimit)
    self.sink = sink
  }

  mutating func run() {
    loop: while sink.wantsMore {
      switch lines.next() {
      case .none: break loop
      case .tooLong: sink.problem("a line of more than \(Self.lineLimit >> 20) MB is left out", line: lines.number)
      case .line: takeLine()
      }
    }
    if lines.failure != 0 { sink.problem(SystemText.error(lines.failure)) }
    if !hasEvents { sink.problem("no events of go test -json in it") }
    // The package's end is missing: the process was killed, or the file was cut.
    let names = open.keys.map { "\($0.package).\($0.test)" }.sorted()
    if !names.isEmpty { sink.problem("how \(SomeNames.text(names)) ended is not known", line: lines.number) }
  }

  private mutating func takeLine() {
    let (event, isObject, isBlank, text) = lines.withLine { line -> (GoTestEvent?, Bool, Bool, String) in
      if ObjectLine.isObject(line) {
        return (GoTestEvent(line), true, false, ObjectLine.quoted(line))
      }
      return (nil, false, ObjectLine.isBlank(line), String(decoding: line.prefix(2000), as: UTF8.self))
    }
    if let event {
      hasEvents = true
      take(event)
    } else if isObject {
      sink.problem(lines.isComplete ? "no event: \(text)" : "the last line is cut off", line: lines.number)
    } else if !isBlank {
      takeText(text)
    }
  }

  /// A line that is no JSON.
  private mutating func takeText(_ text: String) {
    let words = text.split(separator: "\t", omittingEmptySubsequences: true)
    if words.first == "FAIL", words.count == 2, let reason = words[1].split(separator: " ", maxSplits: 1).last,
      reason.hasPrefix("["), let package = words[1].split(separator: " ").first
    {
      hasEvents = true
      return tellPackage(
        String(package), message: String(reason.dropFirst().dropLast()), output: packages.buildOutput(nil))
    }
    guard text.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x09 }) else {
      return sink.problem("no event: control characters", line: lines.number)
    }
    packages.addBuildOutput(text + "\n", of: nil)
  }

  private mutating func take(_ event: GoTestEvent) {
    if event.action == "build-output" { return packages.addBuildOutput(event.output, of: event.importPath) }
    guard !event.package.isEmpty else { return }
    guard !event.test.isEmpty else { return takePackage(event) }
    let key = GoTestCase(package: event.package, test: event.test)
    switch event.action {
    case "run": if open[key] == nil { begin(key) }
    case "output":
      if event.test.hasPrefix("Benchmark") { takeBenchmark(event) }
      open[key]?.append(event.output)
    case "pass": end(key, .passed, event)
    case "fail": end(key, .failed, event)
    case "skip": end(key, .skipped, event)
    default: break
    }
  }

  private mutating func begin(_ key: GoTestCase) {
    open[key] = GoTestOutput(isKept: open.count < Self.openLimit)
  }

  private mutating func end(_ key: GoTestCase, _ status: TestStatus, _ event: GoTestEvent) {
    var output = open.removeValue(forKey: key) ?? GoTestOutput(isKept: false)
    var outcome = TestOutcome(suite: key.package, name: key.test, status: status)
    if let seconds = event.elapsed {
      outcome.duration = Span(fractionalSeconds: seconds)
      if outcome.duration == nil { sink.problem("no duration: \(seconds)", line: lines.number) }
    }
    if status != .passed { output.explain(&outcome) }
    if status == .failed {
      packages.noteFailure(in: key.package)
      reruns.noteFailure(key)
    }
    if status == .passed { outcome.failedBefore = reruns.failuresBefore(key) }
    sink.add(outcome)
  }

  private mutating func takePackage(_ event: GoTestEvent) {
    switch event.action {
    case "output":
      if event.output.hasPrefix("Benchmark") || benchmarks.isOpen(event.package) { takeBenchmark(event) }
      packages.addOutput(event.output, of: event.package)
    case "pass", "fail", "skip":
      finishOpen(of: event.package, failed: event.action == "fail")
      reruns.finish(event.package)
      let (hadFailures, output) = packages.finish(event.package)
      if event.action == "fail", !hadFailures {
        let isBuild = event.failedBuild != nil
        tellPackage(
          event.package, message: isBuild ? "build failed" : nil,
          output: isBuild ? packages.buildOutput(event.failedBuild) : output)
      }
    default: break
    }
  }

  /// The package is done, and these tests did not say how they ended: the process died in them, or (before Go 1.20) they
  /// printed something without a line end.
  private mutating func finishOpen(of package: String, failed: Bool) {
    for key in open.keys.filter({ $0.package == package }).sorted(by: { $0.test < $1.test }) {
      guard var output = open.removeValue(forKey: key) else { continue }
      var outcome = TestOutcome(suite: package, name: key.test, status: failed ? .errored : .passed)
      if failed {
        output.explain(&outcome)
        outcome.message = "did not end"
        packages.noteFailure(in: package)
      }
      sink.add(outcome)
    }
  }

  /// A package that failed without a failed test: it could not be built, its `TestMain` failed, it panicked.
  private func tellPackage(_ package: String, message: String?, output: String?) {
    var outcome = TestOutcome(suite: package, name: "(package)", status: .errored, details: output)
    ResultText.setMessage(message, of: &outcome)
    sink.add(outcome)
  }

  private mutating func takeBenchmark(_ event: GoTestEvent) {
    for measurement in benchmarks.take(event.output, of: event.package) { sink.add(measurement) }
  }
}

/// What identifies a test in a stream.
struct GoTestCase: Hashable {
  var package: String
  var test: String
}
