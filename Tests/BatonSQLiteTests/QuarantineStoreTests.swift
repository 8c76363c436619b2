import BatonModel
import BatonSQLite
import Testing

@Suite struct QuarantineStoreTests {
  @Test func `entries are kept by their pattern, renewed, and released`() throws {
    let project = TemporaryProject()
    let store = try project.store()
    #expect(try store.quarantine() == [])
    var entry = QuarantineEntry(test: "cart.*", owner: "ada", reason: "issue 12", expires: "2026-12-31")
    try store.quarantine(entry, by: "eve@host", at: Instant(nanoseconds: 1))
    try store.quarantine(
      QuarantineEntry(test: "a", owner: "bob", reason: "slow", expires: "2027-01-01"), by: "eve@host",
      at: Instant(nanoseconds: 2))
    entry.expires = "2027-06-30"
    try store.quarantine(entry, by: "eve@host", at: Instant(nanoseconds: 3))
    #expect(try store.quarantine().map(\.test) == ["a", "cart.*"])
    #expect(try store.quarantine().last == entry)
    #expect(try store.release("a"))
    #expect(try !store.release("a"))
    #expect(try project.store().quarantine() == [entry])
  }
}
