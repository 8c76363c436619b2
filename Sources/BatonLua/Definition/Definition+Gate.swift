import BatonModel

extension Definition {
  static let gateFields = [
    "depends", "require", "check", "approval", "otherwise", "when", "description",
  ]

  /// `gate "name" {…}`.
  func gate(_ name: LuaItem, _ spec: LuaItem, at place: SourcePlace) -> Int {
    let subject = subject("gate", name, place)
    let content = readGate(fields(name, spec), FieldReader(definition: self, subject: subject))
    return declare(.gate(content.spec), subject: subject, depends: content.depends, own: content.own)
  }

  /// Everything between a gate's braces.
  func readGate(_ item: LuaItem, _ reader: FieldReader) -> (spec: GateSpec, depends: [Link], own: OwnOptions?) {
    var gate = GateSpec()
    var depends: [Link] = []
    var own: OwnOptions?
    guard case .table(let table) = item else {
      reader.error("its fields must be a table, not \(item.phrase)", cure: "gate \"name\" { require = { … } }")
      return (gate, depends, own)
    }
    for index in table.items.indices {
      reader.error("a gate has no members: what it waits for stands in depends", [.index(Int64(index + 1))])
    }
    for field in table.fields {
      let path = [PathKey.name(field.key)]
      switch field.key {
      case "depends": links(field.value, reader, path, into: &depends)
      case "require": gate.require = requirements(field.value, reader, path)
      case "check": gate.check = reader.callback(field.value, path, expected: "function(results) … end")
      case "approval": gate.approval = ApprovalReader(reader: reader, path: path).read(field.value)
      case "otherwise": gate.otherwise = reader.choice(field.value, path, GateSpec.Otherwise.self) ?? .halt
      case "when", "description": read(field, reader, into: &own)
      default: reader.unknown([], field.key, among: Self.gateFields)
      }
    }
    if table["require"] == nil, table["check"] == nil, table["approval"] == nil {
      reader.error(
        "\"require\", \"check\" or \"approval\" is missing",
        cure: "require = { pass_rate = \">= 0.98\" }, check = function(results) … end, or approval = { by = \"ann\" }")
    }
    return (gate, depends, own)
  }

  /// Metric → comparison; tables in it are prefixes: `findings = { critical = "== 0" }`.
  private func requirements(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> [Requirement] {
    var found: [Requirement] = []
    collect(item, prefix: "", reader, path, into: &found)
    return found.sorted { $0.metric < $1.metric }
  }

  private func collect(
    _ item: LuaItem, prefix: String, _ reader: FieldReader, _ path: [PathKey], into found: inout [Requirement]
  ) {
    guard let fields = reader.fields(item, path, expected: "a table such as { pass_rate = \">= 0.98\" }") else {
      return
    }
    if fields.isEmpty { reader.error("\"\(FieldReader.text(of: path))\" requires nothing", path) }
    for field in fields {
      let path = path + [.name(field.key)]
      let metric = prefix + field.key
      switch field.value {
      case .table: collect(field.value, prefix: metric + ".", reader, path, into: &found)
      case .integer, .number:
        found.append(Requirement(metric: metric, comparison: .equal, bound: .number(field.value.double ?? 0)))
      case .string(let text):
        do throws(RequirementReader.Failure) {
          let (comparison, bound) = try RequirementReader.read(text)
          found.append(Requirement(metric: metric, comparison: comparison, bound: bound))
        } catch {
          reader.error("\"\(FieldReader.text(of: path))\" = \"\(text)\": \(error.message)", path, cure: error.cure)
        }
      case .null, .bool, .function, .object:
        reader.wrong(path, expected: "a comparison such as \">= 0.98\"", got: field.value)
      }
      if !metric.hasPrefix("metric."), !Requirement.metrics.contains(metric),
        let near = Names.nearest(to: metric, in: Requirement.metrics)
      {
        mistakes.warning(
          "\(reader.subject.label): \"\(metric)\" has to be reported by a step as a metric", at: reader.place(of: path),
          cure: "did you mean \"\(near)\"?")
      }
    }
  }
}
