import BatonModel
import Glibc
import Testing

/// Results that are written in slices, with SIGKILL between them.
@Suite("Large results") struct LargeResultsTests {
  private static let workflow = """
    step "unit" {
      run = [[awk 'BEGIN { for (i = 1; i <= 3000; i++) print "ok " i " - a case with a name as long as names are, " i;
        print "1..3000" }' > out.tap]],
      results = tap "out.tap",
    }
    gate "good" { depends = "unit", require = { tests = "== 3000" } }
    """

  @Test(
    "A kill between two slices leaves nothing that counts in part, and the resumed run ends as any other",
    arguments: [1, 2, 8, 14, 15, 16, 20, 26])
  func killed(slice: Int) throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    let killed = try sandbox.start(["run", "w.lua"], env: ["BATON_FAULT": "store.sliced:\(slice)"]).wait()
    #expect(killed.signal == SIGKILL, "slice \(slice) was never written: \(killed.account)")
    func counts() throws -> [Int64] {
      let told = try sandbox.baton("tests", "--json", "--limit", "0")
      return (try JSON.decode(told.output).list ?? []).compactMap { $0["passed"]?.integer }
    }
    let before = try counts()
    #expect(before.isEmpty || before == Array(repeating: 1, count: 3000), "\(before.count) of 3000")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(try counts() == Array(repeating: 1, count: 3000))
    #expect(try sandbox.baton("doctor").code == 0)
  }
}
