/// A rock's version, ordered as LuaRocks orders them: `1.2.3-1`, `2.0rc1-2`, `scm-1`.
public struct RockVersion: Sendable, Comparable {
  public let text: String
  private let parts: [Double]
  private let revision: Int?

  /// What words in versions count, as in LuaRocks' `core/vers.lua`.
  private static let words: [String: Double] = [
    "dev": 120_000_000, "scm": 110_000_000, "cvs": 100_000_000, "rc": -1000, "pre": -10_000, "beta": -100_000,
    "alpha": -1_000_000,
  ]

  public init(_ text: String) {
    self.text = text
    var rest = Array(text.utf8)[...]
    var revision: Int?
    if let dash = rest.lastIndex(of: UInt8(ascii: "-")), dash + 1 < rest.endIndex,
      rest[(dash + 1)...].allSatisfy(Self.isDigit)
    {
      revision = Int(String(decoding: rest[(dash + 1)...], as: UTF8.self))
      rest = rest[..<dash]
    }
    self.revision = revision
    var parts: [Double] = []
    var word: Double?
    func isSeparator(_ byte: UInt8) -> Bool {
      [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains(byte)
    }
    while let first = rest.first {
      if Self.isDigit(first) {
        let digits = rest.prefix(while: Self.isDigit)
        let number = Double(String(decoding: digits, as: UTF8.self)) ?? 0
        parts.append(word.map { $0 + number / 100_000 } ?? number)
        word = nil
        rest = rest[digits.endIndex...]
      } else if Self.isLetter(first) {
        if let word { parts.append(word) }
        let letters = rest.prefix(while: Self.isLetter)
        word = Self.words[String(decoding: letters, as: UTF8.self)] ?? Double(first) / 1000
        rest = rest[letters.endIndex...]
      } else if !isSeparator(first) {
        break
      }
      rest = rest.drop(while: isSeparator)
    }
    if let word { parts.append(word) }
    self.parts = parts
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func order(_ left: RockVersion, _ right: RockVersion) -> Int {
    for index in 0..<max(left.parts.count, right.parts.count) {
      let first = index < left.parts.count ? left.parts[index] : 0
      let second = index < right.parts.count ? right.parts[index] : 0
      if first != second { return first < second ? -1 : 1 }
    }
    guard let first = left.revision, let second = right.revision else { return 0 }
    return first == second ? 0 : first < second ? -1 : 1
  }

  public static func == (left: RockVersion, right: RockVersion) -> Bool { order(left, right) == 0 }

  public static func < (left: RockVersion, right: RockVersion) -> Bool { order(left, right) < 0 }

  /// Whether the first parts are those of the other one: `2.1.3-1` begins with `2.1`.
  func begins(with other: RockVersion) -> Bool {
    for (index, part) in other.parts.enumerated() where (index < parts.count ? parts[index] : 0) != part {
      return false
    }
    return other.revision == nil || other.revision == revision
  }
}

/// What a rock says of the version of another: `>= 1.0`.
public struct RockConstraint: Sendable {
  public init(comparison: String, version: RockVersion) {
    self.comparison = comparison
    self.version = version
  }

  /// `==`, `~=`, `<`, `<=`, `>`, `>=` or `~>`.
  public var comparison: String
  public var version: RockVersion

  public var text: String { "\(comparison) \(version.text)" }

  public func allows(_ other: RockVersion) -> Bool {
    switch comparison {
    case "==": other == version
    case "~=": other != version
    case "<": other < version
    case "<=": other <= version
    case ">": other > version
    case ">=": other >= version
    case "~>": other.begins(with: version)
    default: true
    }
  }
}
