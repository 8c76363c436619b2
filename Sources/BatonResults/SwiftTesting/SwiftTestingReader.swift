import BatonModel

/// Reads the event stream of Swift Testing (`swift test --event-stream-output-path`), versions 0 and 6.3 of its schema
/// (https://github.com/swiftlang/swift-testing/blob/main/Documentation/ABI/JSON.md).
///
/// Version 0 tells which arguments a parametrised test was called with: then each call is a case, with the arguments as its
/// parameters. Later versions tell only the function, which is then one case.
struct SwiftTestingReader: ~Copyable {
  static let lineLimit = 16 << 20
  /// So many tests and calls may be running at the same time.
  static let openLimit = 5000
  static let knownLimit = 50_000

  private struct Key: Hashable {
    var test: String
    /// Of a call with arguments.
    var call: String?
  }

  private struct Running {
    var start: Double
    var parameters = ""
    var outcome: TestStatus = .passed
    var message: String?
    var details = ClippedText(limit: TestOutcome.detailsLimit)
    var place: SwiftTestPlace?
    var attachments: [String] = []
    /// Calls that were told as cases of their own.
    var hasCalls = false
  }

  private struct Known {
    var place: SwiftTestPlace?
    var tags: [String]
  }

  private var lines: LineInput
  private let sink: ResultSink
  private var running: [Key: Running] = [:]
  private var known: [String: Known] = [:]
  private var hasEvents = false
  private var hasEnded = false

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
    if !hasEvents { sink.problem("no events of Swift Testing in it") } else if !hasEnded { tellUnended() }
  }

  private func tellUnended() {
    let names = running.keys.compactMap { SwiftTestID($0.test) }.map { "\($0.className).\($0.name)" }
    let what =
      names.isEmpty ? "the run's end is missing" : "how \(SomeNames.text(Set(names).sorted())) ended is not known"
    sink.problem(what, line: lines.number)
  }

  private mutating func takeLine() {
    let (event, quoted) = lines.withLine { line -> (SwiftTestEvent?, String?) in
      if ObjectLine.isBlank(line) { return (nil, nil) }
      return (SwiftTestEvent(line), ObjectLine.quoted(line))
    }
    if let event {
      hasEvents = true
      take(event)
    } else if let quoted {
      sink.problem(lines.isComplete ? "no event: \(quoted)" : "the last line is cut off", line: lines.number)
    }
  }

  private mutating func take(_ event: SwiftTestEvent) {
    switch event.kind {
    case "function":
      if known.count < Self.knownLimit { known[event.test] = Known(place: event.place, tags: event.tags) }
    case "testStarted", "testCaseStarted": begin(event)
    case "issueRecorded": takeIssue(event)
    case "valueAttached": if let path = event.attachment { attach(path, event) }
    case "testSkipped": skip(event)
    case "testCancelled", "testCaseCancelled": running[key(event)]?.outcome = .skipped
    case "testCaseEnded": if event.call != nil { end(event) }
    case "testEnded": end(event)
    case "runEnded": hasEnded = true
    default: break
    }
  }

  private func key(_ event: SwiftTestEvent) -> Key {
    let call = Key(test: event.test, call: event.call)
    return running[call] != nil ? call : Key(test: event.test, call: nil)
  }

  private mutating func begin(_ event: SwiftTestEvent) {
    guard SwiftTestID(event.test) != nil, running.count < Self.openLimit else { return }
    if event.kind == "testCaseStarted" {
      // Without arguments the function itself is the case.
      guard let call = event.call, let parameters = event.parameters, !parameters.isEmpty else { return }
      running[Key(test: event.test, call: nil)]?.hasCalls = true
      running[Key(test: event.test, call: call)] = Running(start: event.seconds, parameters: parameters)
    } else {
      running[Key(test: event.test, call: nil)] = Running(start: event.seconds)
    }
  }

  private mutating func takeIssue(_ event: SwiftTestEvent) {
    guard event.isFailure else { return }
    let first = event.messages.first ?? "an issue"
    let status: TestStatus = first.hasPrefix("Caught error: ") ? .errored : .failed
    let message = first == "Issue recorded" && event.messages.count > 1 ? event.messages[1] : first
    let place = event.place.map { "\($0.file):\($0.line): " } ?? ""
    guard running[key(event)] != nil else {
      // An issue of a suite, or of none.
      let id = SwiftTestID(event.test)
      var outcome = TestOutcome(className: id?.className ?? event.test, name: id?.name ?? "(issue)", status: .errored)
      outcome.file = event.place?.file
      outcome.line = event.place?.line
      outcome.details = event.messages.joined(separator: "\n")
      ResultText.setMessage(message, of: &outcome)
      return sink.add(outcome)
    }
    change(event) { running in
      if running.outcome != .failed { running.outcome = status }
      if running.message == nil {
        running.message = message
        running.place = event.place
      }
      if !running.details.isEmpty { running.details.append("\n") }
      running.details.append(place + event.messages.joined(separator: "\n"))
    }
  }

  private mutating func attach(_ path: String, _ event: SwiftTestEvent) {
    change(event) { if $0.attachments.count < TestOutcome.attachmentLimit { $0.attachments.append(path) } }
  }

  private mutating func change(_ event: SwiftTestEvent, _ body: (inout Running) -> Void) {
    let key = key(event)
    guard var taken = running.removeValue(forKey: key) else { return }
    body(&taken)
    running[key] = taken
  }

  private mutating func skip(_ event: SwiftTestEvent) {
    guard let id = SwiftTestID(event.test) else { return }
    running.removeValue(forKey: Key(test: event.test, call: nil))
    let (place, tags) = (known[event.test]?.place, known[event.test]?.tags ?? [])
    sink.add(
      TestOutcome(
        className: id.className, name: id.name, status: .skipped, message: event.reason, file: place?.file ?? id.file,
        line: place?.line ?? id.line, tags: tags))
  }

  private mutating func end(_ event: SwiftTestEvent) {
    guard let id = SwiftTestID(event.test),
      var ended = running.removeValue(forKey: Key(test: event.test, call: event.call))
    else { return }
    if event.call == nil, ended.hasCalls, !ended.outcome.isFailure { return }
    var isValid = true
    let about = known[event.test]
    var outcome = TestOutcome(
      className: id.className, name: id.name, parameters: ended.parameters, status: ended.outcome,
      duration: Span(fractionalSeconds: event.seconds - ended.start), details: ended.details.take(isValid: &isValid))
    let place = ended.place ?? about?.place
    (outcome.file, outcome.line) = (place?.file ?? id.file, place?.line ?? id.line)
    (outcome.attachments, outcome.tags) = (ended.attachments, about?.tags ?? [])
    if outcome.duration == nil { sink.problem("no duration: the test ended before it began", line: lines.number) }
    ResultText.setMessage(ended.message ?? (ended.outcome == .skipped ? event.reason : nil), of: &outcome)
    sink.add(outcome)
  }
}
