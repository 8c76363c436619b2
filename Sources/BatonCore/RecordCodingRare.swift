import BatonModel

/// The kinds of records of which a run has few: objects, by way of ``Value``.
extension RecordCoding {
  static func fields(of record: Record) -> Value {
    switch record {
    case .expanded(_, let axes, let cells):
      .map(cells.map { cells in axes.merging([cellsKey: cells.value]) { first, _ in first } } ?? axes)
    case .gateJudged(let verdict):
      [
        "passed": .bool(verdict.passed), "findings": list(verdict.findings),
        "measured": .map(verdict.measured.mapValues { .number($0) }), "otherwise": .string(verdict.otherwise.rawValue),
      ]
    case .halting(let reason, let by): ["reason": .string(reason), "by": optional(by)]
    case .cancelRequested(let by, let reason): ["by": .string(by), "reason": optional(reason)]
    case .notificationHeld(let name, let key, let event): ["name": .string(name), "key": .string(key), "event": event]
    case .notificationLeft(let name, let keys): ["name": .string(name), "keys": list(keys)]
    case .notificationDue(let name, let key, let event): ["name": .string(name), "key": .string(key), "event": event]
    case .notificationSent(let name, let key, let attempts):
      ["name": .string(name), "key": .string(key), "attempts": .integer(Int64(attempts))]
    case .notificationFailed(let name, let key, let attempts, let error):
      [
        "name": .string(name), "key": .string(key), "attempts": .integer(Int64(attempts)), "error": .string(error),
      ]
    case .runStarted(let start):
      .map(
        [
          "workflow": .string(start.workflow), "file": .string(start.file), "digest": .string(start.digest),
          "params": .map(start.params), "observations": start.observations.value, "by": .string(start.by),
          "options": start.options.value,
        ].merging(start.machine.isEmpty ? [:] : ["machine": .map(start.machine.mapValues { .string($0) })]) {
          first, _ in
          first
        }.merging(start.pool.isEmpty ? [:] : ["pool": .map(start.pool.mapValues { .number($0) })]) { first, _ in first }
          .merging(start.code.map { ["code": $0.value] } ?? [:]) { first, _ in first }
          .merging(start.quarantine.isEmpty ? [:] : ["quarantine": list(start.quarantine)]) { first, _ in first }
          .merging(start.plan.map { ["plan": $0.value] } ?? [:]) { first, _ in first })
    case .runResumed(let resumed): resumed.value
    case .runEnded(let status, let reason): ["status": .string(status.rawValue), "reason": optional(reason)]
    case .asked(let question): question.value
    case .answered(let answer): answer.value
    case .signalReceived(let signal):
      ["id": .integer(signal.id), "name": .string(signal.name), "value": signal.value, "by": .string(signal.by)]
    case .requestTaken(let id, let refused): ["id": .integer(id), "refused": optional(refused)]
    case .measured(let measured): measured.value
    case .serviceChanged(let change): change.value
    case .intended, .attemptStarted, .attemptFailed, .stepEnded, .metric, .progress, .checkpoint, .operated,
      .operationEnded, .forgotten:
      .null
    }
  }

