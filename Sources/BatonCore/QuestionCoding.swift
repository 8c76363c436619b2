import BatonModel

extension Question {
  /// Without the step, which has a column of its own.
  var value: Value {
    [
      "node": .string(node.rawValue), "kind": .string(kind.rawValue), "id": .integer(id), "by": RecordCoding.list(by),
      "quorum": .integer(Int64(quorum)), "until": until.map { .integer($0.nanoseconds) } ?? .null,
      "form": .list(form.map(\.value)), "reason": RecordCoding.optional(reason),
    ]
  }

  init?(step: String, _ value: Value) {
    guard let node = value["node"]?.string.flatMap(NodeKind.init),
      let kind = value["kind"]?.string.flatMap(Question.Kind.init), let id = value["id"]?.integer,
      let by = value["by"]?.strings, let quorum = value["quorum"]?.integer, let form = value["form"]?.list
    else { return nil }
    self.init(step: step, node: node, kind: kind, id: id, by: by, quorum: Int(quorum))
    until = value["until"]?.integer.map { Instant(nanoseconds: $0) }
    self.form = form.compactMap(ParamSpec.init)
    reason = value["reason"]?.string
  }
}

extension Answer {
  /// Without the step, which has a column of its own.
  var value: Value {
    [
      "node": .string(node.rawValue), "kind": .string(kind.rawValue), "question": .integer(question),
      "approved": .bool(approved), "by": .string(by), "role": .string(role), "reason": RecordCoding.optional(reason),
      "fields": .map(fields), "given": .integer(given.nanoseconds),
    ]
  }

  init?(step: String, _ value: Value) {
    guard let node = value["node"]?.string.flatMap(NodeKind.init),
      let kind = value["kind"]?.string.flatMap(Question.Kind.init), let question = value["question"]?.integer,
      let approved = value["approved"]?.bool, let by = value["by"]?.string, let given = value["given"]?.integer
    else { return nil }
    self.init(
      step: step, node: node, kind: kind, question: question, approved: approved, by: by,
      role: value["role"]?.string ?? "", reason: value["reason"]?.string, fields: value["fields"]?.map ?? [:],
      given: Instant(nanoseconds: given))
  }
}

extension ParamSpec {
  /// `{"name":"…","kind":"integer","min":1}`: as records and `--json` tell a field of a form; what it does not say is left out.
  public var value: Value {
    var fields: [String: Value] = ["name": .string(name)]
    if let description { fields["description"] = .string(description) }
    if let fallback { fields["default"] = fallback }
    switch kind {
    case .string(let pattern):
      fields["kind"] = "string"
      if let pattern { fields["pattern"] = .string(pattern) }
    case .integer(let min, let max):
      fields["kind"] = "integer"
      if let min { fields["min"] = .integer(min) }
      if let max { fields["max"] = .integer(max) }
    case .number(let min, let max):
      fields["kind"] = "number"
      if let min { fields["min"] = .number(min) }
      if let max { fields["max"] = .number(max) }
    case .boolean: fields["kind"] = "boolean"
    case .choice(let choices):
      fields["kind"] = "enum"
      fields["choices"] = RecordCoding.list(choices)
    case .list: fields["kind"] = "list"
    case .table: fields["kind"] = "table"
    }
    return .map(fields)
  }

  init?(_ value: Value) {
    guard let name = value["name"]?.string else { return nil }
    let kind: Kind
    switch value["kind"]?.string {
    case "string": kind = .string(pattern: value["pattern"]?.string)
    case "integer": kind = .integer(min: value["min"]?.integer, max: value["max"]?.integer)
    case "number": kind = .number(min: value["min"]?.number, max: value["max"]?.number)
    case "boolean": kind = .boolean
    case "enum": kind = .choice(value["choices"]?.strings ?? [])
    case "list": kind = .list
    case "table": kind = .table
    default: return nil
    }
    self.init(name: name, kind: kind, description: value["description"]?.string, fallback: value["default"])
  }
}

extension Request.Kind {
  /// The stable name in a database.
  public var name: String {
    switch self {
    case .answer: "answer"
    case .signal: "signal"
    case .cancel: "cancel"
    }
  }

  /// All but the name.
  public var body: Value {
    switch self {
    case .answer(let step, let question, let approved, let role, let fields):
      [
        "step": .string(step), "question": .integer(question), "approved": .bool(approved), "role": .string(role),
        "fields": .map(fields),
      ]
    case .signal(let name, let value): ["name": .string(name), "value": value]
    case .cancel: [:]
    }
  }

  /// nil for what a newer Baton wrote, or a damaged one.
  public init?(name: String, body: Value) {
    switch name {
    case "answer":
      guard let step = body["step"]?.string, let question = body["question"]?.integer,
        let approved = body["approved"]?.bool
      else { return nil }
      self = .answer(
        step: step, question: question, approved: approved, role: body["role"]?.string ?? "",
        fields: body["fields"]?.map ?? [:])
    case "signal":
      guard let name = body["name"]?.string, let value = body["value"] else { return nil }
      self = .signal(name: name, value: value)
    case "cancel": self = .cancel
    default: return nil
    }
  }
}
