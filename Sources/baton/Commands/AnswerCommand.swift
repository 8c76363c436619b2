import BatonCommandLine
import BatonConfig
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime
import BatonSQLite

/// `baton approve` and `baton reject`.
struct AnswerCommand {
  let context: Context
  let project: Project
  let store: SQLiteStore
  let approves: Bool

  static func run(_ context: Context, approves: Bool) throws -> Int32 {
    let project = try Project.find()
    let command = AnswerCommand(
      context: context, project: project, store: try Backend.database(of: project), approves: approves)
    return try command.run()
  }

  private func run() throws -> Int32 {
    let (run, name) = try target()
    var facts = RunFacts()
    let records = try store.records(of: run.id, after: 0)
    for record in records { facts.apply(record) }
    guard let asked = facts.questions[name] else { throw try notWaiting(name, run, facts, records) }
    let answer = try answer(to: asked, run)
    let request = Request(
      kind: .answer(
        step: name, question: asked.question.id, approved: approves, role: answer.role, fields: answer.fields),
      by: answer.by, reason: answer.reason, time: answer.given)
    let mail = Mail(project: project, store: store, run: run.id)
    let (_, fate) = try mail.send(request, after: facts.lastSeq)
    return try report(answer, fate, run)
  }

  // MARK: What is meant

  /// The run, and the gate or step that waits in it.
  private func target() throws(BatonError) -> (RunSummary, String) {
    let words = context.invocation.arguments
    let choice = RunChoice(store: store)
    if words.count == 2 { return (try choice.run(words[0]), words[1]) }
    let runs = try store.runs(limit: nil).filter { !$0.waitsFor.isEmpty }
    if runs.isEmpty, let word = words.first,
      let run = try store.runs(limit: nil).first(where: { $0.status == .halted }), !run.id.hasPrefix(word)
    {
      // Where a gate halted the run, nothing waits: what it is now says how it is overridden.
      return (run, word)
    }
    if let word = words.first {
      if let run = runs.first(where: { $0.waitsFor.contains(word) }) { return (run, word) }
      if let run = try choice.match(word, in: runs) { return (run, try only(run)) }
      return (try choice.run(nil, purpose: "in which anything waits") { !$0.waitsFor.isEmpty }, word)
    }
    let run = try choice.run(nil, purpose: "in which anything waits") { !$0.waitsFor.isEmpty }
    return (run, try only(run))
  }

  private func only(_ run: RunSummary) throws(BatonError) -> String {
    if let name = run.waitsFor.first, run.waitsFor.count == 1 { return name }
    throw BatonError(
      .usage, "\(run.waitsFor.count) things wait in run \(run.id)",
      cure: "name one of them: \(run.waitsFor.joined(separator: ", "))")
  }

  private func notWaiting(
    _ name: String, _ run: RunSummary, _ facts: RunFacts, _ records: [StampedRecord]
  ) throws -> BatonError {
    let view = RunView(run: run.id, records: records, plan: RecordedPlan(records).shown)
    let waits = facts.questions.keys.sorted()
    let list = waits.isEmpty ? "nothing waits in run \(run.id)" : "what waits: \(waits.joined(separator: ", "))"
    guard let step = view[name] else {
      let candidates = view.steps.filter { $0.kind != .group }.map(\.name)
      return BatonError(
        .usage, "there is no gate or step \"\(name)\" in run \(run.id)",
        cure: Names.proposal(for: name, in: waits) ?? Names.proposal(for: name, in: candidates) ?? list)
    }
    let reason = step.reason.map { ": \($0)" } ?? ""
    let state = step.status.isTerminal ? "it is \(step.status.rawValue)\(reason)" : "it is \(step.status.rawValue)"
    let isOverridable = approves && step.kind == .gate && step.status == .failed
    return BatonError(
      .usage, "\(step.kind.rawValue) \"\(name)\" does not wait for an answer: \(state)",
      cure: isOverridable ? "\(OverrideText.command(name, run: run.id)) overrides it" : list)
  }

  // MARK: What is said

