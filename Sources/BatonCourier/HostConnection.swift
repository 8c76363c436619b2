import BatonModel

/// A way to the shell of another host, or of what is like one.
protocol HostConnection {
  /// For people: `ada@build1:2222`.
  var text: String { get }
  /// The environment of the program that goes there.
  var environment: [String: String] { get }
  /// All of it is gone with the attempt: nothing has to be cleared away there.
  var isTransient: Bool { get }
  /// The script that gives files of the attempt's folder, whose names it reads: `$1` and `$2` as of ``SSHScript``.
  var sending: String { get }

  /// The program that runs a script of the host's `sh` there, and its words.
  ///
  /// - Parameter forwarding: ports of this machine lead there meanwhile: those that the connection knows.
  func command(_ script: String, _ arguments: [String], forwarding: Bool) -> [String]

  /// What its program says when it does not work, and what mends it.
  func failure(_ said: [String], isAsked: Bool) -> BatonError
}

extension SSHConnection: HostConnection {
  var text: String { host.text }
  var environment: [String: String] { Self.environment }
  var isTransient: Bool { false }
  var sending: String { SSHScript.send }

  func command(_ script: String, _ arguments: [String], forwarding: Bool) -> [String] {
    [program] + words(forwarding: forwarding ? ports : []) + [Self.command(script, arguments)]
  }

  func failure(_ said: [String], isAsked: Bool) -> BatonError { SSHFailure.error(said, self, isAsked: isAsked) }
}
