import BatonCommandLine
import BatonCore
import BatonModel
import BatonRuntime
import BatonSQLite
import CSystem
import Glibc

/// Drives the run of a workflow that another one calls, and hands over what its steps emitted.
///
/// A process of its own, so that a call is ended, timed and found again after a crash as any other step is.
enum CalledRun {
  static func drive(_ text: String, _ console: Console) throws -> Int32 {
    unsetenv(SubRun.variable)
    guard let value = try? JSON.decode(text.utf8), let call = SubRun(value)
    else { throw BatonError(.usage, "\(SubRun.command) is for Baton itself: it drives workflows that others call") }
    guard call.callers.count <= SubRun.deepest else {
      let names = call.callers.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
      throw BatonError(
        .usage,
        "calls nest deeper than \(SubRun.deepest): \(names.prefix(3).joined(separator: " → ")) → … → "
          + names.suffix(2).joined(separator: " → "),
        cure: "a workflow that calls itself needs an end: a parameter that counts down, and a `when`")
    }
    let project = try Project.at(call.project).configured()
    let reporting = Reporting(lines: console)
    let known =
      try project.hasDatabase
      && !SQLiteStore(existing: project.folder.database).records(of: call.run, after: 0).isEmpty
    let status: Int32
    if known {
      status = try Drive.resume(
        ResumeRequest(
          project: project, run: call.run, options: ResumeOptions(), jobs: call.jobs, noCache: call.noCache,
          dryRun: false, detach: false, reporting: reporting, call: call))
    } else {
      guard File.exists(call.file) else {
        throw BatonError(.usage, "there is no workflow \(call.file)", cure: "a call names a file relative to its own")
      }
      var options = RunOptions()
      options.jobs = call.jobs
      options.noCache = call.noCache
      status = try Drive.run(
        RunRequest(
          project: project, file: call.file, parameters: Parameters(call: call.params), options: options,
          changedSince: call.changedSince, detach: false, reporting: reporting, call: call))
    }
    let records = Result { try SQLiteStore(existing: project.folder.database).records(of: call.run, after: 0) }
    if status == 0 {
      try handOver(try records.get())
      console.flush()
    } else {
      let known = (try? records.get()) ?? []
      try? handOver(known)
      console.flush()
      if let reason = reason(call.run, known) { console.out("\(SubRun.reasonMark)\(reason)\n") }
      console.flush()
    }
    return status
  }

  /// Why a run did not succeed, in a line.
  private static func reason(_ run: String, _ records: [StampedRecord]) -> String? {
    let view = RunView(run: run, records: records)
    let failed = view.steps.first { $0.status == .failed && $0.kind == .step && !$0.allowed && !view.isCaught($0) }
    let reason = view.reason ?? failed.map { "\($0.name): \($0.reason ?? $0.attempts.last?.outcome?.text ?? "failed")" }
    return reason.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
  }

  /// Step → what it emitted, as one line of `BATON_OUTPUT`.
  private static func handOver(_ records: [StampedRecord]) throws {
    guard let path = Environment["BATON_OUTPUT"] else { return }
    let facts = RunFacts(records)
    var values: [String: Value] = [:]
    for (name, step) in facts.steps where facts.body(of: name) == nil {
      if let emitted = step.end?.usableValues, !emitted.isEmpty { values[name] = .map(emitted) }
    }
    try File.append(Array((JSON.encode(.map(values)) + "\n").utf8), to: path)
  }
}
