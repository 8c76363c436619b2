/// How one execution of a test case ended.
public enum TestStatus: String, Sendable, CaseIterable {
  case passed
  /// An assertion did not hold.
  case failed
  /// The test broke: an exception, a crash, a set-up that failed.
  case errored
  case skipped

  /// Whether it counts against a run.
  public var isFailure: Bool { self == .failed || self == .errored }
}

/// How bad a finding is; SARIF's levels and `security-severity` lead here.
public enum FindingSeverity: String, Sendable, CaseIterable { case critical, high, medium, low, note }

/// What a static analysis, a linter or a scanner found.
public struct Finding: Sendable, Hashable {
  public var tool: String
  public var rule: String
  public var severity: FindingSeverity
  public var message: String
  public var file: String?
  public var line: Int?

  public init(
    tool: String, rule: String, severity: FindingSeverity, message: String, file: String? = nil, line: Int? = nil
  ) {
    self.tool = tool
    self.rule = rule
    self.severity = severity
    self.message = message
    self.file = file
    self.line = line
  }
}

/// Which lines of a source file were executed.
public struct FileCoverage: Sendable, Hashable {
  public var file: String
  /// Line (1-based) → how often it was executed; lines without code are not there.
  public var lines: [Int: Int]

  public init(file: String, lines: [Int: Int]) {
    self.file = file
    self.lines = lines
  }
}

/// Something measured: a benchmark's time, a size, a rate.
public struct Measurement: Sendable, Hashable {
  public var name: String
  /// Of several samples, their median.
  public var value: Double
  public var unit: String?
  /// Each by itself, where the results tell them.
  public var samples: [Double]

  public init(name: String, value: Double, unit: String? = nil, samples: [Double] = []) {
    self.name = name
    self.value = value
    self.unit = unit
    self.samples = samples
  }
}

/// One thing that a file of results tells. Readers hand them over one by one, so that a file of any size takes little memory.
public enum ResultItem: Sendable, Hashable {
  case test(TestOutcome)
  case finding(Finding)
  case coverage(FileCoverage)
  case measurement(Measurement)
  case trace(FileTrace)
  /// The file (or a part of it) could not be read: place and reason. What came before stands.
  case problem(String)
}

/// Formats of results that can be read.
public enum ResultFormat: String, Sendable, CaseIterable {
  case junit, tap, gotest, swifttest, lcov, cobertura, llvmcov, contexts, sarif, benchmark, metrics
}

/// Where a step's results are read from: `results = junit "reports/*.xml"`.
public struct ResultSource: Sendable, Hashable {
  public enum Reader: Sendable, Hashable {
    case format(ResultFormat)
    /// `function(text, path)` of the script → a list of results.
    case callback(Callback)
  }

  public var reader: Reader
  /// Globs, relative to the step's folder.
  public var patterns: [Template]
  /// Whether it is no problem when nothing matches.
  public var isOptional: Bool
  /// Of coverage: the revision that changed lines are counted from; nil: the usual one (see ``ChangedCoverage``).
  public var base: String?

  public init(reader: Reader, patterns: [Template], isOptional: Bool = false, base: String? = nil) {
    self.reader = reader
    self.patterns = patterns
    self.isOptional = isOptional
    self.base = base
  }
}

/// How many of the lines that changed since a revision were executed.
public struct ChangedCoverage: Sendable, Hashable {
  /// The revision, as it was named, and the commit that both sides have in common.
  public var base: String
  public var commit: String
  /// Changed lines with code, and those of them that were executed.
  public var lines: Int
  public var coveredLines: Int
  /// The first of those that were not: `src/cart.py:12-15`; at most ``shownGaps``.
  public var gaps: [String]
  /// Why it is not known: no git, no such revision.
  public var problem: String?

  public static let shownGaps = 20

