import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// `critical` and `smoke` steps go first.
@Suite struct UrgencyTests {
  @Test func `of equal priority, critical steps start first, then smoke, then the one with the longest way`() {
    var plan = PlanBuilder()
    plan.step("long")
    plan.step("behind", depends: ["long"])
    plan.step("smoke") { $0.tags = ["slow", "smoke"] }
    plan.step("both") { $0.tags = ["smoke", "critical"] }
    plan.step("urgent") { $0.priority = 1 }
    plan.step("critical") { $0.tags = ["critical"] }
    let run = MachineDriver(plan.plan, pool: ["cpu": 1])
    run.runToEnd()
    #expect(run.order == ["urgent", "both", "critical", "smoke", "long", "behind"])
  }

  @Test(
    arguments: [
      ([], nil), (["x"], nil), (["smoke"], .smoke), (["smoke", "critical"], .critical),
      (["critical", "smoke"], .critical),
    ] as [([String], Urgency?)])
  func `the most urgent tag counts`(tags: [String], urgency: Urgency?) {
    #expect(Urgency(tags: tags) == urgency)
  }
}
