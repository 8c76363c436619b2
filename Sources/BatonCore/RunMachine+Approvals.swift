import BatonModel

/// What people are asked, and what follows from their answers. A gate is a gate here however it came to be.
extension RunMachine {
  /// What a gate's own conditions came to.
  struct Judgement: Sendable {
    var verdict: GateVerdict
    var fingerprint: Fingerprint?
  }

  /// Whether nothing will happen any more without someone's doing.
  public var isWaitingOnly: Bool {
    !isFinished && worklist.isEmpty && busy == suspendedBodies && waiting + busy > 0
  }

  /// Whether anyone is asked anything.
  public var isWaitingForPeople: Bool { waiting > 0 }

  /// Whether the run ends now that only people are waited for. A step that was cut off is theirs to decide in their own time.
  var endsWaiting: Bool {
    endsWhenWaiting || openQuestions.allSatisfy { $0.question.kind == .interrupted }
  }

  private var openQuestions: [RunFacts.Asked] {
    nodes.indices.compactMap { index in
      if case .waiting = nodes[index].phase { facts.questions[plan.nodes[index].name] } else { nil }
    }
  }

  var waitsForInterrupted: Bool { openQuestions.contains { $0.question.kind == .interrupted } }

  /// The reason of a run that ends as `waiting`.
  var whatIsWaitedFor: String {
    func names(_ kinds: Set<Question.Kind>) -> String {
      openQuestions.filter { kinds.contains($0.question.kind) }.map(\.question.step).joined(separator: ", ")
    }
    let cutOff = names([.interrupted])
    let gates = names([.approval, .override])
    return [
      gates.isEmpty ? nil : "to be approved by a person: \(gates)",
      waitsOfBodies.isEmpty ? nil : waitsOfBodies.joined(separator: ", "),
      cutOff.isEmpty ? nil : "cut off, and to be decided by a person: \(cutOff)",
    ].compactMap(\.self).joined(separator: "; ")
  }

  // MARK: Gates

  /// A gate's own conditions were looked at: people come after that.
  func weigh(_ index: NodeIndex, _ judgement: Judgement) {
    guard judgement.verdict.passed, let approval = plan.nodes[index].gate?.approval else {
      return conclude(index, judgement)
    }
    judgements[index] = judgement
    ask(
      index, .approval, by: approval.by, quorum: approval.quorum, timeout: approval.timeout, form: approval.form,
      reason: judgement.verdict.findings.isEmpty ? nil : judgement.verdict.findings.joined(separator: "; "))
  }

  private func conclude(_ index: NodeIndex, _ judgement: Judgement, values: [String: Value] = [:]) {
    let verdict = judgement.verdict
    write(.gateJudged(verdict))
    let why = verdict.findings.joined(separator: "; ")
    guard !verdict.passed else {
      return end(index, .succeeded, values: values, fingerprint: judgement.fingerprint)
    }
    switch verdict.otherwise {
    case .warn:
      end(index, .succeeded, reason: "refused, which only warns: \(why)", fingerprint: judgement.fingerprint)
    case .branch: end(index, .skipped, reason: "refused: \(why)")
    case .halt: haltRefused(index, why)
    case .ask:
      judgements[index] = judgement
      let approval = plan.nodes[index].gate?.approval
      ask(index, .override, by: approval?.by ?? [], quorum: approval?.quorum ?? 1, reason: "refused: \(why)")
    }
  }

  private func haltRefused(_ index: NodeIndex, _ why: String) {
    end(index, .failed, reason: "refused: \(why)", allowed: plan.nodes[index].options.value.allowFailure)
    halt(why, by: plan.nodes[index].name)
  }

  func askWhetherToRunAgain(_ index: NodeIndex, _ attempt: Int) {
    ask(index, .interrupted, reason: "attempt \(attempt) was cut off")
  }

  // MARK: Questions

