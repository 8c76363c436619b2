import BatonCore
import BatonModel
import BatonRuntime
import BatonSQLite
import BatonSimulation
import CSystem
import Glibc

/// `baton chaos --real`: the real steps, in a copy of the project's folder, by drivers that are killed.
///
/// Every trial begins with a fresh copy at the same path, so that nothing differs but what the run does.
final class RealChaos {
  private let project: Project
  /// The workflow below the project's folder.
  private let file: String
  /// `-p` and `--params`.
  private let options: [String]
  private let base: String
  private var work: String { "\(base)/work" }
  private var log: String { "\(base)/log" }

  init(file: String, project: Project, options: [String]) throws(BatonError) {
    self.project = project
    self.options = options
    guard let path = File.real(file), path.hasPrefix(project.folder.root + "/") else {
      throw BatonError(.usage, "\(file) is not in the project's folder \(project.folder.root)")
    }
    self.file = String(path.dropFirst(project.folder.root.count + 1))
    let size = FolderTree.size(project.folder.root) - FolderTree.size(project.folder.baton)
    guard size < 1 << 30 else {
      throw BatonError(
        .usage, "\(project.folder.root) holds \(ByteSize(bytes: size).text), too much to be copied for every crash",
        cure: "move the workflow into a folder of its own, with an empty baton.json in it")
    }
    var template = Array("\(Environment["TMPDIR"] ?? "/tmp")/baton-chaos-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw BatonError(.failure, "cannot make a folder for copies: \(File.message(errno))")
    }
    base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { FolderTree.remove(base) }

  /// What a trial left.
  private struct Trial {
    var records: [StampedRecord] = []
    var facts = RunFacts()
    var state: EndState
    var crashes: [CrashPoint] = []
  }

  func report(_ progress: (Int, Int) -> Void) throws -> ChaosReport {
    let (first, varying) = try undisturbed()
    var report = ChaosReport(
      status: first.facts.ended?.status ?? .interrupted, lines: first.records.map { RecordLine.text($0) })
    report.varying = varying.sorted()
    let last = first.facts.lastSeq
    let points = (1...max(1, last)).flatMap { seq in
      seq < last ? [CrashPoint(seq), CrashPoint(seq, withEffects: true)] : [CrashPoint(seq)]
    }
    // The second crash some records behind the first, a different number each time.
    let pairs = (1..<max(2, last)).map { [CrashPoint($0), CrashPoint($0 + 2 + $0 % 5)] }
    report.possiblePairs = pairs.count
    for crashes in points.map({ [$0] }) + pairs {
      let trial = try self.trial(crashes)
      if crashes.count == 1 { report.crashes += 1 } else { report.pairs += 1 }
      report.note(trial.crashes, differences(first, trial, varying))
      progress(report.crashes + report.pairs, points.count + pairs.count)
    }
    return report
  }

  func trace(_ crashes: [CrashPoint]) throws -> ChaosTrace {
    let (first, varying) = try undisturbed()
    let trial = try self.trial(crashes)
    var report = ChaosReport(status: .succeeded, lines: [])
    report.note(trial.crashes, differences(first, trial, varying))
    var lines: [String] = []
    for stamped in trial.records {
      if case .runResumed = stamped.record { lines.append("     the driver dies") }
      lines.append(RecordLine.text(stamped))
    }
    return ChaosTrace(lines: lines, divergence: report.divergences.first)
  }

  /// An undisturbed run, and what differs in another one.
  private func undisturbed() throws -> (Trial, varying: Set<String>) {
    let first = try trial([])
    let second = try trial([])
    return (first, Set(first.state.differences(to: second.state).map(\.what)))
  }

  private func differences(_ first: Trial, _ trial: Trial, _ varying: Set<String>) -> [EndState.Difference] {
    first.state.differences(to: trial.state, messages: trial.facts.outstanding.isEmpty)
      .filter { !varying.contains($0.what) }
  }

  /// A run in a fresh copy, whose drivers die at these points.
  private func trial(_ crashes: [CrashPoint]) throws -> Trial {
    FolderTree.remove(work)
    try FolderTree.copy(project.folder.root, to: work)
    unlink(log)
    var died: [CrashPoint] = []
    for crash in crashes.map(Optional.some) + [nil] {
      // A driver that died before its first write has left nothing to be carried on.
      let (records, facts) = try recorded()
      if let ended = facts.ended, ended.status != .succeeded || facts.outstanding.isEmpty { break }
      let status = try drive(records.isEmpty ? ["run", file] + options : ["resume"], crash)
      if let crash, status == .killed { died.append(crash) }
      guard status == .usage else { continue }
      let said = String(decoding: (try? File.read(log)) ?? [], as: UTF8.self)
      throw BatonError(.usage, "the workflow cannot be run:\n\(said)")
    }
    let (records, facts) = try recorded()
    let messages = records.compactMap { stamped -> String? in
      // A run is known by another name each time.
      if case .notificationSent(_, let key, _) = stamped.record { String(key.drop { $0 != "/" }) } else { nil }
    }
    var state = EndState(facts.ended?.status ?? .interrupted, records, messages: Set(messages))
    state.facts["observed.time"] = nil
    for (path, content) in FolderTree.contents(of: work) { state.facts["file \(path)"] = content }
    return Trial(records: records, facts: facts, state: state, crashes: died)
  }

  private func recorded() throws -> ([StampedRecord], RunFacts) {
    var facts = RunFacts()
    guard File.exists("\(work)/.baton/baton.db") else { return ([], facts) }
    let store = try SQLiteStore(existing: "\(work)/.baton/baton.db")
    // Called workflows have runs of their own; the caller's is the first that has written anything.
    for run in try store.runs(limit: nil).sorted(by: { $0.started < $1.started }) {
      let records = try store.records(of: run.id, after: 0)
      if records.isEmpty { continue }
      for record in records { facts.apply(record) }
      return (records, facts)
    }
    return ([], facts)
  }

  private enum End { case ended, killed, usage }

  private func drive(_ words: [String], _ crash: CrashPoint?) throws(BatonError) -> End {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var arguments: [UnsafeMutablePointer<CChar>?] =
      (["baton"] + words + ["-C", work, "--output", "lines", "--no-wait"]).map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    if let crash { setenv("BATON_FAULT", MortalJournal.fault((crash.seq, crash.withEffects)), 1) }
    defer { unsetenv("BATON_FAULT") }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, "/proc/self/exe", &actions, nil, &arguments, baton_environment())
    guard code == 0 else { throw BatonError(.failure, "cannot start another Baton: \(File.message(code))") }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    if status & 0x7F == SIGKILL { return .killed }
    return (status >> 8) & 0xFF == BatonError.Code.usage.rawValue ? .usage : .ended
  }
}
