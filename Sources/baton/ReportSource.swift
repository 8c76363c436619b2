import BatonCore
import BatonModel
import BatonReport
import BatonResults
import BatonRuntime
import CSystem
import Glibc

/// Reads all that a report says of a run: its records, its files of results, its logs and artifacts, and the runs before it.
struct ReportSource {
  let project: Project
  let store: any Store & TestHistory
  /// Where links start from: the absolute folder of the report; nil: it goes to standard output.
  var linkFolder: String?
  /// In what the services of a run are other ones than they should be; a report that a run makes of itself does not ask.
  var drift: (PastRun) -> ServiceDrift? = { _ in nil }

  /// How many runs the trends show.
  static let trendRuns = 40
  /// Of so many flaky cases, those that this run has are shown.
  static let flakyCases = 1000
  /// How much of the end of an output is shown.
  static let tail = (lines: 60, bytes: 16 << 10)

  func data(of run: RunSummary) throws(BatonError) -> ReportData {
    let past = try PastRun(run, store)
    let plan = past.plan
    var view = past.view
    view.drift = drift(past)
    var data = ReportData(view: view, now: .now, clock: .local)
    if let plan {
      let states = Dictionary(view.steps.map { ($0.name, $0.status) }, uniquingKeysWith: { first, _ in first })
      data.graph = ReportGraph(plan, states: states)
      data.planned = plan.nodes.count
    }
    let folder = project.folder.run(run.id)
    data.environment = ReportEnvironment.facts(of: view)
    data.tails = tails(view, folder)
    data.artifacts = artifacts(view, folder)
    data.cached = view.steps.compactMap { step in view.origin(of: step.name).map { .init(step: step.name, origin: $0) }
    }
    data = results(data, folder)
    try addHistory(to: &data, of: run, plan: plan)
    return data
  }

  /// Everything that steps read of results, and what they measured by themselves.
  private func results(_ data: ReportData, _ folder: RunFolder) -> ReportData {
    let view = data.view
    var builder = ReportBuilder(data)
    for step in view.steps where view.summary(of: step.name) != nil {
      var measured = view.results[step.name] ?? []
      // Out of the cache: the attempts before were of other work.
      if let last = measured.last, last.attempt == 0 { measured = [last] }
      for (index, attempt) in measured.enumerated() {
        let isLast = index == measured.count - 1
        builder.begin(step: step.name, attempt: attempt.attempt, isLast: isLast)
        if isLast { builder.take(attempt.summary) }
        guard let file = attempt.summary.file else { continue }
        do {
          try ResultsFile.read("\(folder.path)/\(file)") { builder.add($0) }
        } catch {
          if isLast { builder.lose(attempt.summary, why: "\(error)") }
        }
      }
    }
    for step in view.steps {
      for (name, value) in (view.metrics[step.name] ?? [:]).sorted(by: { $0.key < $1.key }) {
        builder.measure(step: step.name, name, value)
      }
    }
    return builder.finish()
  }

  /// The ends of what failed steps printed.
  private func tails(_ view: RunView, _ folder: RunFolder) -> [ReportTail] {
    var tails: [ReportTail] = []
    for step in view.steps where step.status == .failed && step.kind == .step {
      guard tails.count < 50, let attempt = step.attempts.last,
        let file = LogFile(folder.log(step: step.name, attempt: attempt.number))
      else { continue }
      let (bytes, isCut) = file.end(lines: Self.tail.lines, bytes: Self.tail.bytes)
      guard !bytes.isEmpty else { continue }
      tails.append(
        ReportTail(
          step: step.name, attempt: attempt.number, text: String(decoding: bytes, as: UTF8.self), isCut: isCut))
    }
    return tails
  }

  private func artifacts(_ view: RunView, _ folder: RunFolder) -> [ReportArtifact] {
    var artifacts: [ReportArtifact] = []
    for step in view.steps where step.kind == .step {
      let root = "\(folder.artifacts)/\(RunFolder.fileName(of: step.name))"
      guard File.isFolder(root) else { continue }
      var open = [""]
      while let below = open.popLast(), artifacts.count < 5000 {
        for name in File.names(in: root + below).reversed() {
          let path = "\(root)\(below)/\(name)"
          var info = stat()
          guard lstat(path, &info) == 0 else { continue }
          if info.st_mode & S_IFMT == S_IFDIR {
            open.append("\(below)/\(name)")
          } else {
            let link = linkFolder.map { Self.relative(path, to: $0) }
            artifacts.append(
              ReportArtifact(
                step: step.name, name: String("\(below)/\(name)".dropFirst()), path: link,
                size: ByteSize(bytes: Int64(info.st_size))))
          }
        }
      }
    }
    return artifacts.sorted { ($0.step, $0.name) < ($1.step, $1.name) }
  }

  /// The way from a folder to a file, both absolute and without `.` and `..`.
  static func relative(_ path: String, to folder: String) -> String {
    let target = path.split(separator: "/")
    let start = folder.split(separator: "/")
    let common = zip(target, start).prefix { $0 == $1 }.count
    let ups = repeatElement("..", count: start.count - common)
    return (ups + target.dropFirst(common).map(String.init)).joined(separator: "/")
  }
}

extension LogFile {
  /// The last lines, of which no more than so many bytes; and whether something stands before them.
  func end(lines: Int, bytes limit: Int) -> ([UInt8], isCut: Bool) {
    seekToLast(lines)
    var isCut = position > 0
    var end: [UInt8] = []
    while case let piece = next(), !piece.isEmpty {
      end += piece
      if end.count > limit * 4 {
        end.removeFirst(end.count - limit)
        isCut = true
      }
    }
    if end.count > limit {
      end.removeFirst(end.count - limit)
      isCut = true
    }
    return (end, isCut)
  }
}
