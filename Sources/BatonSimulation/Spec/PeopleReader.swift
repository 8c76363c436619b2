import BatonLua
import BatonModel

/// Reads `approvals` and `signals` of `simulate`.
///
/// `approvals = { ship = true, audit = { { by = "ann", after = "2h" }, { by = "bob", approved = false, reason = "…" } } }`;
/// `signals = { go = { value = 1, after = "3d" }, stop = true }`: a table with nothing but `value` and `after` says when.
struct PeopleReader {
  private let reader: TableReader

  init(_ reader: TableReader) { self.reader = reader }

  func book() throws(MockProblem) -> PeopleBook {
    var book = PeopleBook()
    if let item = reader.table["approvals"] {
      let name = reader.name("approvals")
      for field in try TableReader(item, name, known: nil).table.fields {
        book.replies.append((field.key, try replies(field.value, "approvals[\"\(field.key)\"]")))
      }
    }
    if let item = reader.table["signals"] {
      for field in try TableReader(item, reader.name("signals"), known: nil).table.fields {
        book.signals += try signals(field.key, field.value, "signals[\"\(field.key)\"]")
      }
    }
    return book
  }

  private func replies(_ item: LuaItem, _ subject: String) throws(MockProblem) -> [PeopleBook.Reply]? {
    switch item {
    case .bool(true): return nil
    case .bool(false):
      var reply = PeopleBook.Reply()
      reply.approved = false
      return [reply]
    case .table(let table) where !table.items.isEmpty && table.fields.isEmpty:
      var replies: [PeopleBook.Reply] = []
      for (index, item) in table.items.enumerated() { replies.append(try reply(item, "\(subject)[\(index + 1)]")) }
      return replies
    case .table: return [try reply(item, subject)]
    case .null, .integer, .number, .string, .function, .object:
      throw MockProblem("\(subject) must be true, false, an answer or a list of them, not \(item.phrase)")
    }
  }

  private func reply(_ item: LuaItem, _ subject: String) throws(MockProblem) -> PeopleBook.Reply {
    let reader = try TableReader(item, subject, known: ["after", "approved", "by", "fields", "reason"])
    var reply = PeopleBook.Reply()
    reply.approved = try reader.flag("approved") ?? true
    reply.by = try reader.string("by")
    reply.after = try reader.duration("after") ?? .zero
    reply.reason = try reader.string("reason")
    reply.fields = try reader.values("fields")
    return reply
  }

  private func signals(_ name: String, _ item: LuaItem, _ subject: String) throws(MockProblem) -> [PeopleBook.Sending] {
    if let table = item.table, !table.items.isEmpty, table.fields.isEmpty,
      table.items.allSatisfy({ $0.table.map(Self.isTimed) ?? false })
    {
      var sendings: [PeopleBook.Sending] = []
      for (index, item) in table.items.enumerated() {
        sendings += try signals(name, item, "\(subject)[\(index + 1)]")
      }
      return sendings
    }
    guard let table = item.table, Self.isTimed(table) else {
      guard let value = item.value else { throw MockProblem("\(subject) must be a plain value, not \(item.phrase)") }
      return [PeopleBook.Sending(name: name, value: value)]
    }
    let reader = try TableReader(item, subject, known: ["after", "value"])
    guard let value = (reader.table["value"] ?? .null).value else {
      throw MockProblem("\(subject).value must be a plain value")
    }
    var sending = PeopleBook.Sending(name: name, value: value)
    sending.after = try reader.duration("after") ?? .zero
    return [sending]
  }

  private static func isTimed(_ table: LuaTable) -> Bool {
    !table.fields.isEmpty && table.items.isEmpty && table.strays.isEmpty
      && table.fields.allSatisfy { $0.key == "value" || $0.key == "after" }
  }
}
