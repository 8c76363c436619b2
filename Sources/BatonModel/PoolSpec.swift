/// `pool "name" {…}`: things of one kind, devices say, of which steps lease one each.
public struct PoolSpec: Sendable, Hashable {
  /// Which of the free members is leased.
  public enum Pick: String, Sendable, CaseIterable {
    /// The one that was leased least often, of those the one that has rested longest.
    case leastUsed = "least_used"
    /// The one that has least beyond what is asked for.
    case bestFit = "best_fit"
    /// In the order of declaration.
    case first
  }

  public struct Member: Sendable, Hashable {
    public var name: String
    /// What it is: texts, numbers, booleans.
    public var fields: [String: Value]
    /// How many leases it takes at once.
    public var units: Int
    /// Those with more are leased first.
    public var priority: Int64

    public init(name: String, fields: [String: Value] = [:], units: Int = 1, priority: Int64 = 0) {
      self.name = name
      self.fields = fields
      self.units = units
      self.priority = priority
    }
  }

  public var name: String
  public var members: [Member]
  /// Program and arguments; exit code 0 says that a member is well. nil: nothing is asked.
  public var check: [String]?
  public var checkTimeout = Span(seconds: 30)
  public var pick = Pick.leastUsed
  /// From a failed check until a member is looked at again; twice as long after each further one, up to thirty-two times.
  public var quarantine = Span(seconds: 30)

  public init(name: String, members: [Member]) {
    self.name = name
    self.members = members
  }
}

/// `lease = …` of a step: what it asks of a pool.
public struct LeaseSpec: Sendable, Hashable {
  public var pool: PoolSpec
  /// How long a lease lasts that nobody renews.
  public var ttl = Span(seconds: 60)
  /// How long a step waits for a member; nil: as long as its own limits let it.
  public var wait: Span?
  /// What the member must have: numbers at least so much, everything else just so.
  public var wants: [String: Value] = [:]
  /// The member that served this one last is taken where it is free.
  public var affinity: String?

  public init(pool: PoolSpec) { self.pool = pool }

  /// Whether a member has what is asked for.
  public func fits(_ member: PoolSpec.Member) -> Bool {
    wants.allSatisfy { name, wanted in
      guard let own = member.fields[name] else { return false }
      if let least = wanted.number { return (own.number ?? -.infinity) >= least }
      return own == wanted
    }
  }

  /// How much a member has beyond what is asked for.
  public func excess(of member: PoolSpec.Member) -> Double {
    wants.reduce(0) { sum, want in
      guard let least = want.value.number, let own = member.fields[want.key]?.number else { return sum }
      return sum + (own - least) / max(1, abs(least))
    }
  }
}

extension PoolSpec {
  /// As a process is told of it.
  public var value: Value {
    var fields: [String: Value] = [
      "name": .string(name), "pick": .string(pick.rawValue), "quarantine": .integer(quarantine.nanoseconds),
      "check_timeout": .integer(checkTimeout.nanoseconds),
      "members": .list(
        members.map { member in
          [
            "name": .string(member.name), "fields": .map(member.fields), "units": .integer(Int64(member.units)),
            "priority": .integer(member.priority),
          ]
        }),
    ]
    if let check { fields["check"] = .list(check.map { .string($0) }) }
    return .map(fields)
  }

  public init?(_ value: Value) {
    guard let name = value["name"]?.string, let members = value["members"]?.list else { return nil }
    self.init(
      name: name,
      members: members.compactMap { member in
        guard let name = member["name"]?.string else { return nil }
        return Member(
          name: name, fields: member["fields"]?.map ?? [:],
          units: Int(clamping: max(1, member["units"]?.integer ?? 1)), priority: member["priority"]?.integer ?? 0)
      })
    check = value["check"]?.list?.compactMap(\.string)
    if let pick = value["pick"]?.string.flatMap(Pick.init) { self.pick = pick }
    if let pause = value["quarantine"]?.integer { quarantine = Span(nanoseconds: pause) }
    if let limit = value["check_timeout"]?.integer { checkTimeout = Span(nanoseconds: limit) }
  }
}

extension LeaseSpec {
  public var value: Value {
    var fields: [String: Value] = [
      "pool": pool.value, "ttl": .integer(ttl.nanoseconds), "wants": .map(wants),
    ]
    if let wait { fields["wait"] = .integer(wait.nanoseconds) }
    if let affinity { fields["affinity"] = .string(affinity) }
    return .map(fields)
  }

  public init?(_ value: Value) {
    guard let pool = value["pool"].flatMap(PoolSpec.init), let ttl = value["ttl"]?.integer else { return nil }
    self.init(pool: pool)
    self.ttl = Span(nanoseconds: ttl)
    wait = value["wait"]?.integer.map { Span(nanoseconds: $0) }
    wants = value["wants"]?.map ?? [:]
    affinity = value["affinity"]?.string
  }
}
