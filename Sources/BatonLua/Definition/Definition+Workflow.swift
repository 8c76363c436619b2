import BatonModel

/// What `workflow "name" {…}` said.
struct WorkflowDraft {
  var subject: Subject?
  var description: String?
  var params: [ParamSpec] = []
  var values: [String: Value] = [:]
  var env: [String: Template] = [:]
  var pool: [String: Double] = [:]
  var deadline: Span?
  var failFast = false
  var maxFailures: Int?
  /// Parameters whose declaration is wrong.
  var broken: Set<String> = []
  /// Defaults of all steps.
  var own: OwnOptions?
  /// What `-p`, `--params` or the record of the run gave.
  var given = GivenParams()
}

/// Values of parameters from outside.
struct GivenParams {
  /// With their types: from `--params` or from the record of a run.
  var typed: [String: Value] = [:]
  /// As text, from `-p name=value`: wins over `typed`.
  var raw: [String: String] = [:]
  /// A parameter without a value gets one of its kind instead of being reported: the script is only checked.
  var areOptional = false
}

extension Definition {
  static let workflowFields =
    ["description", "params", "env", "resources", "deadline", "fail_fast", "max_failures"]
    + StepField.all.filter(\.value.isDefault).map(\.key)

  /// `workflow "name" {…}`. Returns the parameters' values and the patterns that the prelude matches them with.
  func declareWorkflow(_ name: LuaItem, _ spec: LuaItem, at place: SourcePlace) -> (values: LuaItem, patterns: LuaItem)
  {
    let subject = subject("workflow", name, place)
    let reader = FieldReader(definition: self, subject: subject)
    if phase == .expanding { reader.error("workflow is said once, before anything runs") }
    if let other = workflow.subject {
      reader.error("workflow is said twice", cure: "the first is at \(other.place.text)")
    }
    if !Names.isValid(subject.name) {
      mistakes.error("workflow: \(Self.invalid(subject.name))", at: place, code: "B008")
    }
    let given = workflow.given
    workflow = WorkflowDraft()
    workflow.given = given
    workflow.subject = subject
    guard case .table(let table) = fields(name, spec) else {
      reader.error("its fields must be a table, not \(spec.phrase)", cure: "workflow \"name\" { … }")
      return (.table(LuaTable(items: [], fields: [], strays: [])), .table(LuaTable(items: [], fields: [], strays: [])))
    }
    for index in table.items.indices {
      reader.error("a workflow has no members: its steps are declared after it", [.index(Int64(index + 1))])
    }
    for field in table.fields { readWorkflow(field, reader) }
    rejectRefs(reader)
    return readValues(reader)
  }

  private func readWorkflow(_ field: LuaTable.Field, _ reader: FieldReader) {
    let path = [PathKey.name(field.key)]
    switch field.key {
    case "description": workflow.description = reader.string(field.value, path)
    case "params": readParams(field.value, reader, path)
    case "env": workflow.env = reader.environment(field.value, path) ?? [:]
    case "resources": workflow.pool = reader.resources(field.value, path, addingProcessor: false) ?? [:]
    case "deadline": workflow.deadline = reader.positiveSpan(field.value, path)
    case "fail_fast": workflow.failFast = reader.flag(field.value, path) ?? false
    case "max_failures":
      workflow.maxFailures = reader.integer(
        field.value, path, in: 1...1_000_000, expected: "an integer from 1 on"
      ).map { Int($0) }
    case "max":
      reader.error(
        "there is no field \"max\"", path, cure: "how much runs at once is the pool's: resources = { cpu = 4 }, or -j 4"
      )
    default:
      if StepField.all[field.key]?.isDefault == true {
        read(field, reader, into: &workflow.own)
      } else if StepField.all[field.key] != nil || field.key == "run" || field.key == "depends" {
        reader.error("\"\(field.key)\" belongs to a step, not to the workflow", path)
      } else {
        reader.unknown([], field.key, among: Self.workflowFields)
      }
    }
  }

