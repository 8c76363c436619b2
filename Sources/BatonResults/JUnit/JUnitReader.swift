import BatonModel

/// Reads JUnit XML in all its dialects: Ant and Surefire (with `flakyFailure` and `rerunFailure`), pytest, GoogleTest, CTest,
/// jest-junit, nextest, Bazel, Node, `swift test --xunit-output`.
///
/// There is no standard; Surefire's schema
/// (https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report.xsd) and what the tools write were the source.
struct JUnitReader: ~Copyable {
  private var xml: XMLPull
  private let sink: ResultSink
  /// The names of the suites that are open, outermost first.
  private var suites: [String] = []
  private var suite = ""
  /// nextest: a script that it ran before its tests. Only one that failed is told as a case: its summary counts none of them.
  private var isSetup = false
  /// What the open suites say they hold, outermost first.
  private var promises: [SuitePromise] = []
  private var seen = SuiteCount()
  private var current: TestOutcome?
  /// Of the case that is being read.
  private var verdict = Verdict()
  private var details = ClippedText(limit: TestOutcome.detailsLimit)
  /// What a case that failed has printed, where nothing else explains it (CTest, Meson).
  private var output = ClippedText(limit: TestOutcome.detailsLimit)
  private var attachments = AttachmentFinder()
  /// Attachments and tags that the case's properties name.
  private var files: [String] = []
  private var tags: [String] = []
  private var textUse = TextUse.none
  /// How deep the element stands whose text is used.
  private var textDepth = 0
  private var rootIsKnown = false
  private var isPytest = false
  /// The last cases of pytest, which may be repeated; or the only one of a suite, whose output may explain it (Bazel).
  private var held: [TestOutcome] = []
  private static let heldLimit = 16
  private var className = ""
  private var file = ""

  private enum TextUse { case none, details, attachments, explanation }

  /// What the elements inside a case say of it.
  private struct Verdict {
    var failures = 0
    var errors = 0
    var isSkipped = false
    /// Node: a failure that is still to be mended, and tells so.
    var isExpected = false
    /// Failures that were made good: `flakyFailure`, `flakyError`.
    var flaky = 0
    /// Failures after the first of a case that stayed failed: `rerunFailure`, `rerunError`.
    var reruns = 0
    /// CTest: it did not run. Whether it was meant to be skipped, its reason says.
    var didNotRun = false
    var type: String?
    var message: String?
    /// The depth at which a failure of a whole suite stands, which is no case.
    var suiteFailureDepth: Int?
  }

  init(_ input: consuming ByteInput, _ sink: ResultSink) {
    xml = XMLPull(input)
    self.sink = sink
  }

  mutating func run() {
    while sink.wantsMore {
      switch xml.next() {
      case .start: begin()
      case .text: takeText()
      case .end: end()
      case .finished:
        tellOddities()
        return release()
      case .malformed:
        tellOddities()
        finishCutOff()
        release()
        return sink.problem(xml.failure, line: xml.input.line)
      }
      if !xml.oddities.isEmpty { tellOddities() }
    }
  }

  private mutating func tellOddities() {
    for oddity in xml.oddities { sink.problem(oddity, line: xml.input.line) }
    xml.oddities.removeAll()
  }

  // MARK: Elements

  private mutating func begin() {
    switch JUnitTag(xml.name) {
    case .testcase: beginCase()
    case .testsuite:
      if xml.value("name").map({ XMLPull.equal($0, "pytest") }) == true { isPytest = true }
      suites.append(xml.string("name") ?? "")
      seen.suites += 1
      promises.append(SuitePromise(xml, before: seen))
      nameSuite()
    case .failure: beginFailure(isError: false)
    case .error: beginFailure(isError: true)
    case .skipped:
      seen.skipped += 1
      guard current != nil, !verdict.isSkipped else { break }
      verdict.isSkipped = true
      verdict.isExpected = xml.value("type").map { XMLPull.equal($0, "todo") } ?? false
      beginExplanation()
    case .flaky:
      seen.extras += 1
      guard current != nil else { break }
      verdict.flaky += 1
      if verdict.flaky == 1 { beginExplanation() }
    case .rerun:
      seen.extras += 1
      guard current != nil else { break }
      verdict.reruns += 1
      if verdict.reruns + verdict.failures + verdict.errors == 1 { beginExplanation() }
    case .output:
      if current != nil { useText(.attachments) } else if !isPytest, !held.isEmpty { useText(.explanation) }
    case .property: property()
    case .testsuites:
      if xml.value("name").map({ XMLPull.equal($0, "pytest tests") }) == true { isPytest = true }
    case .other where !rootIsKnown:
      sink.problem("no JUnit: the document begins with <\(shownName)>", line: xml.input.line)
    case .other: break
    }
    rootIsKnown = true
  }

  private var shownName: String { String(decoding: xml.name.prefix(80), as: UTF8.self) }

  private mutating func nameSuite() {
    suite = suites.filter { !$0.isEmpty }.joined(separator: "/")
    isSetup = suites.last?.hasPrefix("@setup-script:") ?? false
  }

