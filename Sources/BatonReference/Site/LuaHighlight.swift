import BatonReport

/// Lua as HTML: comments, strings and keywords are marked.
enum LuaHighlight {
  private static let keywords: Set<String> = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not",
    "or", "repeat", "return", "then", "true", "until", "while",
  ]

  static func html(_ source: String) -> HTML {
    var out = HTML()
    var rest = source[...]
    while let first = rest.first {
      let length: Int
      if rest.hasPrefix("--") {
        length = rest.prefix { $0 != "\n" }.count
        out += "<span class=\"c\">\(String(rest.prefix(length)))</span>"
      } else if rest.hasPrefix("[["), let end = rest.firstRange(of: "]]") {
        length = rest.distance(from: rest.startIndex, to: end.upperBound)
        out += "<span class=\"s\">\(String(rest.prefix(length)))</span>"
      } else if first == "\"" || first == "'" {
        length = quoted(rest, first)
        out += "<span class=\"s\">\(String(rest.prefix(length)))</span>"
      } else if first.isLetter || first == "_" {
        let word = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        length = word.count
        out += keywords.contains(word) ? "<span class=\"k\">\(word)</span>" : "\(word)"
      } else {
        length = 1
        out += "\(String(first))"
      }
      rest = rest.dropFirst(length)
    }
    return out
  }

  private static func quoted(_ text: Substring, _ mark: Character) -> Int {
    var length = 1
    var isEscaped = false
    for letter in text.dropFirst() {
      length += 1
      if letter == "\n" { break }
      if !isEscaped, letter == mark { break }
      isEscaped = !isEscaped && letter == "\\"
    }
    return length
  }
}
