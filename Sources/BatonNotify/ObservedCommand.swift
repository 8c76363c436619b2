import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// A program whose end is learned from itself.
///
/// The engine reaps every child as soon as it ends, so that nobody else can ask the kernel for an exit code. The program
/// therefore runs below a shell that writes the code to a pipe of its own; when the shell is killed, the pipe ends. The
/// shell stays until it is released, so that its number stands for the group of processes as long as it is used.
struct ObservedCommand {
  var arguments: [String]
  var folder: String
  var standardInput: String
  /// Added to the engine's own.
  var environment: [(name: String, value: String)]

  enum End: Equatable {
    case exited(Int32)
    /// Together with the shell that watched it.
    case killed
    case overdue
    case abandoned
    case unstartable(String)
  }

  struct Result {
    var end: End
    /// The end of standard output and standard error.
    var tail: [UInt8]
  }

  /// Its own words (`Terminated`) go nowhere.
  private static let watcher =
    #"exec 5>&2 2>/dev/null; trap : TERM; ("$@") 2>&5 3>&- 4<&- 5>&-; echo $? >&3; read -r released <&4"#
  private static let longestTail = 2048
  /// How often to look whether the command is abandoned.
  private static let tick: Int32 = 100

  func run(limit: Span, grace: Span, until abandonment: Abandonment) -> Result {
    guard var pipes = Pipes(input: standardInput) else {
      return Result(end: .unstartable(String(cString: strerror(errno))), tail: [])
    }
    defer { pipes.close() }
    var process: pid_t = 0
    let code = spawn(pipes, &process)
    guard code == 0 else {
      let place = access(folder, X_OK) == 0 ? "/bin/sh" : "the folder \(folder)"
      return Result(end: .unstartable("\(place): \(String(cString: strerror(code)))"), tail: [])
    }
    let descriptor = baton_pidfd_open(process)
    pipes.closeFarEnds()
    let result = watch(process, pipes, limit, grace, abandonment)
    pipes.close()
    if descriptor >= 0 {
      // The shell is ending, unless another thread has reaped it.
      _ = waitForEnd(descriptor)
      close(descriptor)
    }
    return result
  }

