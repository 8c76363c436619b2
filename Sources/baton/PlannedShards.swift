import BatonConfig
import BatonCore
import BatonLua
import BatonModel
import BatonReport
import BatonRuntime
import BatonSQLite

/// Deals out lists of tests, for looking at a plan: as a run that begins now would. Of a list that a step finds out, what it
/// found when it last succeeded.
enum PlannedShards {
  /// - Parameters:
  ///   - store: nil: no run is known.
  ///   - warn: what cannot be read is told there.
  /// - Returns: the plan with the cells of those matrices, and their axes. Matrices over refs stay as they are.
  static func deal(
    _ script: Script, _ store: SQLiteStore?, _ secrets: Secrets, warn: @escaping (String) -> Void
  ) -> (plan: Plan, axes: ShardsText.Axes) {
    var plan = script.plan
    var dealt: ShardsText.Axes = []
    let folder = File.folder(of: plan.workflow.file)
    let past = store.map { TestPast($0, workflow: plan.workflow.name, run: nil, folder: folder, warn: warn) }
    var position = 0
    while position < plan.nodes.count {
      defer { position += 1 }
      guard case .group(var group) = plan.nodes[position].kind, let pending = group.pending else { continue }
      let name = plan.nodes[position].name
      guard let (axes, source) = known(pending.axes, script, store, past?.facts(near: name), secrets),
        let made = try? script.expand(pending, group: position, first: plan.nodes.count, axes: axes)
      else { continue }
      group.members = made.members
      group.pending = nil
      plan.nodes[position].kind = .group(group)
      plan.nodes += made.nodes
      dealt.append((name, axes, source))
    }
    return (plan, dealt)
  }

  /// The axes' values, and where those are from that a step emitted; nil where one needs what no step has emitted yet, or
  /// something else than tests.
  private static func known(
    _ axes: [String: Expr], _ script: Script, _ store: SQLiteStore?, _ facts: TestFacts?, _ secrets: Secrets
  ) -> (values: [String: Value], source: String?)? {
    var steps: Set<String> = []
    for axis in axes.values {
      var waits = false
      axis.forEachRef { ref in
        waits = true
        steps.insert(ref.step)
      }
      if case .tests = axis { continue }
      if waits { return nil }
    }
    var emitted: [String: [String: Value]] = [:]
    var sources: [String] = []
    for step in steps.sorted() {
      guard let last = try? store?.lastValues(of: step, workflow: script.plan.workflow.name) else { return nil }
      emitted[step] = last.values
      sources.append("by \(step) in run \(last.run)")
    }
    var evaluation = Evaluation(
      values: { emitted[$0] }, secret: { secrets[$0] }, call: { script.call($0, $1, limit: Span(seconds: 10)) })
    evaluation.testFacts = { facts ?? TestFacts() }
    var values: [String: Value] = [:]
    for (name, axis) in axes {
      guard let value = try? evaluation.value(of: axis) else { return nil }
      values[name] = value
    }
    return (values, sources.isEmpty ? nil : sources.joined(separator: ", "))
  }
}
