import BatonModel
import BatonRuntime
import BatonSystem
import CSystem
import Glibc

/// Runs an attempt in a container, and sees to it that the container is gone when the attempt is over.
final class ContainerCarrier {
  private let job: CourierJob
  private let container: Elsewhere.Container
  private let cancellation: Cancellation
  private let log = ClientLog()
  /// What runs in the container has heard that it is to end.
  private var isDelivered = false
  /// No container of its name is there, as far as is known.
  private var isGone = true

  /// Between two tries to reach a container that is not there yet.
  private static let pause = Span(milliseconds: 200)

  init(_ job: CourierJob, _ container: Elsewhere.Container, _ cancellation: Cancellation) {
    self.job = job
    self.container = container
    self.cancellation = cancellation
  }

  func carry() -> Int32 {
    do throws(BatonError) {
      let engine = try ContainerEngine.find(container.engine)
      if let problem = job.missingFolder { return Courier.tell(.unstartable(problem)) }
      let name = ContainerCommand.name(run: job.place.run, step: job.step)
      var command = ContainerCommand(engine: engine, job: job, container: container, name: name)
      guard job.errand == nil else { return try runErrand(command) }
      if let image = try ContainerImage(container, engine) {
        try make(image)
        guard !cancellation.isOver else { return Courier.tell(cancellation.end) }
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

  private func run(_ command: ContainerCommand) throws(BatonError) -> Int32 {
    var command = command
    var hasCleared = false
    while true {
      let end = try start(command)
      let failure = ContainerFailure(end.code, log.tail, command)
      switch failure {
      case .nameTaken? where !hasCleared && !cancellation.isOver:
        // Of an attempt whose courier was killed.
        hasCleared = true
        guard command.engine.remove([command.name], environment: Client.surroundings()) else { break }
        continue
      case .noInit? where command.hasInit && !cancellation.isOver:
        command.hasInit = false
        continue
      default: break
      }
      if end.isKilled || cancellation.isForced || end.code == 125 {
        isGone = command.engine.remove([command.name], environment: Client.surroundings())
      }
      return conclude(end, failure)
    }
  }

  // MARK: The image

  private func make(_ image: ContainerImage) throws(BatonError) {
    let environment = Client.surroundings()
    if image.pull != .always, image.engine.has(image: image.name, environment: environment) { return }
    guard let turn = try image.turn({ cancellation.comes(within: Self.pause) }) else { return }
    defer { close(turn) }
    // Another made it meanwhile.
    if image.pull != .always, image.engine.has(image: image.name, environment: environment) { return }
    let work = try image.work()
    Courier.say("the image \(image.shown) is \(work.verb)")
    let said = try perform(work, of: image)
    guard work.verb == "loaded", !cancellation.isOver else { return }
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
    var environment = Client.surroundings()
    environment["BUILDKIT_PROGRESS"] = environment["BUILDKIT_PROGRESS"] ?? "plain"
    let client = Client(
      // Both of its ways in one, in the order in which it says things.
      program: "/bin/sh", arguments: ["-c", #"exec "$@" >&2"#, "sh", image.engine.program] + work.words,
      environment: environment, input: nil)
    let end = try cancellation.prepare(client, log)
    guard !cancellation.isOver, end.code != 0 else { return log.text }
    throw image.failure(log.text, work)
  }

  private func start(_ command: ContainerCommand) throws(BatonError) -> Client.End {
    log.clear()
    let client = Client(
      program: command.engine.program, arguments: command.words, environment: command.environment,
      input: job.input.map { Array($0.utf8) }, output: job.capture)
    return try cancellation.run(client, errors: log.pass) { process in
      self.ask(command, process)
    } force: { process in
      self.force(command, process)
    }
  }

  /// Asks what runs in the container to end, as soon as it is there: the program itself is let be, for it would leave behind what its
  /// engine makes at this moment.
  private func ask(_ command: ContainerCommand, _ process: pid_t) -> Span? {
    guard !isDelivered else { return nil }
    if job.errand != nil {
      kill(process, SIGTERM)
      isDelivered = true
    } else {
      let environment = Client.surroundings()
      let signal = command.isOwn ? command.engine.stopSignal(of: command.name, environment: environment) : nil
      isDelivered = command.engine.ask(command.name, by: signal ?? "TERM", environment: environment)
    }
    return isDelivered ? nil : Self.pause
  }

  /// Kills what runs in the container, again until the program sees that there is none.
  private func force(_ command: ContainerCommand, _ process: pid_t) -> Span? {
    guard job.errand == nil else {
      kill(process, SIGKILL)
      return nil
    }
    _ = command.engine.remove([command.name], environment: Client.surroundings())
    return Self.pause
  }

  /// A probe, or a command of a service's life, in the service's container.
  private func runErrand(_ command: ContainerCommand) throws(BatonError) -> Int32 {
    let end = try start(command)
    return conclude(end, ContainerFailure(end.code, log.tail, command))
  }

  private func conclude(_ end: Client.End, _ failure: ContainerFailure?) -> Int32 {
    if cancellation.isForced { return Courier.tell(cancellation.end) }
    if let failure { return Courier.tell(.unstartable(failure.text)) }
    // A container has no terminal that could hang up: 129 is an exit code.
    if end.code == 128 + SIGHUP { return end.code }
    return Courier.end(end.code, memory: cancellation.wasAsked ? nil : job.place.memory)
  }
}
