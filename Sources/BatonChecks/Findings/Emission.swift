import BatonModel

/// Which values a step emits, as far as its command or its function tells.
struct Emission {
  /// Of its top level.
  var names: Set<String> = []
  /// What is known of the values that are objects: name → the value.
  var shapes: [String: Value] = [:]
  /// Whether all that it says of values was understood.
  var isUnderstood = true
  /// Whether nothing else in it could emit values: no programs but those of ``harmless``.
  var isClosed = true
  /// Whether it does nothing but emit.
  var onlyEmits = true

  /// Programs and words of the shell that know nothing of `$BATON_OUTPUT`.
  private static let harmless: Set<String> = [
    ":", "[", "awk", "basename", "cat", "cd", "chmod", "cp", "cut", "date", "dirname", "echo", "exit", "export",
    "false",
    "grep", "head", "ls", "mkdir", "mv", "printf", "pwd", "rm", "sed", "set", "sleep", "sort", "tail", "tar", "test",
    "touch", "tr", "true", "uname", "wc", "{", "}",
  ]
  private static let words: Set<String> = [
    "if", "then", "else", "elif", "do", "while", "until", "!", "time",
  ]
  private static let ends: Set<String> = ["fi", "done", "for", "break", "continue", "return"]

  init() {}

  /// nil: what the step does cannot be told.
  init?(_ node: Node) {
    guard let text = Self.text(of: node.command) else { return nil }
    let options = node.options.value
    guard options.results.isEmpty, !options.captures else { return nil }
    read(text)
    for alternative in options.failover {
      guard let command = alternative.command else { continue }
      guard let other = Self.text(of: command) else { return nil }
      read(other)
    }
  }

  /// The text of a shell command; what is known later stands as `X`.
  static func text(of command: Command?) -> String? {
    let template: Template
    switch command {
    case .shell(let text)?: template = text
    case .program(let words)?:
      // A shell that is called by its name.
      guard words.count == 3, ["-c", "-ec", "-euc"].contains(plain(words[1])), let shell = plain(words[0]),
        ["sh", "bash", "dash", "/bin/sh", "/bin/bash", "/usr/bin/bash"].contains(shell)
      else { return nil }
      template = words[2]
    case .callback?, .body?, .call?, .request?, nil: return nil
    }
    func text(_ expr: Expr) -> String {
      switch expr {
      case .literal(let value): value.text
      case .concat(let parts): parts.map(text).joined()
      case .ref, .map, .raw, .secret, .cell, .tests, .list, .table: "X"
      }
    }
    return text(template.expr)
  }

  private static func plain(_ template: Template) -> String? {
    if case .plain(let text) = template { text } else { nil }
  }

  private mutating func read(_ text: String) {
    guard let commands = ShellScan.commands(EmittedLines.plain(text)) else {
      (isUnderstood, isClosed, onlyEmits) = (false, false, false)
      return
    }
    for command in commands { read(command: command) }
  }

  private mutating func read(command: String) {
    var words = command.split(whereSeparator: \.isWhitespace)[...]
    while let word = words.first, Self.words.contains(String(word)) { words = words.dropFirst() }
    while let word = words.first, Self.isAssignment(word) { words = words.dropFirst() }
    guard let program = words.first.map(String.init) else { return }
    if Self.ends.contains(program) { return }
    let emits = command.contains("BATON_OUTPUT")
    if !emits {
      onlyEmits = onlyEmits && program == ":"
      if !Self.harmless.contains(program) { isClosed = false }
      return
    }
    guard ["echo", "printf"].contains(program), let cut = Self.redirection(command) else {
      isUnderstood = false
      return
    }
    let said = String(command[..<cut]).trimmed
    guard let start = said.range(of: program) else {
      isUnderstood = false
      return
    }
    take(String(said[start.upperBound...]).trimmed)
  }

  private static func isAssignment(_ word: Substring) -> Bool {
    guard let sign = word.firstIndex(of: "="), sign != word.startIndex else { return false }
    return word[..<sign].utf8.allSatisfy(\.isNamePart)
  }

  /// Where `>> "$BATON_OUTPUT"` begins, if nothing follows it.
  private static func redirection(_ command: String) -> String.Index? {
    for target in ["\"$BATON_OUTPUT\"", "$BATON_OUTPUT", "\"${BATON_OUTPUT}\""] where command.hasSuffix(target) {
      let head = command.dropLast(target.count)
      let plain = String(head).trimmed
      guard plain.hasSuffix(">") else { return nil }
      return command.index(command.startIndex, offsetBy: plain.count - (plain.hasSuffix(">>") ? 2 : 1))
    }
    return nil
  }

  /// What is echoed: `"name=value"`, `name=value`, or an object of JSON.
  private mutating func take(_ said: String) {
    var text = said
    for quote in ["'", "\""] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
      let inner = String(text.dropFirst().dropLast())
      if quote == "\"" || !inner.contains("'") { text = inner }
      break
    }
    if text.hasPrefix("{") || text.hasPrefix("\\\"{") {
      guard case .map(let object)? = try? JSON.decode(text) else {
        isUnderstood = false
        return
      }
      names.formUnion(object.keys)
      for (name, value) in object { if case .map = value { shapes[name] = value } }
      return
    }
    let lines = text.split(separator: "\\n", omittingEmptySubsequences: true)
    for line in lines {
      let head = line.drop { $0 == "\"" || $0 == "'" }
      guard let sign = head.firstIndex(of: "="), sign != head.startIndex, !head.hasPrefix("-"),
        head[..<sign].allSatisfy({ $0.isLetter || $0.isNumber || "_.-".contains($0) })
      else {
        isUnderstood = false
        return
      }
      names.insert(String(head[..<sign]))
    }
  }
}
