import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// Starts processes, on the thread that it is used on, which stands still until the program is loaded.
final class ProcessStarter {
  struct Job: Sendable {
    var launch: Launch
    /// The descriptor of the lock that the process inherits; -1: none.
    var lock: Int32
    /// Where `BATON_OUTPUT` and `BATON_EVENTS` point to.
    var outputFile: String
    var eventsFile: String
    /// Where `BATON_TESTS` points to, if the launch names tests.
    var testsFile: String
    var leaseFile: String
  }

  enum Result: Sendable {
    /// Pipe and pidfd are registered with epoll in a moment.
    case started(Ticket, pid: Int32, pidfd: Int32, output: Int32, at: Int64)
    case failed(Ticket, String, at: Int64)
    /// The system has no room for another process now.
    case short(Job, String, at: Int64)
    /// After `started`: it cannot be watched, and the process was killed.
    case unwatched(Ticket, String)
  }

  private let epoll: Int32
  private let exitSpace: UInt64
  private let outputSpace: UInt64
  private let environment = EnvironmentBlock()
  private var strings = LaunchStrings()
  private var lookup = ProgramLookup()
  private var nullInput: Int32 = -1
  private let stack: UnsafeMutableRawPointer?
  private let ignoredSignals = baton_ignored_signals()
  private let canMark = baton_can_mark(AttemptToken.firstMark)

  /// Tags of epoll: the spaces in which the tickets of ended processes and of readable output are told.
  init(epoll: Int32, exitSpace: UInt64, outputSpace: UInt64) {
    self.epoll = epoll
    self.exitSpace = exitSpace
    self.outputSpace = outputSpace
    stack = baton_spawn_stack_make()
  }

  deinit {
    if nullInput >= 0 { close(nullInput) }
    baton_spawn_stack_free(stack)
  }

  /// Starts a process and has epoll watch it.
  func start(_ job: Job, answer: (Result) -> Void) {
    let ticket = job.launch.ticket
    let moment = baton_boottime()
    do throws(LaunchProblem) {
      let (process, output) = try spawn(job)
      answer(.started(ticket, pid: process.pid, pidfd: process.pidfd, output: output, at: moment))
      // Only now, so that the reactor knows of the attempt when something comes.
      if baton_epoll_add(epoll, output, outputSpace | UInt64(ticket)) < 0
        || baton_epoll_add(epoll, process.pidfd, exitSpace | UInt64(ticket)) < 0
      {
        let error = SystemError()
        kill(-process.pid, SIGKILL)
        answer(.unwatched(ticket, LaunchProblem.noProcess(error).text))
      }
    } catch {
      answer(error.isShortage ? .short(job, error.text, at: moment) : .failed(ticket, error.text, at: moment))
    }
  }

  private func spawn(_ job: Job) throws(LaunchProblem) -> (baton_spawn_result, output: Int32) {
    guard let stack else { throw .noProcess(SystemError(ENOMEM)) }
    var ends: (Int32, Int32) = (-1, -1)
    let made = withUnsafeMutablePointer(to: &ends) {
      $0.withMemoryRebound(to: Int32.self, capacity: 2) { baton_pipe($0) }
    }
    guard made == 0 else { throw .noProcess(SystemError()) }
    defer { close(ends.1) }
    do throws(LaunchProblem) {
      let input = try standardInput(job.launch)
      defer { if input != nullInput { close(input) } }
      return (try execute(job, input: input, output: ends.1, stack: stack), ends.0)
    } catch {
      close(ends.0)
      throw error
    }
  }

