import BatonModel
import BatonTestKit
import Testing

@testable import BatonCore

@Suite struct LeaseBookTests {
  private static func pool(_ names: [String], pick: PoolSpec.Pick = .leastUsed) -> PoolSpec {
    var pool = PoolSpec(name: "device", members: names.map { PoolSpec.Member(name: $0) })
    pool.pick = pick
    pool.check = ["check"]
    pool.quarantine = Span(seconds: 5)
    return pool
  }

  private static func moment(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

  private static func ask(
    _ book: inout LeaseBook, _ spec: LeaseSpec, _ holder: String, at seconds: Int64, priority: Int64 = 0,
    gone: Set<String> = []
  ) -> LeaseBook.Answer {
    book.ask(
      LeaseBook.Request(spec, holder: holder, purpose: "run/\(holder)", priority: priority), at: moment(seconds),
      isGone: { gone.contains($0) })
  }

  /// The member that is leased, its check passed.
  private static func take(
    _ book: inout LeaseBook, _ spec: LeaseSpec, _ holder: String, at seconds: Int64, priority: Int64 = 0,
    gone: Set<String> = []
  ) -> LeaseBook.Lease? {
    guard case .offered(let lease) = ask(&book, spec, holder, at: seconds, priority: priority, gone: gone) else {
      return nil
    }
    return book.grant(lease.token, ttl: spec.ttl, at: moment(seconds)) ? lease : nil
  }

  @Test("The least used member is taken, then the one that has rested longest")
  func leastUsed() {
    var book = LeaseBook()
    let spec = LeaseSpec(pool: Self.pool(["a", "b", "c"]))
    var taken: [String] = []
    for second in 0..<6 {
      let lease = Self.take(&book, spec, "h\(second)", at: Int64(second))
      taken.append(lease?.member ?? "none")
      book.release(lease?.token ?? 0, at: Self.moment(Int64(second)))
    }
    #expect(taken == ["a", "b", "c", "a", "b", "c"])
    #expect(book.lastToken == 6)
  }

  @Test("Who drew a member that is not well keeps its place, and whoever only looks changes nothing")
  func keepsItsPlace() {
    var book = LeaseBook()
    let spec = LeaseSpec(pool: Self.pool(["a", "b"]))
    let held = [Self.take(&book, spec, "x", at: 0), Self.take(&book, spec, "y", at: 0)].compactMap { $0 }
    #expect(held.count == 2)
    func request(_ holder: String, since: Int64) -> LeaseBook.Request {
      LeaseBook.Request(spec, holder: holder, purpose: "run", since: Self.moment(since))
    }
    func ask(_ holder: String, since: Int64, at: Int64) -> LeaseBook.Answer {
      book.ask(request(holder, since: since), at: Self.moment(at), isGone: { _ in false })
    }
    _ = ask("first", since: 1, at: 1)
    _ = ask("second", since: 2, at: 2)
    let before = book
    #expect(!book.mayServe(request("first", since: 1), at: Self.moment(3)))
    book.release(held[0].token, at: Self.moment(3))
    #expect(book.mayServe(request("first", since: 1), at: Self.moment(3)))
    #expect(!book.mayServe(request("second", since: 2), at: Self.moment(3)), "it is not its turn")
    #expect(book.waiters == before.waiters && book.lastToken == before.lastToken)
    guard case .offered(let lease) = ask("first", since: 1, at: 3) else {
      Issue.record("it was its turn")
      return
    }
    book.refuse(lease.token, "it does not answer", spec.pool, at: Self.moment(4))
    _ = ask("first", since: 1, at: 4)
    #expect(book.waiters.map(\.holder) == ["first", "second"])
    book.release(held[1].token, at: Self.moment(5))
    #expect(!book.mayServe(request("second", since: 2), at: Self.moment(5)))
    #expect(book.mayServe(request("first", since: 1), at: Self.moment(5)))
  }

  @Test("The member that fits best is taken; one that has too little is not")
  func bestFit() {
    var pool = Self.pool([], pick: .bestFit)
    pool.members = [("big", 64), ("small", 4), ("middle", 16)].map {
      PoolSpec.Member(name: $0.0, fields: ["ram": .integer($0.1), "os": "linux"])
    }
    var spec = LeaseSpec(pool: pool)
    spec.wants = ["ram": 8, "os": "linux"]
    var book = LeaseBook()
    #expect(Self.take(&book, spec, "1", at: 0)?.member == "middle")
    #expect(Self.take(&book, spec, "2", at: 0)?.member == "big")
    #expect(Self.ask(&book, spec, "3", at: 0) == .wait("2 in use"))
    spec.wants = ["ram": 128]
    #expect(Self.ask(&book, spec, "3", at: 0) == .never("no member of the pool \"device\" has ram of at least 128"))
  }

  @Test("Who comes back for the same is given the member that served it last")
  func affinity() {
    var book = LeaseBook()
    var spec = LeaseSpec(pool: Self.pool(["a", "b"]))
    spec.affinity = "checkout"
    let first = Self.take(&book, spec, "1", at: 0)
    book.release(first?.token ?? 0, at: Self.moment(1))
    #expect(first?.member == "a")
    #expect(Self.take(&book, spec, "2", at: 2)?.member == "a")
  }

  @Test("The more urgent is served first, then who has waited longer")
  func priority() {
    var book = LeaseBook()
    let spec = LeaseSpec(pool: Self.pool(["a"]))
    let held = Self.take(&book, spec, "holder", at: 0)
    for (holder, priority) in [("early", Int64(0)), ("late", 0), ("urgent", 5)] {
      #expect(Self.take(&book, spec, holder, at: 1, priority: priority) == nil)
    }
    book.release(held?.token ?? 0, at: Self.moment(2))
    #expect(Self.take(&book, spec, "early", at: 2) == nil)
    let urgent = Self.take(&book, spec, "urgent", at: 2, priority: 5)
    #expect(urgent?.member == "a")
    book.release(urgent?.token ?? 0, at: Self.moment(3))
    #expect(Self.take(&book, spec, "late", at: 3) == nil)
    #expect(Self.take(&book, spec, "early", at: 3)?.member == "a")
  }

  @Test("A lease is over when it is not renewed, and when its holder is gone; a higher number has its member then")
  func lapse() {
    var book = LeaseBook()
    let spec = LeaseSpec(pool: Self.pool(["a"]))
    let first = Self.take(&book, spec, "1", at: 0)
    let isHeld = book.renew(first?.token ?? 0, ttl: spec.ttl, at: Self.moment(59))
    #expect(isHeld)
    #expect(Self.take(&book, spec, "2", at: 100) == nil)
    let second = Self.take(&book, spec, "2", at: 120)
    #expect((second?.token ?? 0) > (first?.token ?? 0))
    let isStillHeld = book.renew(first?.token ?? 0, ttl: spec.ttl, at: Self.moment(120))
    #expect(!isStillHeld)
    let third = Self.take(&book, spec, "3", at: 121, gone: ["2"])
    #expect((third?.token ?? 0) > (second?.token ?? 0))
    #expect(book.endings.map(\.how) == [.expired, .lapsed])
  }

  @Test("A member that fails its check is left alone, twice as long each time, and comes back when it is well")
  func quarantine() {
    var book = LeaseBook()
    let spec = LeaseSpec(pool: Self.pool(["a"]))
    func refuse(at seconds: Int64) -> Bool {
      guard case .offered(let lease) = Self.ask(&book, spec, "1", at: seconds) else { return false }
      book.refuse(lease.token, "no answer", spec.pool, at: Self.moment(seconds))
      return true
    }
    #expect(refuse(at: 0))
    #expect(!refuse(at: 4))
    #expect(refuse(at: 5))
    #expect(!refuse(at: 14))
    #expect(Self.ask(&book, spec, "1", at: 14) == .wait("1 in quarantine"))
    #expect(book.members["a"]?.quarantined == Self.moment(0))
    #expect(Self.take(&book, spec, "1", at: 15)?.member == "a")
    #expect(book.members["a"]?.quarantined == nil && book.members["a"]?.failures == 0)
  }

  @Test("As the database keeps it, it is the same")
  func coding() throws {
    var book = LeaseBook()
    let spec = LeaseSpec(pool: Self.pool(["a", "b"]))
    _ = Self.take(&book, spec, "1", at: 0)
    if case .offered(let lease) = Self.ask(&book, spec, "2", at: 1) {
      book.refuse(lease.token, "dead", spec.pool, at: Self.moment(1))
    }
    _ = Self.ask(&book, spec, "3", at: 2)
    book.endings = []
    #expect(LeaseBook(try JSON.decode(JSON.encode(book.value).utf8)) == book)
    #expect(LeaseSpec(spec.value) == spec)
  }

  /// A pool of ten, of which two never work and one does at times, and forty who want a member all the time, some of whom die.
  @Test(
    "A thousand leases: none double, none of a member in quarantine, whoever dies", arguments: 0..<20 as Range<UInt64>)
  func thousand(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    func below(_ limit: UInt64) -> Int64 { Int64(random.next() % limit) }
    let names = (0..<10).map { "m\($0)" }
    var spec = LeaseSpec(pool: Self.pool(names))
    spec.ttl = Span(seconds: 20)
    var book = LeaseBook()
    var now = Instant(nanoseconds: 0)
    /// What the world knows: who has which member, and until when it works with it.
    struct Work { var member: String, token: Int64, holder: String, until: Instant, dies: Bool }
    var works: [Work] = []
    var gone: Set<String> = []
    var inQuarantine: Set<String> = []
    var (granted, births, highest) = (0, 0, Int64(0))
    var askers = (0..<40).map { "h\($0)" }
    func isWell(_ member: String) -> Bool {
      switch member {
      case "m3", "m7": false
      case "m5": now.nanoseconds / 7_000_000_000 % 2 == 0
      default: true
      }
    }
    var steps = 0
    while granted < 1000, steps < 100_000 {
      steps += 1
      now = now + Span(milliseconds: 100 + below(400))
      for work in works where work.until <= now {
        if work.dies {
          gone.insert(work.holder)
          births += 1
          askers.append("n\(births)")
        } else {
          book.release(work.token, at: now)
          askers.append(work.holder)
        }
      }
      works.removeAll { $0.until <= now }
      for work in works {
        let isHeld = book.renew(work.token, ttl: spec.ttl, at: now)
        #expect(isHeld, "\(work.holder) lost its lease")
      }
      guard !askers.isEmpty else { continue }
      let asker = askers.remove(at: Int(below(UInt64(askers.count))))
      let request = LeaseBook.Request(spec, holder: asker, purpose: asker, priority: below(3))
      guard case .offered(let lease) = book.ask(request, at: now, isGone: { gone.contains($0) }) else {
        askers.append(asker)
        continue
      }
      #expect(lease.token > highest, "a number was used again")
      highest = lease.token
      guard isWell(lease.member) else {
        book.refuse(lease.token, "no answer", spec.pool, at: now)
        inQuarantine.insert(lease.member)
        askers.append(asker)
        continue
      }
      // It passed its check: what was in quarantine has recovered.
      inQuarantine.remove(lease.member)
      let isGranted = book.grant(lease.token, ttl: spec.ttl, at: now)
      #expect(isGranted)
      #expect(!works.contains { $0.member == lease.member }, "\(lease.member) is leased twice")
      #expect(!inQuarantine.contains(lease.member))
      granted += 1
      works.append(
        Work(
          member: lease.member, token: lease.token, holder: asker, until: now + Span(milliseconds: 500 + below(8000)),
          dies: below(20) == 0))
    }
    #expect(granted == 1000)
    #expect(book.members["m3"]?.uses == 0 && book.members["m7"]?.uses == 0)
    #expect(book.members["m5"].map { $0.uses > 0 } == true, "what flaps comes back")
    #expect(book.endings.contains { $0.how == .lapsed })
  }
}
