import Glibc

/// A host for one test: sshd on loopback, with keys, port, and folders of its own.
final class HostUnderTest {
  let port: Int
  private let sandbox: Sandbox
  private let folder: String
  private var server: ChildProcess?

  /// Where attempts have their files there.
  var cache: String { "\(folder)/cache" }
  /// A configuration for `ssh`, which knows it as `box`.
  var config: String { "\(folder)/config" }
  /// The fields of `ssh {…}`.
  var fields: String { "host = \"box\", config = \"\(config)\"" }

  /// - Parameter isApart: it has a network of its own, as another machine has: what is forwarded to it can stand under the same port.
  init(_ sandbox: Sandbox, isApart: Bool = false) throws {
    self.sandbox = sandbox
    folder = "\(sandbox.scratch)/host"
    try Disk.make(folder: folder)
    for key in ["host", "user", "stranger"] {
      try sandbox.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(key)")
    }
    // What sshd run by root wants to be there; Debian makes it when its service starts.
    if geteuid() == 0 { mkdir("/run/sshd", 0o755) }
    try Disk.write(Disk.text("\(folder)/user.pub") ?? "", to: "\(folder)/authorized")
    var found: Int?
    for _ in 0..<20 where found == nil {
      let tried = Int.random(in: 20_000...32_000)
      if try Self.listens(server: &server, tried, folder, sandbox, isApart) { found = tried }
    }
    guard let found else {
      throw HarnessError("sshd does not start: \(Disk.text("\(folder)/log") ?? "")")
    }
    port = found
    try Disk.write(
      "[127.0.0.1]:\(port) \(Disk.text("\(folder)/host.pub") ?? "")", to: "\(folder)/known")
    try Disk.write(
      """
      Host box nobody stranger unknown
        HostName 127.0.0.1
        Port \(port)
        IdentityFile \(folder)/user
        IdentitiesOnly yes
        UserKnownHostsFile \(folder)/known
        GlobalKnownHostsFile /dev/null
        StrictHostKeyChecking yes
      \(isApart ? "  ProxyCommand nsenter --net=/proc/\(server?.pid ?? 0)/ns/net busybox nc 127.0.0.1 %p" : "")

      """, to: "\(folder)/config")
  }

  private static func listens(
    server: inout ChildProcess?, _ port: Int, _ folder: String, _ sandbox: Sandbox, _ isApart: Bool
  ) throws -> Bool {
    try Disk.write(
      """
      Port \(port)
      ListenAddress 127.0.0.1
      HostKey \(folder)/host
      AuthorizedKeysFile \(folder)/authorized
      PidFile \(folder)/pid
      StrictModes no
      UsePAM no
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      SetEnv XDG_CACHE_HOME=\(folder)/cache

      """, to: "\(folder)/sshd_config")
    Disk.remove("\(folder)/log")
    let path = try sandbox.command("sh", "-c", "PATH=$PATH:/usr/sbin:/sbin command -v sshd").output
      .split(separator: "\n")
    guard let program = path.first.map(String.init) else {
      throw HarnessError("there is no sshd: run scripts/setup")
    }
    let started = try ChildProcess(
      (isApart ? ["unshare", "--net", "sh", "-c", "busybox ip link set lo up && exec \"$@\"", "sh"] : [])
        + [program, "-D", "-f", "\(folder)/sshd_config", "-E", "\(folder)/log"], in: folder,
      environment: ["PATH": sandbox.environment["PATH"] ?? ""], scratch: sandbox.scratch)
    for _ in 0..<1000 {
      let log = Disk.text("\(folder)/log") ?? ""
      if log.contains("Server listening") {
        server = started
        return true
      }
      if log.contains("Cannot bind") || log.contains("Address already in use")
        || !Sandbox.isAlive(started.pid)
      {
        break
      }
      usleep(5000)
    }
    return false
  }

  deinit { stop() }

  /// Ends the server and all of its sessions.
  func stop() {
    guard let server else { return }
    for session in sessions { kill(session, SIGKILL) }
    server.send(SIGKILL)
    _ = try? server.wait(atMost: 10)
    self.server = nil
  }

  /// The server's processes that serve a connection.
  var sessions: [pid_t] {
    guard let server else { return [] }
    func children(of parent: pid_t) -> [pid_t] {
      (Disk.text("/proc/\(parent)/task/\(parent)/children") ?? "").split(separator: " ").compactMap { pid_t($0) }
    }
    let direct = children(of: server.pid)
    return direct
      + direct.flatMap { child in
        children(of: child).filter { Disk.text("/proc/\($0)/comm") == "sshd\n" }
      }
  }

  /// Processes of attempts there.
  var processes: [pid_t] {
    Disk.names(in: "/proc").compactMap { name in
      guard let pid = pid_t(name), let environment = Disk.bytes("/proc/\(pid)/environ") else {
        return nil
      }
      let entries = environment.split(separator: 0)
      guard entries.contains(where: { $0.starts(with: "BATON_ELSEWHERE=".utf8) }) else {
        return nil
      }
      return entries.contains { $0.elementsEqual("XDG_CACHE_HOME=\(cache)".utf8) } ? pid : nil
    }
  }

  /// What attempts left there: processes and files.
  var leftovers: [String] { processes.map { "process \($0)" } + Disk.files(below: cache) }
}
