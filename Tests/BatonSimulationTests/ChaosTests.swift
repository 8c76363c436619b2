import BatonLua
import BatonModel
import BatonReport
import BatonSimulation
import BatonTestKit
import Testing

/// A driver that dies at every record.
@Suite struct ChaosTests {
  private func search(_ workflow: String, mocks: [MockBook.Entry] = [], pairLimit: Int = 1000) -> ChaosSearch {
    let source = WorkflowSource(
      file: "work.lua", path: "/project/work.lua", text: Array(workflow.utf8), modules: [])
    return ChaosSearch(
      ChaosSubject(source: source, mocks: MockBook(mocks), options: SimulationOptions()), pairLimit: pairLimit)
  }

  private static let rich = """
    workflow "rich" { params = { fast = param.boolean { default = true } } }
    local list = step "list" { run = "list", retry = { attempts = 2, backoff = "1m" } }
    local cells = matrix "cells" {
      axes = { n = list.out.numbers },
      step = function(cell) return { run = "work " .. cell.n, inputs = {}, outputs = { "out" } } end,
    }
    local good = gate "good" { depends = cells, require = { ["metric.size"] = "<= 10" } }
    step "flaky" { depends = good, run = "flaky", allow_failure = true, mutex = "one" }
    step "other" { depends = good, run = "bad", failover = { { run = "mirror" } }, mutex = "one" }
    step "last" { depends = { "flaky", "other" }, when = "finished", run = "last" }
    notify "team" { on = { "started", "succeeded", "failed" }, to = command { run = "mail" } }
    """

  private static func mocks() -> [MockBook.Entry] {
    var listed = MockResult()
    listed.values = ["numbers": [1, 2, 3]]
    var measured = MockResult()
    measured.metrics = ["size": 3]
    measured.duration = Span(seconds: 60)
    return [
      .init("list", .sequence([.fixed(MockResult(.exited(7))), .fixed(listed)])),
      .init("cells[*]", .fixed(measured)), .init("flaky", .fixed(MockResult(.exited(1)))),
      .init("other", .sequence([.fixed(MockResult(.exited(1))), .fixed(MockResult())])),
    ]
  }

  @Test(
    "Matrices, retries, failover, gates, locks and messages end the same whenever their driver dies, and dies again")
  func converges() throws {
    let report = try search(Self.rich, mocks: Self.mocks(), pairLimit: 150).report()
    #expect(report.status == .succeeded)
    #expect(report.crashes == 2 * report.writes - 1 && report.writes > 25)
    #expect(report.pairs > 100 && report.possiblePairs >= report.pairs)
    #expect(report.isGood, "\(ChaosText(file: "work.lua", palette: .plain).report(report, duration: .zero))")
  }

  private static let forgetful = """
    local asked = 0
    step "first" { run = "true" }
    step "second" { depends = "first", run = "true", when = function() asked = asked + 1 return asked == 1 end }
    step "third" { depends = "second", run = "true", when = function() asked = asked + 1 return asked == 2 end }
    """

  @Test("A script that decides by what only its own memory knows is found out, with the shortest way to see it")
  func divergence() throws {
    let search = search(Self.forgetful)
    let report = try search.report()
    #expect(!report.isGood)
    let first = try #require(report.divergences.first)
    #expect(first.crashes.count == 1)
    #expect(report.divergences.allSatisfy { $0.crashes[0].seq >= first.crashes[0].seq || $0.crashes.count > 1 })
    let trace = try search.trace(first.crashes)
    #expect(trace.divergence?.crashes == first.crashes)
    #expect(trace.lines.contains { $0.contains("the driver dies (\(first.crashes[0]))") })
    // Before the function was asked for the first time, nothing is forgotten.
    #expect(try search.trace([CrashPoint(first.crashes[0].seq - 1)]).divergence == nil)
  }

  @Test("What chaos found is told with both ends and the command that shows it again")
  func divergenceText() throws {
    let report = try search(Self.forgetful).report()
    let text = ChaosText(file: "work.lua", palette: .plain).report(report, duration: Span(milliseconds: 12))
    #expect(Snapshot.mismatch(text, named: "chaos-divergence", testFile: #filePath) == nil)
    let trace = try search(Self.forgetful).trace(report.divergences[0].crashes)
    let traced = ChaosText(file: "work.lua", palette: .plain).trace(trace)
    #expect(Snapshot.mismatch(traced, named: "chaos-trace", testFile: #filePath) == nil)
  }

  @Test(
    "An attempt that was cut off is not one that its mock has decided: the sequence of results goes on where it was")
  func sequences() throws {
    let report = try search(
      "step \"only\" { run = \"true\", retry = { attempts = 3 } }",
      mocks: [
        .init(
          "only", .sequence([.fixed(MockResult(.exited(1))), .fixed(MockResult(.exited(2))), .fixed(MockResult())]))
      ]
    ).report()
    #expect(report.status == .succeeded)
    #expect(report.isGood, "\(ChaosText(file: "work.lua", palette: .plain).report(report, duration: .zero))")
  }

  @Test("Points of a crash are read and written as people say them")
  func points() {
    #expect(CrashPoint("7") == CrashPoint(7))
    #expect(CrashPoint("7+") == CrashPoint(7, withEffects: true))
    #expect(CrashPoint("7+")?.description == "7+")
    for wrong in ["", "+", "0", "-1", "7-", "x"] { #expect(CrashPoint(wrong) == nil) }
  }
}
