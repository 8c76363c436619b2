import BatonCore
import BatonModel
import BatonRuntime
import BatonSQLite
import BatonSystem
import CSystem
import Glibc

/// Runs the command of a step that leases members of pools: waits for them, looks whether they are well, runs the command
/// with what they are in its environment, renews meanwhile, and gives them back.
///
/// The leases are this process's: they are over with it, however it ends.
struct LeaseCommand {
  private let request: LeaseRequest
  private let store: SQLiteStore
  private let holder = LeaseHolder.current()
  private var held: [Held] = []
  /// The command takes the step elsewhere: it is told alone what the step is to be told.
  private let isCourier = Environment[CourierJob.variable] != nil

  private struct Held {
    let spec: LeaseSpec
    let lease: LeaseBook.Lease
    /// Until then nobody else has the member, whatever becomes of the database.
    var until: Instant
  }

  /// After so long, a command that was asked to end because its lease was lost is killed.
  private static let grace = Span(seconds: 10)

  /// How often a free member is looked for: the longer it has been waited for, the more seldom.
  private static let pauses = (first: Span(milliseconds: 20), longest: Span(milliseconds: 500))

  static func perform(_ words: [String]) throws -> Int32 {
    guard let path = Environment[LeaseRequest.variable], let text = Disk.read(path),
      let request = (try? JSON.decode(text)).flatMap(LeaseRequest.init), let program = words.first
    else { throw BatonError(.usage, "\(LeaseRequest.command) is for Baton itself: it runs steps that lease something") }
    unsetenv(LeaseRequest.variable)
    unlink(path)
    var command = LeaseCommand(request: request, store: try SQLiteStore(existing: request.database))
    return try command.run(program, Array(words.dropFirst()))
  }

  private init(request: LeaseRequest, store: SQLiteStore) {
    self.request = request
    self.store = store
  }

  private mutating func run(_ program: String, _ arguments: [String]) throws -> Int32 {
    defer { giveBack() }
    // Always in the same order, so that two that want the same never wait for each other.
    for spec in request.leases.sorted(by: { $0.pool.name < $1.pool.name }) {
      let lease = try lease(spec)
      held.append(Held(spec: spec, lease: lease, until: Self.now + spec.ttl))
    }
    report()
    if isCourier {
      let names = held.flatMap { Self.variables($0.spec, $0.lease).map(\.0) }
      setenv(LeaseRequest.leased, names.joined(separator: " "), 1)
    }
    return try carryOut(program, arguments)
  }

  private static var now: Instant { Instant(nanoseconds: baton_walltime()) }

  // MARK: A member

  private func lease(_ spec: LeaseSpec) throws -> LeaseBook.Lease {
    let begun = Self.now
    var pause = Self.pauses.first
    var told = ""
    // Who came away with a member that was not well keeps the place that it had.
    let ask = LeaseBook.Request(
      spec, holder: holder, purpose: request.purpose, priority: request.priority, since: begun)
    while true {
      switch try store.changePool(spec.pool.name, { $0.ask(ask, at: Self.now, isGone: LeaseHolder.isGone) }) {
      case .never(let reason): throw BatonError(.failure, reason, cure: "see the fields of its members")
      case .wait(let reason):
        if let limit = spec.wait, Self.now - begun > limit {
          try store.changePool(spec.pool.name) { $0.leave(holder) }
          throw BatonError(
            .failure, "no member of the pool \"\(spec.pool.name)\" was free for \(limit.text): \(reason)",
            cure: "let it wait longer (lease = { …, wait = … }), or give the pool more members")
        }
        let news = "waits for a member of \(spec.pool.name): \(reason)"
        if news != told { report(news) }
        told = news
        try look(for: ask, from: &pause, until: spec.wait.map { begun + $0 })
      case .offered(let lease):
        pause = Self.pauses.first
        for (variable, value) in Self.variables(spec, lease) { setenv(variable, value, 1) }
        if let reason = try sickness(spec, lease) {
          try store.changePool(spec.pool.name) { $0.refuse(lease.token, reason, spec.pool, at: Self.now) }
          report("\(spec.pool.name) \(lease.member) failed its check: \(reason)")
        } else if try store.changePool(spec.pool.name, { $0.grant(lease.token, ttl: spec.ttl, at: Self.now) }) {
          return lease
        }
        for (variable, _) in Self.variables(spec, lease) { unsetenv(variable) }
      }
    }
  }

  /// Waits until it is worth while to ask again: others write only then, and every now and then to say that they are there.
  private func look(for ask: LeaseBook.Request, from pause: inout Span, until end: Instant?) throws {
    let next = Self.now + LeaseBook.sign
    repeat {
      usleep(UInt32(clamping: pause.nanoseconds / 1000))
      pause = min(Span(nanoseconds: pause.nanoseconds * 2), Self.pauses.longest)
      if try store.pool(ask.lease.pool.name).mayServe(ask, at: Self.now) { return }
    } while Self.now < next && end.map { Self.now <= $0 } ?? true
  }

  /// Why the member can't be used; nil: it is well.
  private func sickness(_ spec: LeaseSpec, _ lease: LeaseBook.Lease) throws -> String? {
    guard let check = spec.pool.check, let name = check.first else { return nil }
    guard let program = name.contains("/") ? name : Child.find(name) else { return "there is no program \(name)" }
    var child = Child(program, Array(check.dropFirst()))
    child.errors = .gathered
    child.name = name
    let end = try child.run(limit: spec.pool.checkTimeout, maximum: 65_536)
    switch end.exceeded {
    case .time: return "it took longer than \(spec.pool.checkTimeout.text)"
    case .output: return "its check says too much"
    case nil: break
    }
    guard end.code != 0 else { return nil }
    let said = String(decoding: end.output.suffix(400), as: UTF8.self).split(whereSeparator: \.isNewline).last
    return said.map(String.init) ?? "exit code \(end.code)"
  }

