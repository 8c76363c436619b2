import BatonModel
import BatonRuntime
import BatonSystem
import CSystem
import Glibc

/// How OpenSSH's client reaches a host. Sessions of one run share a connection, which ends when nobody has used it for a while, or
/// the run is over.
struct SSHConnection {
  let host: Elsewhere.Host
  /// The path of the program.
  let program: String
  let run: String
  /// Ports of this machine that lead to the same ones of the host while a service runs there.
  let ports: [String]

  init(_ host: Elsewhere.Host, run: String, ports: [String] = []) throws(BatonError) {
    guard let program = Child.find("ssh") else {
      throw BatonError(
        .failure, "cannot reach \(host.text): ssh is not in PATH", cure: "install it: apt-get install openssh-client")
    }
    self.host = host
    self.program = program
    self.run = run
    self.ports = ports
  }

  /// The words before the command.
  ///
  /// - Parameter ports: ports of this machine that lead to the same ones of the host.
  func words(forwarding ports: [String] = []) -> [String] {
    var words = [
      "-T", "-a", "-x", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15", "-o",
      "ServerAliveCountMax=3", "-o", "LogLevel=ERROR",
    ]
    if let config = host.config { words += ["-F", config] }
    if let port = host.port { words += ["-p", port] }
    if let user = host.user { words += ["-l", user] }
    if let identity = host.identity { words += ["-i", identity, "-o", "IdentitiesOnly=yes"] }
    if ports.isEmpty, let folder = Self.sockets {
      words += [
        "-o", "ControlMaster=auto", "-o", "ControlPath=\(folder)/\(run)-%C", "-o", "ControlPersist=\(Self.idle)",
      ]
    } else {
      words += ["-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "ExitOnForwardFailure=yes"]
      for port in ports { words += ["-L", "127.0.0.1:\(port):127.0.0.1:\(port)"] }
    }
    return words + ["--", host.name]
  }

  /// A script for the host's `sh`, whatever shell the user has there.
  static func command(_ script: String, _ arguments: [String]) -> String {
    "exec /bin/sh -c " + ([script, "sh"] + arguments).map(quoted).joined(separator: " ")
  }

  static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
  }

  /// The environment of the program: what it starts in the background is no process of the attempt.
  static var environment: [String: String] {
    var environment = Client.surroundings()
    environment["BATON_ATTEMPT"] = nil
    return environment
  }

  // MARK: Shared connections

  /// Seconds that a connection stays when nobody uses it.
  private static let idle = 30

  private static var place: String { "/tmp/baton-ssh-\(geteuid())" }

  /// The folder of their sockets, whose paths have to be short; nil: it is somebody else's.
  private static var sockets: String? {
    let folder = place
    _ = mkdir(folder, 0o700)
    var info = stat()
    guard lstat(folder, &info) == 0, info.st_mode & S_IFMT == S_IFDIR, info.st_uid == geteuid(),
      info.st_mode & 0o077 == 0
    else { return nil }
    return folder
  }

  /// Ends the connections that a run's attempts shared. Costs one system call where there are none.
  static func close(run: String) {
    guard access(place, F_OK) == 0, let folder = sockets, let program = Child.find("ssh") else { return }
    for name in Disk.names(in: folder) where name.hasPrefix("\(run)-") {
      var child = Child(program, ["-O", "exit", "-o", "ControlPath=\(folder)/\(name)", "--", "none"])
      child.output = .nothing
      child.errors = .nothing
      _ = try? child.run(limit: Span(seconds: 5))
      unlink("\(folder)/\(name)")
    }
  }
}

extension Elsewhere.Host {
  /// For people: `ada@build1:2222`.
  var text: String { (user.map { "\($0)@" } ?? "") + name + (port.map { ":\($0)" } ?? "") }
}