  /// nil where a field is missing or of another type.
  static func record(_ kind: RecordKind, _ step: String?, _ attempt: Int?, _ fields: Value) -> Record? {
    switch kind {
    case .expanded:
      guard let step, var axes = fields.map else { return nil }
      var cells: PlanShape?
      if let shape = axes[cellsKey], shape["nodes"] != nil {
        cells = PlanShape(value: shape)
        axes[cellsKey] = nil
      }
      return .expanded(group: step, axes: axes, cells: cells)
    case .gateJudged: return verdict(step, fields).map { .gateJudged($0) }
    case .halting: return fields["reason"]?.string.map { .halting(reason: $0, by: fields["by"]?.string) }
    case .cancelRequested:
      return fields["by"]?.string.map { .cancelRequested(by: $0, reason: fields["reason"]?.string) }
    case .notificationHeld, .notificationLeft, .notificationDue, .notificationSent, .notificationFailed:
      return notification(kind, fields)
    case .runStarted: return RunStarted(fields).map { .runStarted($0) }
    case .runResumed: return RunResumed(fields).map { .runResumed($0) }
    case .runEnded:
      return fields["status"]?.string.flatMap(RunStatus.init).map { .runEnded($0, reason: fields["reason"]?.string) }
    case .asked: return step.flatMap { Question(step: $0, fields) }.map { .asked($0) }
    case .answered: return step.flatMap { Answer(step: $0, fields) }.map { .answered($0) }
    case .signalReceived:
      guard let id = fields["id"]?.integer, let name = fields["name"]?.string, let value = fields["value"],
        let by = fields["by"]?.string
      else { return nil }
      return .signalReceived(Signal(id: id, name: name, value: value, by: by))
    case .measured: return step.flatMap { Measured(step: $0, attempt: attempt ?? 0, fields) }.map { .measured($0) }
    case .serviceChanged:
      return step.flatMap { ServiceChange(service: $0, attempt: attempt ?? 0, fields) }.map { .serviceChanged($0) }
    case .requestTaken:
      return fields["id"]?.integer.map { .requestTaken(id: $0, refused: fields["refused"]?.string) }
    case .intended, .attemptStarted, .attemptFailed, .stepEnded, .metric, .progress, .checkpoint, .operated,
      .operationEnded, .forgotten:
      return nil
    }
  }

  private static func verdict(_ gate: String?, _ fields: Value) -> GateVerdict? {
    guard let gate, let passed = fields["passed"]?.bool, let findings = fields["findings"]?.strings,
      let otherwise = fields["otherwise"]?.string.flatMap(GateSpec.Otherwise.init),
      let measured = fields["measured"]?.map
    else { return nil }
    return GateVerdict(
      gate: gate, passed: passed, findings: findings, measured: measured.mapValues { $0.number ?? .nan },
      otherwise: otherwise)
  }

  private static func notification(_ kind: RecordKind, _ fields: Value) -> Record? {
    guard let name = fields["name"]?.string else { return nil }
    if kind == .notificationLeft { return fields["keys"]?.strings.map { .notificationLeft(name: name, keys: $0) } }
    guard let key = fields["key"]?.string else { return nil }
    if kind == .notificationHeld { return fields["event"].map { .notificationHeld(name: name, key: key, event: $0) } }
    if kind == .notificationDue { return fields["event"].map { .notificationDue(name: name, key: key, event: $0) } }
    guard let attempts = fields["attempts"]?.integer.map(Int.init) else { return nil }
    if kind == .notificationSent { return .notificationSent(name: name, key: key, attempts: attempts) }
    return fields["error"]?.string.map { .notificationFailed(name: name, key: key, attempts: attempts, error: $0) }
  }

  /// Where the cells of a matrix stand among its axes.
  private static let cellsKey = "/"

  static func optional(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
  static func list(_ entries: [QuarantineEntry]) -> Value { .list(entries.map(\.value)) }
  static func list(_ items: [String]) -> Value { .list(items.map { .string($0) }) }
}

extension Value {
  /// The list of strings this is.
  var strings: [String]? {
    guard let items = list else { return nil }
    let texts = items.compactMap(\.string)
    return texts.count == items.count ? texts : nil
  }
}

extension RunOptions {
  var value: Value {
    var fields: [String: Value] = [
      "jobs": jobs.map { .integer(Int64($0)) } ?? .null, "only": RecordCoding.list(only),
      "tags": RecordCoding.list(tags), "noCache": .bool(noCache),
    ]
    if let changes { fields["changes"] = changes.value }
    return .map(fields)
  }

