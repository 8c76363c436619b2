import BatonLua
import BatonModel
import BatonReport
import BatonSimulation
import Testing

/// Durable bodies in simulations.
@Suite struct BodySimulationTests {
  private static let rollout = """
    step "rollout" {
      function(ctx)
        for _, region in ipairs { "eu", "us" } do
          ctx:step("deploy-" .. region) { run = { "./deploy", region }, retry = { attempts = 2, backoff = "1m" } }
          ctx:sleep "15d"
          if ctx:step("canary-" .. region) { run = { "./canary", region } }.out.errors > 0.01 then
            ctx:halt("canary failed in " .. region)
          end
        end
        return { count = ctx:effect("count", function() return 3 end) }
      end,
    }
    """

  @Test("A body that sleeps for a month is simulated in no time, its steps by their paths")
  func month() {
    let status = test(
      """
      local good = { ["rollout/canary-*"] = { out = { errors = 0 } }, ["rollout/deploy-us"] = { 1, true } }
      local run = simulate { steps = good }
      assert.equal("succeeded", run.status)
      assert.same({ count = 3 }, run.steps.rollout.out)
      assert.near(30 * 86400 + 60, run.duration, 30)
      assert.equal(2, run.steps["rollout/deploy-us"].attempts)
      assert.equal("./deploy us", run.steps["rollout/deploy-us"].command)
      good["rollout/canary-eu"] = { out = { errors = 0.5 } }
      run = simulate { steps = good }
      assert.equal("halted", run.status)
      assert.contains("canary failed in eu", run.reason)
      assert.is_nil(run.steps["rollout/deploy-us"])
      """, workflow: Self.rollout)
    #expect(status.failure == nil, "\(status.failure?.text ?? "")")
  }

  @Test("A body whose driver dies at every record, and again on the way, ends the same")
  func chaos() throws {
    var canary = MockResult()
    canary.values = ["errors": 0]
    let source = WorkflowSource(
      file: "work.lua", path: "/project/work.lua", text: Array(Self.rollout.utf8), modules: [])
    let mocks = MockBook([
      .init("rollout/canary-*", .fixed(canary)),
      .init("rollout/deploy-us", .sequence([.fixed(MockResult(.exited(1))), .fixed(MockResult())])),
    ])
    let subject = ChaosSubject(source: source, mocks: mocks, options: SimulationOptions())
    let report = try ChaosSearch(subject, pairLimit: 80).report()
    #expect(report.status == .succeeded && report.writes > 15)
    #expect(report.isGood, "\(ChaosText(file: "work.lua", palette: .plain).report(report, duration: .zero))")
  }

  @Test("A body that keeps its state outside of its own function is found out")
  func divergence() throws {
    let text = """
      local count = 0
      step "one" { function(ctx)
        for _ = 1, 3 do
          count = count + 1
          ctx:step("part-" .. count) { run = "true" }
        end
      end }
      step "two" { depends = "one", function(ctx)
        count = count + 1
        return { count = count }
      end }
      """
    let source = WorkflowSource(file: "work.lua", path: "/project/work.lua", text: Array(text.utf8), modules: [])
    let subject = ChaosSubject(source: source, mocks: MockBook(), options: SimulationOptions())
    let report = try ChaosSearch(subject, pairLimit: 20).report()
    #expect(report.divergences.contains { $0.crashes.count == 1 })
  }
}
