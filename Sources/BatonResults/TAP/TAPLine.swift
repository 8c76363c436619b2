/// One line of TAP, its indentation left out.
enum TAPLine: Equatable {
  case version
  /// Tests that are planned; the reason where all are skipped.
  case plan(Int, skip: String?)
  case test(TAPTest)
  case bailOut(String)
  /// `# Subtest: name`.
  case subtest(String)
  case comment(String)
  case yamlBegin
  case other

  /// https://testanything.org/tap-version-14-specification.html
  init(_ text: Substring) {
    if text.hasPrefix("ok") || text.hasPrefix("not ok") {
      if let test = TAPTest(text) {
        self = .test(test)
        return
      }
    } else if text.hasPrefix("#") {
      let words = text.dropFirst().drop { $0 == " " }
      if words.hasPrefix("Subtest:") {
        self = .subtest(TAPTest.unescaped(words.dropFirst(8).trimmed))
      } else {
        self = .comment(String(text.dropFirst().first == " " ? text.dropFirst(2) : text.dropFirst()))
      }
      return
    } else if text.hasPrefix("1..") {
      if let plan = Self.plan(text) {
        self = plan
        return
      }
    } else if text.hasPrefix("Bail out!") {
      self = .bailOut(String(text.dropFirst(9).trimmed))
      return
    } else if text.hasPrefix("TAP version ") {
      self = .version
      return
    } else if text.trimmed == "---" || text.hasPrefix("--- ") {
      self = .yamlBegin
      return
    }
    self = .other
  }

  /// `1..N`, `1..0 # SKIP reason`.
  private static func plan(_ text: Substring) -> TAPLine? {
    let digits = text.dropFirst(3).prefix { $0.isASCII && $0.isNumber }
    let rest = text.dropFirst(3 + digits.count).trimmed
    guard let count = Int(digits), rest.isEmpty || rest.hasPrefix("#") else { return nil }
    guard rest.hasPrefix("#") else { return .plan(count, skip: nil) }
    let comment = rest.dropFirst().trimmed
    guard comment.lowercased().hasPrefix("skip") else { return .plan(count, skip: nil) }
    return .plan(count, skip: String(comment.drop { !$0.isWhitespace }.trimmed))
  }
}

/// `not ok 3 - adds up # TODO rounding`.
struct TAPTest: Equatable {
  enum Directive: Equatable { case none, skip, todo }

  var isOK: Bool
  var number: Int?
  var name: String
  var directive = Directive.none
  /// Behind the directive.
  var reason = ""
  /// As `node-tap` writes it: `# time=12.5ms`.
  var milliseconds: Double?

  init?(_ text: Substring) {
    isOK = text.hasPrefix("ok")
    var rest = text.dropFirst(isOK ? 2 : 6)
    guard rest.isEmpty || rest.first == " " || rest.first == "\t" else { return nil }
    rest = rest.drop { $0 == " " || $0 == "\t" }
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    if !digits.isEmpty {
      let after = rest.dropFirst(digits.count)
      if after.isEmpty || after.first == " " {
        number = Int(digits)
        rest = after.drop { $0 == " " }
      }
    }
    if rest.hasPrefix("- ") { rest = rest.dropFirst(2) } else if rest == "-" { rest = "" }
    // A block of subtests in braces, as TAP 14's authors wrote it before.
    if rest.hasSuffix(" {") { rest = rest.dropLast(2) }
    name = Self.unescaped(rest.trimmed)
    readDirective(rest)
  }

  /// The part behind the last `#` that stands behind a space and is not escaped, when it is a directive.
  private mutating func readDirective(_ text: Substring) {
    var index = text.endIndex
    while let hash = text[..<index].lastIndex(of: "#") {
      index = hash
      let before = text[..<hash]
      guard before.isEmpty || before.last == " ", !before.hasSuffix("\\") else { continue }
      let directive = text[text.index(after: hash)...].trimmed
      let word = directive.prefix { !$0.isWhitespace && $0 != ":" && $0 != "=" }.lowercased()
      if word.hasPrefix("skip") {
        self.directive = .skip
      } else if word == "todo" {
        self.directive = .todo
      } else if word == "time", directive.dropFirst(4).hasPrefix("=") {
        milliseconds = Self.milliseconds(directive.dropFirst(5))
        name = Self.unescaped(before.trimmed)
        continue
      } else {
        continue
      }
      reason = Self.unescaped(directive.drop { !$0.isWhitespace }.trimmed)
      name = Self.unescaped(before.trimmed)
      return
    }
  }

  private static func milliseconds(_ text: Substring) -> Double? {
    if text.hasSuffix("ms") { return Double(text.dropLast(2)) }
    return text.hasSuffix("s") ? Double(text.dropLast()).map { $0 * 1000 } : Double(text)
  }

  /// `\#` and `\\` are the characters themselves.
  static func unescaped(_ text: Substring) -> String {
    guard text.contains("\\") else { return String(text) }
    return String(text).replacing("\\#", with: "#").replacing("\\\\", with: "\\")
  }
}

extension Substring {
  /// Without white space around it.
  var trimmed: Substring {
    var text = drop { $0.isWhitespace }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
