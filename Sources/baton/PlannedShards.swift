import BatonCore
import BatonLua
import BatonModel
import BatonReport
import BatonRuntime
import BatonSQLite

/// Deals out the lists of tests that stand in a script, for looking at its plan: as a run that begins now would.
enum PlannedShards {
  /// - Parameter store: nil: no run is known.
  /// - Returns: the plan with the cells of those matrices, and their axes. Matrices over refs stay as they are.
  static func deal(_ script: Script, _ store: SQLiteStore?) -> (plan: Plan, axes: ShardsText.Axes) {
    var plan = script.plan
    var dealt: ShardsText.Axes = []
    let folder = File.folder(of: plan.workflow.file)
    let past = store.map { TestPast($0, workflow: plan.workflow.name, run: nil, folder: folder) }
    var position = 0
    while position < plan.nodes.count {
      defer { position += 1 }
      guard case .group(var group) = plan.nodes[position].kind, let pending = group.pending else { continue }
      let name = plan.nodes[position].name
      guard let axes = known(pending.axes, script, past?.facts(near: name)),
        let made = try? script.expand(pending, group: position, first: plan.nodes.count, axes: axes)
      else { continue }
      group.members = made.members
      group.pending = nil
      plan.nodes[position].kind = .group(group)
      plan.nodes += made.nodes
      dealt.append((name, axes))
    }
    return (plan, dealt)
  }

  /// The axes' values; nil where one needs what a step emits.
  private static func known(_ axes: [String: Expr], _ script: Script, _ facts: TestFacts?) -> [String: Value]? {
    var waits = false
    for axis in axes.values { axis.forEachRef { _ in waits = true } }
    guard !waits else { return nil }
    var evaluation = Evaluation(
      values: { _ in nil }, secret: { Environment[$0] }, call: { script.call($0, $1, limit: Span(seconds: 10)) })
    evaluation.testFacts = { facts ?? TestFacts() }
    var values: [String: Value] = [:]
    for (name, axis) in axes {
      guard let value = try? evaluation.value(of: axis) else { return nil }
      values[name] = value
    }
    return values
  }
}
