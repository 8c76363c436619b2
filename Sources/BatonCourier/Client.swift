import BatonModel
import BatonSystem
import CSystem
import Glibc

/// A client of an engine or of another host, while an attempt runs there. Its standard output is this process's own, what it writes
/// to standard error passes through.
struct Client {
  var program: String
  var arguments: [String]
  var environment: [String: String]
  /// What it reads; nil: nothing.
  var input: [UInt8]?
  /// A descriptor that it reads instead; -1: none.
  var source: Int32 = -1
  /// The file that its standard output goes to; nil: that of this process.
  var output: String?
  /// When to look at it first, whatever it is sent (boot time); nil: never.
  var deadline: Int64?

  struct End {
    /// The exit code, or 128 and the number of the signal that ended it.
    var code: Int32
    var isKilled: Bool
  }

  /// - Parameters:
  ///   - errors: is given what it writes to standard error.
  ///   - signaled: is given each signal that this process is sent, and the client's process; says when to look again.
  ///   - overdue: is called when that time has come.
  func run(
    _ signals: Signals, errors: ([UInt8]) -> Void, signaled: (Int32, pid_t) -> Int64?, overdue: (pid_t) -> Int64?
  ) throws(BatonError) -> End {
    var ends: [Int32] = [-1, -1]
    guard baton_pipe(&ends) == 0 else { throw failure(errno) }
    defer { for end in ends where end >= 0 { close(end) } }
    let process = try spawn(errors: ends[1])
    close(ends[1])
    ends[1] = -1
    let descriptor = baton_pidfd_open(process)
    defer { if descriptor >= 0 { close(descriptor) } }
    var deadline = deadline
    var isOpen = true
    while true {
      var waits = [
        pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isOpen ? ends[0] : -1, events: Int16(POLLIN), revents: 0),
      ]
      let left = deadline.map { Int32(clamping: max(0, ($0 - baton_boottime()) / 1_000_000 + 1)) } ?? -1
      guard poll(&waits, 3, left) >= 0 || errno == EINTR else { throw failure(errno) }
      if isOpen { isOpen = pass(ends[0], errors) }
      for signal in signals.take() { if let moment = signaled(signal, process) { deadline = moment } }
      if let moment = deadline, baton_boottime() >= moment { deadline = overdue(process) }
      let end = baton_reap_child(process)
      guard end.pid != 0 else { continue }
      // What it wrote at last; others may hold its pipe open.
      if isOpen { _ = pass(ends[0], errors) }
      return End(code: end.signal > 0 ? 128 + end.signal : max(0, end.code), isKilled: end.signal > 0)
    }
  }

  /// Takes what is there; false when the other side has closed the pipe.
  private func pass(_ pipe: Int32, _ errors: ([UInt8]) -> Void) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    for _ in 0..<64 {
      let count = read(pipe, &buffer, buffer.count)
      if count < 0 { return errno == EAGAIN || errno == EINTR }
      if count == 0 { return false }
      errors(Array(buffer[..<count]))
    }
    return true
  }

  private func failure(_ number: Int32) -> BatonError {
    BatonError(.failure, "cannot start \(program): \(Disk.message(number))")
  }

  private func spawn(errors: Int32) throws(BatonError) -> pid_t {
    var source: Int32 = -1
    defer { if source >= 0 { close(source) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if self.source >= 0 {
      posix_spawn_file_actions_adddup2(&actions, self.source, 0)
    } else if let input {
      // A file in memory: of any size, and nobody has to feed it.
      source = baton_memory_file("stdin")
      guard source >= 0, baton_write_all(source, input, input.count), lseek(source, 0, SEEK_SET) == 0 else {
        throw failure(errno)
      }
      posix_spawn_file_actions_adddup2(&actions, source, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    if let output {
      posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    }
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var mask = sigset_t()
    sigemptyset(&mask)
    posix_spawnattr_setsigmask(&attributes, &mask)
    sigaddset(&mask, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &mask)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + variables { free(word) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, program, &actions, &attributes, &words, &variables)
    guard code == 0 else { throw failure(code) }
    return process
  }

  /// What is about the courier itself.
  private static let own: Set<String> = [
    "BATON_COURIER", "BATON_OUTPUT", "BATON_EVENTS", "BATON_TESTS", "BATON_FAULT", "BATON_SERVICE_FOLDER",
  ]

  /// The environment of this process without that.
  static func surroundings() -> [String: String] {
    var found: [String: String] = [:]
    guard var place = baton_environment() else { return found }
    while let entry = place.pointee {
      place += 1
      let text = String(cString: entry)
      guard let equals = text.firstIndex(of: "=") else { continue }
      let name = String(text[..<equals])
      if !own.contains(name) { found[name] = String(text[text.index(after: equals)...]) }
    }
    return found
  }
}