  /// What steps emit can't be known in the workflow's own fields.
  private func rejectRefs(_ reader: FieldReader) {
    func check(_ expr: Expr, _ field: String) {
      expr.forEachRef { ref in
        reader.error("\"\(field)\" can't use \(ref.text): the workflow's fields hold before any step", [.name(field)])
      }
    }
    for name in workflow.env.keys.sorted() { workflow.env[name].map { check($0.expr, "env") } }
    if let cwd = workflow.own?.values.cwd { check(cwd.expr, "cwd") }
    if case .keyed(let key)? = workflow.own?.values.cache { check(key, "cache") }
  }

  // MARK: Parameters

  private func readParams(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) {
    let expected = "a table such as { shards = param.integer { default = 4 } }"
    for field in reader.fields(item, path, expected: expected) ?? [] {
      let path = path + [.name(field.key)]
      if !Names.isValid(field.key) { reader.error(Self.invalid(field.key), path) }
      guard case .object("param", .table(let payload)) = field.value, let kind = payload.items.first?.string else {
        reader.wrong(path, expected: "a parameter such as param.string { default = \"x\" }", got: field.value)
        continue
      }
      let spec = payload.items.count > 1 ? payload.items[1] : .null
      let errors = mistakes.errors
      if let param = ParamReader(reader: reader, path: path).read(field.key, kind, spec) {
        workflow.params.append(param)
      }
      if mistakes.errors > errors { workflow.broken.insert(field.key) }
    }
  }

  private func readValues(_ reader: FieldReader) -> (LuaItem, LuaItem) {
    var patterns: [LuaItem] = []
    for param in workflow.params {
      let path: [PathKey] = [.name("params"), .name(param.name)]
      guard !workflow.broken.contains(param.name), let value = value(of: param, reader, path) else {
        workflow.values[param.name] = param.kind.placeholder
        continue
      }
      workflow.values[param.name] = value
      guard case .string(let pattern?) = param.kind, let text = value.string else { continue }
      patterns.append(LuaItem(["name": .string(param.name), "pattern": .string(pattern), "value": .string(text)]))
    }
    let fields = workflow.values.keys.sorted().map {
      LuaTable.Field($0, LuaItem(workflow.values[$0] ?? .null))
    }
    return (
      .table(LuaTable(items: [], fields: fields, strays: [])), .table(LuaTable(items: patterns, fields: [], strays: []))
    )
  }

  private func value(of param: ParamSpec, _ reader: FieldReader, _ path: [PathKey]) -> Value? {
    if let text = workflow.given.raw[param.name] {
      if let value = param.kind.parse(text) { return value }
      reader.error(
        "the parameter \"\(param.name)\" must be \(param.kind.phrase), not \"\(text)\"", path,
        cure: param.kind.proposal(for: text))
      return nil
    }
    if let value = workflow.given.typed[param.name] {
      if let value = param.kind.accept(value) { return value }
      reader.error(
        "the parameter \"\(param.name)\" must be \(param.kind.phrase), not \(JSON.encode(value))", path,
        cure: param.kind.proposal(for: value.text))
      return nil
    }
    if let fallback = param.fallback { return fallback }
    if !workflow.given.areOptional {
      reader.error("the parameter \"\(param.name)\" has no value", path, cure: "give it: -p \(param.name)=…")
    }
    return nil
  }

  /// A string parameter does not match its pattern, or the pattern is none.
  func mismatch(_ name: String, badPattern: String?) {
    guard let subject = workflow.subject, let param = workflow.params.first(where: { $0.name == name }) else { return }
    let reader = FieldReader(definition: self, subject: subject)
    if let badPattern {
      reader.error("the pattern of \"\(name)\" is no Lua pattern: \(badPattern)", [.name("params"), .name(name)])
      return
    }
    reader.error(
      "the parameter \"\(name)\" must be \(param.kind.phrase), not \"\(workflow.values[name]?.text ?? "")\"",
      [.name("params"), .name(name)])
  }

  /// Values that were given for parameters that the workflow does not have.
  func reportUnknownParams() {
    let known = workflow.params.map(\.name)
    for name in Set(workflow.given.raw.keys).union(workflow.given.typed.keys).sorted() where !known.contains(name) {
      let all = known.isEmpty ? "the workflow has no parameters" : "known: \(known.sorted().joined(separator: ", "))"
      mistakes.error(
        "there is no parameter \"\(name)\"", at: workflow.subject?.place,
        cure: Names.proposal(for: name, in: known) ?? all)
    }
  }
}
