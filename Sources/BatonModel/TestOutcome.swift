/// One execution of one test case, as a file of results tells it.
///
/// What few cases have stands aside, so that the millions that passed are cheap to hand on.
public struct TestOutcome: Sendable, Hashable {
  /// The suite's name; empty where there is none.
  public var suite: String
  /// The class, module or file that the case belongs to; empty where there is none.
  public var className: String
  /// Without parameters.
  public var name: String
  /// What distinguishes the executions of a parametrised case: of pytest's `test_sum[1-2]`, `1-2`; empty: none.
  public var parameters: String
  public var status: TestStatus
  public var duration: Span?
  public var file: String?
  public var line: Int?
  private var aside: Aside?

  public static let detailsLimit = 16 << 10
  /// Attachments and tags of one case, at most so many of each.
  public static let attachmentLimit = 100

  public init(
    suite: String = "", className: String = "", name: String, parameters: String = "", status: TestStatus,
    duration: Span? = nil, message: String? = nil, type: String? = nil, details: String? = nil, file: String? = nil,
    line: Int? = nil, failedBefore: Int = 0, attachments: [String] = [], tags: [String] = []
  ) {
    self.suite = suite
    self.className = className
    self.name = name
    self.parameters = parameters
    self.status = status
    self.duration = duration
    self.file = file
    self.line = line
    if message != nil || type != nil || details != nil || failedBefore != 0 || !attachments.isEmpty || !tags.isEmpty {
      aside = .rest(
        Rest(
          message: message, type: type, details: details, failedBefore: failedBefore, attachments: attachments,
          tags: tags))
    }
  }

  fileprivate struct Rest: Sendable, Hashable {
    var message: String?
    var type: String?
    var details: String?
    var isPrinted = false
    var failedBefore = 0
    var attachments: [String] = []
    var tags: [String] = []
    var attempt: Int?
    var quarantine: String?
  }

  private indirect enum Aside: Sendable, Hashable { case rest(Rest) }

  fileprivate var rest: Rest? {
    @inline(__always) get { if case .rest(let rest)? = aside { rest } else { nil } }
  }

  @inline(__always)
  fileprivate mutating func edit(isUsual: Bool, _ change: (inout Rest) -> Void) {
    guard aside != nil || !isUsual else { return }
    var changed = rest ?? Rest()
    change(&changed)
    // Two outcomes that say the same are equal.
    aside = changed == Rest() ? nil : .rest(changed)
  }
}

extension TestOutcome {
  /// The failure, or why it was skipped, in a line or two.
  public var message: String? {
    get { rest?.message }
    set { edit(isUsual: newValue == nil) { $0.message = newValue } }
  }
  /// The kind of failure: an exception's type.
  public var type: String? {
    get { rest?.type }
    set { edit(isUsual: newValue == nil) { $0.type = newValue } }
  }
  /// Stack and explanation, at most ``detailsLimit`` bytes; longer ones lose their middle.
  public var details: String? {
    get { rest?.details }
    set { edit(isUsual: newValue == nil) { $0.details = newValue } }
  }
  /// Whether the details are what the test printed, as nothing explains its failure.
  public var isPrinted: Bool {
    get { rest?.isPrinted ?? false }
    set { edit(isUsual: !newValue) { $0.isPrinted = newValue } }
  }
  /// Failures of the same case told in the same place before this outcome (Surefire's `flakyFailure`, nextest's retries).
  public var failedBefore: Int {
    get { rest?.failedBefore ?? 0 }
    set { edit(isUsual: newValue == 0) { $0.failedBefore = newValue } }
  }
  /// Files that belong to the case, screenshots and traces: as the results name them.
  public var attachments: [String] {
    get { rest?.attachments ?? [] }
    set { edit(isUsual: newValue.isEmpty) { $0.attachments = newValue } }
  }
  public var tags: [String] {
    get { rest?.tags ?? [] }
    set { edit(isUsual: newValue.isEmpty) { $0.tags = newValue } }
  }
  /// Of a case that a retry of the failed ones did not run again: the attempt that this is the outcome of.
  public var attempt: Int? {
    get { rest?.attempt }
    set { edit(isUsual: newValue == nil) { $0.attempt = newValue } }
  }
  /// Of a case in quarantine: until when, by whom and why. Its failure fails nothing.
  public var quarantine: String? {
    get { rest?.quarantine }
    set { edit(isUsual: newValue == nil) { $0.quarantine = newValue } }
  }
}
