import BatonModel

/// Reads TAP 13 and 14 (https://testanything.org), as `prove`, Node, `node-tap` and others write it.
///
/// A case is a test point, in the suites that the subtests around it make. The point that ends a subtest is a case of its own
/// only where the results say so (Node's `type: 'test'`), or when it failed and none of its own did. A test that is expected to
/// fail (`# TODO`) and does is skipped; when it passes it has passed, with the tag `todo`.
///
/// Names of points are often those of what is checked, and come again: the second of a name in its suite has the parameter `2`,
/// and so on. Points of Perl's test files, which `prove` keeps one by one, have the file as their class.
struct TAPReader: ~Copyable {
  static let lineLimit = 1 << 20
  static let depthLimit = 64
  /// So many names of a file are told apart.
  static let nameLimit = 100_000

  /// What is open at one depth of subtests.
  private struct Level {
    var name = ""
    var seen = 0
    var failed = 0
    var planned: Int?
  }

  private struct Pending {
    var outcome: TestOutcome
    var diagnostics = TAPDiagnostics()
    var comments = ClippedText(limit: TestOutcome.detailsLimit)
    var depth: Int
    /// Points of its own subtests, and those of them that failed.
    var below: Int
    var failedBelow: Int
  }

  private var lines: LineInput
  private let sink: ResultSink
  private var levels = [Level()]
  private var pending: Pending?
  /// The names that `# Subtest:` has announced, by its depth: mostly the one above the subtest's points.
  private var announced = [String?](repeating: nil, count: TAPReader.depthLimit + 1)
  /// The indentation of the YAML block that is being read.
  private var yaml: Int?
  private var hasTAP = false
  private var hasBailedOut = false
  private var isTooDeep = false
  private let className: String
  /// Hash of suite and name → how often they came.
  private var occurrences: [Int: Int] = [:]

  init(_ input: consuming ByteInput, _ sink: ResultSink) {
    lines = LineInput(input, limit: Self.lineLimit)
    self.sink = sink
    className = Self.testFile(sink.label)
  }

  mutating func run() {
    loop: while sink.wantsMore {
      switch lines.next() {
      case .none: break loop
      case .tooLong: sink.problem("a line of more than \(Self.lineLimit >> 20) MB is left out", line: lines.number)
      case .line: take(lines.withLine { String(decoding: $0, as: UTF8.self) })
      }
    }
    finishPending()
    if lines.failure != 0 { sink.problem(SystemText.error(lines.failure)) }
    if !hasTAP { return sink.problem("no TAP in it") }
    if !hasBailedOut { checkPlan() }
  }

  private func checkPlan() {
    guard let top = levels.first else { return }
    if let planned = top.planned {
      if planned != top.seen { sink.problem("planned \(planned) tests, and told \(top.seen)", line: lines.number) }
    } else {
      sink.problem("no plan: the output may be cut off", line: lines.number)
    }
  }

  private mutating func take(_ text: String) {
    let indentation = text.utf8.prefix { $0 == 0x20 }.count
    let line = text.dropFirst(indentation)
    if let yaml {
      if indentation <= yaml, line.trimmed == "..." {
        self.yaml = nil
        return
      }
      if indentation >= yaml || line.isEmpty {
        pending?.diagnostics.append(text.dropFirst(min(yaml, indentation)))
        return
      }
      // The block's end is missing.
      self.yaml = nil
    }
    let parsed = TAPLine(line)
    if parsed == .yamlBegin {
      if pending != nil { yaml = indentation }
      return
    }
    let depth = indentation / 4
    guard depth < Self.depthLimit else {
      if !isTooDeep {
        sink.problem("subtests nested more than \(Self.depthLimit) deep are left out", line: lines.number)
      }
      isTooDeep = true
      return
    }
    take(parsed, depth: depth)
  }

  private mutating func take(_ line: TAPLine, depth: Int) {
    switch line {
    case .other, .yamlBegin: break
    case .version: hasTAP = true
    case .comment(let text):
      if let outcome = pending?.outcome, outcome.status != .passed {
        pending?.comments.append(text + "\n")
      }
    case .subtest(let name):
      finishPending()
      announced[depth] = name
      openLevels(depth)
    case .bailOut(let reason):
      hasTAP = true
      hasBailedOut = true
      finishPending()
      sink.problem(reason.isEmpty ? "bailed out" : "bailed out: \(reason)", line: lines.number)
    case .plan(let count, let skip): takePlan(count, skip, depth)
    case .test(let test):
      // A last line that is not complete may have lost the end of its name.
      guard lines.isComplete || levels[0].planned.map({ $0 == levels[0].seen + 1 }) ?? false else {
        return sink.problem("the last line is cut off", line: lines.number)
      }
      takeTest(test, depth)
    }
  }

