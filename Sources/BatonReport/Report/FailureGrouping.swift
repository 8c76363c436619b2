import BatonModel

/// Which failures have the same cause: those whose kind and message are the same once numbers, addresses, paths and times are
/// masked; without a message, those whose explanation ends alike.
public struct FailureGrouping {
  /// What tells a cause from others.
  public struct Key: Sendable, Hashable {
    public var type: String
    public var text: String
  }

  public static func key(of outcome: TestOutcome) -> Key {
    let message = outcome.message.flatMap { $0.isEmpty ? nil : $0 } ?? lastLine(outcome.details ?? "")
    return Key(type: outcome.type ?? "", text: masked(String(message.prefix(400)).harmless))
  }

  /// The causes of the cases that failed, the most frequent first.
  public static func causes(_ cases: [ReportCase]) -> [FailureCause] {
    var order: [Key] = []
    var members: [Key: [Int]] = [:]
    for (index, item) in cases.enumerated() where item.outcome.status.isFailure {
      let key = key(of: item.outcome)
      if members[key] == nil { order.append(key) }
      members[key, default: []].append(index)
    }
    let causes = order.map { key -> FailureCause in
      let indices = members[key] ?? []
      // What all say alike is told as they say it.
      let messages = Set(indices.prefix(200).map { cases[$0].outcome.message ?? "" })
      let text = messages.count == 1 ? messages.first.map { $0.harmless } ?? "" : key.text
      let shown = text.isEmpty ? key.text : text
      return FailureCause(
        message: shown.isEmpty ? "(no message)" : shown, type: key.type.isEmpty ? nil : key.type, cases: indices)
    }
    return causes.enumerated().sorted {
      ($1.element.cases.count, $0.offset) < ($0.element.cases.count, $1.offset)
    }.map(\.element)
  }

  private static func lastLine(_ text: String) -> String {
    TailText.lines(text).last { $0.contains { !$0.isWhitespace } } ?? ""
  }

  /// The text with `<number>`, `<address>`, `<id>` and `<path>` for what differs from one execution to the next.
  static func masked(_ text: String) -> String {
    var out: [UInt8] = []
    let bytes = Array(text.utf8)
    var index = 0
    while index < bytes.count {
      let start = index
      while index < bytes.count, isWordByte(bytes[index]) { index += 1 }
      guard index > start else {
        out.append(bytes[index])
        index += 1
        continue
      }
      var word = bytes[start..<index]
      // A full stop or colon behind a word belongs to the sentence.
      var tail: [UInt8] = []
      while let last = word.last, last == UInt8(ascii: ".") || last == UInt8(ascii: ":") {
        tail.insert(last, at: 0)
        word.removeLast()
      }
      out += mask(word)
      out += tail
    }
    return String(decoding: out, as: UTF8.self)
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
    case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isHex(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }

  private static func mask(_ word: ArraySlice<UInt8>) -> [UInt8] {
    guard word.contains(where: { isDigit($0) || $0 == UInt8(ascii: "/") }) else { return Array(word) }
    if word.first == UInt8(ascii: "/"), word.count > 1 { return Array("<path>".utf8) }
    if word.count(where: { $0 == UInt8(ascii: "/") }) > 1 { return Array("<path>".utf8) }
    if word.starts(with: "0x".utf8), word.count > 2, word.dropFirst(2).allSatisfy(isHex) {
      return Array("<address>".utf8)
    }
    let hex = word.filter { $0 != UInt8(ascii: "-") }
    if hex.count >= 8, hex.allSatisfy(isHex), hex.contains(where: isDigit), hex.contains(where: { !isDigit($0) }) {
      return Array("<id>".utf8)
    }
    // Digits, with what holds dates, times, addresses and decimals together.
    var out: [UInt8] = []
    var rest = word
    while let byte = rest.first {
      guard isDigit(byte) else {
        out.append(byte)
        rest = rest.dropFirst()
        continue
      }
      rest = rest.drop(while: isDigit)
      while let joint = rest.first,
        joint == UInt8(ascii: ".") || joint == UInt8(ascii: ":") || joint == UInt8(ascii: "-"),
        let next = rest.dropFirst().first, isDigit(next)
      { rest = rest.dropFirst().drop(while: isDigit) }
      out += "<number>".utf8
    }
    return out
  }
}
