import BatonLua
import BatonModel
import BatonReport
import BatonSimulation
import Testing

/// Transactions, compensations, approvals and calls whose driver dies at every record, and again while it is carried on.
@Suite struct SagaChaosTests {
  private static func fails(_ step: String) -> MockBook.Entry { .init(step, .fixed(MockResult(.exited(1)))) }

  /// A transaction of three members of which the last fails.
  private static let order = """
    transaction "order" {
      step "reserve" { run = "reserve", undo = "release" },
      { step "charge" { run = "charge", undo = "refund" }, step "pack" { run = "pack", undo = "unpack" } },
      step "ship" "ship",
    }
    step "after" { depends = "order", run = "after" }
    """

  @Test("A transaction that fails in its middle") func failing() throws {
    try expectGood(Self.order, [Self.fails("ship")], ends: .failed, writes: 12)
  }

  @Test("A transaction whose undoing is tried again") func retried() throws {
    let flaky = MockBook.Entry(
      "order/undo-charge", .sequence([.fixed(MockResult(.exited(1))), .fixed(MockResult())]))
    try expectGood(Self.order, [Self.fails("ship"), flaky], ends: .failed, writes: 12)
  }

  @Test("A transaction whose undoing fails for good") func stuck() throws {
    try expectGood(Self.order, [Self.fails("ship"), Self.fails("order/undo-charge")], ends: .failed, writes: 12)
  }

  @Test("A transaction in a matrix, in a transaction, with a body among its members") func nested() throws {
    try expectGood(
      """
      transaction "outer" {
        matrix "m" { axes = { x = { 1, 2 } }, step = function(c)
          return { run = "make " .. c.x, undo = "unmake " .. c.x }
        end },
        step "body" { undo = "undo the body", function(ctx)
          ctx:step "one" { run = "one", undo = "not one" }
          ctx:sleep "1h"
          ctx:step "two" { run = "two", undo = "not two" }
        end },
        transaction "inner" { step "a" { run = "a", undo = "not a" }, step "bad" "bad" },
      }
      """, [Self.fails("bad")], ends: .failed, writes: 20)
  }

  @Test("A body whose steps say how they are undone") func undoOfSteps() throws {
    try expectGood(
      """
      step "order" { function(ctx)
        ctx:step "reserve" { run = "reserve", undo = "release" }
        local packed = ctx:start "pack" { run = "pack", undo = "unpack" }
        ctx:undo "tell the customer"
        packed:await()
        ctx:map({ 1, 2, 3 }, function(n) return "label-" .. n, { run = "label", undo = "unlabel" } end, { max = 2 })
        ctx:step "ship" { run = "ship", undo = "recall" }
      end }
      """, [Self.fails("order/ship")], ends: .failed, writes: 20)
  }

  @Test("An approval of a body, answered after nine days or refused after thirty") func approval() throws {
    let workflow = """
      step "rollout" { function(ctx)
        ctx:step "stage" { run = "stage" }
        local answer = ctx:approval { by = { "managers" }, timeout = "30d", form = { note = param.string {} } }
        ctx:step(answer.approved and "deploy" or "roll-back") { run = { "do", answer.out.note or "nothing" } }
        return { approved = answer.approved }
      end }
      """
    var options = SimulationOptions()
    var reply = PeopleBook.Reply()
    reply.after = Span(seconds: 9 * 86_400)
    reply.fields = ["note": "fine"]
    options.people.replies = [("rollout/approval-1", [reply])]
    try expectGood(workflow, options: options, writes: 6)
    try expectGood(workflow, writes: 6)
  }

  @Test("A signal that comes in time, and one that does not") func signals() throws {
    var options = SimulationOptions()
    var sending = PeopleBook.Sending(name: "go", value: ["region": "eu"])
    sending.after = Span(seconds: 3600)
    options.people.signals = [sending]
    try expectGood(
      """
      step "work" { function(ctx)
        local go = ctx:signal("go", { timeout = "1d" })
        local more = ctx:signal("go", { timeout = "1d" })
        return { region = go.region, more = more == nil }
      end }
      """, options: options, writes: 4)
  }

  private func expectGood(
    _ workflow: String, _ mocks: [MockBook.Entry] = [], options: SimulationOptions = SimulationOptions(),
    ends status: RunStatus = .succeeded, writes: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let source = WorkflowSource(
      file: "work.lua", path: "/project/work.lua", text: Array(workflow.utf8), modules: [])
    let report = try ChaosSearch(
      ChaosSubject(source: source, mocks: MockBook(mocks), options: options), pairLimit: 80
    ).report()
    #expect(report.status == status, sourceLocation: sourceLocation)
    #expect(report.writes >= writes, sourceLocation: sourceLocation)
    #expect(
      report.isGood, "\(ChaosText(file: "work.lua", palette: .plain).report(report, duration: .zero))",
      sourceLocation: sourceLocation)
  }
}
