import BatonModel

/// An expression of GitHub Actions: what stands between `${{` and `}}`.
///
/// Grammar and precedence as
/// https://docs.github.com/actions/writing-workflows/choosing-what-your-workflow-does/evaluate-expressions-in-workflows-and-actions
/// has them.
indirect enum ActionExpression: Sendable, Equatable {
  enum Operator: String, Sendable {
    case or = "||"
    case and = "&&"
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="

    /// The higher binds tighter.
    var precedence: Int {
      switch self {
      case .or: 1
      case .and: 2
      case .equal, .unequal: 3
      case .less, .lessOrEqual, .greater, .greaterOrEqual: 4
      }
    }
  }

  case literal(Value)
  /// `github`, `matrix`, …
  case context(String)
  /// `a.b` and `a['b']`.
  case property(ActionExpression, String)
  /// `a[b]`.
  case index(ActionExpression, ActionExpression)
  /// `a.*`.
  case wildcard(ActionExpression)
  /// The name in lower case.
  case call(String, [ActionExpression])
  case not(ActionExpression)
  case binary(Operator, ActionExpression, ActionExpression)

  /// Every expression in it, itself first.
  func walk(_ visit: (ActionExpression) -> Void) {
    visit(self)
    switch self {
    case .literal, .context: break
    case .property(let inner, _), .wildcard(let inner), .not(let inner): inner.walk(visit)
    case .index(let left, let right), .binary(_, let left, let right):
      left.walk(visit)
      right.walk(visit)
    case .call(_, let arguments): for argument in arguments { argument.walk(visit) }
    }
  }

  /// Whether one of these functions is called in it.
  func calls(_ functions: Set<String>) -> Bool {
    var isCalled = false
    walk { inner in
      if case .call(let name, _) = inner, functions.contains(name) { isCalled = true }
    }
    return isCalled
  }

  /// Whether JSON is read in it that does not stand in it.
  var readsUnknownJSON: Bool {
    var reads = false
    walk { inner in
      if case .call("fromjson", let arguments) = inner {
        if case .literal? = arguments.first {} else { reads = true }
      }
    }
    return reads
  }

  /// Whether it is a list of what `.*` found.
  var hasWildcard: Bool {
    switch self {
    case .wildcard: true
    case .property(let inner, _): inner.hasWildcard
    default: false
    }
  }

  /// Every path in it, and of each the parts that are paths.
  var paths: [[String]] {
    var found: [[String]] = []
    walk { inner in inner.path.map { found.append($0) } }
    return found
  }

  /// The paths of all that stand in a text; none where it is broken.
  static func paths(in text: String?) -> [[String]] { all(in: text).flatMap(\.paths) }

  /// All that stand in a text; none where it is broken.
  static func all(in text: String?) -> [ActionExpression] {
    ((try? TextPart.parts(of: text ?? "")) ?? []).compactMap { part in
      if case .expression(_, let expression) = part { expression } else { nil }
    }
  }

  /// `steps.build.outputs.version` as `["steps", "build", "outputs", "version"]`; nil of everything else.
  var path: [String]? {
    switch self {
    case .context(let name): [name]
    case .property(let inner, let name): inner.path.map { $0 + [name] }
    default: nil
    }
  }
}

/// What is wrong with an expression.
struct ExpressionFailure: Error, Equatable {
  var message: String
  /// Bytes from its beginning.
  var offset: Int
}

/// A text with expressions in it.
enum TextPart: Sendable, Equatable {
  case text(String)
  /// As it is written between the braces, and read.
  case expression(String, ActionExpression)
}

extension TextPart {
  /// Splits `a ${{ b }} c`.
  static func parts(of text: String) throws(ExpressionFailure) -> [TextPart] {
    let bytes = Array(text.utf8)
    var parts: [TextPart] = []
    var plain = 0
    var position = 0
    func literal(_ end: Int) {
      if end > plain { parts.append(.text(String(decoding: bytes[plain..<end], as: UTF8.self))) }
    }
    while position + 2 < bytes.count {
      guard bytes[position] == UInt8(ascii: "$"), bytes[position + 1] == UInt8(ascii: "{"),
        bytes[position + 2] == UInt8(ascii: "{")
      else {
        position += 1
        continue
      }
      let start = position + 3
      guard let end = closing(bytes, from: start) else {
        throw ExpressionFailure(message: "\"${{\" without \"}}\"", offset: position)
      }
      literal(position)
      let inner = String(decoding: bytes[start..<end], as: UTF8.self)
      do throws(ExpressionFailure) {
        parts.append(.expression(inner, try ExpressionParser.parse(inner)))
      } catch {
        throw ExpressionFailure(message: error.message, offset: start + error.offset)
      }
      position = end + 2
      plain = position
    }
    literal(bytes.count)
    return parts
  }

  /// Where the braces close, strings passed over.
  private static func closing(_ bytes: [UInt8], from start: Int) -> Int? {
    var position = start
    var quoted = false
    while position + 1 < bytes.count {
      if bytes[position] == UInt8(ascii: "'") { quoted.toggle() }
      if !quoted, bytes[position] == UInt8(ascii: "}"), bytes[position + 1] == UInt8(ascii: "}") { return position }
      position += 1
    }
    return nil
  }
}

extension [TextPart] {
  /// The expression that the text is, as a whole.
  var onlyExpression: ActionExpression? {
    guard count == 1, case .expression(_, let expression) = self[0] else { return nil }
    return expression
  }

  /// Whether there is no expression in it.
  var isPlain: Bool { allSatisfy { if case .text = $0 { true } else { false } } }
}
