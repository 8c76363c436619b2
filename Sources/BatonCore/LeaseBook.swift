import BatonModel

/// Who has which member of a pool, and which members are not well: the whole truth about one pool, over all runs of a project.
///
/// Pure: moments are passed in, and who asks writes the book down before anything follows from it. A lease has a number that
/// grows with each one (a fencing token): whoever holds a lower one has lost the member.
public struct LeaseBook: Sendable, Hashable {
  public struct Lease: Sendable, Hashable {
    public var token: Int64
    public var member: String
    /// Who lives as long as it holds the lease.
    public var holder: String
    /// Run and step, for people.
    public var purpose: String
    public var affinity: String?
    public var from: Instant
    public var until: Instant
    /// The check has been passed, or there is none: the member is in its holder's hands.
    public var isGranted: Bool
  }

  public struct Standing: Sendable, Hashable {
    public var units: Int
    /// How often it was leased.
    public var uses: Int64 = 0
    public var lastUsed: Instant?
    /// Whom it served last.
    public var affinity: String?
    /// Checks in a row that failed.
    public var failures = 0
    /// Since when it is in quarantine; nil: it is well.
    public var quarantined: Instant?
    /// When it may be looked at again.
    public var nextCheck: Instant?
    /// What its last check said.
    public var reason: String?
  }

  public struct Waiter: Sendable, Hashable {
    public var holder: String
    public var priority: Int64
    public var since: Instant
    public var seen: Instant
    /// Members that would do, best first.
    public var members: [String]
  }

  /// A lease that is over.
  public struct Ending: Sendable, Hashable {
    public enum Manner: String, Sendable, CaseIterable {
      case released
      /// It was not renewed in time.
      case expired
      /// Its holder is no more.
      case lapsed
      /// The member failed its check.
      case refused
    }
    public var lease: Lease
    public var at: Instant
    public var how: Manner
  }

  public struct Request: Sendable {
    public var lease: LeaseSpec
    public var holder: String
    public var purpose: String
    public var priority: Int64
    /// When it began to wait, where it had its turn since and came away with nothing; nil: it asks for the first time.
    public var since: Instant?

    public init(_ lease: LeaseSpec, holder: String, purpose: String, priority: Int64 = 0, since: Instant? = nil) {
      self.since = since
      self.lease = lease
      self.holder = holder
      self.purpose = purpose
      self.priority = priority
    }
  }

  public enum Answer: Sendable, Hashable {
    /// It is kept for whoever asked: the check comes next, then ``grant(_:ttl:at:)`` or ``refuse(_:_:_:at:)``.
    case offered(Lease)
    /// Nothing is free; why, for people.
    case wait(String)
    /// No member has what is asked for.
    case never(String)
  }

  public internal(set) var members: [String: Standing] = [:]
  public internal(set) var leases: [Lease] = []
  public internal(set) var waiters: [Waiter] = []
  public internal(set) var lastToken: Int64 = 0
  /// Leases that have ended since this was last emptied.
  public var endings: [Ending] = []

  public init() {}

  /// Who was not heard of for so long does not wait any more.
  static let patience = Span(seconds: 10)
  /// Who waits says so this often.
  public static let sign = Span(seconds: 3)

  /// What asking would be answered, without anything being written: whether it is worth while to ask.
  ///
  /// Who has died since the book was last changed is not seen: whoever waits asks every ``sign`` all the same.
  public func mayServe(_ request: Request, at now: Instant) -> Bool {
    var copy = self
    if case .wait = copy.ask(request, at: now, isGone: { _ in false }) { return false }
    return true
  }

  // MARK: Asking

  /// - Parameter isGone: whether a holder is no more.
  public mutating func ask(_ request: Request, at now: Instant, isGone: (String) -> Bool) -> Answer {
    let pool = request.lease.pool
    settle(at: now, isGone: isGone)
    for member in pool.members { members[member.name, default: Standing(units: member.units)].units = member.units }
    let candidates = ranked(request)
    guard !candidates.isEmpty else {
      waiters.removeAll { $0.holder == request.holder }
      return .never(Self.lack(request.lease))
    }
    waiters.removeAll { $0.holder != request.holder && (isGone($0.holder) || $0.seen + Self.patience < now) }
    if let position = waiters.firstIndex(where: { $0.holder == request.holder }) {
      waiters[position].seen = now
      waiters[position].members = candidates
    } else {
      waiters.append(
        Waiter(
          holder: request.holder, priority: request.priority, since: min(request.since ?? now, now), seen: now,
          members: candidates))
    }
    // Who is more urgent, or was here before, has the first choice.
    waiters.sort { ($1.priority, $0.since, $0.holder) < ($0.priority, $1.since, $1.holder) }
    var free = Dictionary(uniqueKeysWithValues: members.map { ($0.key, vacancies(of: $0.key, at: now)) })
    for waiter in waiters {
      let choice =
        waiter.members.first { free[$0, default: 0] > 0 && members[$0]?.quarantined == nil }
        // A member that was not well is looked at again where nothing else is free.
        ?? waiter.members.first { free[$0, default: 0] > 0 }
      guard let choice else { continue }
      if waiter.holder == request.holder { return .offered(keep(choice, for: request, at: now)) }
      free[choice, default: 0] -= 1
    }
    return .wait(shortage(candidates))
  }

