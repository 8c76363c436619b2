import BatonModel
import CSystem
import Glibc

/// A program that is run to its end; what it says is gathered.
struct ChildProgram {
  var path: String
  var arguments: [String]
  /// The whole environment.
  var environment: [String: String]
  var folder: String

  struct End {
    /// The exit code; 128 and the signal's number where one ended it.
    var code: Int32
    /// Standard output and standard error, as they came.
    var text: String
  }

  /// The path of a program, as a shell would find it.
  static func find(_ name: String) -> String? {
    let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    for folder in folders.split(separator: ":") {
      let path = "\(folder)/\(name)"
      if access(path, X_OK) == 0, Disk.isFile(path) { return path }
    }
    return nil
  }

  /// - Parameter limit: how long it may take; then it is killed.
  func run(limit: Span = Span(seconds: 900)) throws(BatonError) -> End {
    var ends: [Int32] = [-1, -1]
    guard baton_pipe(&ends) == 0 else { throw Disk.failure("start", path) }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
    _ = baton_posix_spawn_folder(&actions, folder)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // This program ignores SIGPIPE; others should not.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + variables { free(word) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, path, &actions, &attributes, &words, &variables)
    close(ends[1])
    guard code == 0 else {
      errno = code
      throw Disk.failure("start", path)
    }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let deadline = Self.now() + limit.nanoseconds
    var isLate = false
    while true {
      var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
      let left = (deadline - Self.now()) / 1_000_000
      let ready = left > 0 ? poll(&waiting, 1, Int32(clamping: left)) : 0
      if ready < 0, errno == EINTR { continue }
      if ready == 0 {
        kill(process, SIGKILL)
        isLate = true
        break
      }
      let count = read(ends[0], &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      // What is too long is cut: it is for people.
      if output.count < 4 << 20 { output += buffer[..<count] }
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    if isLate {
      throw BatonError(
        .failure, "\(Disk.name(of: path)) took longer than \(limit.text), and was ended", cure: "try it again")
    }
    return End(
      code: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F, text: String(decoding: output, as: UTF8.self)
    )
  }

  /// Monotonic nanoseconds.
  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
