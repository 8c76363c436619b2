/// Names of test cases as runners write them.
enum TestName {
  /// Splits the parameters off: pytest's `test_sum[1-2]`, JUnit 5's `sum(int, int)[1]`; of GoogleTest's `Sum/0` only when the
  /// results say that it has parameters. A title such as `returns [1, 2]` has none.
  static func split(_ name: String, isGoogleParameter: Bool = false) -> (name: String, parameters: String) {
    let bytes = name.utf8
    if isGoogleParameter, let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash > name.startIndex {
      return (String(name[..<slash]), String(name[bytes.index(after: slash)...]))
    }
    // `test_sum[]`, of one empty parameter, is not the same as `test_sum`.
    guard bytes.last == UInt8(ascii: "]"), let open = bytes.firstIndex(of: UInt8(ascii: "[")),
      open > name.startIndex, bytes.index(open, offsetBy: 2) < bytes.endIndex
    else { return (name, "") }
    if bytes[..<open].allSatisfy(isWordByte) { return parts(name, open) }
    guard let last = bytes.lastIndex(of: UInt8(ascii: "[")), isCall(name[..<last]) else { return (name, "") }
    return parts(name, last)
  }

  private static func parts(_ name: String, _ open: String.Index) -> (String, String) {
    let inside = name.utf8.index(after: open)..<name.utf8.index(before: name.endIndex)
    return (String(name[..<open]), String(name[inside]))
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
    case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "$"), UInt8(ascii: ":"), UInt8(ascii: "/"),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// `sum(int, int)`, `sum{int}`: a word and something in brackets behind it.
  private static func isCall(_ text: Substring) -> Bool {
    let bytes = text.utf8
    guard let last = bytes.last, last == UInt8(ascii: ")") || last == UInt8(ascii: "}") else { return false }
    let word = bytes.prefix { isWordByte($0) }
    guard !word.isEmpty, word.endIndex < bytes.endIndex else { return false }
    return bytes[word.endIndex] == (last == UInt8(ascii: ")") ? UInt8(ascii: "(") : UInt8(ascii: "{"))
  }
}
