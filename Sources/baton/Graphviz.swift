import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// The `dot` program, run as a filter.
enum Graphviz {
  static let cure = "install it (Debian: apt-get install graphviz), or use --format mermaid, dot or ascii"

  /// Draws a graph in the DOT language as SVG.
  static func svg(_ dot: String) throws(BatonError) -> [UInt8] {
    guard let program = Tool.find("dot") else {
      throw BatonError(.usage, "--format svg needs Graphviz: there is no program dot", cure: cure)
    }
    let limit = Span(seconds: 300)
    guard let (output, status) = try Tool.filter(program, ["dot", "-Tsvg"], input: Array(dot.utf8), limit: limit)
    else {
      throw BatonError(
        .failure, "dot was ended: it has not drawn the graph within \(limit.text)",
        cure: "use --format mermaid, dot or ascii")
    }
    guard status == 0, !output.isEmpty else {
      throw BatonError(.failure, "dot failed with exit code \(status)", cure: "its message stands above")
    }
    return output
  }
}

/// Programs of others that a command needs.
enum Tool {
  /// The path of a program, as a shell would find it.
  static func find(_ name: String) -> String? {
    for folder in (Environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
      let path = "\(folder)/\(name)"
      if access(path, X_OK) == 0, !File.isFolder(path) { return path }
    }
    return nil
  }

  /// Runs a program with this input, and returns its output and exit code; what it writes to standard error is passed on.
  ///
  /// - Returns: nil when it was ended, since it took longer than the limit.
  static func filter(
    _ program: String, _ arguments: [String], input: [UInt8], limit: Span
  ) throws(BatonError) -> ([UInt8], Int32)? {
    var toChild: [Int32] = [0, 0]
    var fromChild: [Int32] = [0, 0]
    guard pipe(&toChild) == 0 else { throw failure(program) }
    guard pipe(&fromChild) == 0 else {
      close(toChild[0])
      close(toChild[1])
      throw failure(program)
    }
    for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // This program ignores SIGPIPE; others should not.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    var pid: pid_t = 0
    let code = posix_spawn(&pid, program, &actions, &attributes, words, baton_environment())
    close(toChild[0])
    close(fromChild[1])
    guard code == 0 else {
      close(toChild[1])
      close(fromChild[0])
      errno = code
      throw failure(program)
    }
    let end = Monitor.monotonicNow + limit.nanoseconds
    let output = exchange(input, write: toChild[1], read: fromChild[0], until: end)
    if output == nil { kill(pid, SIGKILL) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    guard let output else { return nil }
    return (output, status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F)
  }

  /// Writes and reads at the same time, so that neither side waits for the other; closes both. nil: it took too long.
  private static func exchange(
    _ input: [UInt8], write target: Int32, read source: Int32, until end: Int64
  ) -> [UInt8]? {
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var position = 0
    var isWriting = true
    _ = fcntl(target, F_SETFL, O_NONBLOCK)
    defer {
      if isWriting { close(target) }
      close(source)
    }
    while true {
      let left = (end - Monitor.monotonicNow) / 1_000_000
      guard left > 0 else { return nil }
      var waits = [
        pollfd(fd: source, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isWriting ? target : -1, events: Int16(POLLOUT), revents: 0),
      ]
      let ready = poll(&waits, 2, Int32(clamping: left))
      guard ready >= 0 || errno == EINTR else { break }
      if ready <= 0 { continue }
      if isWriting, waits[1].revents != 0 {
        let count = input.withUnsafeBytes { bytes -> Int in
          guard let base = bytes.baseAddress, position < bytes.count else { return 0 }
          return Glibc.write(target, base + position, bytes.count - position)
        }
        if count > 0 { position += count }
        if position == input.count || (count < 0 && errno != EAGAIN && errno != EINTR) {
          close(target)
          isWriting = false
        }
      }
      if waits[0].revents != 0 {
        let count = Glibc.read(source, &buffer, buffer.count)
        if count == 0 { break }
        if count > 0 { output += buffer[..<count] }
      }
    }
    return output
  }

  private static func failure(_ program: String) -> BatonError {
    BatonError(.failure, "cannot start \(program): \(File.message(errno))")
  }
}
