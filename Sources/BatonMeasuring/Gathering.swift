import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import Glibc

/// A case by the hash of its identity, and as people know it.
struct NamedCase {
  var id: UInt64
  var name: String

  init(_ outcome: TestOutcome) {
    id = TestIdentity.hash(outcome)
    name = TestIdentity.name(outcome)
  }
}

/// Reads the results of one attempt.
struct Gathering {
  let request: ResultRequest
  let collector: ResultCollector
  /// Writes what is kept, where it is much.
  private let writing = SerialWorker()
  /// Cases that failed in earlier attempts, by a hash of their identity.
  private var failedEarlier: Set<UInt64> = []
  private var repeats: RepeatedCases
  /// Cases that failed and have not passed since, in this attempt's own results.
  private(set) var failing: Set<UInt64> = []
  private var names: [NamedCase] = []
  /// Passed now, failed in an earlier attempt.
  private var recovered = 0
  private var flakyCases: [NamedCase] = []
  private var findings: [FindingSeverity: [String]] = [:]
  private var skippedCases: [NamedCase] = []
  private var leastCovered = LeastCovered(limit: ResultSummary.shownFailures)
  private var hasFindings = false
  /// A report of findings could not be read whole: that nothing was found is not known then.
  private var hasBrokenFindings = false
  /// Of the file that is being read: its first problem, and whether it told of anything.
  private var firstProblem: String?
  private var hasItems = false
  private var changed: ChangedLines?
  private var attachments: AttachmentKeeper
  /// Of an attempt that was handed the failed tests of those before it.
  private var merging: AttemptMerging?
  /// Whether the tests of the list were run.
  private var listCheck: ListCheck?
  private var quarantine: Quarantine
  private var tally = FailureTally()
  /// Failed in quarantine and not passed since.
  private var excused: Set<UInt64> = []
  private var excusedNames: [NamedCase] = []
  private var gaps: [ResultGap] = []
  private let claims: ResultClaims
  private var traced: TracedFiles
  let mask: ((String) -> String)?

  init(_ request: ResultRequest, _ secrets: SecretSet, _ claims: ResultClaims = ResultClaims(), callPath: String = "") {
    self.request = request
    self.claims = claims
    traced = TracedFiles(below: request.workingDirectory)
    repeats = RepeatedCases(shared: request.sharedNames)
    mask = secrets.isEmpty ? nil : { secrets.mask($0) }
    collector = ResultCollector(
      path: "\(request.runFolder)/\(request.file)", mask: mask, background: WritingAside(worker: writing))
    attachments = AttachmentKeeper(request, mask: mask)
    quarantine = Quarantine(request.quarantine, step: callPath + request.step, at: request.moment)
    merging = request.handover.map { AttemptMerging($0) }
    if let tests = request.tests, request.readsTests { listCheck = ListCheck(tests) }
  }

  /// - Parameter readsFiles: false: what is told is all that there is.
  mutating func run(_ told: [ResultItem], readsFiles: Bool = true) -> ResultSummary {
    defer { writing.close() }
    makeFolder()
    readEarlier()
    var summary = ResultSummary()
    do {
      if readsFiles { for source in request.sources { try read(source) } }
      for item in told { try take(item, from: nil) }
      for problem in attachments.problems { try collector.add(.problem(problem)) }
      try merge()
      // Of an attempt that was ended before its time nobody expects all tests.
      let listed = request.wasCutOff ? nil : listCheck?.results.with(request.impact)
      for problem in listed?.problems ?? [] { try collector.add(.problem(problem)) }
      summary = try collector.finish(file: request.file)
      try markFiles(&summary)
      summary.listed = listed
    } catch {
      summary.problems.append("the results were not kept: \(error)")
      return summary
    }
    summary.flaky += recovered
    summary.failures = names.filter { failing.contains($0.id) }.prefix(ResultSummary.shownFailures).map {
      mask?($0.name) ?? $0.name
    }
    summary.causes = tally.causes
    summary.flakyCases = flakyCases.map { mask?($0.name) ?? $0.name }
    summary.skippedCases = skippedCases.map { mask?($0.name) ?? $0.name }
    summary.leastCovered = leastCovered.texts.map { mask?($0) ?? $0 }
    summary.worstFindings = FindingSeverity.allCases.flatMap { findings[$0] ?? [] }
      .prefix(ResultSummary.shownFailures).map { mask?($0) ?? $0 }
    if hasFindings, !hasBrokenFindings {
      for severity in FindingSeverity.allCases { summary.findings[severity, default: 0] += 0 }
    }
    summary.gaps = gaps.prefix(ResultSummary.shownFailures).map {
      ResultGap(kind: $0.kind, reason: mask?($0.reason) ?? $0.reason)
    }
    summary.changed = changed?.coverage
    summary.quarantinedCases = excusedNames.filter { excused.contains($0.id) }.prefix(ResultSummary.shownFailures).map {
      mask?($0.name) ?? $0.name
    }
    summary.expired = quarantine.expired.map { mask?($0) ?? $0 }
    if let merging { summary.retried = merging.retried(mask) }
    if let outcome = request.handsOverAfter {
      // Where all that failed is in quarantine, nothing is run again.
      let judged = ResultJudgement(outcome, summary, maxFailures: request.maxFailures).outcome
      let hasFailed = outcome != .succeeded && judged != .succeeded
      if hasFailed || (summary.retried != nil && summary.failed > 0) {
        summary.handover = handover(after: outcome, summary)
      }
    }
    return summary
  }

