import BatonCore
import BatonFiles
import BatonMeasuring
import BatonModel
import BatonRuntime

/// What a run may know of tests: their history, and what changed since the last run that succeeded. Each is asked for once, and
/// only where a workflow puts tests in order.
final class TestPast {
  private let history: any TestHistory
  private let workflow: String
  private let run: String?
  private let folder: String
  private let warn: (String) -> Void
  private var known: TestFacts?
  /// Commit → how files differ from it; nil: git does not know it.
  private var differences: [String: [String: FileDifference]?] = [:]

  /// - Parameters:
  ///   - run: nil: none yet.
  ///   - folder: that of the workflow, absolute.
  ///   - warn: what cannot be read is told there.
  init(_ history: any TestHistory, workflow: String, run: String?, folder: String, warn: @escaping (String) -> Void) {
    self.warn = warn
    self.history = history
    self.workflow = workflow
    self.run = run
    self.folder = folder
  }

  /// Without what cannot be read: an order that is less good is better than no run.
  func facts(near name: String) -> TestFacts {
    var facts = known ?? read()
    known = facts
    facts.near = name
    return facts
  }

  /// Which of a step's tests changes can affect, as far as their recorded coverage tells.
  ///
  /// - Parameters:
  ///   - step: without its shard.
  ///   - inputs: globs that the step declares, relative to its folder; nil: every file may concern it.
  func impact(
    _ tests: [String], step: String, inputs: [String]?, in stepFolder: String, _ changes: ChangedFiles
  ) -> TestImpact {
    let place = File.real(stepFolder) ?? stepFolder
    let globs = inputs.flatMap { try? GlobSet($0) }
    let files = changes.files.map { "\(changes.top)/\($0)" }
    return TestImpact(
      tests,
      traces: told("which files tests touch", TestTraces()) { () throws(BatonError) in
        try history.traces(workflow: workflow, step: step)
      }, changed: files,
      differences: { [self] commit in
        if let known = differences[commit] { return known }
        let told = FileDifferences.since(commit, in: folder)
        differences[commit] = .some(told)
        return told
      },
      concerns: { path in
        // Globs that cannot be read leave nothing out.
        guard inputs != nil, let globs else { return true }
        return globs.contains(FilePath(path), in: FilePath(place))
      },
      shown: { $0.hasPrefix(changes.top + "/") ? String($0.dropFirst(changes.top.count + 1)) : $0 })
  }

  private func told<Told>(_ what: String, _ nothing: Told, _ read: () throws(BatonError) -> Told) -> Told {
    do throws(BatonError) { return try read() } catch {
      warn("\(what) cannot be read, and tests are chosen as if it were not known: \(error.message)")
      return nothing
    }
  }

  private func read() -> TestFacts {
    var facts = TestFacts(
      records: told("the history of tests", []) { () throws(BatonError) in try history.testRecords() })
    let good = told("the last good commit", nil) { () throws(BatonError) in
      try history.lastGoodCommit(workflow: workflow, before: run)
    }
    if let commit = good,
      var changes = try? ChangedFilesFinder.find(since: commit, in: folder)
    {
      changes.since = String(commit.prefix(8))
      facts.changes = changes
    }
    return facts
  }
}
