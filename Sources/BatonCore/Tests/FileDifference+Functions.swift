/// Changes of languages that are compiled: what coverage tells of is functions, and all else of a file may concern any test.
extension FileDifference {
  /// Whether the difference may concern more than the tests that execute the file.
  ///
  /// It does not where each changed line is blank or a comment, or lies between the braces of a function, opens and closes there
  /// what the lines that it replaces did. Lines of a preprocessor or an attribute (`#…`) concern all, and so do those that begin
  /// or end what goes on over lines (`/*`, `"""`, `` ` ``, a backslash at the end), and functions that compilers evaluate or whose
  /// type comes of what they do (`constexpr`, `const fn`, `comptime`, `auto`).
  ///
  /// - Parameter functions: first and last line of each in the old file; they may lie within each other.
  public func mayConcernAll(functions: [ClosedRange<Int>]) -> Bool {
    guard let lines else { return true }
    let bodies = Bodies(functions, in: lines)
    var number = 0
    var hunk = Hunk()
    for line in lines {
      switch line {
      case .same:
        number += 1
        if !hunk.isBalanced { return true }
        hunk = Hunk()
      case .removed(let text):
        number += 1
        if Self.saysNothing(text) { continue }
        // Neither the line of the opening brace nor that of the closing one.
        guard bodies.hold(number - 1, number + 1), !Self.reachesBeyond(text) else { return true }
        hunk.remove(text)
      case .added(let text):
        if Self.saysNothing(text) { continue }
        guard bodies.hold(number, number + 1), !Self.reachesBeyond(text) else { return true }
        hunk.add(text)
      }
    }
    return !hunk.isBalanced
  }

  private static func words(_ text: String) -> Substring { text.drop { $0 == " " || $0 == "\t" } }

  private static func saysNothing(_ text: String) -> Bool {
    let words = words(text)
    return words.isEmpty || (words.hasPrefix("//") && words.last != "\\")
  }

  private static func reachesBeyond(_ text: String) -> Bool {
    if words(text).first == "#" || text.last == "\\" { return true }
    return ["/*", "*/", "\"\"\"", "R\"", "`"].contains { text.contains($0) }
  }

  /// What stands between two lines that did not change: of both sides, how many braces it leaves open, and how many of those
  /// before it it closes.
  private struct Hunk {
    private var old = (open: 0, least: 0)
    private var new = (open: 0, least: 0)

    var isBalanced: Bool { old == new }

    mutating func remove(_ text: String) { Self.count(text, &old) }
    mutating func add(_ text: String) { Self.count(text, &new) }

    private static func count(_ text: String, _ side: inout (open: Int, least: Int)) {
      for byte in text.utf8 {
        if byte == UInt8(ascii: "{") { side.open += 1 }
        if byte == UInt8(ascii: "}") { side.open -= 1 }
        side.least = min(side.least, side.open)
      }
    }
  }

  /// From the line of the opening brace to that of the closing one.
  private struct Bodies {
    private var ranges: [(range: ClosedRange<Int>, isEvaluated: Bool)] = []

    init(_ functions: [ClosedRange<Int>], in lines: [Line]) {
      var old: [String] = []
      for line in lines {
        switch line {
        case .same(let text), .removed(let text): old.append(text)
        case .added: break
        }
      }
      for function in functions where function.lowerBound >= 1 && function.upperBound <= old.count {
        guard let open = function.first(where: { Self.opens(old[$0 - 1]) }), open < function.upperBound else {
          continue
        }
        // What stands in front of the brace, lines above that end nothing included.
        var start = function.lowerBound - 1
        while start > 0, !Self.ends(old[start - 1]) { start -= 1 }
        ranges.append((open...function.upperBound, Self.isEvaluated(old[start..<open])))
      }
    }

    /// Whether both lines lie in a function, and in none that concerns all.
    func hold(_ first: Int, _ last: Int) -> Bool {
      var isHeld = false
      for body in ranges where body.range.contains(first) && body.range.contains(last) {
        if body.isEvaluated { return false }
        isHeld = true
      }
      return isHeld
    }

    private static func opens(_ text: String) -> Bool { lastLetter(text) == "{" }

    private static func ends(_ text: String) -> Bool {
      switch lastLetter(text) {
      case nil, ";", "{", "}": true
      default: false
      }
    }

    /// Of what is no space, and no comment to the end of the line.
    private static func lastLetter(_ text: String) -> Character? {
      var code = text[...]
      if let comment = text.utf8.indices.first(where: { text.utf8[$0...].starts(with: "//".utf8) }) {
        code = text[..<comment]
      }
      return code.last { $0 != " " && $0 != "\t" }
    }

    private static let evaluated: Set<Substring> = ["constexpr", "consteval", "constinit", "comptime", "macro_rules"]

    private static func isEvaluated(_ head: ArraySlice<String>) -> Bool {
      let text = head.joined(separator: " ")
      let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
      return words.contains { evaluated.contains($0) }
        || zip(words, words.dropFirst()).contains { $0 == "const" && $1 == "fn" }
        // A variable that holds a function says `=`, a function whose type is told `->`.
        || (words.contains("auto") && !text.contains("=") && !text.contains("->"))
    }
  }
}
