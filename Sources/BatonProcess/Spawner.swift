import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// The thread that starts processes.
///
/// It exists so that the processes of steps are *its* children, and the children of the process's first thread are orphans
/// and nothing else: whether there is one is then a single system call (see ``OrphanWatch``). Starting a process also
/// blocks the thread that does it until the program is loaded, and the engine has better things to do.
final class Spawner: @unchecked Sendable {
  // Sound because `jobs`, `results` and `isClosed` are touched under `mutex` alone, and all other mutable state by the
  // thread alone.

  struct Job: Sendable {
    var launch: Launch
    /// The descriptor of the lock that the process inherits; -1: none.
    var lock: Int32
    /// Where `BATON_OUTPUT` and `BATON_EVENTS` point to.
    var outputFile: String
    var eventsFile: String
  }

  enum Result: Sendable {
    /// Pipe and pidfd are registered with epoll in a moment.
    case started(Ticket, pid: Int32, pidfd: Int32, output: Int32, at: Int64)
    case failed(Ticket, String, at: Int64)
    /// After `started`: it cannot be watched, and the process was killed.
    case unwatched(Ticket, String)
  }

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var jobs: [Job] = []
  private var results: [Result] = []
  private var isClosed = false
  private var thread = pthread_t()
  private var isRunning = false

  private let epoll: Int32
  private let exitSpace: UInt64
  private let outputSpace: UInt64
  private let environment = EnvironmentBlock()
  private var strings = LaunchStrings()
  private var lookup = ProgramLookup()
  private var nullInput: Int32 = -1
  private let stack: UnsafeMutableRawPointer?
  private let ignoredSignals = baton_ignored_signals()

  /// Tags of epoll: the spaces in which the tickets of ended processes and of readable output are told.
  init(epoll: Int32, exitSpace: UInt64, outputSpace: UInt64) {
    self.epoll = epoll
    self.exitSpace = exitSpace
    self.outputSpace = outputSpace
    stack = baton_spawn_stack_make()
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    if nullInput >= 0 { close(nullInput) }
    baton_spawn_stack_free(stack)
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Has a process started; the answer is among the results soon. False: there is no thread to be had.
  func submit(_ job: Job) -> Bool {
    pthread_mutex_lock(mutex)
    guard isRunning || begin() else {
      pthread_mutex_unlock(mutex)
      return false
    }
    jobs.append(job)
    pthread_mutex_unlock(mutex)
    // Not under the lock: the thread would wake only to wait for it.
    pthread_cond_signal(changed)
    return true
  }

  /// Makes the thread.
  private func begin() -> Bool {
    let box = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Spawner>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    isRunning = code == 0
    if !isRunning { box.release() }
    return isRunning
  }

  func takeResults() -> [Result] {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !results.isEmpty else { return [] }
    let all = results
    results.removeAll(keepingCapacity: true)
    return all
  }

  /// Finishes what was submitted and ends the thread.
  func stop() {
    pthread_mutex_lock(mutex)
    isClosed = true
    let joined = isRunning
    isRunning = false
    pthread_cond_signal(changed)
    pthread_mutex_unlock(mutex)
    if joined { pthread_join(thread, nil) }
  }

  // MARK: The thread

  private func run() {
    baton_block_all_signals()
    while true {
      pthread_mutex_lock(mutex)
      while jobs.isEmpty && !isClosed { pthread_cond_wait(changed, mutex) }
      let batch = jobs
      jobs.removeAll(keepingCapacity: true)
      pthread_mutex_unlock(mutex)
      if batch.isEmpty { return }
      for job in batch { start(job) }
    }
  }

  private func answer(_ result: Result) {
    pthread_mutex_lock(mutex)
    results.append(result)
    pthread_mutex_unlock(mutex)
  }

  private func start(_ job: Job) {
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
      answer(.failed(ticket, error.text, at: moment))
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
    let path = launch.extraEnvironment.last { $0.name == "PATH" }?.value ?? environment.path
    do throws(LaunchStrings.ZeroByte) {
      try prepare(job)
    } catch {
      throw .zeroByte(program, error.what)
    }
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
              inherited: job.lock, ignored_signals: ignoredSignals)
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

  private func prepare(_ job: Job) throws(LaunchStrings.ZeroByte) {
    let launch = job.launch
    strings.removeAll()
    for argument in launch.arguments { try strings.addArgument(argument) }
    let extra = launch.extraEnvironment
    // The last of a name counts.
    for (index, (name, value)) in extra.enumerated() where !extra[(index + 1)...].contains(where: { $0.name == name }) {
      try strings.addEnvironment(name, value, in: environment)
    }
    let token = AttemptToken.text(launch.token, within: environment.attempt)
    try strings.addEnvironment("BATON_ATTEMPT", token, in: environment)
    try strings.addEnvironment("BATON_OUTPUT", job.outputFile, in: environment)
    try strings.addEnvironment("BATON_EVENTS", job.eventsFile, in: environment)
  }
}
