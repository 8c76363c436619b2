import BatonModel
import CSystem
import Glibc

/// A program of others that is run to its end, within limits of time and output. What it prints is gathered, or passed on.
public struct Child: Sendable {
  public enum Input: Sendable {
    case nothing
    /// What this process reads.
    case mine
    case bytes([UInt8])
  }

  public enum Output: Sendable {
    case nothing
    /// Where this process writes.
    case mine
    case gathered
  }

  /// How it came to its end.
  public struct End: Sendable {
    public enum Limit: Sendable { case time, output }

    /// The exit code; 128 and the signal's number where one ended it.
    public var code: Int32 = 0
    /// What was gathered, as it came.
    public var output: [UInt8] = []
    /// What it went over, and was killed for.
    public var exceeded: Limit?
  }

  /// The path of its file.
  public var program: String
  /// Without its own name.
  public var arguments: [String]
  /// What it is told that it is called; nil: its path.
  public var name: String?
  /// The whole environment; nil: this process's.
  public var environment: [String: String]?
  /// nil: this process's.
  public var folder: String?
  public var input = Input.nothing
  public var output = Output.gathered
  public var errors = Output.mine
  /// In a process group of its own, which is killed as a whole; the engine, which reaps all children, may reap this one, too. So its
  /// exit code is not known.
  public var isApart = false

  public init(_ program: String, _ arguments: [String]) {
    self.program = program
    self.arguments = arguments
  }

  /// The path of a program, as a shell would find it.
  public static func find(_ name: String) -> String? {
    let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    for folder in folders.split(separator: ":") {
      let path = "\(folder)/\(name)"
      if access(path, X_OK) == 0, Disk.isFile(path) { return path }
    }
    return nil
  }

  /// - Parameters:
  ///   - limit: how long it may take; nil: as long as it likes.
  ///   - maximum: how much it may say; then it is killed.
  /// - Throws: `.failure` where it cannot be started.
  public func run(limit: Span? = nil, maximum: Int = .max) throws(BatonError) -> End {
    var toChild: [Int32] = [-1, -1]
    var fromChild: [Int32] = [-1, -1]
    defer { for descriptor in toChild + fromChild where descriptor >= 0 { Glibc.close(descriptor) } }
    if case .bytes = input {
      guard baton_pipe(&toChild) == 0 else { throw failure(errno) }
      // The other program waits for what it reads.
      _ = fcntl(toChild[0], F_SETFL, 0)
    }
    let gathers = [output, errors].contains { if case .gathered = $0 { true } else { false } }
    if gathers { guard baton_pipe(&fromChild) == 0 else { throw failure(errno) } }
    let process = try spawn(reading: toChild[0], writing: fromChild[1])
    // Its own ends are the child's alone.
    Self.close(&toChild[0])
    Self.close(&fromChild[1])
    var end = End()
    let deadline = limit.map { Self.now() + $0.nanoseconds }
    end.exceeded = exchange(&toChild[1], fromChild[0], &end.output, deadline, maximum)
    if end.exceeded != nil { kill(isApart ? -process : process, SIGKILL) }
    var status: Int32 = 0
    if isApart {
      _ = waitpid(process, nil, WNOHANG)
    } else {
      while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    }
    end.code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    return end
  }

  /// Starts it and leaves it to the caller, who waits for it; with neither input nor output gathered.
  public func start() throws(BatonError) -> pid_t { try spawn(reading: -1, writing: -1) }

  private func failure(_ number: Int32) -> BatonError {
    BatonError(.failure, "cannot start \(program): \(Disk.message(number))")
  }

  private static func close(_ descriptor: inout Int32) {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  // MARK: Starting it

  private func spawn(reading source: Int32, writing target: Int32) throws(BatonError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    switch input {
    case .nothing: posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    case .mine: break
    case .bytes: posix_spawn_file_actions_adddup2(&actions, source, 0)
    }
    for (descriptor, place) in [(Int32(1), output), (2, errors)] {
      switch place {
      case .nothing: posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
      case .mine: break
      case .gathered: posix_spawn_file_actions_adddup2(&actions, target, descriptor)
      }
    }
    if let folder { _ = baton_posix_spawn_folder(&actions, folder) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // This program ignores SIGPIPE, and blocks the signals that end it; others should not.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    let apart = isApart ? Int(POSIX_SPAWN_SETPGROUP) : 0
    posix_spawnattr_setflags(&attributes, Int16(Int(POSIX_SPAWN_SETSIGDEF) | Int(POSIX_SPAWN_SETSIGMASK) | apart))
    var words: [UnsafeMutablePointer<CChar>?] = ([name ?? program] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      (environment ?? [:]).sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + variables { free(word) } }
    var process: pid_t = 0
    let code =
      environment == nil
      ? posix_spawn(&process, program, &actions, &attributes, &words, baton_environment())
      : posix_spawn(&process, program, &actions, &attributes, &words, &variables)
    guard code == 0 else { throw failure(code) }
    return process
  }

  // MARK: Talking to it

  /// Writes and reads at the same time, so that neither side waits for the other, until it closes its output.
  private func exchange(
    _ target: inout Int32, _ source: Int32, _ gathered: inout [UInt8], _ deadline: Int64?, _ maximum: Int
  ) -> End.Limit? {
    guard source >= 0 || target >= 0 else { return nil }
    var text: [UInt8] = []
    if case .bytes(let bytes) = input { text = bytes }
    var position = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    if target >= 0 { _ = fcntl(target, F_SETFL, O_NONBLOCK) }
    while source >= 0 || target >= 0 {
      let left = deadline.map { ($0 - Self.now()) / 1_000_000 }
      if let left, left <= 0 { return .time }
      var waits = [
        pollfd(fd: source, events: Int16(POLLIN), revents: 0), pollfd(fd: target, events: Int16(POLLOUT), revents: 0),
      ]
      let ready = poll(&waits, 2, left.map { Int32(clamping: $0) } ?? -1)
      guard ready >= 0 || errno == EINTR else { return nil }
      if ready <= 0 { continue }
      if target >= 0, waits[1].revents != 0 {
        let count = text.withUnsafeBytes { bytes -> Int in
          guard let base = bytes.baseAddress, position < bytes.count else { return 0 }
          return Glibc.write(target, base + position, bytes.count - position)
        }
        if count > 0 { position += count }
        if position == text.count || (count < 0 && errno != EAGAIN && errno != EINTR) {
          Self.close(&target)
        }
      }
      guard waits[0].revents != 0 else { continue }
      let count = Glibc.read(source, &buffer, buffer.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      if count <= 0 { return nil }
      gathered += buffer[..<count]
      if gathered.count > maximum { return .output }
    }
    return nil
  }

  /// Monotonic nanoseconds.
  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