  private func answer(to asked: RunFacts.Asked, _ run: RunSummary) throws(BatonError) -> Answer {
    let question = asked.question
    let who = context.invocation.value(.answerAs) ?? Machine.who
    guard let role = ApprovalSpec.role(of: who, among: question.by, roles: project.settings.roles) else {
      throw BatonError(
        .usage, "\(who) may not answer \"\(question.step)\": \(question.who) may", cure: roleCure(question))
    }
    var given: [String: Value] = [:]
    for word in context.invocation.values(.field) {
      let (name, value) = try field(word, question)
      given[name] = value
    }
    let answer = Answer(
      step: question.step, node: question.node, kind: question.kind, question: question.id, approved: approves,
      by: who, role: role, reason: context.invocation.value(.reason), fields: given, given: .now)
    if let objection = try withPending(asked, run).objection(to: answer) {
      let form = WaitText.form(question)
      let reason = question.kind == .override && answer.reason == nil ? "--reason TEXT says why" : nil
      throw BatonError(
        .usage, "\"\(question.step)\": \(objection)", cure: reason ?? (form.isEmpty ? nil : "it asks for \(form)"))
    }
    return answer
  }

  private func roleCure(_ question: Question) -> String {
    let known = question.by.compactMap { role in
      project.settings.roles[role].map { "\(role): \($0.joined(separator: ", "))" }
    }
    return known.isEmpty
      ? "say who you are with --as, or list the role in baton.json: {\"roles\": {\"\(question.by.first ?? "role")\": [\"…\"]}}"
      : "in baton.json, \(known.joined(separator: "; "))"
  }

  private func field(_ word: String, _ question: Question) throws(BatonError) -> (String, Value) {
    guard let cut = word.firstIndex(of: "="), cut != word.startIndex else {
      throw BatonError(.usage, "--field needs name=value, not \"\(word)\"", cure: "for example: --field \(word)=1")
    }
    let name = String(word[..<cut])
    let text = String(word[word.index(after: cut)...])
    guard let field = question.form.first(where: { $0.name == name }) else {
      let names = question.form.map(\.name)
      throw BatonError(
        .usage, "the form of \"\(question.step)\" has no field \"\(name)\"",
        cure: Names.proposal(for: name, in: names)
          ?? (names.isEmpty ? "it asks for no fields" : "known: \(names.joined(separator: ", "))"))
    }
    guard let value = field.kind.parse(text) else {
      throw BatonError(
        .usage, "the field \"\(name)\" must be \(field.kind.phrase), not \"\(text)\"",
        cure: field.kind.proposal(for: text))
    }
    return (name, value)
  }

  /// With the answers that wait for a driver.
  private func withPending(_ asked: RunFacts.Asked, _ run: RunSummary) throws(BatonError) -> RunFacts.Asked {
    var all = asked
    for request in try store.requests(to: run.id) {
      guard case .answer(asked.question.step, asked.question.id, let approved, let role, let fields) = request.kind
      else { continue }
      all.answers.append(
        Answer(
          step: asked.question.step, node: asked.question.node, kind: asked.question.kind,
          question: asked.question.id, approved: approved, by: request.by, role: role, reason: request.reason,
          fields: fields, given: request.time))
    }
    return all
  }

  // MARK: What came of it

  private func report(_ answer: Answer, _ fate: Mail.Fate, _ run: RunSummary) throws -> Int32 {
    var facts = RunFacts()
    for record in try store.records(of: run.id, after: 0) { facts.apply(record) }
    let open = facts.questions[answer.step].flatMap { $0.question.id == answer.question ? $0 : nil }
    let state: String
    var text = "\(answer.step): \(WaitText.text(answer))"
    switch fate {
    case .taken(let refused?):
      throw BatonError(.usage, "\"\(answer.step)\": the answer was refused: \(refused)", cure: "baton show \(run.id)")
    case .taken(nil):
      state = "taken"
      if answer.approved, let open { text += ", \(open.progress)" }
    case .kept:
      state = "kept"
      let ahead = try open.map { try withPending($0, run) }
      if answer.approved, let ahead, ahead.question.quorum > 1 { text += ", \(ahead.progress)" }
      text += "; no process drives run \(run.id): it counts when the run is carried on\n  baton resume \(run.id)"
    case .sent(let driver):
      state = "sent"
      text += "; \(driver) drives run \(run.id), and has yet to take it"
    }
    guard context.invocation.has(.json) else {
      context.console.note(text)
      return 0
    }
    let approvals = try open.map { try withPending($0, run).approvals.count }
    context.console.out(
      JSON.encode([
        "run": .string(run.id), "step": .string(answer.step), "answer": .string(answer.verb),
        "by": .string(answer.by), "role": answer.role.isEmpty ? .null : .string(answer.role),
        "state": .string(state), "settled": .bool(open == nil),
        "approvals": approvals.map { .integer(Int64($0)) } ?? .null,
        "quorum": open.map { .integer(Int64($0.question.quorum)) } ?? .null,
      ]) + "\n")
    return 0
  }
}
