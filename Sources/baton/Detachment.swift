import BatonModel
import CSystem
import Glibc

/// `--detach`: the same command again, in a session of its own, with its messages in a file.
///
/// The parent waits until the child says that the run is on its way, so that a mistake is still told where it was made.
enum Detachment {
  private static let runVariable = "BATON_DETACHED_RUN"
  private static let pipeVariable = "BATON_DETACHED_PIPE"

  /// The name that the parent gave the run, in the child.
  static var run: String? { Environment[runVariable] }

  /// The child tells the parent that all is well.
  static func ready() {
    guard let text = Environment[pipeVariable], let pipe = Int32(text) else { return }
    _ = "ok".withCString { write(pipe, $0, 2) }
    close(pipe)
    let null = open("/dev/null", O_WRONLY)
    dup2(null, 2)
    close(null)
    unsetenv(runVariable)
    unsetenv(pipeVariable)
  }

  /// Starts the child and tells its run's name on standard output.
  static func start(_ console: Console, run: String) throws(BatonError) -> Int32 {
    var pipe: [Int32] = [0, 0]
    guard Glibc.pipe(&pipe) == 0 else { throw BatonError(.failure, "no pipe to be had: \(File.message(errno))") }
    _ = fcntl(pipe[0], F_SETFD, FD_CLOEXEC)
    let log = "/tmp/baton-\(run).log"
    let messages = open(log, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    guard messages >= 0 else { throw BatonError(.failure, "cannot write \(log): \(File.message(errno))") }
    defer { unlink(log) }
    setenv(runVariable, run, 1)
    setenv(pipeVariable, String(pipe[1]), 1)
    try spawn(CommandLine.arguments.filter { $0 != "--detach" } + ["--output", "lines"], messages)
    close(pipe[1])
    var answer = [UInt8](repeating: 0, count: 2)
    let count = read(pipe[0], &answer, 2)
    guard count == 2 else {
      // The child's own words say why.
      var status: Int32 = 0
      while waitpid(-1, &status, 0) < 0, errno == EINTR {}
      lseek(messages, 0, SEEK_SET)
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let length = read(messages, &buffer, buffer.count)
      console.message(Array(buffer.prefix(max(0, length))))
      return (status >> 8) & 0xFF
    }
    console.out("\(run)\n")
    console.note("run \(run) goes on in the background; baton watch \(run) shows it, baton cancel \(run) ends it")
    return 0
  }

  private static func spawn(_ words: [String], _ messages: Int32) throws(BatonError) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, messages, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // POSIX_SPAWN_SETSID, which Swift does not see.
    posix_spawnattr_setflags(&attributes, 0x80)
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, &arguments, baton_environment())
    guard code == 0 else { throw BatonError(.failure, "cannot start another Baton: \(File.message(code))") }
  }
}
