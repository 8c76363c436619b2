import BatonModel
import Testing

@Suite struct QuarantineEntryTests {
  private func covers(_ pattern: String, _ name: String, _ full: String? = nil) -> Bool {
    QuarantineEntry(test: pattern, owner: "o", reason: "r", expires: "2026-12-31").covers(name, full ?? name)
  }

  @Test func `a pattern is the whole name, in which stars and question marks stand for letters`() {
    #expect(covers("cart.sum[1-2]", "cart.sum[1-2]"))
    #expect(!covers("cart.sum", "cart.sum[1-2]"))
    #expect(covers("cart.*", "cart.sum[1-2]"))
    #expect(covers("*sum*", "cart.sum[1-2]"))
    #expect(covers("*a*b*c", "xaxbxbxc"))
    #expect(!covers("*a*b*c", "xaxbxbx"))
    #expect(covers("t?st", "täst"))
    #expect(covers("*", ""))
    #expect(!covers("", "a"))
  }

  @Test func `a cell may be named, or left out`() {
    #expect(covers("cart.sum", "cart.sum", "cart.sum (os=mac)"))
    #expect(covers("cart.sum (os=mac)", "cart.sum", "cart.sum (os=mac)"))
    #expect(!covers("cart.sum (os=linux)", "cart.sum", "cart.sum (os=mac)"))
  }

  @Test func `many stars take no more than the product of both lengths`() {
    let pattern = String(repeating: "*a", count: 200) + "b"
    #expect(!covers(pattern, String(repeating: "a", count: 20_000)))
  }

  @Test func `an entry holds through its last day, in UTC`() throws {
    let entry = QuarantineEntry(test: "a", owner: "o", reason: "r", expires: "2026-12-31")
    let last = try #require(Instant(rfc3339: "2026-12-31T23:59:59Z"))
    #expect(!entry.isExpired(at: last))
    #expect(entry.isExpired(at: last + Span(seconds: 1)))
    #expect(QuarantineEntry.end(of: "2026-02-30") == nil)
    #expect(QuarantineEntry.end(of: "2026-12-31T10:00:00Z") == nil)
    #expect(QuarantineEntry.end(of: "soon") == nil)
  }
}