  private mutating func keep(_ member: String, for request: Request, at now: Instant) -> Lease {
    lastToken += 1
    let limit = request.lease.pool.check == nil ? .zero : request.lease.pool.checkTimeout
    let lease = Lease(
      token: lastToken, member: member, holder: request.holder, purpose: request.purpose,
      affinity: request.lease.affinity, from: now, until: now + limit + request.lease.ttl, isGranted: false)
    leases.append(lease)
    waiters.removeAll { $0.holder == request.holder }
    return lease
  }

  /// Members that have what is asked for, best first.
  private func ranked(_ request: Request) -> [String] {
    let lease = request.lease
    let order = lease.pool.members.enumerated().filter { lease.fits($0.element) }
    func key(_ place: Int, _ member: PoolSpec.Member) -> [Double] {
      let standing = members[member.name]
      let isWarm = lease.affinity != nil && standing?.affinity == lease.affinity
      let uses = Double(standing?.uses ?? 0)
      let rested = Double(standing?.lastUsed?.nanoseconds ?? 0)
      let score: [Double] =
        switch lease.pool.pick {
        case .leastUsed: [uses, rested]
        case .bestFit: [lease.excess(of: member), uses, rested]
        case .first: []
        }
      return [isWarm ? 0 : 1, -Double(member.priority)] + score + [Double(place)]
    }
    return order.map { (key($0.offset, $0.element), $0.element.name) }
      .sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
  }

  /// How many more leases a member takes now.
  private func vacancies(of member: String, at now: Instant) -> Int {
    guard let standing = members[member] else { return 0 }
    let held = leases.count { $0.member == member }
    // One looks at a member that was not well, and nobody else meanwhile.
    if standing.quarantined != nil { return held == 0 && (standing.nextCheck ?? now) <= now ? 1 : 0 }
    return max(0, standing.units - held)
  }

  private func shortage(_ candidates: [String]) -> String {
    let sick = candidates.count { members[$0]?.quarantined != nil }
    let held = candidates.count - sick
    let parts = [held > 0 ? "\(held) in use" : nil, sick > 0 ? "\(sick) in quarantine" : nil].compactMap(\.self)
    return parts.joined(separator: ", ")
  }

  private static func lack(_ lease: LeaseSpec) -> String {
    if lease.pool.members.isEmpty { return "the pool \"\(lease.pool.name)\" has no members" }
    let wanted = lease.wants.sorted { $0.key < $1.key }.map { name, value in
      value.number == nil ? "\(name) = \(value.text)" : "\(name) of at least \(value.text)"
    }
    return "no member of the pool \"\(lease.pool.name)\" has \(wanted.joined(separator: " and "))"
  }

  // MARK: What comes of it

  /// The member has passed its check. Whether the lease is still there.
  public mutating func grant(_ token: Int64, ttl: Span, at now: Instant) -> Bool {
    guard let position = leases.firstIndex(where: { $0.token == token }), leases[position].until >= now else {
      return false
    }
    // Somebody else's check has failed meanwhile: what began before it says nothing of the member any more.
    if let since = members[leases[position].member]?.quarantined, since > leases[position].from {
      _ = end(token, .refused, at: now)
      return false
    }
    leases[position].isGranted = true
    leases[position].until = now + ttl
    let member = leases[position].member
    members[member]?.uses += 1
    members[member]?.lastUsed = now
    if let affinity = leases[position].affinity { members[member]?.affinity = affinity }
    members[member]?.failures = 0
    members[member]?.quarantined = nil
    members[member]?.nextCheck = nil
    members[member]?.reason = nil
    return true
  }

  /// The member has failed its check: it is in quarantine.
  public mutating func refuse(_ token: Int64, _ reason: String, _ pool: PoolSpec, at now: Instant) {
    guard let lease = end(token, .refused, at: now) else { return }
    guard var standing = members[lease.member] else { return }
    standing.failures += 1
    standing.quarantined = standing.quarantined ?? now
    standing.reason = reason
    let factor = Int64(1) << Int64(min(standing.failures - 1, 5))
    let pause = pool.quarantine.nanoseconds.multipliedReportingOverflow(by: factor)
    standing.nextCheck = now + Span(nanoseconds: pause.overflow ? .max / 4 : pause.partialValue)
    members[lease.member] = standing
  }

  /// Its holder still needs it. Whether it still has it.
  public mutating func renew(_ token: Int64, ttl: Span, at now: Instant) -> Bool {
    guard let position = leases.firstIndex(where: { $0.token == token }), leases[position].until >= now else {
      return false
    }
    leases[position].until = now + ttl
    return true
  }

  public mutating func release(_ token: Int64, at now: Instant) { _ = end(token, .released, at: now) }

  /// Whoever asked waits no more.
  public mutating func leave(_ holder: String) { waiters.removeAll { $0.holder == holder } }

  /// Leases that were not renewed, and those of holders that are no more, are over.
  public mutating func settle(at now: Instant, isGone: (String) -> Bool) {
    for lease in leases {
      if lease.until < now {
        _ = end(lease.token, .expired, at: now)
      } else if isGone(lease.holder) {
        _ = end(lease.token, .lapsed, at: now)
      }
    }
  }

  private mutating func end(_ token: Int64, _ how: Ending.Manner, at now: Instant) -> Lease? {
    guard let position = leases.firstIndex(where: { $0.token == token }) else { return nil }
    let lease = leases.remove(at: position)
    endings.append(Ending(lease: lease, at: now, how: how))
    return lease
  }
}
