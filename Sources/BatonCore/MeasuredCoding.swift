import BatonModel

extension ResultSource {
  /// Of where results are read from: the same text means that they need not be read anew.
  public static func digest(of sources: [ResultSource]) -> String {
    let text = sources.map { source in
      let reader =
        switch source.reader {
        case .format(let format): format.rawValue
        case .callback(let callback): "function \(callback.digest)"
        }
      let files = source.patterns.map { FingerprintBuilder.text($0) }.joined(separator: "\n")
      return "\(reader) \(source.isOptional) \(source.base ?? "")\n\(files)\n"
    }
    return StableHash.hex(text.joined())
  }
}

extension ResultSummary {
  /// As gates know them: name → value. What was measured has its own name, unless it is one of these.
  public var metrics: [String: Double] {
    var metrics = measurements
    if tests > 0 {
      metrics["tests"] = Double(tests)
      metrics["passed"] = Double(passed)
      metrics["failed"] = Double(failed)
      metrics["skipped"] = Double(skipped)
      metrics["flaky"] = Double(flaky)
      if quarantined > 0 { metrics["quarantined"] = Double(quarantined) }
    }
    if let coverage { metrics["coverage"] = coverage }
    if let rate = changed?.rate { metrics["coverage.changed"] = rate }
    if !findings.isEmpty {
      metrics["findings"] = Double(findings.values.reduce(0, +))
      for severity in FindingSeverity.allCases {
        metrics["findings.\(severity.rawValue)"] = Double(findings[severity] ?? 0)
      }
    }
    return metrics
  }

  /// As an event tells them.
  var eventFields: [String: Value] {
    var counts = TestCounts()
    counts.add(self)
    var fields = counts.fields
    if let coverage { fields["coverage"] = .number(coverage) }
    if let rate = changed?.rate { fields["coverage_changed"] = .number(rate) }
    if !findings.isEmpty {
      fields["findings"] = .map(
        Dictionary(
          findings.map { ($0.key.rawValue, .integer(Int64($0.value))) }, uniquingKeysWith: { first, _ in first }))
    }
    if !measurements.isEmpty { fields["metrics"] = .map(measurements.mapValues { .number($0) }) }
    if !failures.isEmpty { fields["failures"] = RecordCoding.list(failures) }
    if !flakyCases.isEmpty { fields["flaky_cases"] = RecordCoding.list(flakyCases) }
    if !quarantinedCases.isEmpty { fields["quarantined_cases"] = RecordCoding.list(quarantinedCases) }
    if !expired.isEmpty { fields["expired"] = RecordCoding.list(expired) }
    if !worstFindings.isEmpty { fields["worst_findings"] = RecordCoding.list(worstFindings) }
    if let listed, listed.leftOut > 0 || listed.everything != nil {
      fields["tests_left_out"] = .integer(Int64(listed.leftOut))
      fields["all_tests_because"] = RecordCoding.optional(listed.everything)
    }
    if !problems.isEmpty { fields["problems"] = RecordCoding.list(problems) }
    fields["file"] = RecordCoding.optional(file)
    fields["digest"] = RecordCoding.optional(digest)
    if let handover {
      if handover.cases > 0 { fields["failed_handed_over"] = .integer(Int64(handover.cases)) }
      if let reason = handover.reason { fields["all_again"] = .string(reason) }
    }
    if let retried {
      fields["retried"] = .integer(Int64(retried.cases))
      if retried.missing > 0 {
        fields["not_retried"] = .integer(Int64(retried.missing))
        fields["not_retried_cases"] = RecordCoding.list(retried.missingCases)
      }
    }
    return fields
  }
}

extension Measured {
  /// The fields of a stored record; what is 0 or empty is left out.
  var value: Value {
    var fields = summary.fields
    fields["sources"] = .string(sources)
    if let origin { fields["origin"] = origin.value }
    return .map(fields)
  }

  init?(step: String, attempt: Int, _ value: Value) {
    guard let sources = value["sources"]?.string, let summary = ResultSummary(value) else { return nil }
    self.init(
      step: step, attempt: attempt, summary: summary, sources: sources, origin: value["origin"].flatMap { Origin($0) })
  }
}

extension Measured.Origin {
  /// As a record and the cache keep it.
  public var value: Value {
    ["run": .string(run), "step": .string(step), "attempt": .integer(Int64(attempt))]
  }

