/// The network that a process is to be started in, other than this machine's.
public enum LaunchNetwork: Sendable, Hashable {
  /// The word by which the program makes or enters one, before it becomes what was to run.
  public static let command = "network"

  case own
  /// That of a process.
  case of(Int32)

  /// What is run in place of a command, which follows.
  public var words: [String] {
    switch self {
    case .own: ["/proc/self/exe", Self.command, "own"]
    case .of(let process): ["/proc/self/exe", Self.command, String(process)]
    }
  }
}
