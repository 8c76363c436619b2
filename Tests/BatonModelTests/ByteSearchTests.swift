import BatonModel
import Testing

@Suite struct ByteSearchTests {
  @Test(
    "A text is found where it stands first",
    arguments: [
      ("abcabc", "bc", 1), ("aaab", "aab", 1), ("äöü", "ü", 4), ("x: y", ": ", 1), ("ab", "abc", nil), ("", "a", nil),
      ("ab", "", nil), ("abab", "b", 1), ("aXa\u{0}b", "\u{0}b", 3), ("e\u{301}", "e", 0),
    ] as [(String, String, Int?)])
  func found(_ text: String, _ other: String, _ place: Int?) {
    let range = text.range(of: other)
    #expect(range.map { text.utf8.distance(from: text.utf8.startIndex, to: $0.lowerBound) } == place)
    #expect(
      range.map { text.utf8.distance(from: $0.lowerBound, to: $0.upperBound) } == place.map { _ in other.utf8.count })
    // Of a part of another text, places are those of the whole.
    let part = "bc\(text)bc".dropFirst(2).dropLast(2)
    #expect(part.range(of: other).map { String(part[$0]).utf8.elementsEqual(other.utf8) } == range.map { _ in true })
  }

  @Test func `bytes are found from a position on`() {
    func first(_ piece: String, _ bytes: String, from position: Int) -> Int? {
      Array(piece.utf8).withUnsafeBytes { piece in
        Array(bytes.utf8).withUnsafeBytes { ByteSearch.first(piece, in: $0, from: position) }
      }
    }
    #expect(first("ab", "abab", from: 1) == 2)
    #expect(first("ab", "abab", from: 3) == nil)
    #expect(first("", "ab", from: 2) == 2)
    #expect(first("a", "", from: 0) == nil)
    #expect(first("a", "a", from: -1) == nil)
    #expect(first("a", "a", from: 5) == nil)
  }
}
