import BatonModel
import CSystem
import Glibc

/// A program that is run to its end, or to a limit of time or output. Its exit code is not looked at: the engine reaps all children.
enum BoundedChild {
  struct Problem: Error {
    var text: String
  }

  /// - Returns: what it wrote to standard output; standard error is the engine's own nothing.
  static func run(
    _ arguments: [String], limit: Span, maximum: Int = 64 << 20
  ) -> Result<[UInt8], Problem> {
    var ends: [Int32] = [-1, -1]
    guard baton_pipe(&ends) == 0 else { return .failure(Problem(text: String(cString: strerror(errno)))) }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, and no signal blocked: this thread blocks all.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, arguments[0], &actions, &attributes, &words, Glibc.environ)
    close(ends[1])
    guard code == 0 else { return .failure(Problem(text: String(cString: strerror(code)))) }
    defer { _ = waitpid(process, nil, WNOHANG) }

    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let end = now() + limit.nanoseconds
    while true {
      let left = (end - now()) / 1_000_000
      var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
      let ready = left > 0 ? poll(&waiting, 1, Int32(clamping: left)) : 0
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else {
        kill(-process, SIGKILL)
        return .failure(Problem(text: "it took longer than \(limit.text)"))
      }
      let count = read(ends[0], &buffer, buffer.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      if count <= 0 { return .success(output) }
      output += buffer[..<count]
      if output.count > maximum {
        kill(-process, SIGKILL)
        return .failure(Problem(text: "it told more than \(maximum >> 20) MB"))
      }
    }
  }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
