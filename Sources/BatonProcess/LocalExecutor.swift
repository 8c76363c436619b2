import BatonCore
import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// Runs attempts as processes of this machine.
///
/// Each attempt has its own process group and carries its token in `BATON_ATTEMPT`. It ends when its first process has
/// been reaped and nothing is left of what that started: what stays behind (background jobs, daemons) is asked to end, and
/// killed a second later. Made and used on the reactor's thread; on the process's first thread the search for what is left
/// costs one or two system calls, elsewhere a reading of `/proc`. As long as no more attempts run than there are processors,
/// processes are started on this thread: each would wait for two changes of threads else.
public final class LocalExecutor: Executor {
  /// What is left behind by a process that ended by itself gets this long between SIGTERM and SIGKILL.
  static let leftoverGrace = Span(seconds: 1)
  /// How soon `attemptStarted` is told when nothing else happens.
  private static let startNews: Int64 = 2_000_000
  /// When requests and events are first looked for; from then on they are told of as they come.
  private static let unwatched = Span(milliseconds: 50)

  let reactor: PollReactor
  let folder: RunFolder
  let orphans = OrphanWatch()
  let locks: MutexLocks
  private let starter: ProcessStarter
  private let spawner: Spawner
  /// The attempts whose processes this thread started itself, until those are reaped.
  private var own: [Attempt] = []
  /// So many attempts may run when another is started on this thread: more than there are processors gain nothing by it, and
  /// this thread would stand still until the new process gets its turn.
  private let ownLimit = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1)
  /// An attempt that takes no longer is not worth a sleep, as long as there is a processor that has nothing else to do.
  private static let quick = Span(milliseconds: 1)
  private var watch: FolderWatch?
  /// Begins the names of this executor's files in the run's `tmp`.
  let prefix: String
  var attempts: [Ticket: Attempt] = [:]
  private var starting = 0
  /// Whether the last attempt was.
  private var isQuick = false
  /// Attempts that wait until there is room for another process.
  var waiting = WaitingStarts()
  /// Something has ended since they were last looked at.
  private var hasRoom = false
  /// Attempts whose remaining processes have to be looked for in this turn.
  var unsettled: Set<Ticket> = []
  private(set) var secrets = SecretSet()
  var isEchoing = false
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: AttemptOutput.largePipe, alignment: 4096)

  /// - Parameters:
  ///   - run: the run's folder, absolute; `inbox` and `tmp` are made below it.
  ///   - locks: the project's folder of locks, absolute; made when the first is taken.
  /// - Throws: `.failure` when the run's folders cannot be made.
  public convenience init(reactor: PollReactor, run: RunFolder, locks: String) throws(BatonError) {
    try self.init(reactor: reactor, run: run, locks: locks, usesInotify: true)
  }

  init(reactor: PollReactor, run: RunFolder, locks: String, usesInotify: Bool) throws(BatonError) {
    for path in [run.inbox, run.temporary] where !Folders.make(path) {
      throw BatonError(
        .failure, "cannot make the folder \(path): \(SystemError().text)", cure: "check its owner and the disk's space")
    }
    self.reactor = reactor
    folder = run
    prefix = String(baton_boottime(), radix: 36) + "-" + String(getpid(), radix: 36) + "-"
    self.locks = MutexLocks(reactor: reactor, folder: locks)
    baton_close_inherited_on_exec()
    var exited: (Ticket) -> Void = { _ in }
    var readable: (Ticket) -> Void = { _ in }
    let exitSpace = reactor.claim { id, _ in exited(Ticket(id)) }
    let outputSpace = reactor.claim { id, _ in readable(Ticket(id)) }
    let epoll = reactor.epoll
    starter = ProcessStarter(epoll: epoll, exitSpace: exitSpace, outputSpace: outputSpace)
    spawner = Spawner { ProcessStarter(epoll: epoll, exitSpace: exitSpace, outputSpace: outputSpace) }
    exited = { [weak self] in self?.processEnded($0) }
    readable = { [weak self] in self?.outputReady($0) }
    reactor.onWake { [weak self] in self?.takeStarts() }
    reactor.onTurn { [weak self] in self?.turn() }
    reactor.onChildEnded { [weak self] in self?.childEnded() }
    takeRequests()
    _ = reactor.after(Self.unwatched) { [weak self] in self?.beginWatching(usesInotify: usesInotify) }
  }

  /// A run that is over by then never has to give a watch back, for which the kernel takes milliseconds.
  private func beginWatching(usesInotify: Bool) {
    watch = FolderWatch(
      reactor: reactor, inbox: folder.inbox, temporary: folder.temporary,
      arrived: { [weak self] in self?.takeRequests() }, written: { [weak self] in self?.eventsWritten($0) },
      usesInotify: usesInotify)
    // What came before.
    takeRequests()
    eventsWritten(nil)
  }

  deinit {
    spawner.stop()
    // Processes that were handed over but never taken in.
    for case .started(let ticket, let pid, let pidfd, let output, _) in spawner.takeResults() {
      close(pidfd)
      close(output)
      kill(-pid, SIGKILL)
      attempts[ticket] = nil
    }
    for attempt in attempts.values {
      if attempt.pidfd >= 0 { close(attempt.pidfd) }
      if attempt.phase == .running { kill(-attempt.pid, SIGKILL) }
      attempt.output.finish { _ in }
    }
    buffer.deallocate()
  }

  // MARK: Executor

  public func mask(_ secrets: [String]) { self.secrets.add(secrets) }

  public func echo(_ on: Bool) { isEchoing = on }

  public func lock(_ name: String) { locks.lock(name) }

  public func unlock(_ name: String) { locks.unlock(name) }

  public func append(_ bytes: [UInt8], toLog path: String) {
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC
    var log = open(path, flags, 0o666)
    if log < 0, errno == ENOENT, let slash = path.lastIndex(of: "/"), Folders.make(String(path[..<slash])) {
      log = open(path, flags, 0o666)
    }
    guard log >= 0 else { return }
    _ = bytes.withUnsafeBytes { Descriptor.write($0, to: log) }
    close(log)
  }

  public func start(_ launch: Launch) {
    var launch = launch.onThisMachine
    let base = "\(folder.temporary)/\(prefix)\(launch.ticket)"
    if let network = launch.network { launch.arguments = network.words + launch.arguments }
    if launch.lease != nil {
      launch.arguments = ["/proc/self/exe", LeaseRequest.command] + launch.arguments
      launch.extraEnvironment.append((LeaseRequest.variable, base + LeaseRequest.fileSuffix))
    }
    let attempt = Attempt(launch, outputFile: base + ".output", eventsFile: base + ".events", epoll: reactor.epoll)
    if launch.tests != nil { attempt.testsFile = base + ".tests" }
    if launch.lease != nil { attempt.leaseFile = base + LeaseRequest.fileSuffix }
    attempts[launch.ticket] = attempt
    let job = ProcessStarter.Job(
      launch: launch, lock: launch.mutex.map { locks.descriptor($0) } ?? -1,
      outputFile: attempt.outputFile, eventsFile: base + ".events", testsFile: base + ".tests",
      leaseFile: base + LeaseRequest.fileSuffix)
    if waiting.takes(job, active: attempts.count - 1) { return }
    begin(job, attempt)
  }

  private func begin(_ job: ProcessStarter.Job, _ attempt: Attempt) {
    starting += 1
    // With this one.
    let active = attempts.count - waiting.count
    // A service dies with the thread that started it.
    if active <= ownLimit + 1 || job.launch.role == .service {
      own.append(attempt)
      reactor.patience = isQuick && active <= ownLimit ? Self.quick.nanoseconds : 0
      return starter.start(job) { takeIn($0) }
    }
    reactor.patience = 0
    guard spawner.submit(job) else {
      return takeIn(.short(job, LaunchProblem.noProcess(SystemError(EAGAIN)).text, at: baton_boottime()))
    }
    reactor.wakeUpBefore = baton_boottime() + Self.startNews
  }

  /// Starts what waited for room.
  private func beginWaiting() {
    hasRoom = false
    while let job = waiting.next(active: attempts.count) {
      guard let attempt = attempts[job.launch.ticket] else { continue }
      begin(job, attempt)
    }
  }

  // MARK: What happens

  private func takeRequests() {
    for request in ControlInbox.take(from: folder.inbox) { reactor.post(.control(request)) }
  }

  /// Takes in what the spawner has done meanwhile.
  private func takeStarts() {
    guard starting > 0 else { return }
    for result in spawner.takeResults() { takeIn(result) }
    reactor.wakeUpBefore = starting > 0 ? baton_boottime() + Self.startNews : nil
  }

  private func takeIn(_ result: ProcessStarter.Result) {
    switch result {
    case .started(let ticket, let pid, let pidfd, let output, let moment):
      starting -= 1
      guard let attempt = attempts[ticket] else { return }
      attempt.phase = .running
      attempt.pid = pid
      attempt.pidfd = pidfd
      attempt.output.open(pipe: output)
      attempt.started = reactor.instant(boot: moment)
      reactor.post(.attemptStarted(ticket, pid: pid))
      if attempt.isStopping { askToEnd(attempt) }
    case .failed(let ticket, let text, let moment):
      starting -= 1
      guard let attempt = attempts[ticket] else { return }
      attempt.started = reactor.instant(boot: moment)
      own.removeAll { $0 === attempt }
      finish(attempt, .unstartable(secrets.mask(text)))
    case .short(let job, let text, let moment):
      guard waiting.takesBack(job, active: attempts.count) else {
        return takeIn(.failed(job.launch.ticket, text, at: moment))
      }
      starting -= 1
      own.removeAll { $0.ticket == job.launch.ticket }
    case .unwatched(let ticket, let text):
      guard let attempt = attempts[ticket] else { return }
      attempt.problem = .unstartable(secrets.mask(text))
      reapWithoutWatch(ticket)
    }
  }

  /// Of a process whose end is not told: looks at times.
  private func reapWithoutWatch(_ ticket: Ticket) {
    processEnded(ticket)
    guard let attempt = attempts[ticket], attempt.phase == .running else { return }
    _ = reactor.after(Attempt.longestPause) { [weak self] in self?.reapWithoutWatch(ticket) }
  }

  private func turn() {
    takeStarts()
    if !unsettled.isEmpty { settle() }
    // Not before the engine knows what has ended: it may want nothing more to start.
    if hasRoom, !reactor.hasInputs { beginWaiting() }
  }

  private func processEnded(_ ticket: Ticket) {
    guard let attempt = attempts[ticket], attempt.phase == .running else { return }
    let end = baton_reap_child(attempt.pid)
    guard end.pid != 0 else { return }
    ended(attempt, end)
    if !reapOrphans() { complete(attempt) }
  }

  /// Reaps what has ended among the orphans, and the processes that this thread started itself. Whether any orphan may live.
  func reapOrphans() -> Bool {
    orphans.reap(own: own.map(\.pid)) { end in
      if let attempt = own.first(where: { $0.pid == end.pid }) { ended(attempt, end) }
    }
  }

  /// The process of an attempt has been reaped; what is left of the attempt is looked for in this turn.
  private func ended(_ attempt: Attempt, _ end: baton_exit) {
    own.removeAll { $0 === attempt }
    FaultPoint.reach("executor.exited")
    attempt.exit = end
    attempt.phase = .settling
    if attempt.pidfd >= 0 { _ = baton_epoll_close(reactor.epoll, attempt.pidfd) }
    attempt.pidfd = -1
    if !attempt.isStopping { attempt.killAt = baton_boottime() + Self.leftoverGrace.nanoseconds }
    unsettled.insert(attempt.ticket)
  }

  /// Some child has ended: perhaps what an attempt waits for.
  private func childEnded() {
    // Elsewhere a timer looks.
    guard orphans.isSubreaper else { return }
    _ = reapOrphans()
    for (ticket, attempt) in attempts where attempt.phase == .settling { unsettled.insert(ticket) }
  }

  private func outputReady(_ ticket: Ticket) {
    guard let attempt = attempts[ticket] else { return }
    _ = readOutput(attempt)
    FaultPoint.reach("executor.output-read")
  }

  private func readOutput(_ attempt: Attempt) -> AttemptOutput.Reading {
    let reading = attempt.output.read(into: buffer, secrets: secrets) { sendOn($0, of: attempt.ticket) }
    if let failure = attempt.output.failure, attempt.problem == nil {
      attempt.problem = .failed(secrets.mask(failure))
      stop(attempt.ticket, grace: Self.leftoverGrace)
    }
    return reading
  }

  private func sendOn(_ bytes: UnsafeRawBufferPointer, of ticket: Ticket) {
    if isEchoing { reactor.post(.output(ticket, Array(bytes))) }
  }

  // MARK: BATON_EVENTS

  private func eventsWritten(_ name: String?) {
    guard let name else {
      for attempt in attempts.values { readEvents(attempt, isLast: false) }
      return
    }
    guard name.hasPrefix(prefix), name.hasSuffix(".events"),
      let ticket = Ticket(name.dropFirst(prefix.count).dropLast(".events".count)), let attempt = attempts[ticket]
    else { return }
    readEvents(attempt, isLast: false)
  }

  private func readEvents(_ attempt: Attempt, isLast: Bool) {
    guard attempt.phase != .starting else { return }
    for report in attempt.events.read(isLast: isLast) {
      reactor.post(.commandReport(attempt.ticket, masked(report)))
    }
  }

  private func masked(_ report: CommandReport) -> CommandReport {
    switch report {
    case .progress(let fraction, let text): .progress(fraction: fraction, text: text.map { secrets.mask($0) })
    case .metric(let name, let value): .metric(name: secrets.mask(name), value: value)
    case .checkpoint(let value): .checkpoint(secrets.mask(value))
    case .unreadable(let text): .unreadable(secrets.mask(text))
    }
  }

  // MARK: The end

  /// No process of the attempt is left: what it wrote is all there.
  func complete(_ attempt: Attempt) {
    // What the pipe can hold was written before; more than that comes from someone who got it by other ways.
    var readings = 0
    while readings < 64, readOutput(attempt) == .bytes { readings += 1 }
    attempt.output.finish { sendOn($0, of: attempt.ticket) }
    readEvents(attempt, isLast: true)
    var outcome =
      attempt.problem ?? attempt.exit?.outcome ?? .failed("the process vanished: nobody can tell how it ended")
    if attempt.isCourier, attempt.problem == nil { outcome = told(attempt.outputFile) ?? outcome }
    if attempt.problem == nil, let failure = attempt.output.failure { outcome = .failed(secrets.mask(failure)) }
    var values: [String: Value] = [:]
    do throws(OutputFile.Failure) {
      values = try OutputFile.take(attempt.outputFile).mapValues { secrets.mask($0) }
    } catch {
      if outcome == .succeeded { outcome = .failed(secrets.mask(error.text)) }
      values = error.values.mapValues { secrets.mask($0) }
    }
    if let path = attempt.capture {
      do throws(OutputFile.Failure) {
        values["text"] = .string(try captured(path, attempt))
      } catch {
        if outcome == .succeeded { outcome = .failed(error.text) }
      }
    }
    if attempt.events.exists { unlink(attempt.events.path) }
    if let tests = attempt.testsFile { unlink(tests) }
    if let lease = attempt.leaseFile { unlink(lease) }
    finish(attempt, outcome, values: values)
  }

  /// How a courier says that the attempt ended; nil: as the courier itself.
  private func told(_ outputFile: String) -> Outcome? {
    let path = outputFile + CourierJob.endSuffix
    guard let bytes = Descriptor.contents(of: path, limit: 1 << 20) else { return nil }
    unlink(path)
    switch CourierEnd(bytes) {
    case .signaled(let signal): return .signaled(signal)
    case .unstartable(let text): return .unstartable(secrets.mask(text))
    case nil: return nil
    }
  }

  /// What an attempt whose standard output is its result wrote there; it stands in the log too.
  private func captured(_ path: String, _ attempt: Attempt) throws(OutputFile.Failure) -> String {
    defer { unlink(path) }
    guard let bytes = Descriptor.contents(of: path, limit: OutputFile.limit) else {
      let error = SystemError()
      if error.code == ENOENT { return "" }
      throw OutputFile.Failure(
        text: error.code == EFBIG
          ? "its output has more than 16 MB; let it write into a file" : "its output cannot be read: \(error.text)")
    }
    let text = secrets.mask(String(decoding: bytes, as: UTF8.self))
    let log = Array(text.utf8)
    append(log, toLog: attempt.log)
    if isEchoing { reactor.post(.output(attempt.ticket, log)) }
    return text
  }

  private func finish(_ attempt: Attempt, _ outcome: Outcome, values: [String: Value] = [:]) {
    if let timer = attempt.timer { reactor.cancel(timer) }
    attempts[attempt.ticket] = nil
    unsettled.remove(attempt.ticket)
    isQuick = reactor.now - attempt.started < Self.quick
    reactor.post(
      .attemptEnded(
        attempt.ticket,
        AttemptReport(
          outcome: outcome, started: attempt.started, ended: reactor.now, values: values, tail: attempt.output.tail,
          outputBytes: attempt.output.count)))
    hasRoom = waiting.count > 0
  }

  /// An attempt that is to end before there was room for its process.
  func endWaiting(_ attempt: Attempt) {
    attempt.started = reactor.now
    finish(attempt, .signaled(SIGTERM))
  }
}

extension baton_exit {
  /// nil: nobody knows, someone else reaped it.
  var outcome: Outcome? {
    guard pid > 0 else { return nil }
    if signal > 0 { return .signaled(signal) }
    return code == 0 ? .succeeded : .exited(code)
  }
}