  public init(
    base: String, commit: String = "", lines: Int = 0, coveredLines: Int = 0, gaps: [String] = [],
    problem: String? = nil
  ) {
    self.base = base
    self.commit = commit
    self.lines = lines
    self.coveredLines = coveredLines
    self.gaps = gaps
    self.problem = problem
  }

  /// In 0…1; where no line with code changed, 1; nil where it is not known.
  public var rate: Double? { problem == nil ? lines > 0 ? Double(coveredLines) / Double(lines) : 1 : nil }
}

/// What the results of one attempt come to. Its items stand in a file of the run, named by its digest.
public struct ResultSummary: Sendable, Hashable {
  public var passed = 0
  /// Failed and errored.
  public var failed = 0
  public var skipped = 0
  /// Failed first and passed later, within this attempt's own results.
  public var flaky = 0
  /// The sum of the cases' durations.
  public var duration = Span.zero
  /// Lines with code, and those of them that were executed; 0: nothing known.
  public var lines = 0
  public var coveredLines = 0
  /// Where there is coverage.
  public var changed: ChangedCoverage?
  /// Complete, with zeros, where a file of findings was read.
  public var findings: [FindingSeverity: Int] = [:]
  /// Name → value, the last told.
  public var measurements: [String: Double] = [:]
  /// At most 100; more are counted in the last.
  public var problems: [String] = []
  /// What was reported and is not among these numbers: a gate over them does not pass.
  public var gaps: [ResultGap] = []
  /// The file of items in the run's folder, relative to it; nil: there are none.
  public var file: String?
  /// Of that file's content: SHA-256, hexadecimal.
  public var digest: String?
  /// Of a step that names the tests that it runs: whether the results tell of these. Its problems are among ``problems`` too.
  public var listed: ListedResults?
  /// The first cases that failed, as people know them; at most ``shownFailures``.
  public var failures: [String] = []
  /// What the first cases that failed have in common, the most frequent first; as many.
  public var causes: [Cause] = []

  /// The first cases that were flaky, and the worst findings (`high: B608 app.py:12 SQL from input`); as many.
  public var flakyCases: [String] = []
  public var worstFindings: [String] = []
  /// The first cases that were skipped, and the files with the most lines that were not executed (`src/cart.py: 37 of 40 lines
  /// not executed`); as many.
  public var skippedCases: [String] = []
  public var leastCovered: [String] = []

  /// Failures of cases in quarantine: they count neither as failed nor as passed.
  public var quarantined = 0
  /// The first of these cases; at most ``shownFailures``.
  public var quarantinedCases: [String] = []
  /// What entries of the quarantine that are over say of cases in these results: a sentence each.
  public var expired: [String] = []
  /// What a retry of the failed tests alone is handed; nil: nothing of the kind was asked for.
  public var handover: Handover?
  /// Of such a retry: what became of what it was handed.
  public var retried: RetriedTests?

  public static let shownFailures = 20

  public init() {}

  /// Failed cases whose messages and stacks are the same but for what differs from time to time.
  public struct Cause: Sendable, Hashable {
    /// The same in every run; never negative.
    public var key: Int64
    /// Of the first of them.
    public var message: String
    /// As people know it.
    public var first: String
    public var cases: Int
    /// Whether so many failed that not all were looked at: there may be more than ``cases``.
    public var isCut: Bool

    public init(key: Int64, message: String, first: String, cases: Int, isCut: Bool = false) {
      self.key = key
      self.message = message
      self.first = first
      self.cases = cases
      self.isCut = isCut
    }

    /// `no till (cart.pays and 2 more)`.
    public var text: String {
      let more = cases > 1 ? " and \(isCut ? "at least " : "")\(cases - 1) more" : isCut ? " and perhaps more" : ""
      return "\(message) (\(first)\(more))"
    }
  }

  public var tests: Int { passed + failed + skipped + quarantined }
  /// In 0…1; nil: no lines are known.
  public var coverage: Double? { lines > 0 ? Double(coveredLines) / Double(lines) : nil }
}
