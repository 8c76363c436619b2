import BatonModel

/// Writes values as Lua that a person would write.
enum LuaText {
  private static let keywords: Set<String> = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not",
    "or", "repeat", "return", "then", "true", "until", "while",
  ]

  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first), !keywords.contains(text) else { return false }
    return text.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "_")
    }
  }

  /// `name`, or `["a name"]`: a key in a table.
  static func key(_ text: String) -> String { isName(text) ? text : "[\(quoted(text))]" }

  /// `.name`, or `["a name"]`: behind a table.
  static func field(_ text: String) -> String { isName(text) ? ".\(text)" : "[\(quoted(text))]" }

  /// A string: several lines between long brackets, else between quotes.
  static func string(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A || $0 == 0x09 }
    // Quotes and backslashes are easier to read between long brackets.
    let marks = text.utf8.count { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
    guard isPlain, text.utf8.dropLast().contains(0x0A) || (marks > 0 && !text.utf8.contains(0x0A)) else {
      return quoted(text)
    }
    var level = ""
    // A bracket at the end would close the string together with the next.
    while (text + "]").contains("]\(level)]") { level += "=" }
    let lines = text.utf8.contains(0x0A) ? "\n" : ""
    return "[\(level)[\(lines)\(text)]\(level)]"
  }

  /// Between quotes.
  static func quoted(_ text: String) -> String {
    var made = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": made += "\\\""
      case "\\": made += "\\\\"
      case "\n": made += "\\n"
      case "\r": made += "\\r"
      case "\t": made += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value)
        made += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      default: made.unicodeScalars.append(scalar)
      }
    }
    return made + "\""
  }

  static func value(_ value: Value) -> String {
    switch value {
    case .null: "nil"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let number): String(number)
    case .number(let number): number.isFinite ? "\(number)" : "nil"
    case .string(let text): string(text)
    case .list(let items): items.isEmpty ? "{}" : "{ " + items.map(Self.value).joined(separator: ", ") + " }"
    case .map(let fields):
      fields.isEmpty
        ? "{}"
        : "{ "
          + fields.sorted { $0.key < $1.key }.map { "\(key($0.key)) = \(Self.value($0.value))" }
          .joined(separator: ", ") + " }"
    }
  }

  /// A node, its keys in the order in which they were written.
  static func node(_ node: Node) -> String {
    switch node.content {
    case .list(let items): items.isEmpty ? "{}" : "{ " + items.map(Self.node).joined(separator: ", ") + " }"
    case .map(let entries):
      entries.isEmpty
        ? "{}" : "{ " + entries.map { "\(key($0.key)) = \(Self.node($0.value))" }.joined(separator: ", ") + " }"
    default: value(node.value)
    }
  }

  /// What a comment may say: one line.
  static func comment(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
  }
}

/// Lua that grows line by line.
struct LuaWriter {
  private(set) var lines: [String] = []
  private var depth = 0

  /// A line, or several when the text has a long string in it, whose further lines stand as they are.
  mutating func line(_ text: String = "") {
    lines.append(text.isEmpty ? "" : String(repeating: "  ", count: depth) + text)
  }

  mutating func comment(_ text: String) {
    for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
      line(part.isEmpty ? "--" : "-- \(LuaText.comment(String(part)))")
    }
  }

  mutating func open(_ text: String) {
    line(text)
    depth += 1
  }

  mutating func close(_ text: String) {
    depth = max(0, depth - 1)
    line(text)
  }

  var text: String { lines.joined(separator: "\n") + "\n" }
}

/// Names for steps and for locals, each once.
struct NameMaker {
  private var taken: Set<String>

  init(taken: Set<String> = []) { self.taken = taken }

  /// Lower-case words with dashes: `Build & test` → `build-test`.
  static func slug(_ text: String, atMost most: Int = 40) -> String {
    var made = ""
    for byte in text.utf8 {
      switch byte {
      case 0x61...0x7A, 0x30...0x39, UInt8(ascii: "_"): made.unicodeScalars.append(Unicode.Scalar(byte))
      case 0x41...0x5A: made.unicodeScalars.append(Unicode.Scalar(byte + 0x20))
      default: if !made.isEmpty, !made.hasSuffix("-") { made += "-" }
      }
      if made.utf8.count >= most { break }
    }
    while made.hasSuffix("-") { made.removeLast() }
    return made
  }

  /// The name, or with a number behind it.
  mutating func unique(_ name: String, separator: String = "-") -> String {
    if taken.insert(name).inserted { return name }
    var number = 2
    while !taken.insert("\(name)\(separator)\(number)").inserted { number += 1 }
    return "\(name)\(separator)\(number)"
  }

  /// A Lua name made of words: `build-2.compile` → `build_2_compile`.
  mutating func local(_ text: String) -> String {
    var name = String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0)) ? $0 : "_" }))
    if !LuaText.isName(name) { name = "_\(name)" }
    if name == "_" { name = "value" }
    return unique(name, separator: "_")
  }
}
