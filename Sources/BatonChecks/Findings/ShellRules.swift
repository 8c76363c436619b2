import BatonLua
import BatonModel

/// Commands for the shell, as the script puts them together (B012, B013, B014).
struct ShellRules {
  private let facts: ScriptFacts
  private let taint: Taint
  private var found: [CheckFinding] = []

  var findings: [CheckFinding] { found }

  init(_ facts: ScriptFacts) {
    self.facts = facts
    taint = Taint(facts)
    for visit in facts.visits {
      switch visit.node.kind {
      case .table(let fields):
        for field in fields where field.name == "run" || field.name == "undo" { command(field.value) }
      case .call(let callee, let arguments):
        // `step "name" "command"`.
        if case .call(let inner, _) = callee.kind, inner.global == "step", let text = arguments.first { command(text) }
      case .method(let base, "sh", let arguments):
        if facts.isContext(base), let text = arguments.first { command(text) }
      default: break
      }
    }
  }

  /// A string for the shell, or a function that returns one; lists need no care.
  private mutating func command(_ node: LuaNode) {
    let node = node.bare
    switch node.kind {
    case .function(let function):
      for values in facts.returns(of: function) { if let value = values.first { command(value) } }
    case .table: break
    case .binary("or", let left, let right), .binary("and", let left, let right):
      if left.string != nil || right.string != nil || Self.isJoined(left) || Self.isJoined(right) {
        command(left)
        command(right)
      }
    case .name(_, let binding?):
      let value = binding.isReassigned ? taint.flow.value(of: binding, before: node) : binding.initial
      if let value, Self.isJoined(value.bare) || Self.isFormat(value.bare) { join(value) }
    case .string, .binary: join(node)
    case .call, .method: if Self.isFormat(node) { join(node) }
    default: break
    }
  }

  private static func isJoined(_ node: LuaNode) -> Bool {
    if case .binary("..", _, _) = node.kind { return true }
    return node.string != nil
  }

  private static func isFormat(_ node: LuaNode) -> Bool {
    if case .method(_, "format", _) = node.kind { return true }
    guard case .call(let callee, _) = node.kind, let chain = ScriptFacts.chain(callee) else { return false }
    let keys = chain.keys.map(\.string)
    return (chain.root.global == "string" && keys == ["format"]) || (chain.root.global == "table" && keys == ["concat"])
  }

  /// The parts of a text, from left to right.
  private func parts(_ node: LuaNode) -> [LuaNode] {
    if case .binary("..", let left, let right) = node.bare.kind { return parts(left) + parts(right) }
    return [node.bare]
  }

  private mutating func join(_ node: LuaNode) {
    var scan = ShellScan()
    for part in parts(node) {
      if part.string != nil {
        literal(part, &scan)
        continue
      }
      if taint.isRef(part) {
        if scan.isQuoted {
          found.append(
            facts.finding(
              "B013", "\(facts.text(of: part)) stands between quotes, and is quoted for the shell by itself",
              at: facts.place(of: part), cure: "leave the quotes around it out"))
        }
      } else if let source = taint.source(of: part) {
        found.append(
          facts.finding(
            "B012", "\(facts.text(of: part)) is \(source), and stands unquoted in a command for the shell",
            at: facts.place(of: part), cure: Self.cure(facts.text(of: part))))
      }
      scan.take("x".utf8)
    }
  }

  private static func cure(_ text: String) -> String {
    "safe forms: a list, run = { \"…\", \(text) }; or env = { VALUE = \(text) } and \"$VALUE\"; "
      + "or shell.quote(\(text)) of baton.shell"
  }

  /// Looks for `> $BATON_OUTPUT` outside of quotes, and goes on with the quotes.
  private mutating func literal(_ node: LuaNode, _ scan: inout ShellScan) {
    guard facts.tree.tokens.indices.contains(node.first) else { return }
    let text = LuaString(facts.tree.tokens[node.first], in: facts.tree.source)
    let name = Array("$BATON_".utf8)
    var index = 0
    while index < text.value.count {
      if scan.isPlain, text.value[index...].starts(with: name), isRedirection(before: index, text.value) {
        var end = index + 1
        while end < text.value.count, text.value[end].isNamePart { end += 1 }
        tell(String(decoding: text.value[index..<end], as: UTF8.self), text, index..<end)
      }
      scan.take(text.value[index])
      index += 1
    }
  }

  private func isRedirection(before index: Int, _ bytes: [UInt8]) -> Bool {
    var place = index - 1
    while place >= 0, bytes[place] == 0x20 { place -= 1 }
    return place >= 0 && (bytes[place] == UInt8(ascii: ">") || bytes[place] == UInt8(ascii: "<"))
  }

  private mutating func tell(_ name: String, _ text: LuaString, _ range: Range<Int>) {
    let start = text.places[range.lowerBound]
    let end = text.places[range.upperBound - 1] + 1
    let quote = text.quote == UInt8(ascii: "\"") ? "\\\"" : "\""
    found.append(
      facts.finding(
        "B014", "\(name) stands unquoted in a redirection", at: facts.place(byte: start),
        cure: "write \"\(name)\" with quotes: the folder's name may have a space in it",
        edits: [CheckFinding.Edit(range: start..<start, text: quote), CheckFinding.Edit(range: end..<end, text: quote)])
    )
  }
}

extension UInt8 {
  var isNamePart: Bool {
    (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) || self == 0x5F
  }
}
