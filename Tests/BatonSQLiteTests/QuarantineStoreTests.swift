import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import BatonSQLite
import BatonTestKit
import Glibc
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

  /// A run with a test of each name, in two cells.
  private func plant(_ names: [String], _ project: TemporaryProject, _ store: SQLiteStore) throws {
    let folder = "\(project.baton)/runs/r1"
    for path in ["\(project.baton)/runs", folder, "\(folder)/results"] { mkdir(path, 0o777) }
    var records: [Record] = [
      .runStarted(
        RunStarted(
          workflow: "w", file: "/p/w.lua", digest: "d", params: [:],
          observations: Observations(time: StoreCheck.moment(1), seed: 7), by: "a@b", options: RunOptions()))
    ]
    for step in ["unit", "unit[os=mac]"] {
      let file = RunFolder.results(step: step, attempt: 1)
      let collector = ResultCollector(path: "\(folder)/\(file)")
      for name in names { try collector.add(.test(TestOutcome(className: "cart", name: name, status: .passed))) }
      records.append(
        .measured(Measured(step: step, attempt: 1, summary: try collector.finish(file: file), sources: "s")))
    }
    let journal = try store.create(run: "r1", workflow: "w", file: "/p/w.lua", at: StoreCheck.moment(1))
    try journal.appendNow(StoreCheck.stamped(records + [.runEnded(.succeeded, reason: nil)], at: 1))
    journal.close()
  }

  @Test(arguments: [
    "*", "cart.*", "cart.a", "cart.a (os=mac)", "cart.?", "cart.é", "cart.[x]", "cart.a*)", "CART.a", "*.a[1]*", "",
    "cart.a[1]",
    "cart.*\u{301}", "*[x]", "?art.[x] (*", "cart.a (os=linux)",
  ])
  func `the cases of an entry are those that it covers`(pattern: String) throws {
    let project = TemporaryProject()
    let store = try project.store()
    try plant(["a", "é", "[x]", "a[1]", "ab", "e\u{301}"], project, store)
    let entry = QuarantineEntry(test: pattern, owner: "a", reason: "b", expires: "2027-01-01")
    let expected = try store.cases(CaseQuery()).map(\.identity).filter { identity in
      var bare = identity
      bare.cell = ""
      return entry.covers(bare.text, identity.text)
    }
    #expect(try store.cases(in: entry).map(\.identity) == expected)
    #expect(expected.isEmpty == ["CART.a", "", "cart.a (os=linux)"].contains(pattern))
  }
}
