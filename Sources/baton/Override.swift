import BatonCommandLine
import BatonConfig
import BatonCore
import BatonModel

/// A gate that a person lets a run past with `baton resume --skip`, or answers with `--set`.
enum Override {
  /// - Throws: Where it is not said why, or who says so may not answer for the gate.
  static func check(_ resumption: Resumption, _ request: ResumeRequest) throws(BatonError) {
    let who = request.options.by ?? Machine.who
    for name in request.options.skip + request.options.set.keys.sorted() {
      guard isGate(name, resumption) else { continue }
      if request.options.reason?.contains(where: { !$0.isWhitespace }) != true {
        throw BatonError(
          .usage, "the gate \"\(name)\" is passed by hand with a reason only, which is recorded with your name",
          cure: "--reason TEXT says why")
      }
      let gate = resumption.plan.plan.nodes.first { $0.name == name }?.gate
      let by = gate?.approval?.by ?? resumption.facts.questions[name]?.question.by ?? []
      guard ApprovalSpec.role(of: who, among: by, roles: request.project.settings.roles) == nil else { continue }
      throw BatonError(
        .usage, "\(who) may not override \"\(name)\": \(by.joined(separator: ", ")) may",
        cure: "say who you are with --as")
    }
  }

  private static func isGate(_ name: String, _ resumption: Resumption) -> Bool {
    if let node = resumption.plan.plan.nodes.first(where: { $0.name == name }) { return node.gate != nil }
    // Of a durable body, whose gates stand in no plan.
    return resumption.facts.questions[name]?.question.node == .gate
      || resumption.facts.steps[name]?.end?.kind == .gate
  }
}
