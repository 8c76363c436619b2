import BatonModel

extension LeaseSpec {
  /// `leases one of 10 of device`, and what it asks for.
  var text: String {
    let fitting = pool.members.filter { fits($0) }
    let all = fitting.count == pool.members.count ? "" : ", that have what it wants,"
    let units = fitting.reduce(0) { $0 + $1.units }
    let most = units == fitting.count ? "" : " (\(units) leases at once)"
    return "leases one of \(fitting.count)\(all) of \(pool.name)\(most)"
  }

  /// `{"pool","members","units","fitting","check","pick","ttl_ms","wait_ms","wants","affinity"}`.
  var shown: Value {
    [
      "pool": .string(pool.name), "members": .integer(Int64(pool.members.count)),
      "units": .integer(pool.members.reduce(0) { $0 + Int64($1.units) }),
      "fitting": .list(pool.members.filter { fits($0) }.map { .string($0.name) }),
      "check": .bool(pool.check != nil), "pick": .string(pool.pick.rawValue),
      "ttl_ms": .integer(ttl.milliseconds), "wait_ms": wait.map { .integer($0.milliseconds) } ?? .null,
      "wants": .map(wants), "affinity": affinity.map { .string($0) } ?? .null,
    ]
  }
}
