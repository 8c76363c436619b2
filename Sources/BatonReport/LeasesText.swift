import BatonCore
import BatonModel

/// What the steps of a run had of the pools of the project.
struct LeaseView {
  var step: String
  var pool: String
  var member: String
  var token: Int64
  var from: Instant
  /// nil: it has it still, or nobody saw the end.
  var to: Instant?

  /// In the order in which they began: of each step those of its attempt that emitted something, the last.
  static func all(_ view: RunView) -> [LeaseView] {
    var found: [LeaseView] = []
    for step in view.steps {
      guard let leases = step.values["lease"]?.map, let last = step.attempts.last else { continue }
      for (pool, fields) in leases.sorted(by: { $0.key < $1.key }) {
        // A step may emit a value of this name itself.
        guard let member = fields["member"]?.string, let token = fields["token"]?.integer else { continue }
        found.append(
          LeaseView(step: step.name, pool: pool, member: member, token: token, from: last.started, to: last.ended))
      }
    }
    return found.sorted { ($0.from, $0.pool, $0.token) < ($1.from, $1.pool, $1.token) }
  }
}

enum LeasesText {
  static func section(_ view: RunView, now: Instant, clock: WallClock, _ palette: Palette) -> String {
    let all = LeaseView.all(view)
    guard !all.isEmpty else { return "" }
    var table = TextTable(["POOL", "MEMBER", "LEASE", "STEP", "FROM", "FOR"], rightAligned: [2, 5])
    for lease in all {
      table.add([
        .init(lease.pool.harmless), .init(lease.member.harmless), .init(String(lease.token)),
        .init(lease.step.harmless), .init(clock.time(lease.from)),
        .init(max(.zero, (lease.to ?? now) - lease.from).text),
      ])
    }
    return "\n\(palette(.bold, "Leases"))\n" + table.text(palette, indent: 2)
  }
}