  /// nil where a field is missing.
  public init?(_ value: Value) {
    guard let run = value["run"]?.string, let step = value["step"]?.string,
      let attempt = value["attempt"]?.integer.flatMap({ Int(exactly: $0) })
    else { return nil }
    self.init(run: run, step: step, attempt: attempt)
  }
}

/// What a step whose outputs are kept for later runs measured when it was run.
public struct KeptResults: Sendable, Hashable {
  /// What its results said; nil: it reads none. Its file is where they are in the run that asks.
  public var summary: ResultSummary?
  /// Of where they were read from; empty: it reads none.
  public var sources: String
  /// What its command told by itself: name → value.
  public var metrics: [String: Double]
  public var origin: Measured.Origin

  public init(
    summary: ResultSummary?, sources: String = "", metrics: [String: Double] = [:], origin: Measured.Origin
  ) {
    self.summary = summary
    self.sources = sources
    self.metrics = metrics
    self.origin = origin
  }

  /// As the cache keeps it.
  public var value: Value {
    [
      "summary": summary.map { .map($0.fields) } ?? .null, "sources": .string(sources),
      "metrics": .map(metrics.mapValues { .number($0) }), "origin": origin.value,
    ]
  }

  /// nil where a field is missing or of another type.
  public init?(_ value: Value) {
    guard let sources = value["sources"]?.string, let metrics = value["metrics"]?.map,
      let origin = value["origin"].flatMap({ Measured.Origin($0) })
    else { return nil }
    var summary: ResultSummary?
    if let told = value["summary"], told != .null {
      summary = ResultSummary(told)
      guard summary != nil else { return nil }
    }
    self.init(summary: summary, sources: sources, metrics: metrics.compactMapValues(\.number), origin: origin)
  }
}

extension ResultSummary {
  /// As a record and the cache keep it.
  public var fields: [String: Value] {
    var fields: [String: Value] = [:]
    func put(_ name: String, _ count: Int) { if count != 0 { fields[name] = .integer(Int64(count)) } }
    put("passed", passed)
    put("failed", failed)
    put("skipped", skipped)
    put("flaky", flaky)
    put("quarantined", quarantined)
    if !quarantinedCases.isEmpty { fields["quarantinedCases"] = RecordCoding.list(quarantinedCases) }
    if !expired.isEmpty { fields["expired"] = RecordCoding.list(expired) }
    put("lines", lines)
    put("covered", coveredLines)
    if duration != .zero { fields["duration"] = .integer(duration.nanoseconds) }
    if !findings.isEmpty {
      fields["findings"] = .map(
        Dictionary(
          findings.map { ($0.key.rawValue, .integer(Int64($0.value))) }, uniquingKeysWith: { first, _ in first }))
    }
    if !measurements.isEmpty { fields["measurements"] = .map(measurements.mapValues { .number($0) }) }
    if !problems.isEmpty { fields["problems"] = RecordCoding.list(problems) }
    if !gaps.isEmpty {
      fields["gaps"] = .list(gaps.map { ["kind": .string($0.kind.rawValue), "reason": .string($0.reason)] })
    }
    if !failures.isEmpty { fields["failures"] = RecordCoding.list(failures) }
    if !causes.isEmpty {
      fields["causes"] = .list(
        causes.map { cause in
          var told: [String: Value] = [
            "key": .integer(cause.key), "message": .string(cause.message), "first": .string(cause.first),
            "cases": .integer(Int64(cause.cases)),
          ]
          if cause.isCut { told["cut"] = true }
          return .map(told)
        })
    }
    if !flakyCases.isEmpty { fields["flakyCases"] = RecordCoding.list(flakyCases) }
    if !worstFindings.isEmpty { fields["worstFindings"] = RecordCoding.list(worstFindings) }
    if !skippedCases.isEmpty { fields["skippedCases"] = RecordCoding.list(skippedCases) }
    if !leastCovered.isEmpty { fields["leastCovered"] = RecordCoding.list(leastCovered) }
    if let file { fields["file"] = .string(file) }
    if let digest { fields["digest"] = .string(digest) }
    if let handover {
      fields["handover"] = [
        "cases": .integer(Int64(handover.cases)), "items": .string(handover.items), "list": .string(handover.list),
        "reason": RecordCoding.optional(handover.reason),
      ]
    }
    if let retried {
      fields["retried"] = [
        "cases": .integer(Int64(retried.cases)), "missing": .integer(Int64(retried.missing)),
        "missingCases": RecordCoding.list(retried.missingCases),
      ]
    }
    if let listed {
      fields["listed"] = [
        "tests": .integer(Int64(listed.tests)), "missing": .integer(Int64(listed.missing)),
        "strays": .integer(Int64(listed.strays)), "missing_names": RecordCoding.list(listed.missingNames),
        "stray_names": RecordCoding.list(listed.strayNames), "left_out": .integer(Int64(listed.leftOut)),
        "everything": RecordCoding.optional(listed.everything),
      ]
    }
    if let changed {
      fields["changed"] = [
        "base": .string(changed.base), "commit": .string(changed.commit), "lines": .integer(Int64(changed.lines)),
        "covered": .integer(Int64(changed.coveredLines)), "gaps": RecordCoding.list(changed.gaps),
        "problem": RecordCoding.optional(changed.problem),
      ]
    }
    return fields
  }

