import BatonCore
import BatonModel

extension Script {
  /// What the durable bodies of a script would do, by the node of their step. Costs nothing where there are none; else the
  /// script is read once more, in a machine of its own, and nothing that it asks for is done.
  ///
  /// - Parameters:
  ///   - request: what the script was read with; the observations become those of that reading.
  ///   - clock: tells the time. What takes too long is left out, and marked as incomplete.
  public static func outlines(
    of script: Script, request: Request, clock: @escaping () -> Instant
  ) -> [NodeIndex: BodyOutline] {
    guard script.plan.nodes.contains(where: { $0.body != nil }) else { return [:] }
    var request = request
    request.observations = script.observations
    request.onPrint = { _ in }
    request.explores = clock
    guard let copy = try? Script.load(request), let exploration = copy.exploration else { return [:] }
    var outlines: [NodeIndex: BodyOutline] = [:]
    for (index, node) in copy.plan.nodes.enumerated() where index < script.plan.nodes.count {
      if let body = node.body, script.plan.nodes[index].body != nil { outlines[index] = exploration.outline(of: body) }
    }
    return outlines
  }
}
