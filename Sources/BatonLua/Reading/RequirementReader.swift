import BatonModel

/// Reads `">= 0.98"`, `"<= baseline * 1.10"`, `"<= baseline + 5"`, `"== 0"`, `">= 98%"`.
struct RequirementReader {
  struct Failure: Error {
    var message: String
    var cure: String?
  }

  private var rest: Substring

  static func read(_ text: String) throws(Failure) -> (Requirement.Comparison, Requirement.Bound) {
    var reader = RequirementReader(rest: text[...])
    let comparison = try reader.comparison()
    let bound = try reader.bound()
    reader.skipSpace()
    guard reader.rest.isEmpty else { throw Failure(message: "\"\(reader.rest)\" is left over", cure: nil) }
    return (comparison, bound)
  }

  private mutating func skipSpace() { rest = rest.drop { $0 == " " || $0 == "\t" } }

  private mutating func take(_ prefix: String) -> Bool {
    skipSpace()
    guard rest.hasPrefix(prefix) else { return false }
    rest = rest.dropFirst(prefix.count)
    return true
  }

  private mutating func comparison() throws(Failure) -> Requirement.Comparison {
    skipSpace()
    let sign = rest.prefix { "<>=~!≤≥".contains($0) }
    rest = rest.dropFirst(sign.count)
    if let comparison = Requirement.Comparison(rawValue: String(sign)) { return comparison }
    let nearest: [String: String] = ["=>": ">=", "≥": ">=", "=<": "<=", "≤": "<=", "=": "==", "!=": "~=", "<>": "~="]
    let cure = nearest[String(sign)].map { "did you mean \"\($0)\"?" } ?? "one of >= <= == ~= > <, then a number"
    let message = sign.isEmpty ? "the comparison is missing" : "there is no comparison \"\(sign)\""
    throw Failure(message: message, cure: cure)
  }

  private mutating func bound() throws(Failure) -> Requirement.Bound {
    skipSpace()
    let word = rest.prefix { $0.isLetter }
    guard !word.isEmpty else { return .number(try number()) }
    guard word == "baseline" else {
      throw Failure(
        message: "there is no \"\(word)\" to compare with",
        cure: Names.proposal(for: String(word), in: ["baseline"])
          ?? "a number, or baseline: such as \"<= baseline * 1.10\"")
    }
    rest = rest.dropFirst(word.count)
    var factor = 1.0
    var offset = 0.0
    if take("*") { factor = try number() }
    if take("+") { offset = try number() } else if take("-") { offset = -(try number()) }
    return .baseline(factor: factor, offset: offset)
  }

  private mutating func number() throws(Failure) -> Double {
    skipSpace()
    var digits = rest.prefix { $0.isASCII && ($0.isNumber || ".-+eE".contains($0)) }
    while let last = digits.last, !last.isNumber, last != "." { digits.removeLast() }
    guard let number = Double(digits), number.isFinite else {
      throw Failure(message: rest.isEmpty ? "the number is missing" : "\"\(rest)\" is no number", cure: nil)
    }
    rest = rest.dropFirst(digits.count)
    return take("%") ? number / 100 : number
  }
}