  private func makeFolder() {
    mkdir(request.runFolder, 0o777)
    mkdir("\(request.runFolder)/results", 0o777)
  }

  private mutating func readEarlier() {
    for file in request.earlier {
      try? ResultsFile.read("\(request.runFolder)/\(file)") { item in
        guard case .test(let outcome) = item else { return }
        repeats.learn(outcome)
        if outcome.status.isFailure { failedEarlier.insert(TestIdentity.hash(outcome)) }
      }
    }
  }

  private mutating func read(_ source: ResultRequest.Source) throws {
    let search = ResultFiles.find(source, request, claims)
    let files = search.files
    claims.claim(files.compactMap(\.mark), for: request.step)
    for problem in search.problems { try collector.add(.problem(problem)) }
    if let gap = search.gap { gaps.append(ResultGap(kind: ResultKind(source.reader), reason: gap)) }
    guard case .format(let format) = source.reader else { return }
    switch format {
    case .lcov, .cobertura, .llvmcov:
      if changed == nil, !files.isEmpty {
        changed = ChangedLines.find(base: source.base, in: request.workingDirectory)
      }
    case .junit, .tap, .gotest, .swifttest, .benchmark, .metrics, .sarif, .contexts: break
    }
    for file in files {
      (firstProblem, hasItems) = (nil, false)
      var failure: ResultFileError?
      ItemsAhead.forEachItem(of: file.path, label: file.name, as: format) { item in
        do throws(ResultFileError) {
          try take(item, from: file.path)
          return true
        } catch {
          failure = error
          return false
        }
      }
      if let failure { throw failure }
      if format == .sarif {
        if firstProblem == nil { hasFindings = true } else { hasBrokenFindings = true }
      }
      // What is missing of findings can be the worst one; of others, what could be read counts.
      if let firstProblem, format == .sarif || !hasItems {
        gaps.append(ResultGap(kind: ResultKind(source.reader), reason: firstProblem))
      }
    }
  }

  private mutating func take(
    _ given: ResultItem, from file: String?, isNumbered: Bool = false
  ) throws(ResultFileError) {
    var item = given
    var id: UInt64?
    if case .test(var outcome) = given {
      if outcome.attempt == nil, !isNumbered {
        outcome.file = outcome.file.map(relative)
        hide(&outcome)
        repeats.number(&outcome, hasFailed: { failing.contains($0) || excused.contains($0) })
      }
      quarantine.mark(&outcome)
      if outcome.status.isFailure || concerns(outcome) { id = TestIdentity.hash(outcome) }
      item = .test(outcome)
    }
    if merging?.takes(item) == false { return }
    if case .trace(let trace) = item {
      guard let new = traced.take(trace) else {
        hasItems = true
        return
      }
      item = .trace(new)
    }
    let hasFailed = try collector.add(item, hash: id)
    if case .problem = item {} else { hasItems = true }
    switch item {
    case .test(let outcome):
      // Those of earlier attempts are kept already.
      if !outcome.attachments.isEmpty, outcome.attempt == nil { attachments.keep(outcome.attachments, besides: file) }
      count(outcome, id, hasFailed: hasFailed)
    case .finding(let finding):
      hasFindings = true
      note(finding)
    case .coverage(let coverage):
      if changed == nil { changed = ChangedLines.find(base: nil, in: request.workingDirectory) }
      changed?.add(coverage)
      leastCovered.add(coverage)
    case .problem(let text): firstProblem = firstProblem ?? text
    case .measurement, .trace: break
    }
  }

