import BatonModel
import BatonRuntime
import BatonSystem
import CSystem
import Glibc

/// Runs an attempt in a container, and sees to it that the container is gone when the attempt is over.
final class ContainerCarrier {
  private let job: CourierJob
  private let container: Elsewhere.Container
  private let signals: Signals
  /// What the program said last.
  private var tail: [UInt8] = []
  /// The attempt was asked to end.
  private var wasAsked = false
  /// What runs in the container has heard of it.
  private var isDelivered = false
  /// When it is killed, and when the program itself is (boot time).
  private var graceEnd: Int64 = 0
  private var farewellEnd: Int64 = 0
  /// It was killed, and its container removed.
  private var isForced = false
  /// No container of its name is there, as far as is known.
  private var isGone = true

  private static let longestTail = 8192
  /// How long the program may take to see that its container is gone.
  private static let farewell = Span(seconds: 7)
  /// Between two tries to reach a container that is not there yet.
  private static let pause = Span(milliseconds: 200)

  init(_ job: CourierJob, _ container: Elsewhere.Container, _ signals: Signals) {
    self.job = job
    self.container = container
    self.signals = signals
  }

  func carry() -> Int32 {
    do throws(BatonError) {
      let engine = try ContainerEngine.find(container.engine)
      if let problem = missingFolder { return Courier.tell(.unstartable(problem)) }
      let name = ContainerCommand.name(run: job.place.run, step: job.step)
      var command = ContainerCommand(engine: engine, job: job, container: container, name: name)
      guard job.errand == nil else { return try runErrand(command) }
      if let image = try ContainerImage(container, engine) {
        try make(image)
        guard !wasAsked, !isForced else { return Courier.tell(.signaled(isForced ? SIGKILL : SIGTERM)) }
        command.made = image.name
      }
      let note = Note(engine: engine, name: name, job: job)
      try note.write()
      let status = try run(command)
      // Where it may be there still, whoever carries the run on looks for it.
      if isGone { note.remove() }
      return status
    } catch {
      return Courier.tell(.unstartable(error.sentence))
    }
  }

  /// A folder that the container shares must be there, as it must at home.
  private var missingFolder: String? {
    guard job.place.folders.contains(where: { job.folder == $0 || job.folder.hasPrefix($0 + "/") }),
      !Disk.isFolder(job.folder)
    else { return nil }
    return "cannot run \"\(job.arguments[0])\" in \"\(job.folder)\": no such folder"
  }

  private func run(_ command: ContainerCommand) throws(BatonError) -> Int32 {
    var command = command
    var hasCleared = false
    while true {
      let end = try start(command)
      let failure = ContainerFailure(end.code, tail, command)
      switch failure {
      case .nameTaken? where !hasCleared && !wasAsked && !isForced:
        // Of an attempt whose courier was killed.
        hasCleared = true
        guard command.engine.remove([command.name], environment: Client.surroundings()) else { break }
        continue
      case .noInit? where command.hasInit && !wasAsked && !isForced:
        command.hasInit = false
        continue
      default: break
      }
      if end.isKilled || isForced || end.code == 125 {
        isGone = command.engine.remove([command.name], environment: Client.surroundings())
      }
      return conclude(end, failure)
    }
  }

  // MARK: The image

  private func make(_ image: ContainerImage) throws(BatonError) {
    let environment = Client.surroundings()
    if image.pull != .always, image.engine.has(image: image.name, environment: environment) { return }
    guard let turn = try image.turn({ self.isOver(within: Self.pause) }) else { return }
    defer { close(turn) }
    // Another made it meanwhile.
    if image.pull != .always, image.engine.has(image: image.name, environment: environment) { return }
    let work = try image.work()
    Courier.say("the image \(image.shown) is \(work.verb)")
    let said = try perform(work, of: image)
    guard work.verb == "loaded", !wasAsked, !isForced else { return }
    let names = ContainerImage.loaded(said)
    guard names.count == 1 else {
      throw BatonError(
        .failure,
        "the archive \(image.shown) has \(names.count) images\(names.isEmpty ? "" : ": \(names.joined(separator: ", "))")",
        cure: "save one alone: \(image.engine.kind.rawValue) save -o FILE IMAGE")
    }
    let tagged = try image.engine.command(["tag", names[0], image.name], environment)
    guard tagged.code == 0 else { throw image.failure(String(decoding: tagged.output, as: UTF8.self), work) }
  }