  private mutating func beginCase() {
    seen.cases += 1
    guard current == nil else {
      return sink.problem("a test case inside a test case is left out", line: xml.input.line)
    }
    // CTest counts a disabled test neither as run nor as skipped: it is none of those that there are.
    if let status = xml.value("status"), XMLPull.equal(status, "disabled") { return }
    xml.string("classname", cached: &className)
    if className.isEmpty { xml.string("class", cached: &className) }
    xml.string("file", cached: &file)
    var outcome = TestOutcome(suite: suite, className: className, name: xml.string("name") ?? "", status: .passed)
    if outcome.name.isEmpty {
      sink.problem("a test case without a name", line: xml.input.line)
      outcome.name = "(unnamed)"
    }
    let isGoogleParameter = xml.value("value_param") != nil || xml.value("type_param") != nil
    (outcome.name, outcome.parameters) = TestName.split(outcome.name, isGoogleParameter: isGoogleParameter)
    if !file.isEmpty { outcome.file = file }
    if let line = xml.value("line") { outcome.line = Int(String(decoding: line, as: UTF8.self)) }
    // pytest counts lines from 0.
    if isPytest, let line = outcome.line, line < .max { outcome.line = line + 1 }
    if let time = xml.value("time") ?? xml.value("duration"), !time.isEmpty {
      outcome.duration = DecimalText.seconds(time)
      if outcome.duration == nil { sink.problem("no duration: time=\"\(shown(time))\"", line: xml.input.line) }
    }
    if let status = xml.value("result") ?? xml.value("status") { outcome.status = Self.status(status) ?? .passed }
    verdict = Verdict()
    if let status = xml.value("status"), Self.status(status) == .skipped {
      outcome.status = .skipped
      verdict.didNotRun = XMLPull.equal(status, "notrun") && xml.value("result") == nil
    }
    if !isPytest { release() }
    output.removeAll()
    current = outcome
  }