  // MARK: What the command is told

  private static func variables(_ spec: LeaseSpec, _ lease: LeaseBook.Lease) -> [(String, String)] {
    let prefix = LeaseRequest.prefix(of: spec.pool.name)
    let fields = spec.pool.members.first { $0.name == lease.member }?.fields ?? [:]
    return [(prefix, lease.member), ("\(prefix)_TOKEN", String(lease.token))]
      + fields.map { ("\(prefix)_\(LeaseRequest.word($0.key))", $0.value.text) }
  }

  /// The step emits, and tells, what it has.
  private func report() {
    var values: [String: Value] = [:]
    for (spec, lease) in held.map({ ($0.spec, $0.lease) }) {
      var fields = spec.pool.members.first { $0.name == lease.member }?.fields ?? [:]
      fields["member"] = .string(lease.member)
      fields["token"] = .integer(lease.token)
      values[spec.pool.name] = .map(fields)
    }
    Self.append(JSON.encode(.map(["lease": .map(values)])), to: Environment["BATON_OUTPUT"])
    let texts = held.map { "\($0.spec.pool.name) \($0.lease.member) (lease \($0.lease.token))" }
    report("has \(texts.joined(separator: ", "))")
  }

  private func report(_ text: String) {
    Self.append(JSON.encode(["progress": 0, "text": .string(text)]), to: Environment["BATON_EVENTS"])
  }

  private static func append(_ line: String, to path: String?) {
    guard let path else { return }
    let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard file >= 0 else { return }
    defer { close(file) }
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
  }

  // MARK: The command

  private func giveBack() {
    for one in held {
      try? store.changePool(one.spec.pool.name) { $0.release(one.lease.token, at: Self.now) }
    }
  }

  /// Renews what is held. What cannot be written now is tried again, as long as the lease lasts.
  ///
  /// - Returns: what is wrong, where one is lost: who has lost a lease must not go on, another may have the member already.
  private mutating func renew() -> BatonError? {
    for place in held.indices {
      let (spec, lease) = (held[place].spec, held[place].lease)
      let now = Self.now
      switch try? store.changePool(spec.pool.name, { $0.renew(lease.token, ttl: spec.ttl, at: now) }) {
      case true?: held[place].until = now + spec.ttl
      case nil where now < held[place].until: break
      case false?, nil:
        return BatonError(
          .failure, "the lease of \(spec.pool.name) \(lease.member) was lost: it was not renewed for \(spec.ttl.text)",
          cure: "a longer ttl outlasts a machine that sleeps or is overloaded")
      }
    }
    return nil
  }

  /// What a step is ended by, and a courier told to kill what it has elsewhere.
  private static let heard = [SIGTERM, SIGINT, SIGHUP, SIGUSR1]

  private mutating func carryOut(_ name: String, _ arguments: [String]) throws -> Int32 {
    guard let program = name.contains("/") ? name : Child.find(name) else {
      throw BatonError(.failure, "there is no program \(name) in PATH", cure: "install it, or name its path")
    }
    var child = Child(program, arguments)
    child.name = name
    (child.input, child.output) = (.mine, .mine)
    // Signals to the step reach the command too, but a courier, to which they are passed on: this process stays until that has
    // ended. They wait from before the first could be swallowed.
    var ends = sigset_t()
    sigemptyset(&ends)
    sigaddset(&ends, SIGCHLD)
    if isCourier { for number in Self.heard { sigaddset(&ends, number) } }
    sigprocmask(SIG_BLOCK, &ends, nil)
    for number in Self.heard { signal(number) { _ in } }
    let process = try child.start()
    let pause = held.map { $0.spec.ttl.nanoseconds / 3 }.min() ?? 1_000_000_000
    var next = Self.now + Span(nanoseconds: pause)
    // Once a lease is lost: what is wrong, and when the command is killed. The others are kept until it has ended.
    var loss: (error: BatonError, end: Instant, isTold: Bool)?
    while true {
      var status: Int32 = 0
      let found = waitpid(process, &status, WNOHANG)
      if found == process {
        if let loss {
          // How a courier was ended is no end of the step's own.
          if isCourier, let output = Environment["BATON_OUTPUT"] { unlink(output + CourierJob.endSuffix) }
          throw loss.error
        }
        if status & 0x7F == 0 { return status >> 8 & 0xFF }
        // As the command ended, so does its step.
        giveBack()
        signal(status & 0x7F, SIG_DFL)
        kill(getpid(), status & 0x7F)
        sigprocmask(SIG_UNBLOCK, &ends, nil)
        return 128 + status & 0x7F
      }
      if found < 0, errno != EINTR {
        throw BatonError(.failure, "the command can't be waited for: \(File.message(errno))")
      }
      if let end = loss?.end, Self.now >= end {
        // A courier kills what it has elsewhere first.
        let isTold = !isCourier || loss?.isTold == true
        kill(process, isTold ? SIGKILL : SIGUSR1)
        loss?.isTold = true
        loss?.end = Self.now + CourierJob.grace
      }
      if Self.now >= next {
        if let error = renew(), loss == nil {
          loss = (error, Self.now + Self.grace, false)
          kill(process, SIGTERM)
        }
        next = Self.now + Span(nanoseconds: loss == nil ? pause : min(pause, 500_000_000))
      }
      let rest = max(1_000_000, min(pause, (next - Self.now).nanoseconds))
      var time = timespec(tv_sec: Int(rest / 1_000_000_000), tv_nsec: Int(rest % 1_000_000_000))
      let number = sigtimedwait(&ends, nil, &time)
      if number > 0, number != SIGCHLD { kill(process, number) }
    }
  }
}