  /// What the engine's program says goes to the log.
  ///
  /// - Returns: The end of what it said.
  private func perform(_ work: ContainerImage.Work, of image: ContainerImage) throws(BatonError) -> String {
    tail = []
    var environment = Client.surroundings()
    environment["BUILDKIT_PROGRESS"] = environment["BUILDKIT_PROGRESS"] ?? "plain"
    let client = Client(
      // Both of its ways in one, in the order in which it says things.
      program: "/bin/sh", arguments: ["-c", #"exec "$@" >&2"#, "sh", image.engine.program] + work.words,
      environment: environment, input: nil)
    let end = try client.run(signals) {
      self.pass($0)
    } signaled: { signal, process in
      if signal == SIGUSR1 { self.isForced = true } else { self.wasAsked = true }
      kill(process, self.isForced ? SIGKILL : SIGTERM)
      return self.isForced ? nil : baton_boottime() + self.job.place.grace.nanoseconds
    } overdue: { process in
      self.isForced = true
      kill(process, SIGKILL)
      return nil
    }
    let said = String(decoding: tail, as: UTF8.self)
    guard !wasAsked, !isForced, end.code != 0 else { return said }
    throw image.failure(said, work)
  }

  /// Whether the attempt was ended, within that time.
  private func isOver(within span: Span) -> Bool {
    var wait = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
    _ = poll(&wait, 1, Int32(clamping: span.milliseconds))
    for signal in signals.take() { if signal == SIGUSR1 { isForced = true } else { wasAsked = true } }
    return wasAsked || isForced
  }

  private func start(_ command: ContainerCommand) throws(BatonError) -> Client.End {
    tail = []
    let client = Client(
      program: command.engine.program, arguments: command.words, environment: command.environment,
      input: job.input.map { Array($0.utf8) }, output: job.capture)
    return try client.run(signals) {
      self.pass($0)
    } signaled: { signal, process in
      if signal == SIGUSR1 { return self.force(command, process) }
      guard !self.wasAsked else { return nil }
      self.wasAsked = true
      self.graceEnd = baton_boottime() + self.job.place.grace.nanoseconds
      return self.ask(command, process)
    } overdue: { process in
      if self.isForced || baton_boottime() >= self.graceEnd { return self.force(command, process) }
      return self.ask(command, process)
    }
  }

  /// Asks what runs in the container to end, as soon as it is there: the program itself is let be, for it would leave behind what its
  /// engine makes at this moment.
  private func ask(_ command: ContainerCommand, _ process: pid_t) -> Int64 {
    if job.errand != nil, !isDelivered {
      kill(process, SIGTERM)
      isDelivered = true
    } else if !isDelivered {
      isDelivered = command.engine.ask(command.name, environment: Client.surroundings())
    }
    return isDelivered ? graceEnd : min(graceEnd, baton_boottime() + Self.pause.nanoseconds)
  }

  /// Kills what runs in the container, again until the program sees that there is none.
  private func force(_ command: ContainerCommand, _ process: pid_t) -> Int64? {
    if !isForced { farewellEnd = baton_boottime() + Self.farewell.nanoseconds }
    isForced = true
    guard job.errand == nil, baton_boottime() < farewellEnd else {
      kill(process, SIGKILL)
      return nil
    }
    _ = command.engine.remove([command.name], environment: Client.surroundings())
    return baton_boottime() + Self.pause.nanoseconds
  }

  private func pass(_ bytes: [UInt8]) {
    _ = baton_write_all(2, bytes, bytes.count)
    tail = Array((tail + bytes).suffix(Self.longestTail))
  }

  /// A probe, or a command of a service's life, in the service's container.
  private func runErrand(_ command: ContainerCommand) throws(BatonError) -> Int32 {
    let end = try start(command)
    return conclude(end, ContainerFailure(end.code, tail, command))
  }

  private func conclude(_ end: Client.End, _ failure: ContainerFailure?) -> Int32 {
    if isForced { return Courier.tell(.signaled(SIGKILL)) }
    if let failure { return Courier.tell(.unstartable(failure.text)) }
    guard end.code > 128, SignalName.text(end.code - 128).hasPrefix("SIG"), end.code != 128 + SIGHUP else {
      return end.code
    }
    if end.code == 128 + SIGKILL, let memory = container.memory, !wasAsked {
      Courier.say(
        "killed by SIGKILL, as the kernel does at the limit of memory: resources.memory is \(ByteSize(bytes: memory).text)"
      )
    }
    return Courier.tell(.signaled(end.code - 128))
  }
}
