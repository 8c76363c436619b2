import BatonConfig
import BatonCore
import BatonMeasuring
import BatonModel
import BatonRuntime
import BatonSQLite

/// Finds what a step left of its results, so that they can be read anew without running it again.
struct Rereading {
  let folder: RunFolder
  let scriptFolder: String
  let evaluation: Evaluation
  let facts: RunFacts
  private let secrets: () -> [String]
  private let present: Present
  private let others: Others

  /// What is known of tests now, and the steps that the run is called from.
  typealias Tests = (quarantine: [QuarantineEntry], sharedNames: Set<UInt64>, callPath: String)

  /// - Parameters:
  ///   - nodes: of the plan: what else ran when a step did may have written its files.
  ///   - secrets: to be replaced by `***`.
  ///   - tests: asked once, when it is first needed.
  init(
    folder: RunFolder, scriptFolder: String, evaluation: Evaluation, facts: RunFacts, nodes: [Node],
    secrets: @escaping () -> [String], tests: @escaping () throws(BatonError) -> Tests
  ) {
    self.folder = folder
    self.scriptFolder = scriptFolder
    self.evaluation = evaluation
    self.facts = facts
    self.secrets = secrets
    present = Present(tests)
    others = Others(nodes)
  }

  func find(_ node: Node, _ end: StepEnd) -> ResultRereading.Found {
    guard let attempt = end.attempt else { return .gone("it was not run in this run") }
    let tests: Tests
    switch present.tests {
    case .success(let known): tests = known
    case .failure(let error): return .gone(error.message)
    }
    do throws(Evaluation.Failure) {
      let options = node.options.value
      let path = try place(of: node)
      var sources: [ResultRequest.Source] = []
      for source in options.results {
        sources.append(
          ResultRequest.Source(
            reader: source.reader, patterns: try evaluation.arguments(of: source.patterns),
            isOptional: source.isOptional, base: source.base))
      }
      var request = ResultRequest(
        ticket: 0, step: node.name, attempt: attempt.number, workingDirectory: path, sources: sources,
        since: attempt.started, runFolder: folder.path,
        file: RunFolder.results(step: node.name, attempt: attempt.number),
        artifactFolder: "\(folder.artifacts)/\(RunFolder.fileName(of: node.name))",
        log: folder.log(step: node.name, attempt: attempt.number))
      request.ended = attempt.ended
      request.quarantine = tests.quarantine
      request.sharedNames = tests.sharedNames
      request.moment = .now
      request.rivals = others.all(self).filter {
        $0.step != node.name && $0.started <= attempt.ended && attempt.started <= ($0.ended ?? attempt.started)
      }
      let found = ResultRereading.find(request, endedAt: attempt.ended)
      guard case .there(let there) = found else { return found }
      // What is kept has succeeded: only a step that runs can fail for it.
      guard let over = ResultRereading.expired(there, secrets: secrets(), callPath: tests.callPath) else {
        return .gone("there is no folder for temporary files in which to look for tests whose quarantine is over")
      }
      return over.isEmpty ? found : .gone(over.joined(separator: "; "))
    } catch {
      return .gone(error.text)
    }
  }

  /// - Throws: what was known of tests could not be read, and something was decided without it.
  func confirm() throws(BatonError) {
    if case .failure(let error)? = present.known { throw error }
  }

  private func place(of node: Node) throws(Evaluation.Failure) -> String {
    let cwd = node.options.value.cwd
    let name = try cwd.map { (cwd) throws(Evaluation.Failure) in try evaluation.text(of: cwd) } ?? ""
    return name.hasPrefix("/") ? name : name.isEmpty ? scriptFolder : "\(scriptFolder)/\(name)"
  }

  /// Reads it when it is first asked for, and keeps what came of it.
  private final class Present {
    private let read: () throws(BatonError) -> Tests
    private(set) var known: Result<Tests, BatonError>?

    init(_ read: @escaping () throws(BatonError) -> Tests) { self.read = read }

    var tests: Result<Tests, BatonError> {
      if let known { return known }
      let made = Result { () throws(BatonError) in try read() }
      known = made
      return made
    }
  }

  /// Steps of the run that read results from files, as they ran last: found out once, when it is first asked.
  private final class Others {
    private let nodes: [Node]
    private var known: [ResultRequest.Rival]?

    init(_ nodes: [Node]) { self.nodes = nodes }

    func all(_ reading: Rereading) -> [ResultRequest.Rival] {
      if let known { return known }
      let found = nodes.compactMap { node -> ResultRequest.Rival? in
        let sources = node.options.value.results
        guard !sources.isEmpty, let attempt = reading.facts.steps[node.name]?.end?.attempt,
          let path = try? reading.place(of: node)
        else { return nil }
        let patterns = sources.flatMap { (try? reading.evaluation.arguments(of: $0.patterns)) ?? [] }
        guard !patterns.isEmpty else { return nil }
        var rival = ResultRequest.Rival(
          step: node.name, workingDirectory: path, patterns: patterns, started: attempt.started)
        rival.ended = attempt.ended
        return rival
      }
      known = found
      return found
    }
  }
}

extension Drive {
  /// Reads anew what the plan says, and records it before the run is carried on: gates then see the numbers.
  static func readResults(
    _ resumption: inout Resumption, _ request: ResumeRequest, _ store: SQLiteStore, _ journal: any Journal
  ) throws(BatonError) {
    guard !resumption.plan.read.isEmpty else { return }
    let path = try store.callPath(of: request.run)
    var records: [StampedRecord] = []
    let secrets = Preflight.secrets(resumption.plan.plan).keys.compactMap { request.project.secrets[$0] }
    for node in resumption.plan.plan.nodes where resumption.plan.read.contains(node.name) {
      guard let end = resumption.facts.steps[node.name]?.end, let attempt = end.attempt,
        case .there(let found) = resumption.rereading.find(node, end)
      else { continue }
      let summary = ResultRereading.read(found, secrets: secrets, callPath: path)
      let measured = Measured(
        step: node.name, attempt: attempt.number, summary: summary,
        sources: ResultSource.digest(of: node.options.value.results))
      records.append(
        StampedRecord(
          seq: resumption.facts.lastSeq + Int64(records.count) + 1, time: .now, record: .measured(measured)))
    }
    guard !records.isEmpty else { return }
    FaultPoint.reach("resume.results-read")
    try journal.appendNow(records)
    for record in records { resumption.facts.apply(record) }
    resumption.history += records
  }
}
