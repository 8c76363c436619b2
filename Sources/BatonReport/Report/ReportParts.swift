import BatonModel

/// Something measured, beside what it was before.
public struct PerformanceEntry: Sendable, Hashable {
  public enum Judgement: String, Sendable {
    /// Better or worse by size and by significance.
    case better, worse
    /// No difference that means anything.
    case same
    /// Too little is known of the past.
    case unknown
  }

  public var step: String
  public var name: String
  public var value: Double
  public var unit: String?
  /// The median of the runs that it is compared with.
  public var baseline: Double?
  /// How many values the baseline is made of.
  public var samples: Int
  public var judgement: Judgement
  /// How the judgement was reached: the test, its p, the least change that counts; or why there is none.
  public var method: String

  public init(
    step: String, name: String, value: Double, unit: String? = nil, baseline: Double? = nil, samples: Int = 0,
    judgement: Judgement = .unknown, method: String = ""
  ) {
    self.step = step
    self.name = name
    self.value = value
    self.unit = unit
    self.baseline = baseline
    self.samples = samples
    self.judgement = judgement
    self.method = method
  }

  /// Relative to the baseline: 0.1 is a tenth more.
  public var change: Double? {
    guard let baseline, baseline != 0, value.isFinite else { return nil }
    return (value - baseline) / abs(baseline)
  }
}

/// What an analysis found, and in which step.
public struct ReportFinding: Sendable, Hashable {
  public var step: String
  public var finding: Finding
  /// The first run that found it, and when; nil: history does not tell.
  public var firstRun: String?
  public var firstSeen: Instant?

  public init(step: String, finding: Finding) {
    self.step = step
    self.finding = finding
  }

  public var place: String? {
    guard let file = finding.file, !file.isEmpty else { return nil }
    return finding.line.map { "\(file):\($0)" } ?? file
  }
}

/// How much of the source was executed.
public struct ReportCoverage: Sendable, Hashable {
  public struct File: Sendable, Hashable {
    public var name: String
    public var lines: Int
    public var covered: Int

    public init(name: String, lines: Int, covered: Int) {
      self.name = name
      self.lines = lines
      self.covered = covered
    }

    public var missing: Int { lines - covered }
  }

  public var lines: Int
  public var covered: Int
  /// The one with the most lines that were not executed first.
  public var files: [File]
  /// Of the lines that changed; nil where that is not known.
  public var changed: ChangedLines?

  /// How many of the changed lines were executed.
  public struct ChangedLines: Sendable, Hashable {
    /// The revision that changes are counted from.
    public var base: String
    public var lines: Int
    public var covered: Int
    /// The first that were not executed: `src/cart.py:12-15`.
    public var gaps: [String]

    public init(base: String, lines: Int, covered: Int, gaps: [String] = []) {
      self.base = base
      self.lines = lines
      self.covered = covered
      self.gaps = gaps
    }
  }

  public init(lines: Int, covered: Int, files: [File] = [], changed: ChangedLines? = nil) {
    self.lines = lines
    self.covered = covered
    self.files = files
    self.changed = changed
  }

  /// In 0…1; nil where there is no line with code.
  public var rate: Double? { lines > 0 ? Double(covered) / Double(lines) : nil }
}

/// One thing known of where the run took place.
public struct ReportFact: Sendable, Hashable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A file that is kept with the run.
public struct ReportArtifact: Sendable, Hashable {
  public var step: String
  public var name: String
  /// Where it lies, relative to the folder of the report; nil: it is nowhere that a link could lead to.
  public var path: String?
  public var size: ByteSize?

  public init(step: String, name: String, path: String?, size: ByteSize? = nil) {
    self.step = step
    self.name = name
    self.path = path
    self.size = size
  }
}

/// The end of what an attempt printed.
public struct ReportTail: Sendable, Hashable {
  public var step: String
  public var attempt: Int
  public var text: String
  /// Whether more stands before it.
  public var isCut: Bool

  public init(step: String, attempt: Int, text: String, isCut: Bool = false) {
    self.step = step
    self.attempt = attempt
    self.text = text
    self.isCut = isCut
  }
}