  private func ask(
    _ index: NodeIndex, _ kind: Question.Kind, by: [String] = [], quorum: Int = 1, timeout: Span? = nil,
    form: [ParamSpec] = [], reason: String?
  ) {
    let node = plan.nodes[index]
    var question = Question(
      step: node.name, node: node.nodeKind, kind: kind, id: facts.lastSeq + 1, by: by, quorum: quorum,
      until: timeout.map { now + $0 }, form: form, reason: reason)
    let open = facts.questions[node.name].flatMap { $0.question.isSame(as: question) ? $0 : nil }
    if let open {
      question.id = open.question.id
      question.until = timeout.map { open.since + $0 }
    }
    setPhase(index, .waiting)
    write(.asked(question))
    if let until = question.until { timers.insert(.answers(index), at: until) }
    if open == nil, kind != .interrupted { announce(.waiting, step: index, reason: question.text) }
    // The driver before may have written the last answer, and not what followed.
    if let last = open?.answers.last { answered(index, question, by: last) }
    takeHeld()
  }

  /// Looks again at what was of no use yet.
  func takeHeld() {
    let held = heldRequests
    heldRequests.removeAll()
    for request in held { take(request) }
  }

  /// Requests that came from outside.
  func take(_ request: Request) {
    // What this driver has no use for any more is left to the next one.
    let isOver = if case .interrupting = mode { true } else { facts.ended != nil }
    if !hasBegun || isOver { return heldRequests.append(request) }
    switch request.kind {
    case .cancel:
      cancel(by: request.by, reason: request.reason)
      write(.requestTaken(id: request.id, refused: nil))
    case .signal(let name, let value):
      write(.signalReceived(Signal(id: request.id, name: name, value: value, by: request.by)))
      write(.requestTaken(id: request.id, refused: nil))
      deliver(Signal(id: request.id, name: name, value: value, by: request.by))
    case .answer(let step, let number, let approved, let role, let fields):
      guard let asked = facts.questions[step], asked.question.id == number else {
        return refuse(request, "\(step) does not wait for this answer any more")
      }
      guard let index = plan.nodes.firstIndex(where: { $0.name == step }), case .waiting = nodes[index].phase else {
        return heldRequests.append(request)
      }
      let answer = Answer(
        step: step, node: asked.question.node, kind: asked.question.kind, question: number, approved: approved,
        by: request.by, role: role, reason: request.reason, fields: fields, given: request.time)
      if let objection = asked.objection(to: answer) { return refuse(request, objection) }
      write(.answered(answer))
      write(.requestTaken(id: request.id, refused: nil))
      answered(index, asked.question, by: answer)
    }
  }

  private func refuse(_ request: Request, _ reason: String) {
    write(.requestTaken(id: request.id, refused: reason))
  }

  private func answered(_ index: NodeIndex, _ question: Question, by answer: Answer) {
    let asked = facts.questions[question.step]
    guard answer.approved else { return refused(index, question, "rejected by \(answer.signature)") }
    guard question.kind != .interrupted else { return enqueue(index) }
    guard let asked, asked.approvals.count >= question.quorum else { return }
    let who = asked.approvals.map(\.signature).joined(separator: ", ")
    guard var judgement = judgements.removeValue(forKey: index) else { return }
    let values = asked.values
    if question.kind == .override {
      end(
        index, .succeeded, reason: "overridden by \(who) (\(question.reason ?? "refused"))", values: values,
        fingerprint: judgement.fingerprint)
    } else {
      judgement.verdict.findings.append("approved by \(who)")
      conclude(index, judgement, values: values)
    }
  }

