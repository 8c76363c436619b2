import BatonModel

/// As a project's database keeps it.
extension LeaseBook {
  public var value: Value {
    [
      "token": .integer(lastToken), "members": .map(members.mapValues(\.value)),
      "leases": .list(leases.map(\.value)), "waiters": .list(waiters.map(\.value)),
    ]
  }

  public init(_ value: Value) {
    self.init()
    lastToken = value["token"]?.integer ?? 0
    members = (value["members"]?.map ?? [:]).mapValues { Standing($0) }
    leases = (value["leases"]?.list ?? []).compactMap(Lease.init)
    waiters = (value["waiters"]?.list ?? []).compactMap(Waiter.init)
  }
}

extension Value {
  fileprivate func moment(_ name: String) -> Instant? { self[name]?.integer.map { Instant(nanoseconds: $0) } }
}

extension LeaseBook.Standing {
  fileprivate var value: Value {
    var fields: [String: Value] = [
      "units": .integer(Int64(units)), "uses": .integer(uses), "failures": .integer(Int64(failures)),
    ]
    if let lastUsed { fields["last"] = .integer(lastUsed.nanoseconds) }
    if let affinity { fields["affinity"] = .string(affinity) }
    if let quarantined { fields["quarantined"] = .integer(quarantined.nanoseconds) }
    if let nextCheck { fields["next"] = .integer(nextCheck.nanoseconds) }
    if let reason { fields["reason"] = .string(reason) }
    return .map(fields)
  }

  fileprivate init(_ value: Value) {
    units = Int(clamping: value["units"]?.integer ?? 1)
    uses = value["uses"]?.integer ?? 0
    failures = Int(clamping: value["failures"]?.integer ?? 0)
    lastUsed = value.moment("last")
    affinity = value["affinity"]?.string
    quarantined = value.moment("quarantined")
    nextCheck = value.moment("next")
    reason = value["reason"]?.string
  }
}

extension LeaseBook.Lease {
  fileprivate var value: Value {
    var fields: [String: Value] = [
      "token": .integer(token), "member": .string(member), "holder": .string(holder), "purpose": .string(purpose),
      "from": .integer(from.nanoseconds), "until": .integer(until.nanoseconds), "granted": .bool(isGranted),
    ]
    if let affinity { fields["affinity"] = .string(affinity) }
    return .map(fields)
  }

  fileprivate init?(_ value: Value) {
    guard let token = value["token"]?.integer, let member = value["member"]?.string,
      let holder = value["holder"]?.string, let from = value.moment("from"), let until = value.moment("until")
    else { return nil }
    self.init(
      token: token, member: member, holder: holder, purpose: value["purpose"]?.string ?? "",
      affinity: value["affinity"]?.string, from: from, until: until, isGranted: value["granted"]?.bool ?? false)
  }
}

extension LeaseBook.Waiter {
  fileprivate var value: Value {
    [
      "holder": .string(holder), "priority": .integer(priority), "since": .integer(since.nanoseconds),
      "seen": .integer(seen.nanoseconds), "members": .list(members.map { .string($0) }),
    ]
  }

  fileprivate init?(_ value: Value) {
    guard let holder = value["holder"]?.string, let since = value.moment("since"), let seen = value.moment("seen")
    else { return nil }
    self.init(
      holder: holder, priority: value["priority"]?.integer ?? 0, since: since, seen: seen,
      members: value["members"]?.strings ?? [])
  }
}