  init(_ value: Value) {
    self.init()
    jobs = value["jobs"]?.integer.map(Int.init)
    only = value["only"]?.strings ?? []
    tags = value["tags"]?.strings ?? []
    noCache = value["noCache"]?.bool ?? false
    changes = ChangeScope(value["changes"])
  }
}

extension RunStarted {
  init?(_ value: Value) {
    guard let workflow = value["workflow"]?.string, let file = value["file"]?.string,
      let digest = value["digest"]?.string, let params = value["params"]?.map,
      let observations = value["observations"].flatMap(Observations.init), let by = value["by"]?.string
    else { return nil }
    self.init(
      workflow: workflow, file: file, digest: digest, params: params, observations: observations, by: by,
      options: RunOptions(value["options"] ?? .null))
    machine = (value["machine"]?.map ?? [:]).compactMapValues(\.string)
    pool = (value["pool"]?.map ?? [:]).compactMapValues(\.number)
    code = CodeState(value["code"])
    quarantine = (value["quarantine"]?.list ?? []).compactMap(QuarantineEntry.init)
    plan = value["plan"].map { PlanShape(value: $0) }
  }
}

extension QuarantineEntry {
  /// As records, `baton plan --json` and `baton tests --quarantined --json` have it.
  public var value: Value {
    var fields: [String: Value] = [
      "test": .string(test), "owner": .string(owner), "reason": .string(reason), "expires": .string(expires),
    ]
    if let place {
      fields["file"] = .string(place.file)
      fields["line"] = .integer(Int64(place.line))
    }
    return .map(fields)
  }

  init?(_ value: Value) {
    guard let test = value["test"]?.string, let owner = value["owner"]?.string, let reason = value["reason"]?.string,
      let expires = value["expires"]?.string
    else { return nil }
    self.init(test: test, owner: owner, reason: reason, expires: expires)
    if let file = value["file"]?.string {
      place = SourcePlace(file: file, line: Int32(clamping: value["line"]?.integer ?? 0))
    }
  }
}

extension RunResumed {
  var value: Value {
    var fields: [String: Value] = [
      "by": .string(by), "digest": .string(digest), "observations": observations.value,
      "invalidated": .map(invalidated.mapValues { .string($0) }), "skipped": RecordCoding.list(skipped),
      "set": .map(set.mapValues { .map($0) }), "only": RecordCoding.list(only),
      "jobs": jobs.map { .integer(Int64($0)) } ?? .null, "noCache": .bool(noCache),
    ]
    if let code { fields["code"] = code.value }
    if !pool.isEmpty { fields["pool"] = .map(pool.mapValues { .number($0) }) }
    if !quarantine.isEmpty { fields["quarantine"] = RecordCoding.list(quarantine) }
    if !removed.isEmpty { fields["removed"] = RecordCoding.list(removed) }
    if let reason { fields["reason"] = .string(reason) }
    switch plan {
    case .untold: break
    case .asBefore: fields["plan"] = "as before"
    case .anew(let shape): fields["plan"] = shape.value
    }
    if !forgotten.isEmpty { fields["forgotten"] = .map(forgotten.mapValues { RecordCoding.list($0) }) }
    return .map(fields)
  }

  init?(_ value: Value) {
    guard let by = value["by"]?.string, let digest = value["digest"]?.string,
      let observations = value["observations"].flatMap(Observations.init), let invalidated = value["invalidated"]?.map,
      let set = value["set"]?.map
    else { return nil }
    self.init(
      by: by, digest: digest, observations: observations, invalidated: invalidated.compactMapValues(\.string),
      skipped: value["skipped"]?.strings ?? [], set: set.compactMapValues(\.map), only: value["only"]?.strings ?? [],
      jobs: value["jobs"]?.integer.map(Int.init), noCache: value["noCache"]?.bool ?? false)
    reason = value["reason"]?.string
    removed = value["removed"]?.strings ?? []
    pool = (value["pool"]?.map ?? [:]).compactMapValues(\.number)
    code = CodeState(value["code"])
    quarantine = (value["quarantine"]?.list ?? []).compactMap(QuarantineEntry.init)
    switch value["plan"] {
    case nil: break
    case "as before": plan = .asBefore
    case let shape?: plan = .anew(PlanShape(value: shape))
    }
    forgotten = (value["forgotten"]?.map ?? [:]).compactMapValues(\.strings)
  }
}
