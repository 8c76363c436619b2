/// What a source of results tells of.
public enum ResultKind: String, Sendable, CaseIterable {
  case tests, coverage, findings, metrics
  /// Which file each test touches: no number comes of it.
  case contexts
  /// A function of the script may tell of all.
  case anything

  public init(_ reader: ResultSource.Reader) {
    switch reader {
    case .format(.junit), .format(.tap), .format(.gotest), .format(.swifttest): self = .tests
    case .format(.lcov), .format(.cobertura), .format(.llvmcov): self = .coverage
    case .format(.sarif): self = .findings
    case .format(.benchmark), .format(.metrics): self = .metrics
    case .format(.contexts): self = .contexts
    case .callback: self = .anything
    }
  }

  /// Whether a metric of a gate comes out of it.
  ///
  /// - Parameter metric: as gates name it, without `metric.` in front.
  public func tells(of metric: String) -> Bool {
    let own = Self.kinds(of: metric)
    return switch self {
    case .contexts: false
    case .anything: metric != "duration"
    case .tests, .coverage, .findings, .metrics: own.contains(self)
    }
  }

  private static func kinds(of metric: String) -> [ResultKind] {
    switch metric {
    case "tests", "passed", "failed", "skipped", "flaky", "quarantined", "pass_rate", "flaky_rate", "new_failures":
      return [.tests]
    case "coverage", "coverage.changed": return [.coverage]
    case "risk": return [.tests, .coverage, .findings]
    case "duration": return []
    default: return metric == "findings" || metric.hasPrefix("findings.") ? [.findings] : [.metrics]
    }
  }
}

/// Something that the results of an attempt should tell and do not.
public struct ResultGap: Sendable, Hashable {
  public var kind: ResultKind
  /// What is wrong with which file, for people.
  public var reason: String

  public init(kind: ResultKind, reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
