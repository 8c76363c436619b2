import BatonCommandLine
import BatonConfig
import BatonCore
import BatonLua
import BatonModel
import BatonNotify
import BatonRuntime
import BatonSQLite
import BatonSystem
import Glibc
import Synchronization

/// Messages that were due when a run ended, and that nobody sent since, because whoever drove it was killed: the next run of
/// the project sends them. Nothing else of the run goes on.
enum OwedMessages {
  /// So many runs are looked at.
  private static let most = 10
  /// How long the messages of one run may take.
  private static let patience = Span(seconds: 20)

  /// Has a file for each run that has messages to send and is driven, or was when its driver died: most projects need not be
  /// asked.
  private static func folder(_ project: Project) -> String { "\(project.folder.baton)/owed" }

  /// The run may come to owe messages from now on.
  static func mark(_ run: String, of project: Project) {
    mkdir(folder(project), 0o755)
    try? File.write([], to: "\(folder(project))/\(run)")
  }

  /// Its driver has sent what there was.
  static func unmark(_ run: String, of project: Project) { unlink("\(folder(project))/\(run)") }

  /// Run → how many messages it owes, as far as nobody drives it.
  static func counts(of project: Project, _ store: SQLiteStore) throws(BatonError) -> [String: Int] {
    let marked = File.names(in: folder(project))
    guard !marked.isEmpty else { return [:] }
    var counts: [String: Int] = [:]
    for (run, count) in try store.owedMessages(of: marked) where try store.driver(of: run) == nil {
      counts[run] = count
    }
    return counts
  }

  /// Sends what runs of the project owe. What goes wrong with it is told, and nothing else comes of it.
  ///
  /// - Parameter run: has just ended, and owes nothing.
  static func send(_ project: Project, _ store: SQLiteStore, besides run: String, _ console: Console) {
    let marked = File.names(in: folder(project)).filter { $0 != run }
    for other in marked.prefix(most) {
      do {
        guard try store.driver(of: other) == nil else { continue }
        try send(of: other, project, store, console)
      } catch {
        let why = (error as? BatonError)?.message ?? (error as? Diagnostics)?.items.first?.message ?? "\(error)"
        console.note("what run \(other) owes was not sent: \(why); baton resume \(other) sends it")
      }
    }
  }

  private static func send(of run: String, _ project: Project, _ store: SQLiteStore, _ console: Console) throws {
    guard try store.owedMessages(of: [run])[run] != nil else {
      // One that has not ended is carried on by somebody, or never.
      if try store.runs(limit: nil).first(where: { $0.id == run }).map({ $0.ended != nil }) ?? true {
        unmark(run, of: project)
      }
      return
    }
    let journal = try store.open(run: run)
    defer { journal.close() }
    let facts = RunFacts(try store.records(of: run, after: 0))
    guard let start = facts.start, facts.ended != nil else { return }
    let seen = facts.observations ?? start.observations
    let project = try Drive.environment(of: seen.settings, project)
    let script = try Drive.load(start, seen, project).0
    let secrets = Preflight.secrets(script.plan).keys.compactMap { project.secrets[$0] }
    func call(_ callback: Callback, _ arguments: [Value]) -> CallbackResult {
      script.call(callback, arguments, limit: Span(seconds: 10))
    }
    let evaluation = Evaluation(
      values: { step in facts.steps[step]?.end?.usableValues },
      secret: { project.secrets[$0] }, call: call)
    var hidden = SecretSet()
    hidden.add(secrets)
    let writer = NoticeWriter(script.plan.notifications, evaluation, call: call, mask: { [hidden] in hidden.mask($0) })
    let answers = Answers()
    let notifier = ChannelNotifier(.standard(folder: File.folder(of: start.file)), mailbox: answers)
    notifier.mask(secrets)
    for outstanding in facts.outstanding {
      switch writer.make(outstanding) {
      case .message(let message, _): notifier.send(message)
      case .impossible(let error, _): answers.post(.notified(key: outstanding.key, .failed(attempts: 0, error: error)))
      }
    }
    let left = notifier.close(waiting: patience)
    var records: [StampedRecord] = []
    var sent = 0
    for (key, answer) in answers.all {
      guard let name = facts.outstanding.first(where: { $0.key == key })?.name else { continue }
      let record: Record
      switch answer {
      case .sent(let attempts):
        record = .notificationSent(name: name, key: key, attempts: attempts)
        sent += 1
      case .failed(let attempts, let error):
        record = .notificationFailed(name: name, key: key, attempts: attempts, error: error)
        console.note("a message that run \(run) owed was not sent: \(error)")
      }
      records.append(
        StampedRecord(
          seq: facts.lastSeq + Int64(records.count) + 1, time: max(.now, facts.lastTime), record: record))
    }
    if !records.isEmpty { try journal.appendNow(records) }
    if sent > 0 { console.note("sent \(sent) \(sent == 1 ? "message" : "messages") that run \(run) owed") }
    if left == 0 { unmark(run, of: project) }
  }
}

/// What came of messages, from the threads that send them.
private final class Answers: Mailbox {
  private let found = Mutex<[(key: String, answer: NotificationAnswer)]>([])

  func post(_ input: EngineInput) {
    if case .notified(let key, let answer) = input { found.withLock { $0.append((key, answer)) } }
  }

  var all: [(key: String, answer: NotificationAnswer)] { found.withLock { $0 } }
}
