import BatonImport
import BatonModel
import BatonRuntime
import BatonSystem
import CSystem
import Glibc

/// Runs an attempt in a Pod that is made for it, and sees to it that the Pod is gone when the attempt is over.
///
/// The step's container is kept open by a program that waits, and the step comes to it as it would to another host: so files, values
/// and events, signals and exit codes are the same in a cluster as here.
final class PodCarrier {
  private var job: CourierJob
  private var pod: Elsewhere.Pod
  private let cancellation: Cancellation
  private let log = ClientLog()
  /// The request that makes the Pod may have come to its cluster.
  private var mayBeThere = true

  /// Between two looks at a Pod that is not ready yet.
  private static let pause = Span(milliseconds: 300)
  /// How long a Pod may not be seen before that counts as its end.
  private static let patience = Span(seconds: 30)
  /// What keeps the step's container open: it ends at once when it is asked to, and buries what loses its parents.
  private static let holder = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"]

  init(_ job: CourierJob, _ pod: Elsewhere.Pod, _ cancellation: Cancellation) {
    self.job = job
    self.pod = pod
    self.cancellation = cancellation
  }

  func carry() -> Int32 {
    do throws(BatonError) {
      let manifest = try read()
      let container = try container(of: manifest)
      if manifest.limitsMemory(of: container) {
        pod.memory = nil
        job.place.target = .pod(pod)
      }
      let program = try PodProgram.find(pod.context, namespace: manifest.namespace)
      let name = PodProgram.name(run: job.place.run, step: job.step)
      var connection = PodConnection(program: program, pod: name, container: container)
      guard job.errand == nil else { return step(connection) }
      if pod.context == nil, let problem = job.missingFolder { throw BatonError(.failure, problem) }
      if pod.context == nil, !pod.published.isEmpty, manifest.isOfNode {
        throw BatonError(
          .failure, "\(pod.given) has this machine's network, in which no ports are published",
          cure: "leave out publish, or hostNetwork")
      }
      let note = Note(program, name: name, job: job)
      // What may be left of an earlier attempt is looked for, whatever becomes of this one.
      let isNoted = note.isWritten
      try note.write()
      defer {
        if !isNoted && !mayBeThere || program.remove([name], environment: Client.surroundings()) { note.remove() }
      }
      try start(manifest.pod(addition(name, container)), connection)
      guard !cancellation.isOver else { return Courier.tell(cancellation.end) }
      connection.forwards = forwards
      if let output = Courier.variable("BATON_OUTPUT") { connection.complaints = "\(output).tunnel" }
      return job.isOwn ? try follow(connection) : step(connection)
    } catch {
      return Courier.tell(cancellation.isOver ? cancellation.end : .unstartable(error.sentence))
    }
  }

  private func step(_ connection: PodConnection) -> Int32 {
    var job = job
    job.environment = environment
    return SSHCarrier(job, pod.host, cancellation, by: connection, nil).carry()
  }

  private var environment: [String: String] {
    var environment = job.environment
    // There, a port is where the service listens.
    for (name, value) in environment where name.hasPrefix("BATON_PORT_") {
      if let inside = pod.published[value] { environment[name] = String(inside) }
    }
    return environment
  }

  /// The container runs what the manifest says: what it prints is the attempt's output, and its end the attempt's.
  private func follow(_ connection: PodConnection) throws(BatonError) -> Int32 {
    var moment: Instant?
    while true {
      let words = connection.following(since: moment)
      let client = Client(
        program: words[0], arguments: Array(words.dropFirst()), environment: Client.surroundings(), input: nil)
      _ = try cancellation.run(client, errors: log.pass) { _ in
        _ = try? connection.program.perform(connection.asking(self.job.place.grace), Client.surroundings())
        return nil
      } force: { process in
        _ = connection.program.remove([connection.pod], environment: Client.surroundings())
        kill(process, SIGKILL)
        return nil
      }
      if cancellation.isForced { return Courier.tell(cancellation.end) }
      moment = Instant(nanoseconds: baton_walltime())
      guard let state = try look(connection) else { return Courier.tell(cancellation.end) }
      switch state {
      case .ended(let code): return Courier.end(code, memory: cancellation.wasAsked ? nil : pod.memory)
      case .failed(let why): throw PodFailure.error(why, connection.program, isAsked: false, isOwn: true)
      // The connection broke, and the container goes on.
      case .running, .waits: break
      }
      if cancellation.comes(within: Self.pause) { return Courier.tell(cancellation.end) }
    }
  }

