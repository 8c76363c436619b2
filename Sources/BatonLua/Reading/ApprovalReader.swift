import BatonModel

/// Reads `approval = { by = { "release-managers" }, quorum = 2, timeout = "24h", form = { version = param.string {} } }`.
struct ApprovalReader {
  let reader: FieldReader
  let path: [PathKey]

  static let fields = ["by", "quorum", "timeout", "form"]

  func read(_ item: LuaItem) -> ApprovalSpec? {
    let expected = "a table such as { by = \"release-managers\", timeout = \"24h\" }"
    guard let fields = reader.fields(item, path, expected: expected) else { return nil }
    var approval = ApprovalSpec()
    for field in fields {
      let path = path + [.name(field.key)]
      switch field.key {
      case "by": approval.by = people(field.value, path)
      case "quorum":
        approval.quorum =
          reader.integer(field.value, path, in: 1...1000, expected: "an integer from 1 on").map(Int.init) ?? 1
      case "timeout": approval.timeout = reader.positiveSpan(field.value, path)
      case "form": approval.form = form(field.value, path)
      default: reader.unknown(self.path, field.key, among: Self.fields)
      }
    }
    return approval
  }

  private func people(_ item: LuaItem, _ path: [PathKey]) -> [String] {
    let people = reader.strings(item, path) ?? []
    for (index, name) in people.enumerated() where name.isEmpty || name.contains(where: \.isWhitespace) {
      reader.error("\"\(name)\" is no role and nobody's name", path + [.index(Int64(index + 1))])
    }
    return people
  }

  private func form(_ item: LuaItem, _ path: [PathKey]) -> [ParamSpec] {
    var form: [ParamSpec] = []
    for field in reader.fields(item, path, expected: "a table such as { version = param.string {} }") ?? [] {
      let path = path + [.name(field.key)]
      if !Names.isValid(field.key) { reader.error(Definition.invalid(field.key), path) }
      guard case .object("param", .table(let payload)) = field.value, let kind = payload.items.first?.string else {
        reader.wrong(path, expected: "a parameter such as param.string { default = \"x\" }", got: field.value)
        continue
      }
      let spec = payload.items.count > 1 ? payload.items[1] : .null
      guard let param = ParamReader(reader: reader, path: path).read(field.key, kind, spec) else { continue }
      if case .string(_?) = param.kind {
        reader.error(
          "the field of a form can't have a pattern: whoever answers has no Lua at hand", path + [.name("pattern")],
          cure: "judge the answer in a step behind the gate, or offer choices: param.enum { … }")
      }
      form.append(param)
    }
    return form.sorted { $0.name < $1.name }
  }
}