  /// A text is handed over as a file in memory: of any size, and nobody has to feed it.
  private func standardInput(_ launch: Launch) throws(LaunchProblem) -> Int32 {
    guard let text = launch.standardInput else {
      if nullInput < 0 {
        let opened = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw .noProcess(SystemError()) }
        nullInput = opened
      }
      return nullInput
    }
    let file = baton_memory_file("stdin")
    guard file >= 0 else { throw .noProcess(SystemError()) }
    guard Descriptor.write(Array(text.utf8), to: file), lseek(file, 0, SEEK_SET) == 0 else {
      let error = SystemError()
      close(file)
      throw .noProcess(error)
    }
    return file
  }

  private func execute(
    _ job: Job, input: Int32, output: Int32, stack: UnsafeMutableRawPointer
  ) throws(LaunchProblem) -> baton_spawn_result {
    let launch = job.launch
    guard let program = launch.arguments.first, !program.isEmpty else { throw .nothing }
    try writeTests(job)
    try writeLease(job)
    let path = launch.extraEnvironment.last { $0.name == "PATH" }?.value ?? environment.path
    do throws(LaunchStrings.ZeroByte) {
      try prepare(job)
    } catch {
      throw .zeroByte(program, error.what)
    }
    let mark = canMark ? AttemptToken.mark(launch.token) : 0
    var retries = 0
    while true {
      let place: String
      switch lookup.find(program, path: path, folder: launch.workingDirectory) {
      case .found(let found): place = found
      case .notExecutable(let found): throw .program(program, place: found, folder: launch.workingDirectory, EACCES)
      case .missing: throw .notInPath(program)
      }
      FaultPoint.reach("executor.before-spawn")
      let result = strings.withPointers(environment) { arguments, variables in
        place.withCString { place in
          launch.workingDirectory.withCString { folder in
            var request = baton_spawn_request(
              path: place, arguments: arguments, environment: variables, folder: folder, input: input, output: output,
              inherited: job.lock, ignored_signals: ignoredSignals, mark: mark,
              death_signal: launch.role != .service ? 0 : launch.elsewhere == nil ? SIGKILL : SIGUSR1)
            return baton_spawn(&request, stack)
          }
        }
      }
      FaultPoint.reach("executor.spawned")
      switch result.stage {
      case baton_spawn_done: return result
      case baton_spawn_folder: throw .folder(program, launch.workingDirectory, SystemError(result.error))
      case baton_spawn_program:
        retries += 1
        // The program was moved since it was last looked for; or someone has it open for writing this moment.
        if result.error == ENOENT, place != program, retries == 1 {
          lookup.forget(program, path: path)
          continue
        }
        if result.error == ETXTBSY, retries <= 10 {
          usleep(2000)
          continue
        }
        throw .program(program, place: place, folder: launch.workingDirectory, result.error)
      default: throw .noProcess(SystemError(result.error))
      }
    }
  }

  /// Lists may be longer than arguments and variables can be: they are handed over in a file.
  private func writeTests(_ job: Job) throws(LaunchProblem) {
    guard let tests = job.launch.tests else { return }
    let file = open(job.testsFile, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw .tests(job.testsFile, SystemError()) }
    defer { close(file) }
    guard Descriptor.write(Array(tests.map { $0 + "\n" }.joined().utf8), to: file) else {
      throw .tests(job.testsFile, SystemError())
    }
  }

  /// A pool of many members is longer than a variable may be.
  private func writeLease(_ job: Job) throws(LaunchProblem) {
    guard let lease = job.launch.lease else { return }
    let file = open(job.leaseFile, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .lease(job.leaseFile, SystemError()) }
    defer { close(file) }
    guard Descriptor.write(Array(JSON.encode(lease.value).utf8), to: file) else {
      throw .lease(job.leaseFile, SystemError())
    }
  }

  private func prepare(_ job: Job) throws(LaunchStrings.ZeroByte) {
    let launch = job.launch
    strings.removeAll()
    for argument in launch.arguments { try strings.addArgument(argument) }
    let extra = launch.environment
    // The last of a name counts.
    for (index, (name, value)) in extra.enumerated() where !extra[(index + 1)...].contains(where: { $0.name == name }) {
      try strings.addEnvironment(name, value, in: environment)
    }
    let token = AttemptToken.text(launch.token, within: environment.attempt)
    try strings.addEnvironment("BATON_ATTEMPT", token, in: environment)
    try strings.addEnvironment("BATON_OUTPUT", job.outputFile, in: environment)
    try strings.addEnvironment("BATON_EVENTS", job.eventsFile, in: environment)
    if launch.tests != nil { try strings.addEnvironment("BATON_TESTS", job.testsFile, in: environment) }
  }
}
