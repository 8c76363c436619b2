import Glibc

/// How a process ended and what it said.
struct Finished {
  var arguments: [String]
  /// The exit status; nil when a signal ended it.
  var code: Int32?
  var signal: Int32?
  var output: String
  var errors: String
  var seconds: Double
  /// Peak resident memory in MB (10⁶ bytes), children that it waited for included.
  var peakMegabytes: Double

  var all: String { output + errors }

  /// For the message of a failed expectation.
  var account: String {
    let end = code.map { "exit code \($0)" } ?? "signal \(signal ?? 0)"
    return
      "\(arguments.joined(separator: " ")): \(end)\n--- stdout\n\(output.prefix(4000))\n--- stderr\n\(errors.suffix(4000))"
  }
}

/// A process that a test started: output goes to files, so that nothing blocks and nothing is lost.
final class ChildProcess {
  let arguments: [String]
  let pid: pid_t
  private let outputFile: String
  private let errorFile: String
  private let started: Double
  private var finished: Finished?

  init(_ arguments: [String], in folder: String, environment: [String: String], scratch: String) throws {
    self.arguments = arguments
    let number = Self.counter.next()
    outputFile = "\(scratch)/out.\(number)"
    errorFile = "\(scratch)/err.\(number)"

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputFile, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, errorFile, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    sigfillset(&all)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

    // The folder is entered by a shell, which then is the program: there is no portable way to spawn elsewhere.
    let words = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder] + arguments
    var raw: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    raw.append(nil)
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") }
    variables.append(nil)
    defer { for word in raw + variables { free(word) } }
    started = Self.now()
    var pid: pid_t = 0
    let failure = posix_spawn(&pid, "/bin/sh", &actions, &attributes, raw, variables)
    guard failure == 0 else { throw HarnessError("cannot spawn: \(String(cString: strerror(failure)))") }
    self.pid = pid
  }

  deinit {
    guard finished == nil else { return }
    kill(pid, SIGKILL)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
  }

  func send(_ signal: Int32) { if finished == nil { kill(pid, signal) } }

  /// Waits for the end.
  /// - Throws: After so many seconds; the process is killed then.
  @discardableResult
  func wait(atMost limit: Double = 60) throws -> Finished {
    if let finished { return finished }
    let deadline = Self.now() + limit
    var status: Int32 = 0
    var usage = rusage()
    var pause: UInt32 = 200
    while true {
      let found = wait4(pid, &status, WNOHANG, &usage)
      if found == pid { break }
      guard found == 0 || errno == EINTR else { throw HarnessError("cannot wait for \(arguments)") }
      guard Self.now() < deadline else {
        kill(pid, SIGKILL)
        wait4(pid, &status, 0, &usage)
        throw HarnessError("still running after \(limit) s: \(collect(status, usage).account)")
      }
      usleep(pause)
      pause = min(pause * 2, 5000)
    }
    return collect(status, usage)
  }

  private func collect(_ status: Int32, _ usage: rusage) -> Finished {
    let signal = status & 127
    let result = Finished(
      arguments: arguments, code: signal == 0 ? (status >> 8) & 255 : nil, signal: signal == 0 ? nil : signal,
      output: Disk.text(outputFile) ?? "", errors: Disk.text(errorFile) ?? "", seconds: Self.now() - started,
      peakMegabytes: Double(usage.ru_maxrss) * 1024 / 1e6)
    finished = result
    return result
  }

  /// What it has said so far.
  var outputSoFar: String { Disk.text(outputFile) ?? "" }
  var errorsSoFar: String { Disk.text(errorFile) ?? "" }

  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static let counter = Counter()
}

/// Numbers that are never given out twice.
final class Counter: @unchecked Sendable {
  // All access is under the lock.
  private var value = 0
  private var mutex = pthread_mutex_t()

  init() { pthread_mutex_init(&mutex, nil) }

  func next() -> Int {
    pthread_mutex_lock(&mutex)
    defer { pthread_mutex_unlock(&mutex) }
    value += 1
    return value
  }
}
