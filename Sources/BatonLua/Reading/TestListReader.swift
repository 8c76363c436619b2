import BatonCore
import BatonModel

/// `shards(n, tests, {…})`, `prioritized(tests, {…})`, and the `tests` of a step.
extension FieldReader {
  private static let settings = ["critical", "smoke"]

  /// - Parameter operands: the arguments of the call.
  func shards(_ operands: ArraySlice<LuaItem>, _ path: [PathKey]) -> Expr? {
    let operands = Array(operands)
    guard let count = operands.first, count != .null else {
      error("shards needs a number and a list of tests", path, cure: "such as shards(4, discover.out.tests)")
      return nil
    }
    let shards: Expr
    switch count {
    case .integer, .number:
      let expected = "a number from 1 to \(TestList.mostShards) first"
      guard let number = integer(count, path, in: 1...Int64(TestList.mostShards), expected: expected) else {
        return nil
      }
      shards = .literal(.integer(number))
    case .object("expr", _):
      guard let expr = expr(count, path) else { return nil }
      shards = expr
    case .null, .bool, .string, .table, .function, .object:
      error(
        "shards takes a number from 1 to \(TestList.mostShards) first, not \(count.phrase)", path,
        cure: "such as shards(4, discover.out.tests)")
      return nil
    }
    guard var list = testList("shards", operands.dropFirst(), path) else { return nil }
    list.shards = shards
    return .tests(list)
  }

  func prioritized(_ operands: ArraySlice<LuaItem>, _ path: [PathKey]) -> Expr? {
    testList("prioritized", operands, path).map(Expr.tests)
  }

  private func testList(_ word: String, _ operands: ArraySlice<LuaItem>, _ path: [PathKey]) -> TestList? {
    let operands = Array(operands)
    guard let tests = operands.first.flatMap({ tests($0, path, of: word) }) else {
      if operands.first == nil || operands.first == .null {
        error("\(word) needs a list of tests", path, cure: "a list of names, or a ref to one: discover.out.tests")
      }
      return nil
    }
    var list = TestList(tests: tests)
    guard operands.count > 1, operands[1] != .null else { return list }
    let expected = "a table such as { critical = { \"*checkout*\" } } last"
    guard case .table(let table) = operands[1], table.items.isEmpty, table.strays.isEmpty else {
      error("\(word) takes \(expected), not \(operands[1].phrase)", path)
      return nil
    }
    for field in table.fields {
      let place = path + [.name(field.key)]
      switch field.key {
      case "critical": list.critical = strings(field.value, place) ?? []
      case "smoke": list.smoke = strings(field.value, place) ?? []
      default:
        error(
          "\(word) has no setting \"\(field.key)\"", path,
          cure: Names.proposal(for: field.key, in: Self.settings) ?? "known: critical, smoke")
        return nil
      }
    }
    return list
  }

  /// A list of names of tests, or a ref to one.
  func tests(_ item: LuaItem, _ path: [PathKey], of word: String? = nil) -> Expr? {
    let what = word.map { "\($0) takes" } ?? "\"\(Self.text(of: path))\" must be"
    let wanted = "\(what) a list of names of tests or a ref to one, not"
    switch item {
    case .table(let table) where table.fields.isEmpty && table.strays.isEmpty:
      for item in table.items {
        if case .string = item { continue }
        if case .object("expr", _) = item { continue }
        error("\(wanted) a list with \(item.phrase) in it", path)
        return nil
      }
      return expr(item, path)
    case .object("expr", _):
      guard let expr = expr(item, path) else { return nil }
      switch expr {
      case .ref, .map, .tests: return expr
      case .literal, .concat, .raw, .secret, .cell, .list, .table: break
      }
      error("\(wanted) \(item.phrase) that is a string", path)
    case .object("handle", _): _ = expr(item, path)
    case .null where word != nil: break
    case .null, .bool, .integer, .number, .string, .table, .function, .object: error("\(wanted) \(item.phrase)", path)
    }
    return nil
  }
}

extension LuaItem {
  /// The tests of a cell that has a shard among its values.
  static func tests(ofCell values: [String: Value]) -> Expr? {
    let shards = values.sorted { $0.key < $1.key }.compactMap { Shard($0.value) }
    return shards.first.map { .literal(.list($0.tests.map(Value.string))) }
  }
}
