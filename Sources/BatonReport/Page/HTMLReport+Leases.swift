import BatonModel

extension HTMLReport {
  /// Which members of pools the steps had, and when.
  var leases: HTML? {
    let all = LeaseView.all(data.view)
    guard !all.isEmpty else { return nil }
    let rows = all.map { lease -> [HTML] in
      [
        "\(lease.pool)", "\(lease.member)", "\(String(lease.token))", "\(lease.step)",
        "\(data.clock.time(lease.from))", "\(max(.zero, (lease.to ?? data.now) - lease.from).text)",
      ]
    }
    return HTMLTable(
      "Members of pools that steps had", .init("Pool", .head), .init("Member", .text), .init("Lease", .number),
      .init("Step", .text), .init("From", .text), .init("For", .number)
    ).html(rows)
  }
}