  /// Two files have cases of one name: those of the first get their file into it, like those of the others have.
  private mutating func markFiles(_ summary: inout ResultSummary) throws {
    guard !repeats.unmarked.isEmpty, summary.file != nil else { return }
    var renamed: [UInt64: NamedCase] = [:]
    summary.digest = try ResultsFile.rewrite("\(request.runFolder)/\(request.file)") { outcome in
      let before = TestIdentity.hash(outcome)
      repeats.mark(&outcome)
      let after = NamedCase(outcome)
      if after.id != before { renamed[before] = after }
    }
    failing = Set(failing.map { renamed[$0]?.id ?? $0 })
    excused = Set(excused.map { renamed[$0]?.id ?? $0 })
    for (before, after) in renamed { tally.move(before, to: after) }
    for list in [\Gathering.names, \.excusedNames, \.flakyCases, \.skippedCases] {
      self[keyPath: list] = self[keyPath: list].map { renamed[$0.id] ?? $0 }
    }
  }

  /// What the attempts before this one told, and it did not tell anew.
  private mutating func merge() throws {
    guard var merging else { return }
    // From here on, everything is taken.
    self.merging = nil
    defer { self.merging = merging }
    do {
      try ResultsFile.read("\(request.runFolder)/\(merging.handover.items)") { item in
        if let kept = merging.kept(item) { try take(kept, from: nil) }
      }
    } catch {
      merging.lose()
      try collector.add(.problem("the results of the attempts before it are lost: \(error)"))
    }
    for outcome in merging.unheard { try take(.test(outcome), from: nil, isNumbered: true) }
  }

  /// What makes a case the same one, as it is kept: the history knows it by that, and a retry finds it by that.
  private func hide(_ outcome: inout TestOutcome) {
    guard let mask else { return }
    outcome.suite = mask(outcome.suite)
    outcome.className = mask(outcome.className)
    outcome.name = mask(outcome.name)
    outcome.parameters = mask(outcome.parameters)
    outcome.file = outcome.file.map(mask)
  }

  /// The file of a case as it is the same in every checkout: relative to the step's folder, where it lies below it.
  private func relative(_ file: String) -> String {
    let folder = request.workingDirectory
    return file.hasPrefix("\(folder)/") ? String(file.dropFirst(folder.count + 1)) : file
  }

  private mutating func note(_ finding: Finding) {
    guard findings[finding.severity, default: []].count < ResultSummary.shownFailures else { return }
    let place = finding.file.map { " \($0)" + (finding.line.map { ":\($0)" } ?? "") } ?? ""
    findings[finding.severity, default: []].append(
      "\(finding.severity.rawValue): \(finding.rule)\(place) \(finding.message.prefix(200))")
  }

  /// Whether a case that did not fail may be one that failed before: then it matters which one it is.
  private func concerns(_ outcome: TestOutcome) -> Bool {
    outcome.failedBefore > 0 || collector.hasFailures || !failing.isEmpty || !excused.isEmpty || !failedEarlier.isEmpty
  }

  /// - Parameters:
  ///   - id: the hash of its identity, where it matters.
  ///   - hasFailed: whether it failed in these results, and had not passed since.
  private mutating func count(_ outcome: TestOutcome, _ id: UInt64?, hasFailed: Bool) {
    if listCheck != nil {
      var plain = outcome
      plain.name = outcome.plainName
      listCheck?.add(plain)
    }
    switch outcome.status {
    case .skipped:
      if skippedCases.count < ResultSummary.shownFailures { skippedCases.append(NamedCase(outcome)) }
      return
    case .passed, .failed, .errored: break
    }
    guard let id else { return }
    if outcome.status.isFailure, outcome.quarantine != nil {
      excused.insert(id)
      if excusedNames.count < 2 * ResultSummary.shownFailures { excusedNames.append(NamedCase(outcome)) }
    } else if outcome.status.isFailure {
      failing.insert(id)
      tally.add(outcome, id, mask: mask)
      // Twice what is shown, for those that pass later.
      if names.count < 2 * ResultSummary.shownFailures { names.append(NamedCase(outcome)) }
    } else {
      // What passed within these results after it failed there is counted already.
      let isGood = hasFailed && (failing.remove(id) != nil || excused.remove(id) != nil)
      if isGood { tally.remove(id) }
      let isCounted = isGood || outcome.failedBefore > 0
      let isRecovered = Self.take(id, from: &failedEarlier)
      if isRecovered, !isCounted { recovered += 1 }
      if isRecovered || isCounted, flakyCases.count < ResultSummary.shownFailures {
        flakyCases.append(NamedCase(outcome))
      }
    }
  }

  /// Whether it was there. Most sets are empty, and nothing has to be looked up in these.
  private static func take(_ id: UInt64, from cases: inout Set<UInt64>) -> Bool {
    !cases.isEmpty && cases.remove(id) != nil
  }
}