  /// How the container does; nil: the attempt is over. A look that fails is taken again for a while: a connection may break.
  private func look(_ connection: PodConnection) throws(BatonError) -> PodState? {
    let end = baton_boottime() + Self.patience.nanoseconds
    while true {
      do throws(PodConnection.Unseen) { return try connection.state(isOwn: job.isOwn) } catch {
        guard error.passes, baton_boottime() < end else { throw error.error }
      }
      if cancellation.comes(within: Self.pause) { return nil }
    }
  }

  // MARK: The manifest

  private func read() throws(BatonError) -> PodManifest {
    guard let path = pod.source?.path else { return PodManifest(image: pod.given) }
    guard let bytes = Disk.read(path) else {
      throw BatonError(.failure, "cannot read the manifest \(pod.given): \(Disk.message(errno))")
    }
    do throws(Diagnostics) { return try PodManifest(bytes, file: pod.given) } catch {
      let all = error.items.map { item in
        (item.place.map { "\($0.text): " } ?? "") + item.message + (item.cure.map { " (\($0))" } ?? "")
      }
      throw BatonError(.failure, all.joined(separator: "; "))
    }
  }

  private func container(of manifest: PodManifest) throws(BatonError) -> String {
    guard let wanted = pod.container else { return manifest.containers[0] }
    guard manifest.containers.contains(wanted) else {
      throw BatonError(
        .failure, "\(pod.given) has no container \"\(wanted)\"",
        cure: "it has \(manifest.containers.joined(separator: ", "))")
    }
    return wanted
  }

  private func addition(_ name: String, _ container: String) -> PodManifest.Addition {
    var addition = PodManifest.Addition(name: name, container: container, command: job.isOwn ? nil : Self.holder)
    if job.isOwn { addition.environment = environment }
    addition.labels = PodProgram.labels(run: job.place.run, step: job.step)
    addition.annotations = ["baton.step": job.step, "baton.project": job.place.folders.first ?? ""]
    if pod.host.isShared { addition.folders = job.place.folders }
    if pod.context == nil {
      for (outside, inside) in pod.published { if let port = Int(outside) { addition.published[port] = inside } }
      addition.isOfNode = pod.published.isEmpty
    }
    (addition.processors, addition.memory) = (pod.processors, pod.memory)
    return addition
  }

  /// Of a cluster: where services are found from here.
  private var forwards: [String] {
    guard pod.context != nil else { return [] }
    return job.ports.map { port in
      "\(port):\(pod.published[port].map(String.init) ?? port)"
    }
  }

  // MARK: Its start

  private func start(_ value: Value, _ connection: PodConnection) throws(BatonError) {
    let (program, name) = (connection.program, connection.pod)
    let text = Array(JSON.encode(value).utf8)
    let words = program.context == nil ? ["kube", "play", "-"] : ["create", "--filename", "-"]
    var end = try perform(program, words, input: text)
    let said = log.text
    if end.code != 0, said.contains("already exists") || said.contains("is in use") || said.contains("AlreadyExists") {
      // Of an attempt whose courier was killed.
      guard program.remove([name], environment: Client.surroundings()) else {
        throw BatonError(.failure, "the pod \(name) of an earlier attempt cannot be removed by \(program.name)")
      }
      guard !cancellation.isOver else { return }
      end = try perform(program, words, input: text)
    }
    guard !cancellation.isOver else { return }
    guard end.code == 0 else {
      if program.context != nil, PodFailure.isUnreached(log.text) { mayBeThere = false }
      throw PodFailure.error(log.text, program, isAsked: false, isOwn: job.isOwn)
    }
    if program.context != nil { try awaitStart(connection) }
  }

  /// What the program says goes to the log.
  private func perform(_ program: PodProgram, _ own: [String], input: [UInt8]) throws(BatonError) -> Client.End {
    let client = Client(
      program: program.path, arguments: Array(program.words.dropFirst()) + own, environment: Client.surroundings(),
      input: input, output: "/dev/null")
    return try cancellation.prepare(client, log)
  }

  /// Until the step's container runs. A cluster that has no room makes it wait, and says so in the log.
  private func awaitStart(_ connection: PodConnection) throws(BatonError) {
    var shown = ""
    while !cancellation.comes(within: Self.pause) {
      guard let state = try look(connection) else { return }
      switch state {
      case .running, .ended: return
      case .failed(let why): throw PodFailure.error(why, connection.program, isAsked: false, isOwn: job.isOwn)
      case .waits(let why):
        if why != shown, !why.isEmpty { Courier.say("the pod waits: \(why)") }
        shown = why
      }
    }
  }
}
