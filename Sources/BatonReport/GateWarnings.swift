import BatonCore
import BatonModel

extension RunView {
  /// Gates that refused and let the run go on: they end as succeeded. Of a gate that was judged again, the last verdict counts.
  var warningGates: Set<String> {
    var refused: Set<String> = []
    for verdict in verdicts.map(\.verdict) {
      if !verdict.passed, verdict.otherwise == .warn {
        refused.insert(verdict.gate)
      } else {
        refused.remove(verdict.gate)
      }
    }
    return refused
  }
}
