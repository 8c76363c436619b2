import BatonCore
import BatonMeasuring
import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// What mocks say of the results of steps, by step and attempt, and the folder in which it is kept as a run keeps it: failed
/// tests are handed to a retry out of it. There is such a folder only where a mock has results.
final class MockedResults {
  private var told: [StepAttempt: [ResultItem]] = [:]
  /// Told, and not asked for: the step reads no results.
  private var unasked: [StepAttempt] = []
  private var folder: String?

  deinit { if let folder { Self.remove(folder) } }

  /// A driver begins: what the one before it was told and did not ask for, it never will.
  func begin() { unasked.removeAll() }

  func tell(_ items: [ResultItem], by step: String, attempt: Int) {
    let place = StepAttempt(step: step, number: attempt)
    told[place] = items
    unasked.append(place)
  }

  /// nil: the mock says nothing of results.
  func items(of step: String, attempt: Int) -> [ResultItem]? {
    let place = StepAttempt(step: step, number: attempt)
    unasked.removeAll { $0 == place }
    return told[place]
  }

  /// A mock has results and its step does not read any.
  var problem: MockProblem? {
    unasked.first.map {
      MockProblem(
        "the mock of step \"\($0.step)\" has results, and the step reads none: it needs results = junit \"report.xml\", "
          + "or the like")
    }
  }

  /// Where the run's folder is in truth; nil: none can be made.
  func place(of path: String) -> String? {
    if folder == nil {
      let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
      var name = Array("\(parent)/baton-simulation-XXXXXX".utf8CString)
      guard mkdtemp(&name) != nil else { return nil }
      folder = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
    }
    guard let folder, path.hasPrefix(Simulation.folder.path) else { return nil }
    return folder + path.dropFirst(Simulation.folder.path.count)
  }

  private static func remove(_ path: String) {
    guard let entries = opendir(path) else {
      unlink(path)
      return
    }
    while let entry = readdir(entries) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { remove("\(path)/\(name)") }
    }
    closedir(entries)
    rmdir(path)
  }
}

/// Finds no files: what steps measure stands in their mocks.
final class SimulatedResults: ResultKeeper {
  private let reactor: VirtualReactor
  private let mocked: MockedResults

  init(_ reactor: VirtualReactor, _ mocked: MockedResults) {
    self.reactor = reactor
    self.mocked = mocked
  }

  func mask(_ secrets: [String]) {}
  func texts(_ request: ResultRequest) { reactor.plan(.resultTexts(request.ticket, [])) }

  func read(_ request: ResultRequest, told: [ResultItem]) {
    reactor.plan(.resultsRead(request.ticket, summary(request)))
  }

  private func summary(_ request: ResultRequest) -> ResultSummary? {
    guard let items = mocked.items(of: request.step, attempt: request.attempt) else { return nil }
    guard let folder = mocked.place(of: request.runFolder),
      let artifacts = mocked.place(of: request.artifactFolder)
    else {
      var summary = ResultSummary()
      summary.problems = ["there is no folder for results of mocks: is TMPDIR one that can be written to?"]
      return summary
    }
    var request = request
    request.runFolder = folder
    request.artifactFolder = artifacts
    return ResultGatherer.summary(request, of: items)
  }

  func failedCases(in path: String, limit: Int) -> [Value]? {
    mocked.place(of: path).flatMap { ResultGatherer.failedCases(in: $0, limit: limit) }
  }
}
