/// A pattern for names of tests: `*` stands for any letters, `?` for one, and it has to fit the whole name; without either, a
/// part of the name is enough.
public struct NamePattern: Sendable, Hashable {
  public let text: String
  private let pattern: [UInt8]
  private let isPart: Bool

  public init(_ text: String) {
    self.text = text
    pattern = Array(text.utf8)
    isPart = !pattern.contains { $0 == Self.star || $0 == Self.one }
  }

  private static let star = UInt8(ascii: "*")
  private static let one = UInt8(ascii: "?")

  public func matches(_ name: String) -> Bool {
    let name = Array(name.utf8)
    if isPart {
      guard !pattern.isEmpty, pattern.count <= name.count else { return false }
      return (0...(name.count - pattern.count)).contains { name[$0..<($0 + pattern.count)].elementsEqual(pattern) }
    }
    // In time of at most the product of both lengths: only the last star is ever tried again.
    var (place, inPattern) = (0, 0)
    var star: (pattern: Int, place: Int)?
    while place < name.count {
      if inPattern < pattern.count, pattern[inPattern] == Self.star {
        star = (inPattern, place)
        inPattern += 1
      } else if inPattern < pattern.count, pattern[inPattern] == Self.one || pattern[inPattern] == name[place] {
        place += pattern[inPattern] == Self.one ? Self.width(name[place]) : 1
        inPattern += 1
      } else if let last = star {
        star = (last.pattern, last.place + 1)
        (inPattern, place) = (last.pattern + 1, last.place + 1)
      } else {
        return false
      }
    }
    return pattern[inPattern...].allSatisfy { $0 == Self.star }
  }

  /// Of the letter of UTF-8 that begins with the byte.
  private static func width(_ byte: UInt8) -> Int { byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4 }
}
