/// `{a,b}` in patterns: `src/{lib,app}/*.c` stands for `src/lib/*.c` and `src/app/*.c`.
enum GlobBraces {
  /// More alternatives than this are a mistake rather than a wish.
  static let maximumAlternatives = 1000

  /// The patterns without braces that a pattern stands for. Escapes (`\{`) and what is in brackets stay as they are.
  static func expand(_ pattern: [UInt8], of text: String) throws(GlobError) -> [[UInt8]] {
    guard let open = try firstGroup(in: pattern, of: text) else { return [pattern] }
    var results: [[UInt8]] = []
    let tails = try expand(Array(pattern[(open.close + 1)...]), of: text)
    for alternative in open.alternatives {
      for middle in try expand(Array(pattern[alternative]), of: text) {
        for tail in tails {
          results.append(pattern[..<open.start] + middle + tail)
          guard results.count <= maximumAlternatives else {
            throw GlobError(text, "its braces stand for more than \(maximumAlternatives) patterns")
          }
        }
      }
    }
    return results
  }

  private struct Group {
    var start: Int
    var close: Int
    var alternatives: [Range<Int>]
  }

  private static func firstGroup(in pattern: [UInt8], of text: String) throws(GlobError) -> Group? {
    var start: Int?
    var depth = 0
    var begin = 0
    var alternatives: [Range<Int>] = []
    var index = 0
    while index < pattern.count {
      switch pattern[index] {
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "["): index = GlobBrackets.end(in: pattern, from: index) ?? index
      case UInt8(ascii: "{"):
        if depth == 0 {
          start = index
          begin = index + 1
        }
        depth += 1
      case UInt8(ascii: ",") where depth == 1:
        alternatives.append(begin..<index)
        begin = index + 1
      case UInt8(ascii: "}") where depth > 0:
        depth -= 1
        if depth == 0, let start {
          alternatives.append(begin..<index)
          return Group(start: start, close: index, alternatives: alternatives)
        }
      default: break
      }
      index += 1
    }
    if depth > 0 {
      throw GlobError(text, "no } closes the {", cure: "write \\{ for a brace in a file's name")
    }
    return nil
  }
}

/// Where a `[…]` ends.
enum GlobBrackets {
  /// The index of the `]`; nil when there is none. A `]` that comes first, also behind `!` or `^`, stands for itself.
  static func end(in pattern: [UInt8], from open: Int) -> Int? {
    var index = open + 1
    if index < pattern.endIndex, pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^") {
      index += 1
    }
    if index < pattern.endIndex, pattern[index] == UInt8(ascii: "]") { index += 1 }
    while index < pattern.endIndex {
      switch pattern[index] {
      case UInt8(ascii: "]"): return index
      case UInt8(ascii: "/"): return nil
      case UInt8(ascii: "\\"): index += 2
      default: index += 1
      }
    }
    return nil
  }
}
