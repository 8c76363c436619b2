import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime
import Glibc

/// `baton logs`.
enum LogsCommand {
  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let store = try Backend.store(of: project)
    let (run, step) = try choose(context.invocation.arguments, store)
    let records = try store.records(of: run.id, after: 0)
    let view = RunView(run: run.id, records: records)
    if let step, view[step] == nil {
      let names = Self.names(view, records)
      guard names.contains(step) else {
        throw BatonError(
          .usage, "there is no step \"\(step)\" in run \(run.id)",
          cure: Names.proposal(for: step, in: names) ?? "baton show \(run.id) lists the steps")
      }
      if !context.invocation.has(.follow) { context.console.note("step \"\(step)\" of run \(run.id) has not run yet") }
    }
    var printer = LogPrinter(
      folder: project.folder.run(run.id), console: context.console, step: step,
      attempt: try context.invocation.integer(.attempt, atLeast: 1), all: context.invocation.has(.allAttempts),
      tail: try context.invocation.integer(.tail), json: context.invocation.has(.json) ? run.id : nil)
    if context.invocation.has(.follow) {
      try printer.follow(run.id, store, of: project.folder)
    } else {
      try printer.print(view)
    }
    return 0
  }

  /// One word alone is a step of the newest run, or else a run.
  private static func choose(_ words: [String], _ store: any Store) throws(BatonError) -> (RunSummary, String?) {
    let choice = RunChoice(store: store)
    if words.count == 2 { return (try choice.run(words[0]), words[1]) }
    guard let word = words.first else { return (try choice.run(nil), nil) }
    let newest = try choice.run(nil)
    let records = try store.records(of: newest.id, after: 0)
    let view = RunView(run: newest.id, records: records)
    if view[word] != nil { return (newest, word) }
    if let run = try choice.match(word, in: try store.runs(limit: nil)) { return (run, nil) }
    let names = names(view, records)
    if names.contains(word) { return (newest, word) }
    throw BatonError(
      .usage, "\"\(word)\" is neither a step of run \(newest.id) nor a run",
      cure: Names.proposal(for: word, in: names) ?? "baton show lists the steps, baton runs the runs")
  }

  /// The steps of the run, those of its plan included that have no record yet.
  private static func names(_ view: RunView, _ records: [StampedRecord]) -> [String] {
    var view = view
    if let plan = RecordedPlan(records).shown { view.adopt(plan) }
    return view.steps.map(\.name)
  }
}

/// Prints what attempts wrote.
private struct LogPrinter {
  let folder: RunFolder
  let console: Console
  let step: String?
  let attempt: Int?
  let all: Bool
  let tail: Int?
  /// The run's id where each line is an object.
  let json: String?

  private var open: [String: LogFile] = [:]
  private var lines = OutputLines()

  init(folder: RunFolder, console: Console, step: String?, attempt: Int?, all: Bool, tail: Int?, json: String?) {
    self.folder = folder
    self.console = console
    self.step = step
    self.attempt = attempt
    self.all = all
    self.tail = tail
    self.json = json
  }

  func print(_ view: RunView) throws(BatonError) {
    for shown in view.steps where step == nil || shown.name == step {
      var attempts = shown.attempts
      if let attempt {
        attempts = attempts.filter { $0.number == attempt }
        if attempts.isEmpty, step != nil {
          throw BatonError(
            .usage, "step \"\(shown.name)\" has no attempt \(attempt)",
            cure: shown.attempts.isEmpty
              ? "nothing of it has run" : "it has \(shown.attempts.map { "\($0.number)" }.joined(separator: ", "))")
        }
      } else if !all {
        attempts = attempts.suffix(1)
      }
      for attempt in attempts {
        if json == nil, step == nil || attempts.count > 1 { heading(shown, attempt) }
        guard let file = LogFile(folder.log(step: shown.name, attempt: attempt.number)) else { continue }
        if let tail { file.seekToLast(tail) }
        if json != nil {
          printObjects(file, shown.name, attempt.number)
          continue
        }
        var last: UInt8 = 0x0A
        while case let piece = file.next(), let end = piece.last {
          console.out(piece)
          last = end
        }
        if step == nil, last != 0x0A { console.out("\n") }
      }
    }
  }

  private func printObjects(_ file: LogFile, _ step: String, _ attempt: Int) {
    var lines = OutputLines()
    while case let piece = file.next(), !piece.isEmpty {
      for line in lines.add(piece, of: step) { object(line, step, attempt) }
    }
    if let rest = lines.finish(step) { object(rest, step, attempt) }
  }

  private func object(_ line: String, _ step: String, _ attempt: Int) {
    console.out(
      JSON.encode([
        "run": .string(json ?? ""), "step": .string(step), "attempt": .integer(Int64(attempt)), "text": .string(line),
      ]) + "\n")
  }

  private func heading(_ step: StepView, _ attempt: AttemptView) {
    var text = "── \(step.name.harmless)"
    if step.attempts.count > 1 { text += ", attempt \(attempt.number)" }
    text += ": \(attempt.outcome?.text.harmless ?? "running")"
    console.out(console.outputPalette(.bold, text) + "\n")
  }

  /// Prints what there is and what comes, until the run has ended. With a STEP, its bytes as they are; else line by line,
  /// each with its step's name.
  mutating func follow(_ run: String, _ store: any Store, of project: ProjectFolder) throws(BatonError) {
    var ended: Set<String> = []
    var view = RunView(run: run)
    var this = self
    try Follower(store: store, run: run, of: project).follow(
      tick: {
        this.drain(view)
        this.console.flush()
      },
      show: { records in
        for record in records {
          view.apply(record)
          switch record.record {
          case .attemptStarted(let attempt, _, _, _): this.begin(attempt)
          // An attempt that was over at once may have left only its end.
          case .attemptFailed(let end, _): ended.insert(end.step)
          case .stepEnded(let end): if end.attempt != nil { ended.insert(end.step) }
          default: break
          }
        }
        this.drain(view)
        for step in ended { this.finish(step) }
        ended = []
      })
    drain(view)
  }

  private mutating func begin(_ attempt: StepAttempt) {
    guard step == nil || attempt.step == step, self.attempt == nil || attempt.number == self.attempt else { return }
    finish(attempt.step)
    numbers[attempt.step] = attempt.number
    waiting[attempt.step] = folder.log(step: attempt.step, attempt: attempt.number)
  }

  /// The attempt that is followed, by step.
  private var numbers: [String: Int] = [:]
  /// Attempts whose log has not been seen yet, by step.
  private var waiting: [String: String] = [:]

  private mutating func drain(_ view: RunView) {
    for (name, path) in waiting {
      guard let file = LogFile(path) else { continue }
      if let tail, view[name]?.attempts.last?.outcome != nil { file.seekToLast(tail) }
      open[name] = file
      waiting[name] = nil
    }
    for name in open.keys.sorted() {
      while let piece = open[name]?.next(), !piece.isEmpty {
        if step != nil, json == nil {
          console.out(piece)
        } else {
          for line in lines.add(piece, of: name) { show(line, of: name) }
        }
      }
    }
  }

  private mutating func finish(_ name: String) {
    waiting[name] = nil
    guard open.removeValue(forKey: name) != nil else { return }
    if let rest = lines.finish(name) { show(rest, of: name) }
  }

  private func show(_ line: String, of name: String) {
    if json != nil { return object(line, name, numbers[name] ?? 1) }
    console.out("\(console.outputPalette(.dim, "\(name.harmless) │")) \(line)\n")
  }
}