  /// The question was answered with no, or not in time.
  private func refused(_ index: NodeIndex, _ question: Question, _ why: String) {
    switch question.kind {
    case .interrupted:
      end(
        index, .failed, reason: "\(question.reason ?? "it was cut off"); \(why)",
        allowed: plan.nodes[index].options.value.allowFailure)
    case .override:
      let before = judgements.removeValue(forKey: index)?.verdict.findings ?? []
      haltRefused(index, (before + [why]).joined(separator: "; "))
    case .approval:
      guard var judgement = judgements.removeValue(forKey: index) else { return }
      judgement.verdict.passed = false
      judgement.verdict.findings = [why]
      conclude(index, judgement)
    }
  }

  /// The time to answer is over, unless another question is asked by now.
  func answersDue(_ index: NodeIndex) {
    guard case .waiting = nodes[index].phase, let asked = facts.questions[plan.nodes[index].name],
      let until = asked.question.until, until <= now
    else { return }
    let progress = asked.approvals.isEmpty ? "" : " (\(asked.progress))"
    refused(index, asked.question, "not approved within \((until - asked.since).text)\(progress)")
  }
}

extension Answer {
  /// Who it was, on whatever machine.
  var person: Substring { by.prefix { $0 != "@" } }

  /// `ann: looks good`.
  var signature: String { reason.map { "\(by): \($0)" } ?? by }
}

extension RunFacts.Asked {
  /// Why an answer does not count; nil: it does.
  public func objection(to answer: Answer) -> String? {
    if let until = question.until, answer.given > until { return "the time to answer was over at \(until.rfc3339)" }
    if !question.by.isEmpty, !question.by.contains(answer.role) {
      return "\(answer.by) may not answer: \(question.who) may"
    }
    guard answer.approved else { return nil }
    if question.kind == .override {
      if !Self.isWord(answer.by) { return "an override needs the name of who answers for it" }
      if !Self.isWord(answer.reason ?? "") { return "an override needs a reason, which is recorded with the name" }
    }
    if approvals.contains(where: { $0.person == answer.person }) {
      return "\(answer.by) has approved already (\(progress))"
    }
    for (name, value) in answer.fields.sorted(by: { $0.key < $1.key }) {
      guard let field = question.form.first(where: { $0.name == name }) else {
        return "the form has no field \"\(name)\""
      }
      if field.kind.accept(value) == nil { return "the field \"\(name)\" must be \(field.kind.phrase)" }
    }
    if approvals.count + 1 >= question.quorum, let missing = missing(in: answer.fields).first {
      return "the field \"\(missing.name)\" is missing: \(missing.kind.phrase)"
    }
    return nil
  }

  private static func isWord(_ text: String) -> Bool { text.contains { !$0.isWhitespace } }

  /// Fields without a default that nobody has filled in yet.
  public func missing(in fields: [String: Value]) -> [ParamSpec] {
    question.form.filter { field in
      field.fallback == nil && fields[field.name] == nil && !approvals.contains { $0.fields[field.name] != nil }
    }
  }

  /// The form, filled in: who approved last counts.
  var values: [String: Value] {
    var values: [String: Value] = [:]
    for field in question.form { if let fallback = field.fallback { values[field.name] = fallback } }
    for answer in approvals {
      for (name, value) in answer.fields {
        values[name] = question.form.first { $0.name == name }?.kind.accept(value) ?? value
      }
    }
    return values
  }
}

extension Question {
  /// `release-managers or ann`; `anyone`.
  public var who: String {
    guard let last = by.last else { return "anyone" }
    return by.count == 1 ? last : by.dropLast().joined(separator: ", ") + " or \(last)"
  }

  /// `waits for the approval of 2 of release-managers`: without how far it is.
  public var text: String {
    switch kind {
    case .approval:
      by.isEmpty
        ? "waits for \(quorum == 1 ? "an approval" : "\(quorum) approvals")"
        : "waits for approval by \(quorum == 1 ? "" : "\(quorum) of ")\(who)"
    case .override: "\(reason ?? "refused"); waits for an override by \(who)"
    case .interrupted: "\(reason ?? "cut off"); waits for someone to say whether it may run again"
    }
  }
}
