import BatonModel

/// `strategy.matrix`.
enum MatrixWriter {
  /// The keys that every cell has, and those that only `include` brings.
  static func keys(of matrix: Node?) -> (axes: Set<String>, further: Set<String>) {
    var axes: Set<String> = []
    var further: Set<String> = []
    for entry in matrix?.entries ?? [] {
      switch entry.key {
      case "include": for item in entry.value.items ?? [] { further.formUnion((item.entries ?? []).map(\.key)) }
      case "exclude": break
      default: axes.insert(entry.key)
      }
    }
    return (axes, further.subtracting(axes))
  }

  /// The fields `axes`, `order`, `include` and `exclude`; nil, and told, where they have no counterpart.
  static func fields(_ matrix: Node, _ scope: GitHubScope, _ path: String, _ notes: Notes) -> [String]? {
    guard let entries = matrix.entries else {
      notes.lost(matrix.mark, path, "a matrix made by an expression as a whole: its axes must be known by name")
      return nil
    }
    var axes: [String] = []
    var order: [String] = []
    var fields: [String] = []
    for entry in entries {
      switch entry.key {
      case "include", "exclude":
        guard entry.value.items != nil, let code = list(entry.value, scope) else {
          notes.lost(entry.value.mark, "\(path).\(entry.key)", "an expression has no counterpart here")
          return nil
        }
        if entry.value.items?.isEmpty == false { fields.append("\(entry.key) = \(code),") }
      default:
        guard let code = axis(entry.value, scope) else {
          notes.lost(entry.value.mark, "\(path).\(entry.key)", "its values are not known before the run")
          return nil
        }
        axes.append("\(LuaText.key(entry.key)) = \(code)")
        order.append(entry.key)
      }
    }
    var head: [String] = []
    if !axes.isEmpty { head.append("axes = { \(axes.joined(separator: ", ")) },") }
    if order.count > 1, order != order.sorted() {
      head.append("order = { \(order.map(LuaText.quoted).joined(separator: ", ")) },")
    }
    return head + fields
  }

  /// A list, or an expression that makes one.
  private static func axis(_ node: Node, _ scope: GitHubScope) -> String? {
    if node.items != nil { return list(node, scope) }
    guard let text = node.text, let expression = (try? TextPart.parts(of: text.trimmed))?.onlyExpression
    else { return nil }
    // fromJSON(needs.x.outputs.y): a list that is known later.
    if case .call("fromjson", let arguments) = expression {
      var later = ExpressionTranslator(scope, .definition)
      if let term = try? later.value(arguments[0]), term.kind == .ref { return "\(term.code):map(actions.from_json)" }
    }
    var translator = ExpressionTranslator(scope, .definition)
    guard let term = try? translator.value(expression), term.kind != .ref else { return nil }
    return term.code
  }

  private static func list(_ node: Node, _ scope: GitHubScope) -> String? {
    guard let items = node.items else { return value(node, scope) }
    var codes: [String] = []
    for item in items {
      guard let code = value(item, scope) else { return nil }
      codes.append(code)
    }
    return codes.isEmpty ? "{}" : "{ \(codes.joined(separator: ", ")) }"
  }

  private static func value(_ node: Node, _ scope: GitHubScope) -> String? {
    switch node.content {
    case .string(let text) where text.contains("${{"):
      return (try? scope.text(text, .definition))?.code
    case .list: return list(node, scope)
    case .map(let entries):
      var fields: [String] = []
      for entry in entries {
        guard let code = value(entry.value, scope) else { return nil }
        fields.append("\(LuaText.key(entry.key)) = \(code)")
      }
      return fields.isEmpty ? "{}" : "{ \(fields.joined(separator: ", ")) }"
    // A list can't hold nil.
    case .null: return "\"\""
    case .number(let number):
      return Int64(exactly: number).map(String.init) ?? "\(number)"
    case .bool, .integer, .string: return LuaText.value(node.value)
    }
  }
}
