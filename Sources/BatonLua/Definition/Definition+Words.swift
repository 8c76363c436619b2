import BatonModel

/// Sentences about handles and refs, for errors that the prelude raises.
extension Definition {
  /// `step "build"`.
  func describe(_ handle: LuaItem) -> String {
    if let number = handle.integer, drafts.indices.contains(Int(number)) { return drafts[Int(number)].label }
    return "\"\(name(ofHandle: handle))\""
  }

  /// Why a value that is known later can't be used now.
  func unknownValue(_ item: LuaItem) -> String {
    guard case .object("expr", .table(let payload)) = item else { return "the value is not known yet" }
    let operands = payload.items.dropFirst()
    switch payload.items.first?.string {
    case "ref":
      guard let handle = operands.first else { break }
      let step = name(ofHandle: handle)
      let path = operands.dropFirst().compactMap { $0.string ?? $0.integer.map { String($0) } }
      let text = (["\(step).out"] + path).joined(separator: ".")
      return "\"\(text)\" is known only when step \"\(step)\" has succeeded; use ref:map(function(v) … end)"
    case "secret":
      return "the secret \"\(operands.first?.string ?? "")\" never enters the script: it can only stand in a field"
    case "own":
      let text = (["service"] + operands.compactMap(\.string)).joined(separator: ".")
      return "\"\(text)\" is known only when the service is started; use ref:map(function(v) … end)"
    case "cell":
      let text = (["cell"] + operands.compactMap(\.string)).joined(separator: ".")
      return "\"\(text)\" is known only when the cells are made; use step = function(cell) … end"
    case "map", "raw", "concat":
      if let inner = operands.first(where: { if case .object("expr", _) = $0 { true } else { false } }) {
        return unknownValue(inner)
      }
    default: break
    }
    return "the value is known only later"
  }
}
