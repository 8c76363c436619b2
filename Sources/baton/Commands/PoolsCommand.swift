import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonSQLite

/// `baton pools`: who has what, and what is in quarantine.
enum PoolsCommand {
  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    var pools: [(name: String, book: LeaseBook)] = []
    var past: [String: [SQLiteStore.PastLease]] = [:]
    if project.hasDatabase {
      let store = try SQLiteStore(existing: project.folder.database)
      // Who died with a lease has none.
      for pool in try store.pools() {
        try store.changePool(pool.name) { $0.settle(at: .now, isGone: LeaseHolder.isGone) }
      }
      pools = try store.pools()
      let limit = try context.invocation.integer(.limit) ?? 20
      for pool in pools { past[pool.name] = try store.pastLeases(of: pool.name, limit: limit == 0 ? .max : limit) }
    }
    if let wanted = context.invocation.arguments.first {
      let known = pools.map(\.name)
      guard known.contains(wanted) else {
        throw BatonError(
          .usage, "no run of this project has used a pool \"\(wanted)\"",
          cure: Names.proposal(for: wanted, in: known)
            ?? (known.isEmpty ? nil : "known: \(known.joined(separator: ", "))"))
      }
      pools.removeAll { $0.name != wanted }
    }
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(PoolsText.json(pools, past)) + "\n")
    } else if pools.isEmpty {
      context.console.note("no run of \(project.folder.root) has used a pool")
    } else {
      context.console.out(PoolsText.text(pools, past, now: .now, clock: .local, context.console.outputPalette))
    }
    return 0
  }
}

/// Pools in words, and for programs.
enum PoolsText {
  static func text(
    _ pools: [(name: String, book: LeaseBook)], _ past: [String: [SQLiteStore.PastLease]], now: Instant,
    clock: WallClock, _ palette: Palette
  ) -> String {
    var text = ""
    for (name, book) in pools {
      if !text.isEmpty { text += "\n" }
      let units = book.members.values.reduce(0) { $0 + $1.units }
      let sick = book.members.values.count { $0.quarantined != nil }
      var facts = ["\(book.leases.count) of \(units) leased"]
      if sick > 0 { facts.append("\(sick) in quarantine") }
      if !book.waiters.isEmpty { facts.append("\(book.waiters.count) waiting") }
      text += "\(palette(.bold, name.harmless))  \(facts.joined(separator: ", "))\n"
      let width = book.members.keys.map { DisplayWidth.of($0.harmless) }.max() ?? 0
      for (member, standing) in book.members.sorted(by: { $0.key < $1.key }) {
        text += line(member, standing, book.leases.filter { $0.member == member }, width, now, clock, palette)
      }
      for lease in past[name] ?? [] {
        text += "    \(palette(.dim, "lease \(lease.token)"))  \(lease.member.harmless)  \(lease.purpose.harmless)  "
        text += "\(clock.date(lease.from)), \((lease.until - lease.from).text), \(lease.how)\n"
      }
    }
    return text
  }

  private static func line(
    _ member: String, _ standing: LeaseBook.Standing, _ leases: [LeaseBook.Lease], _ width: Int, _ now: Instant,
    _ clock: WallClock, _ palette: Palette
  ) -> String {
    let mark =
      standing.quarantined != nil ? palette(.red, "✗") : leases.isEmpty ? palette(.green, "✓") : palette(.yellow, "▶")
    var facts: [String] = []
    if standing.units > 1 { facts.append("\(leases.count) of \(standing.units)") }
    facts += leases.map {
      "lease \($0.token): \($0.purpose.harmless), \(LeaseHolder.text($0.holder)), until \(clock.time($0.until))"
    }
    if let since = standing.quarantined {
      let reason = standing.reason.map { ": \($0.harmless)" } ?? ""
      facts.append("in quarantine since \(clock.date(since)), \(standing.failures) failed\(reason)")
    }
    facts.append(standing.uses == 1 ? "leased once" : "leased \(standing.uses) times")
    return "  \(mark) \(DisplayWidth.padded(member.harmless, to: width))  \(facts.joined(separator: ", "))\n"
  }

  /// `[{"pool","leased","units","waiting","members":[…],"past":[…]}]`.
  static func json(
    _ pools: [(name: String, book: LeaseBook)], _ past: [String: [SQLiteStore.PastLease]]
  ) -> Value {
    func time(_ moment: Instant?) -> Value { moment.map { .string($0.rfc3339) } ?? .null }
    return .list(
      pools.map { name, book in
        [
          "pool": .string(name), "leased": .integer(Int64(book.leases.count)),
          "units": .integer(book.members.values.reduce(0) { $0 + Int64($1.units) }),
          "waiting": .integer(Int64(book.waiters.count)),
          "members": .list(
            book.members.sorted { $0.key < $1.key }.map { member, standing in
              [
                "member": .string(member), "units": .integer(Int64(standing.units)), "uses": .integer(standing.uses),
                "quarantined": time(standing.quarantined), "failures": .integer(Int64(standing.failures)),
                "reason": standing.reason.map { .string($0) } ?? .null,
                "leases": .list(
                  book.leases.filter { $0.member == member }.map { lease in
                    [
                      "token": .integer(lease.token), "purpose": .string(lease.purpose), "from": time(lease.from),
                      "until": time(lease.until), "holder": .string(LeaseHolder.text(lease.holder)),
                    ]
                  }),
              ]
            }),
          "past": .list(
            (past[name] ?? []).map { lease in
              [
                "token": .integer(lease.token), "member": .string(lease.member), "purpose": .string(lease.purpose),
                "from": time(lease.from), "until": time(lease.until), "how": .string(lease.how),
              ]
            }),
        ]
      })
  }
}
