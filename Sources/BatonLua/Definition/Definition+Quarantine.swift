import BatonModel

extension Definition {
  static let quarantineFields = ["expires", "owner", "reason", "test"]

  /// `quarantine { test = "…", owner = "…", reason = "…", expires = "2026-12-31" }`, or a list of such entries.
  func declareQuarantine(_ spec: LuaItem, at place: SourcePlace) {
    let reader = FieldReader(
      definition: self, subject: Subject(kind: "quarantine", name: spec.table?["test"]?.string ?? "", place: place))
    if phase == .expanding { reader.error("quarantine is said once, before anything runs") }
    guard case .table(let table) = spec, table.strays.isEmpty else {
      mistakes.error(
        "quarantine takes an entry or a list of them, not \(spec.phrase)", at: place,
        cure: "quarantine { test = \"…\", owner = \"…\", reason = \"…\", expires = \"2026-12-31\" }")
      return
    }
    if table.items.isEmpty { return readEntry(table, reader, []) }
    for (index, item) in table.items.enumerated() {
      let path = [PathKey.index(Int64(index + 1))]
      if case .table(let entry) = item {
        let name = entry["test"]?.string ?? "entry \(index + 1)"
        let subject = Subject(kind: "quarantine", name: name, place: place)
        readEntry(entry, FieldReader(definition: self, subject: subject), path)
      } else {
        reader.wrong(path, expected: "an entry such as { test = \"…\", … }", got: item)
      }
    }
    if let field = table.fields.first {
      reader.error("\"\(field.key)\" stands beside a list of entries", [.name(field.key)])
    }
  }

  private func readEntry(_ table: LuaTable, _ reader: FieldReader, _ path: [PathKey]) {
    var texts: [String: String] = [:]
    var isWrong = !table.items.isEmpty
    for field in table.fields {
      let place = path + [.name(field.key)]
      guard Self.quarantineFields.contains(field.key) else {
        reader.unknown([], field.key, among: Self.quarantineFields)
        isWrong = true
        continue
      }
      guard let text = reader.string(field.value, place) else {
        isWrong = true
        continue
      }
      if text.utf8.allSatisfy({ $0 <= 32 }) {
        reader.error("\"\(field.key)\" is empty", place)
        isWrong = true
      } else if field.key == "expires", QuarantineEntry.end(of: text) == nil {
        reader.error("\"expires\" must be a day such as \"2026-12-31\", not \"\(text)\"", place)
        isWrong = true
      }
      texts[field.key] = text
    }
    for name in Self.quarantineFields.sorted() where table[name] == nil {
      reader.error(
        "\"\(name)\" is missing",
        cure: "an entry has test, owner, reason and expires: nobody's tests stay there for ever")
      isWrong = true
    }
    guard !isWrong, let test = texts["test"], let owner = texts["owner"], let reason = texts["reason"],
      let expires = texts["expires"]
    else { return }
    quarantine.append(
      QuarantineEntry(
        test: test, owner: owner, reason: reason, expires: expires,
        place: reader.place(of: path + [.name("expires")])))
  }
}