  /// nil where a field is of another type.
  public init?(_ value: Value) {
    guard case .map(let fields) = value else { return nil }
    self.init()
    func count(_ name: String) -> Int { fields[name]?.integer.map(Int.init) ?? 0 }
    passed = count("passed")
    failed = count("failed")
    skipped = count("skipped")
    flaky = count("flaky")
    lines = count("lines")
    coveredLines = count("covered")
    duration = Span(nanoseconds: fields["duration"]?.integer ?? 0)
    for (name, value) in fields["findings"]?.map ?? [:] {
      guard let severity = FindingSeverity(rawValue: name), let count = value.integer else { return nil }
      findings[severity] = Int(count)
    }
    measurements = (fields["measurements"]?.map ?? [:]).mapValues { $0.number ?? .nan }
    problems = fields["problems"]?.strings ?? []
    for told in fields["gaps"]?.list ?? [] {
      guard let kind = told["kind"]?.string.flatMap({ ResultKind(rawValue: $0) }), let reason = told["reason"]?.string
      else { return nil }
      gaps.append(ResultGap(kind: kind, reason: reason))
    }
    failures = fields["failures"]?.strings ?? []
    causes = (fields["causes"]?.list ?? []).compactMap {
      guard let key = $0["key"]?.integer, let cases = $0["cases"]?.integer.flatMap({ Int(exactly: $0) }) else {
        return nil
      }
      return Cause(
        key: key, message: $0["message"]?.string ?? "", first: $0["first"]?.string ?? "", cases: cases,
        isCut: $0["cut"] == true)
    }
    flakyCases = fields["flakyCases"]?.strings ?? []
    worstFindings = fields["worstFindings"]?.strings ?? []
    skippedCases = fields["skippedCases"]?.strings ?? []
    leastCovered = fields["leastCovered"]?.strings ?? []
    file = fields["file"]?.string
    digest = fields["digest"]?.string
    quarantined = fields["quarantined"]?.integer.map(Int.init) ?? 0
    quarantinedCases = fields["quarantinedCases"]?.strings ?? []
    expired = fields["expired"]?.strings ?? []
    if let told = fields["handover"] {
      var handover = Handover(
        cases: told["cases"]?.integer.map(Int.init) ?? 0, items: told["items"]?.string ?? "",
        list: told["list"]?.string ?? "")
      handover.reason = told["reason"]?.string
      self.handover = handover
    }
    if let told = fields["retried"] {
      retried = RetriedTests(
        cases: told["cases"]?.integer.map(Int.init) ?? 0, missing: told["missing"]?.integer.map(Int.init) ?? 0,
        missingCases: told["missingCases"]?.strings ?? [])
    }
    if let told = fields["listed"] {
      func number(_ name: String) -> Int { told[name]?.integer.map { Int($0) } ?? 0 }
      var results = ListedResults(tests: number("tests"), missing: number("missing"), strays: number("strays"))
      results.missingNames = told["missing_names"]?.strings ?? []
      results.strayNames = told["stray_names"]?.strings ?? []
      results.leftOut = number("left_out")
      results.everything = told["everything"]?.string
      listed = results
    }
    if let told = fields["changed"] {
      guard let base = told["base"]?.string, let commit = told["commit"]?.string else { return nil }
      changed = ChangedCoverage(
        base: base, commit: commit, lines: told["lines"]?.integer.map(Int.init) ?? 0,
        coveredLines: told["covered"]?.integer.map(Int.init) ?? 0, gaps: told["gaps"]?.strings ?? [],
        problem: told["problem"]?.string)
    }
  }
}
