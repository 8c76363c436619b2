import BatonCore
import BatonModel
import BatonTestKit

/// A run of one durable body, `body`, and what else a test puts beside it.
func bodyRun(
  _ acts: [BodyAct], script: [String: [Outcome]] = [:], options: (inout StepOptions) -> Void = { _ in },
  children: [String: StepOptions] = [:], beside: (inout PlanBuilder) -> Void = { _ in },
  workflow: (inout WorkflowSpec) -> Void = { _ in }
) -> MachineDriver {
  var plan = PlanBuilder("flow", workflow)
  plan.step("body", run: .body(Callback(id: 1, digest: "body"))) { own in
    own.resources = [:]
    options(&own)
  }
  beside(&plan)
  let run = MachineDriver(plan.plan)
  run.programs["body"] = acts
  run.script = script
  run.childOptions = children
  return run
}

func stepOptions(_ change: (inout StepOptions) -> Void) -> StepOptions {
  var options = StepOptions()
  change(&options)
  return options
}

extension MachineDriver {
  /// The plan that a script makes, without the children of bodies.
  var definedPlan: Plan {
    var plan = machine.plan
    let count = plan.nodes.firstIndex { node in node.parent.map { plan.nodes[$0].body != nil } ?? false }
    if let count { plan.nodes.removeSubrange(count...) }
    return plan
  }

  func resumedBody(options: ResumeOptions = ResumeOptions()) throws -> MachineDriver {
    try resumed(definedPlan, options: options)
  }

  /// A driver that carries on what stood in the first so many records: the one before died behind them.
  func resumedBehind(_ count: Int) throws -> MachineDriver {
    let cut = MachineDriver(definedPlan, records: Array(records.prefix(count)), clock: clock)
    cut.programs = programs
    cut.script = script
    cut.childOptions = childOptions
    return try cut.resumed(definedPlan)
  }

  /// The attempts of child steps that were launched, in order: `a b undo-1`.
  var childOrder: String {
    order.filter { $0 != "body" }.map { $0.hasPrefix("body/") ? String($0.dropFirst(5)) : $0 }.joined(separator: " ")
  }
}
