import BatonModel
import BatonRuntime
import BatonSystem
import CSystem
import Glibc

/// Runs a command in a network of its own, or in that of a process: this process becomes it.
enum NetworkCommand {
  /// How long a process may take to be in its own network.
  private static let patience = Span(seconds: 5)

  /// - Parameter words: `own` or a process, and the command behind it.
  static func perform(_ words: [String]) throws -> Int32 {
    guard words.count > 1 else {
      throw BatonError(.usage, "\(LaunchNetwork.command) is for Baton itself: it runs steps in networks of their own")
    }
    if let process = Int32(words[0]) { try enter(process) } else { try make() }
    return try become(Array(words.dropFirst()))
  }

  private static func make() throws {
    guard baton_network_make() != 0 else { return }
    throw BatonError(
      .failure, "this machine gives no private network: \(File.message(errno))",
      cure: "as root in a container, start that with --cap-add SYS_ADMIN; else allow namespaces of users: "
        + "sysctl -w user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1")
  }

  private static func enter(_ process: Int32) throws {
    let end = Instant(nanoseconds: baton_boottime()) + patience
    // It may have been started a moment ago, and is not where it will be.
    var differs = baton_namespace_differs(process, "net")
    while differs == 0, Instant(nanoseconds: baton_boottime()) < end {
      usleep(2000)
      differs = baton_namespace_differs(process, "net")
    }
    if differs == 0 { return }
    if differs < 0 { throw BatonError(.failure, "the service whose network this is has ended", cure: "see its log") }
    if baton_namespace_differs(process, "user") == 1, baton_namespace_enter(process, "user") != 0 { try refused() }
    if baton_namespace_enter(process, "net") != 0 { try refused() }
  }

  private static func refused() throws -> Never {
    throw BatonError(
      .failure, "the network of the service can't be entered: \(File.message(errno))",
      cure: "run Baton as the user who may: it needs CAP_SYS_ADMIN where the service made its network with it")
  }

  private static func become(_ words: [String]) throws -> Int32 {
    guard let program = words[0].contains("/") ? words[0] : Child.find(words[0]) else {
      throw BatonError(.failure, "there is no program \(words[0]) in PATH", cure: "install it, or name its path")
    }
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    execv(program, &arguments)
    throw BatonError(.failure, "cannot run \"\(words[0])\": \(File.message(errno))")
  }
}