  /// Waits for the process behind a pidfd and reaps it; false when it is no child any more.
  private func waitForEnd(_ descriptor: Int32) -> Bool {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&waiting, 1, -1) < 0 && errno == EINTR {}
    return baton_reap(P_PIDFD, id_t(descriptor), 0).pid > 0
  }

  /// The descriptors on both sides; all above those that the program gets, so that none is in another's way.
  private struct Pipes {
    var input: Int32
    var output: (near: Int32, far: Int32)
    var status: (near: Int32, far: Int32)
    /// Here the far end is the one to read from.
    var release: (near: Int32, far: Int32)

    init?(input text: String) {
      func raised(_ descriptor: Int32) -> Int32 {
        guard descriptor >= 0 else { return -1 }
        defer { Glibc.close(descriptor) }
        return fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
      }
      func makePipe() -> (near: Int32, far: Int32) {
        var ends: [Int32] = [-1, -1]
        guard baton_pipe(&ends) == 0 else { return (-1, -1) }
        return (raised(ends[0]), raised(ends[1]))
      }
      input = raised(baton_memory_file("baton-notification"))
      output = makePipe()
      status = makePipe()
      let pair = makePipe()
      release = (pair.far, pair.near)
      let all = [input, output.near, output.far, status.near, status.far, release.near, release.far]
      guard all.allSatisfy({ $0 >= 0 }),
        ObservedCommand.fill(input, with: text)
      else {
        let code = errno
        close()
        errno = code
        return nil
      }
      for near in [output.near, status.near] { _ = baton_set_nonblocking(near) }
    }

    mutating func closeFarEnds() {
      for descriptor in [input, output.far, status.far, release.far] where descriptor >= 0 { Glibc.close(descriptor) }
      (input, output.far, status.far, release.far) = (-1, -1, -1, -1)
    }

    mutating func close() {
      closeFarEnds()
      for descriptor in [output.near, status.near, release.near] where descriptor >= 0 { Glibc.close(descriptor) }
      (output.near, status.near, release.near) = (-1, -1, -1)
    }
  }

  private static func fill(_ descriptor: Int32, with text: String) -> Bool {
    let bytes = Array(text.utf8)
    return baton_write_all(descriptor, bytes, bytes.count) && lseek(descriptor, 0, SEEK_SET) == 0
  }

  /// An error number, or 0.
  private func spawn(_ pipes: Pipes, _ process: inout pid_t) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipes.input, 0)
    posix_spawn_file_actions_adddup2(&actions, pipes.output.far, 1)
    posix_spawn_file_actions_adddup2(&actions, pipes.output.far, 2)
    posix_spawn_file_actions_adddup2(&actions, pipes.status.far, 3)
    posix_spawn_file_actions_adddup2(&actions, pipes.release.far, 4)
    baton_posix_spawn_close_from(&actions, 5)
    baton_posix_spawn_folder(&actions, folder)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))
    let given = Set(environment.map(\.name))
    let kept = currentEnvironment().filter { entry in !given.contains(String(entry.prefix { $0 != "=" })) }
    return withStrings(["/bin/sh", "-c", ObservedCommand.watcher, "baton-notification"] + arguments) { arguments in
      withStrings(kept + environment.map { "\($0.name)=\($0.value)" }) { environment in
        posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environment)
      }
    }
  }

  private func watch(
    _ process: pid_t, _ pipes: Pipes, _ limit: Span, _ grace: Span, _ abandonment: Abandonment
  ) -> Result {
    var tail: [UInt8] = []
    var status: [UInt8] = []
    var ending: End?
    var deadline = Monitor.monotonicNow + limit.nanoseconds
    var signal = SIGTERM
    while true {
      var waiting = [
        pollfd(fd: pipes.status.near, events: Int16(POLLIN), revents: 0),
        pollfd(fd: pipes.output.near, events: Int16(POLLIN), revents: 0),
      ]
      let left = max(0, deadline - Monitor.monotonicNow) / 1_000_000 + 1
      let isOutputOpen = drain(pipes.output.near, into: &tail)
      if tail.count > ObservedCommand.longestTail { tail.removeFirst(tail.count - ObservedCommand.longestTail) }
      // When the program has closed its output there is nothing to wait for but its end.
      poll(&waiting, isOutputOpen ? 2 : 1, Int32(min(left, Int64(ObservedCommand.tick))))
      if !drain(pipes.status.near, into: &status) || status.contains(UInt8(ascii: "\n")) { break }
      if Monitor.monotonicNow >= deadline || (ending == nil && abandonment.isDeclared) {
        if ending == nil { ending = abandonment.isDeclared ? .abandoned : .overdue }
        // The shell lives, for its pipe is open: the number is still its own.
        kill(-process, signal)
        signal = SIGKILL
        deadline = Monitor.monotonicNow + grace.nanoseconds
      }
    }
    let isWatched = status.contains(UInt8(ascii: "\n"))
    // What the polite signal left of a command that was ended.
    if ending != nil && isWatched { kill(-process, SIGKILL) }
    _ = drain(pipes.output.near, into: &tail)
    let code = Int32(String(decoding: status, as: UTF8.self).prefix { $0 != "\n" })
    let end = ending ?? code.map { .exited($0) } ?? .killed
    return Result(end: end, tail: tail.suffix(ObservedCommand.longestTail))
  }

  /// Takes what is there; false when the other side has closed the pipe.
  private func drain(_ descriptor: Int32, into bytes: inout [UInt8]) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    // A program that writes without end must not keep us here.
    for _ in 0..<64 {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 { return errno == EAGAIN || errno == EINTR }
      if count == 0 { return false }
      bytes.append(contentsOf: buffer[..<count])
    }
    return true
  }

  private func currentEnvironment() -> [String] {
    var entries: [String] = []
    guard var place = baton_environment() else { return entries }
    while let entry = place.pointee {
      entries.append(String(cString: entry))
      place += 1
    }
    return entries
  }

  /// Gives the strings as C wants a list of them.
  private func withStrings<Output>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Output
  ) -> Output {
    let copies = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return body(copies)
  }
}