  private mutating func takePlan(_ count: Int, _ skip: String?, _ depth: Int) {
    hasTAP = true
    finishPending()
    openLevels(depth)
    closeLevels(above: depth)
    levels[depth].planned = count
    // That a subtest is skipped as a whole, the point behind it says.
    guard let skip, count == 0, depth == 0 else { return }
    sink.add(
      TestOutcome(
        className: className, name: "(all)", status: .skipped, message: skip.isEmpty ? nil : skip))
  }

  private mutating func takeTest(_ test: TAPTest, _ depth: Int) {
    hasTAP = true
    finishPending()
    openLevels(depth)
    let (subtest, below, failedBelow) = closeLevels(above: depth)
    for below in depth...Self.depthLimit { announced[below] = nil }
    levels[depth].seen += 1
    var outcome = TestOutcome(
      suite: suite(upTo: depth), className: className, name: test.name, status: test.isOK ? .passed : .failed)
    if outcome.name.isEmpty { outcome.name = subtest ?? "test \(test.number ?? levels[depth].seen)" }
    (outcome.name, outcome.parameters) = TestName.split(outcome.name)
    switch test.directive {
    case .none: break
    case .skip: outcome.status = .skipped
    case .todo:
      outcome.tags = ["todo"]
      if !test.isOK { outcome.status = .skipped }
    }
    if !test.reason.isEmpty { outcome.message = test.reason }
    outcome.duration = test.milliseconds.flatMap { Span(fractionalSeconds: $0 / 1000) }
    if outcome.status.isFailure { levels[depth].failed += 1 }
    pending = Pending(outcome: outcome, depth: depth, below: below, failedBelow: failedBelow)
  }

  /// The suite of points at a depth: the names of the subtests around them.
  private func suite(upTo depth: Int) -> String {
    levels[...depth].map(\.name).filter { !$0.isEmpty }.joined(separator: "/")
  }

  /// Makes the levels down to a depth. The name is what was announced, or the number of the point that will end the subtest.
  private mutating func openLevels(_ depth: Int) {
    while levels.count <= depth {
      let number = (levels.last?.seen ?? 0) + 1
      levels.append(Level(name: announced[levels.count - 1] ?? announced[levels.count] ?? "test \(number)"))
    }
  }

  /// Ends the subtests below a depth.
  /// - Returns: The name of the outermost, how many points they had, and how many of those failed.
  @discardableResult
  private mutating func closeLevels(above depth: Int) -> (name: String?, points: Int, failed: Int) {
    var name: String?
    var points = 0
    var failed = 0
    while levels.count > depth + 1 {
      guard let level = levels.popLast() else { break }
      name = level.name
      points += level.seen
      failed += level.failed
    }
    return (name, points, failed)
  }

  private mutating func finishPending() {
    guard var ended = pending else { return }
    pending = nil
    yaml = nil
    let diagnostics = ended.diagnostics
    let kind = diagnostics.fields["type"]
    if kind == "suite" || ended.below > 0 {
      // The end of a subtest.
      guard kind == "test" || (ended.outcome.status.isFailure && ended.failedBelow == 0) else { return }
    }
    if ended.outcome.duration == nil { ended.outcome.duration = diagnostics.duration }
    if let (file, line) = diagnostics.place { (ended.outcome.file, ended.outcome.line) = (file, line) }
    if ended.outcome.status.isFailure { explain(&ended) }
    number(&ended.outcome)
    sink.add(ended.outcome)
  }

  /// Tells a case from those of its name before it.
  private mutating func number(_ outcome: inout TestOutcome) {
    var hasher = Hasher()
    hasher.combine(outcome.suite)
    hasher.combine(outcome.name)
    hasher.combine(outcome.parameters)
    let key = hasher.finalize()
    guard let before = occurrences[key] else {
      if occurrences.count < Self.nameLimit { occurrences[key] = 1 }
      return
    }
    occurrences[key] = before + 1
    outcome.parameters += (outcome.parameters.isEmpty ? "" : ",") + "\(before + 1)"
  }

  /// `t/basic.t` of a path such as `build/tap/t/basic.t`: how Perl's test files are called. Empty for other files.
  static func testFile(_ path: String) -> String {
    guard path.hasSuffix(".t") else { return "" }
    let parts = path.split(separator: "/")
    let first = parts.dropLast().lastIndex { $0 == "t" || $0 == "xt" } ?? max(0, parts.count - 1)
    return parts[first...].joined(separator: "/")
  }

  private func explain(_ ended: inout Pending) {
    var isValid = true
    let comments = ended.comments.take(isValid: &isValid)
    let block = ended.diagnostics.details()
    ended.outcome.details = [comments, block].compactMap(\.self).joined(separator: "\n")
    if ended.outcome.details?.isEmpty == true { ended.outcome.details = nil }
    if let code = ended.diagnostics.fields["code"] { ended.outcome.type = code }
    let told = ended.outcome.message ?? ended.diagnostics.message
    ResultText.setMessage(told, of: &ended.outcome)
  }
}