  private func shown(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes.prefix(40), as: UTF8.self) }

  /// What the attributes `status` and `result` say in GoogleTest, CTest and others; most say nothing with them.
  private static func status(_ bytes: ArraySlice<UInt8>) -> TestStatus? {
    switch String(decoding: bytes.prefix(20), as: UTF8.self).lowercased() {
    case "fail", "failed", "failure": .failed
    case "error", "errored": .errored
    case "skipped", "skip", "notrun", "ignored", "pending", "suppressed": .skipped
    default: nil
    }
  }

  private mutating func beginFailure(isError: Bool) {
    if current == nil {
      // A whole suite failed: its set-up, its compilation.
      guard let name = suites.last else { return }
      // What was printed before it belongs to the case before it.
      if !isPytest { release() }
      current = TestOutcome(suite: suite, name: name.isEmpty ? "(suite)" : name, status: .passed)
      verdict = Verdict()
      verdict.suiteFailureDepth = xml.depth
    }
    if isError {
      verdict.errors += 1
      seen.extras += 1
    } else {
      verdict.failures += 1
    }
    beginExplanation()
  }

  /// The element says why the case ended as it did.
  private mutating func beginExplanation() {
    if verdict.message == nil { verdict.message = xml.string("message").flatMap { $0.isEmpty ? nil : $0 } }
    if verdict.type == nil {
      verdict.type = xml.string("type").flatMap { $0.isEmpty ? nil : ResultText.shortened($0) }
    }
    if !details.isEmpty { details.append("\n") }
    useText(.details)
  }

  private mutating func useText(_ use: TextUse) {
    // Inside an explanation only its own text counts: not what the test printed.
    guard textUse == .none || use == .attachments else { return }
    if textUse == .details, use == .attachments {
      xml.wantsText = false
      return
    }
    textUse = use
    textDepth = xml.depth
    xml.wantsText = true
  }

  private mutating func takeText() {
    switch textUse {
    case .none: break
    case .details: xml.text.withUnsafeBufferPointer { details.append($0) }
    case .explanation: xml.text.withUnsafeBufferPointer { output.append($0) }
    case .attachments:
      xml.text.withUnsafeBufferPointer { attachments.scan($0) }
      if verdict.failures + verdict.errors > 0, details.isEmpty {
        xml.text.withUnsafeBufferPointer { output.append($0) }
      }
    }
  }

  private mutating func property() {
    guard current != nil, let name = xml.string("name") else { return }
    switch name {
    case "attachment": if let value = xml.string("value") { files.append(value) }
    case "tag": if let value = xml.string("value") { tags.append(value) }
    default: break
    }
  }

  // MARK: Ends

  private mutating func end() {
    if textUse != .none {
      xml.wantsText = true
      if xml.depth < textDepth {
        textUse = .none
        xml.wantsText = false
      }
    }
    if let depth = verdict.suiteFailureDepth {
      if xml.depth < depth { finishCase() }
      return
    }
    switch JUnitTag(xml.name) {
    case .testcase: finishCase()
    case .testsuite:
      // The same case in another suite was not repeated: it ran in another environment, on another machine.
      release()
      if let (said, held) = promises.popLast()?.missed(seen) {
        sink.problem(
          "the suite \(suites.last ?? "") says that it has \(said) tests, and holds \(held): its runner ended too early",
          line: xml.input.line)
      }
      suites.removeLast(suites.isEmpty ? 0 : 1)
      nameSuite()
    default: break
    }
  }

  private mutating func finishCase() {
    guard var outcome = current else { return }
    current = nil
    var isValid = true
    if !details.isEmpty {
      outcome.details = details.take(isValid: &isValid)
    } else if !output.isEmpty {
      outcome.details = output.take(isValid: &isValid)
      outcome.isPrinted = outcome.details != nil
    }
    output.removeAll()
    if !isValid { sink.problem("text that is not UTF-8", line: xml.input.line) }
    judge(&outcome)
    outcome.type = verdict.type
    ResultText.setMessage(verdict.message, of: &outcome)
    let found = attachments.take()
    if !found.isEmpty || !files.isEmpty {
      outcome.attachments = Array((files + found).prefix(TestOutcome.attachmentLimit))
      files.removeAll()
    }
    if !tags.isEmpty {
      outcome.tags = Array(tags.prefix(TestOutcome.attachmentLimit))
      tags.removeAll()
    }
    verdict = Verdict()
    if isSetup, outcome.status == .passed { return }
    if isPytest {
      hold(outcome)
    } else if outcome.status.isFailure, outcome.details == nil, promises.last?.isOfOne == true {
      release()
      held.append(outcome)
    } else {
      sink.add(outcome)
    }
  }

  /// pytest with reruns (pytest-rerunfailures) writes an execution that was repeated like one that passed, before the one that
  /// counts: it is known only by the same case coming again.
  private mutating func hold(_ outcome: TestOutcome) {
    var outcome = outcome
    let same = held.lastIndex {
      $0.name == outcome.name && $0.parameters == outcome.parameters && $0.className == outcome.className
        && $0.status == .passed
    }
    if let same { outcome.failedBefore += held.remove(at: same).failedBefore + 1 }
    held.append(outcome)
    if held.count > Self.heldLimit { sink.add(held.removeFirst()) }
  }

  private mutating func release() {
    if !isPytest, !held.isEmpty, !output.isEmpty {
      var isValid = true
      var explained = held.removeLast()
      explained.details = output.take(isValid: &isValid)
      explained.isPrinted = explained.details != nil
      ResultText.setMessage(explained.message, of: &explained)
      held.append(explained)
      if !isValid { sink.problem("text that is not UTF-8", line: xml.input.line) }
    }
    for outcome in held { sink.add(outcome) }
    held.removeAll()
  }

  private func judge(_ outcome: inout TestOutcome) {
    if verdict.isExpected {
      outcome.status = .skipped
    } else if verdict.failures > 0 {
      outcome.status = .failed
    } else if verdict.errors > 0 {
      outcome.status = .errored
    } else if verdict.flaky > 0 {
      outcome.status = .passed
    } else if verdict.reruns > 0 {
      outcome.status = .failed
    } else if verdict.isSkipped {
      outcome.status = verdict.didNotRun && Self.isMishap(verdict.message) ? .errored : .skipped
    }
    if outcome.status.isFailure {
      let told = verdict.failures + verdict.errors
      outcome.failedBefore = verdict.reruns - (told > 0 ? 0 : 1)
    } else {
      outcome.failedBefore = verdict.flaky
    }
    outcome.failedBefore = max(0, outcome.failedBefore)
  }

  /// Why CTest did not run a case: it was told to skip or to leave it out, or it could not, which CTest counts as a failure
  /// (`cmCTestRunTest.cxx`: "Unable to find executable", "Fixture dependency failed", "Required Files Missing", …).
  private static func isMishap(_ reason: String?) -> Bool {
    guard let reason else { return false }
    return !reason.hasPrefix("SKIP_") && reason != "Disabled"
  }

  /// The file ended inside a case: a failure that was told stands; whether the others passed nobody knows.
  private mutating func finishCutOff() {
    guard let outcome = current else { return }
    if verdict.failures + verdict.errors > 0 {
      finishCase()
    } else {
      sink.problem("how the case \(outcome.name) ended is not known", line: xml.input.line)
    }
  }
}

/// The elements of JUnit XML that are understood.
enum JUnitTag {
  case testsuites, testsuite, testcase, failure, error, skipped, flaky, rerun, output, property, other

  init(_ name: [UInt8]) {
    func `is`(_ word: StaticString) -> Bool { XMLPull.equal(name[...], word) }
    switch name.count {
    case 5: self = `is`("error") ? .error : .other
    case 7: self = `is`("failure") ? .failure : `is`("skipped") ? .skipped : .other
    case 8: self = `is`("testcase") ? .testcase : `is`("property") ? .property : .other
    case 9: self = `is`("testsuite") ? .testsuite : .other
    case 10:
      self =
        `is`("system-out") || `is`("system-err")
        ? .output
        : `is`("testsuites") ? .testsuites : `is`("flakyError") ? .flaky : `is`("rerunError") ? .rerun : .other
    case 12: self = `is`("flakyFailure") ? .flaky : `is`("rerunFailure") ? .rerun : .other
    default: self = .other
    }
  }
}
